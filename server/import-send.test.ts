import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Sender, type Unit } from './import-send.ts'

interface Post {
  readonly path: string
  readonly body: string
}
type Answer = (post: Post, nth: number) => { status: number; body?: string } | 'hang up'

let answer: Answer
let posts: Post[] = []
const server = createServer((request, response) => {
  let body = ''
  request.on('data', (bytes: Buffer) => (body += bytes.toString()))
  request.on('end', () => {
    const post = { path: request.url ?? '', body }
    const said = answer(post, posts.push(post))
    if (said === 'hang up') response.destroy()
    else response.writeHead(said.status).end(said.body)
  })
})
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const unit = (name: string, fields: Partial<Unit> = {}): Unit => ({
  dialect: 'zipkin',
  json: Buffer.from(`{"id":"${name}"}`),
  spans: 1,
  place: `line ${name}`,
  ...fields,
})

async function sent(units: readonly Unit[], answers: Answer) {
  answer = answers
  posts = []
  const refused: string[] = []
  const waited: string[] = []
  const sender = new Sender({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    onRefused: (place, spans, reason) => refused.push(`${place} (${spans}): ${reason}`),
    onWaiting: (why) => waited.push(why),
    pauseMs: 1,
    patienceMs: 500,
  })
  for (const each of units) await sender.add(each)
  await sender.finish()
  return { ...sender.counts, refused, waited }
}

describe('the sender', () => {
  test('posts units of each dialect together, to its own intake', async () => {
    await sent([unit('1'), unit('2', { dialect: 'otlp' }), unit('3')], () => ({ status: 200 }))
    expect(posts).toEqual([
      { path: '/api/v2/spans', body: '[{"id":"1"},{"id":"3"}]' },
      { path: '/v1/traces', body: '{"resourceSpans":[{"id":"2"}]}' },
    ])
  })

  test('sends no more than about a mebibyte at once', async () => {
    const big = Array.from({ length: 8 }, (_, i) => unit(`${i}`, { json: Buffer.alloc(400_000, '1') }))
    expect(await sent(big, () => ({ status: 202 }))).toMatchObject({ sent: 8, stored: 8 })
    expect(Math.max(...posts.map(({ body }) => body.length))).toBeLessThan(2 ** 20)
    expect(posts).toHaveLength(4)
  })

  test('takes the places of refused spans from the answer', async () => {
    const body = '1 of 3 spans refused, 2 stored.\n[1] id: It is missing.'
    expect(await sent([unit('a'), unit('b'), unit('c')], () => ({ status: 400, body }))).toEqual({
      sent: 3, stored: 2, refused: ['line b (1): id: It is missing.'], waited: [],
    }) // prettier-ignore
    expect(posts).toHaveLength(1)
  })

  test('finds a bad unit by halves when the answer names none', async () => {
    const units = Array.from({ length: 100 }, (_, i) => unit(`${i}`, { dialect: 'otlp', spans: 2 }))
    const result = await sent(units, ({ body }) =>
      body.includes('"42"')
        ? { status: 200, body: '{"partialSuccess":{"rejectedSpans":"1","errorMessage":"no name"}}' }
        : { status: 200, body: '{}' },
    )
    expect(result).toEqual({ sent: 200, stored: 199, refused: ['line 42 (1): no name'], waited: [] })
    expect(posts.length).toBeLessThan(20)
  })

  test('refuses what is too large by itself, and nothing else', async () => {
    const result = await sent([unit('a'), unit('b')], ({ body }) =>
      body.includes('"b"') ? { status: 413, body: 'too large\n' } : { status: 202 },
    )
    expect(result).toMatchObject({ sent: 2, stored: 1, refused: ['line b (1): too large'] })
  })

  test('tries again after 503, 429 and a lost connection', async () => {
    const said = [{ status: 202 }, { status: 503, body: 'busy' }, { status: 429 }, 'hang up' as const]
    const result = await sent(
      [unit('a'), unit('b', { dialect: 'otlp' })],
      (_, nth) => said[nth - 1] ?? { status: 200 },
    )
    expect(result).toMatchObject({ sent: 2, stored: 2, refused: [] })
    expect(result.waited).toHaveLength(3)
  })

  test('gives up when it has waited long enough, or the server has no such intake', async () => {
    await expect(sent([unit('a')], () => ({ status: 503, body: 'busy' }))).rejects.toThrow(
      /Given up after .*busy/,
    )
    await expect(sent([unit('a')], () => ({ status: 404, body: 'no route' }))).rejects.toThrow(
      /\/api\/v2\/spans: the server answers 404: no route/,
    )
  })
})
