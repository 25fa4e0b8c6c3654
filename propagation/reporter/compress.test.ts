// Bodies go compressed where that is worth it, and where the other side takes them so.
import type { IncomingHttpHeaders } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from '@jest/globals'
import { HttpReporter, type ReporterOptions, type Span } from '../index.ts'
import { closeAll, listen, spanNamed, until } from '../testing/harness.ts'

interface Post {
  headers: IncomingHttpHeaders
  body: Buffer
}

const reporters: HttpReporter[] = []
afterEach(async () => {
  await Promise.all(reporters.splice(0).map((reporter) => reporter.close(50)))
  await closeAll()
})

/** A reporter, and what comes of it at a collector that answers with these statuses, then with 202. */
const reporterTo = async (statuses: number[], options: ReporterOptions = {}) => {
  const posts: Post[] = []
  const port = await listen((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      posts.push({ headers: request.headers, body: Buffer.concat(chunks) })
      response.writeHead(statuses.shift() ?? 202).end()
    })
  })
  const reporter = new HttpReporter({
    collectorUrl: `http://127.0.0.1:${port}`,
    intervalMs: 5,
    backoffMs: 5,
    log: () => undefined,
    ...options,
  })
  reporters.push(reporter)
  return { posts, reporter }
}
const big = (name: string): Span => ({
  ...spanNamed(name),
  tags: { text: 'to be or not to be '.repeat(100) },
})
const codings = (posts: Post[]): unknown[] => posts.map((post) => post.headers['content-encoding'])
const namesOf = ({ headers, body }: Post): string[] => {
  const plain = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
  return (JSON.parse(plain.toString()) as Span[]).map((span) => span.name)
}

describe('a body', () => {
  test('beyond a kilobyte is compressed, a smaller one is not worth it', async () => {
    const { posts, reporter } = await reporterTo([])
    reporter.report(big('big'))
    await reporter.flush(5000)
    reporter.report(spanNamed('small'))
    await reporter.flush(5000)
    expect(codings(posts)).toEqual(['gzip', undefined])
    expect(posts.map(namesOf)).toEqual([['big'], ['small']])
    expect(posts[0]?.body.length).toBeLessThan(400)
    expect(posts[0]?.headers['content-length']).toBe(String(posts[0]?.body.length))
  })

  test('is sent as it is where that is asked for', async () => {
    const { posts, reporter } = await reporterTo([], { compress: false })
    reporter.report(big('big'))
    await reporter.flush(5000)
    expect(codings(posts)).toEqual([undefined])
    expect(posts.map(namesOf)).toEqual([['big']])
  })

  test('is the same, byte by byte, when it is sent again', async () => {
    const { posts, reporter } = await reporterTo([503, 500])
    reporter.report(big('a'))
    await until('it is stored', () => reporter.stats().sent === 1)
    expect(codings(posts)).toEqual(['gzip', 'gzip', 'gzip'])
    expect(posts[1]?.body).toEqual(posts[0]?.body)
    expect(posts[2]?.body).toEqual(posts[0]?.body)
  })

  test('that is answered with 415 goes once more as it is, and all later ones do', async () => {
    const { posts, reporter } = await reporterTo([415])
    for (const name of ['a', 'b']) {
      reporter.report(big(name))
      await reporter.flush(5000)
    }
    expect(codings(posts)).toEqual(['gzip', undefined, undefined])
    expect(posts.map(namesOf)).toEqual([['a'], ['a'], ['b']])
    expect(reporter.stats()).toMatchObject({ sent: 2, refused: 0, retries: 0 })
  })

  test('that is answered with 415 both ways is refused', async () => {
    const { posts, reporter } = await reporterTo([415, 415])
    reporter.report(big('a'))
    await reporter.flush(5000)
    expect(codings(posts)).toEqual(['gzip', undefined])
    expect(reporter.stats()).toMatchObject({ sent: 0, refused: 1, retries: 0 })
  })
})
