// The reporter never fails the service: it keeps what it can, counts what it can't, and says so.
import { afterEach, describe, expect, test } from '@jest/globals'
import { HttpReporter, type ReporterOptions } from '../index.ts'
import { retryAfterMs } from './post.ts'
import { closeAll, fakeCollector, listen, spanNamed, until } from '../testing/harness.ts'

const reporters: HttpReporter[] = []
const reporterTo = (collectorUrl: string, options: ReporterOptions = {}) => {
  const logged: string[] = []
  const log = (line: string): unknown => logged.push(line)
  const reporter = new HttpReporter({ collectorUrl, intervalMs: 5, backoffMs: 10, log, ...options })
  reporters.push(reporter)
  return { reporter, logged }
}
const names = (posts: { spans: { name: string }[] }[]): string[] =>
  posts.flatMap((post) => post.spans.map((span) => span.name))

afterEach(async () => {
  await Promise.all(reporters.splice(0).map((reporter) => reporter.close(50)))
  await closeAll()
})

describe('what is sent', () => {
  test('goes in batches of the size set, in order, under the path of the URL given', async () => {
    const paths: (string | undefined)[] = []
    const collector = await fakeCollector()
    const proxy = await listen((req, res) => {
      paths.push(req.url)
      req.resume().on('end', () => res.writeHead(202).end())
    })
    const { reporter } = reporterTo(`${collector.url}/`, {
      batchSpans: 3,
      headers: { authorization: 'Bearer x' },
    })
    for (let at = 0; at < 8; at++) reporter.report(spanNamed(`s${at}`))
    expect(await reporter.flush(5000)).toBe(true)
    expect(names(collector.posts)).toEqual(['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7'])
    expect(collector.posts.every((post) => post.spans.length <= 3)).toBe(true)
    expect(collector.posts[0]?.headers).toMatchObject({
      authorization: 'Bearer x',
      'content-type': 'application/json',
    })
    expect(reporter.stats()).toMatchObject({ accepted: 8, sent: 8, queued: 0, queuedBytes: 0, dropped: 0 })
    const other = reporterTo(`http://127.0.0.1:${proxy}/hop/`).reporter
    other.report(spanNamed('s'))
    await other.flush(5000)
    expect(paths).toEqual(['/hop/api/v2/spans'])
  })

  test('carries no tracing headers: the reporter’s own posts are not traced', async () => {
    const collector = await fakeCollector()
    const { createTracer } = await import('../index.ts')
    const tracer = createTracer({ service: 'a', collectorUrl: collector.url, intervalMs: 5 })
    tracer.withSpan('only', () => undefined)
    await until('the span', () => tracer.stats().sent === 1)
    await tracer.close()
    expect(names(collector.posts)).toEqual(['only'])
    expect(Object.keys(collector.posts[0]?.headers ?? {}).filter((name) => name.startsWith('x-'))).toEqual([])
  })

  test('goes by itself when the time is up, without a full batch', async () => {
    const collector = await fakeCollector()
    const { reporter } = reporterTo(collector.url)
    reporter.report(spanNamed('lonely'))
    await until('the span', () => reporter.stats().sent === 1)
    reporter.report(spanNamed('next'))
    await until('the next span', () => reporter.stats().sent === 2)
  })
})

describe('a collector that fails', () => {
  test.each([500, 503, 429, 408])(
    'is sent the same batch again after %d, ahead of all later spans',
    async (status) => {
      const collector = await fakeCollector(status, status)
      const { reporter, logged } = reporterTo(collector.url)
      reporter.report(spanNamed('a'))
      await until('a first try', () => collector.posts.length === 1)
      reporter.report(spanNamed('b'))
      await until('both sent', () => reporter.stats().sent === 2)
      expect(collector.posts.map((post) => post.spans.map((span) => span.name))).toEqual([
        ['a'],
        ['a'],
        ['a'],
        ['b'],
      ])
      expect(reporter.stats()).toMatchObject({ retries: 2, dropped: 0, refused: 0 })
      expect(logged).toEqual([
        expect.stringContaining(`trying again: ${status}`),
        expect.stringContaining('takes spans again'),
      ])
    },
  )

  test('is left alone for longer each time', async () => {
    const collector = await fakeCollector(500, 500, 500, 500)
    const { reporter } = reporterTo(collector.url, { backoffMs: 20 })
    reporter.report(spanNamed('a'))
    await until('it sent', () => reporter.stats().sent === 1)
    const pauses = collector.posts.slice(1).map((post, at) => post.at - (collector.posts[at]?.at ?? 0))
    // At least half of 20, 40, 80 and 160 ms, give or take the clock's millisecond.
    for (const [at, least] of [10, 20, 40, 80].entries()) expect(pauses[at]).toBeGreaterThanOrEqual(least - 2)
  })

  test('is tried again when the pause is over, though the wall clock was set back meanwhile', async () => {
    const collector = await fakeCollector(500)
    const { reporter } = reporterTo(collector.url, { batchSpans: 1 })
    reporter.report(spanNamed('a'))
    await until('a first try', () => reporter.stats().retries === 1)
    const { now } = Date
    Date.now = () => now() - 3_600_000
    try {
      reporter.report(spanNamed('b'))
      await until('both sent', () => reporter.stats().sent === 2)
    } finally {
      Date.now = now
    }
  })

  test('has its Retry-After kept, by flush too', async () => {
    const collector = await fakeCollector({ status: 429, headers: { 'retry-after': '1' } })
    const { reporter } = reporterTo(collector.url)
    reporter.report(spanNamed('a'))
    await until('a first try', () => reporter.stats().retries === 1)
    expect(await reporter.flush(5000)).toBe(true)
    const [first, second] = collector.posts
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(990)
  })

  test('that is not there, or never answers, costs nothing but the wait', async () => {
    const gone = await fakeCollector()
    await closeAll()
    const { reporter, logged } = reporterTo(gone.url)
    reporter.report(spanNamed('a'))
    await until('retries', () => reporter.stats().retries >= 3)
    expect(logged).toEqual([expect.stringContaining('ECONNREFUSED')])
    const silent = await fakeCollector('hang')
    const patient = reporterTo(silent.url, { timeoutMs: 20 }).reporter
    patient.report(spanNamed('b'))
    await until('it sent', () => patient.stats().sent === 1)
    expect(names(silent.posts)).toEqual(['b', 'b'])
  })

  test('is not sent again what it refused: counted, and told with its reason', async () => {
    const collector = await fakeCollector({ status: 400, body: 'bad\nspan' }, 404)
    const { reporter, logged } = reporterTo(collector.url)
    reporter.report(spanNamed('bad'))
    await until('the refusal', () => reporter.stats().refused === 1)
    reporter.report(spanNamed('unlucky'))
    await until('the second', () => reporter.stats().refused === 2)
    reporter.report(spanNamed('good'))
    await until('the good one', () => reporter.stats().sent === 1)
    expect(names(collector.posts)).toEqual(['bad', 'unlucky', 'good'])
    expect(logged).toEqual([expect.stringContaining('refused 1 spans, not sent again: 400 "bad\\nspan"')])
  })
})

describe('the bounds', () => {
  test('that one span is beyond all by itself are told as such, whatever else waits', async () => {
    const collector = await fakeCollector()
    const large = { ...spanNamed('large'), tags: { x: 'x'.repeat(2000) } }
    for (const before of [0, 1]) {
      const { reporter, logged } = reporterTo(collector.url, { maxBytes: 2000 })
      for (let at = 0; at < before; at++) reporter.report(spanNamed('small'))
      reporter.report(large)
      expect(reporter.stats()).toMatchObject({ queued: before, dropped: 1 })
      expect(logged).toEqual([
        expect.stringMatching(/DROPPED, 1 so far: a span of 2\d\d\d bytes is larger than maxBytes, 2000$/),
      ])
    }
  })

  test('hold in spans: what is over is dropped and counted, and the first drop is told', async () => {
    const collector = await fakeCollector('hang')
    const { reporter, logged } = reporterTo(collector.url, { maxSpans: 10, batchSpans: 4 })
    for (let at = 0; at < 25; at++) reporter.report(spanNamed(`s${at}`))
    expect(reporter.stats()).toMatchObject({ accepted: 10, queued: 10, dropped: 15 })
    expect(logged).toEqual([expect.stringMatching(/DROPPED, 1 so far: the queue is full \(10 spans/)])
    await until('the post', () => collector.posts.length === 1)
    await reporter.close(20)
    const { accepted, sent, refused, lost, queued } = reporter.stats()
    expect({ accepted, sent, refused, lost, queued }).toEqual({
      accepted: 10,
      sent: 0,
      refused: 0,
      lost: 10,
      queued: 0,
    })
    expect(logged.at(-1)).toContain('10 spans lost')
    reporter.report(spanNamed('late'))
    expect(reporter.stats().dropped).toBe(16)
  })

  test('hold in bytes', () => {
    const { reporter } = reporterTo('http://127.0.0.1:1', { maxBytes: 2000 })
    for (let at = 0; at < 100; at++) reporter.report(spanNamed(`s${at}`))
    reporter.report({ ...spanNamed('big'), tags: { a: 'é'.repeat(2000) } })
    const stats = reporter.stats()
    expect(stats.queuedBytes).toBeLessThanOrEqual(2000)
    expect(stats.queuedBytes).toBeGreaterThan(1500)
    expect(stats.accepted + stats.dropped).toBe(101)
  })

  test('no span and no log can make report throw', () => {
    const { reporter } = reporterTo('http://127.0.0.1:1', {
      maxBytes: 1,
      log: () => {
        throw new Error('log')
      },
    })
    const warn = console.warn
    console.warn = () => undefined
    try {
      const cyclic = spanNamed('cyclic')
      Object.assign(cyclic.tags, { self: cyclic })
      expect(() => reporter.report(cyclic)).not.toThrow()
      expect(() => reporter.report(spanNamed('over'))).not.toThrow()
    } finally {
      console.warn = warn
    }
    expect(reporter.stats().dropped).toBe(2)
  })
})

test('Retry-After is read as seconds or as a date, and bounded', () => {
  expect(retryAfterMs('3')).toBe(3000)
  expect(retryAfterMs('Thu, 01 Jan 1970 00:00:05 GMT', 1000)).toBe(4000)
  expect(retryAfterMs('Thu, 01 Jan 1970 00:00:00 GMT', 1000)).toBe(0)
  expect(retryAfterMs('99999999999')).toBe(300_000)
  expect(retryAfterMs('soon')).toBeUndefined()
  expect(retryAfterMs(undefined)).toBeUndefined()
})
