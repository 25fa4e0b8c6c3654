import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Sender } from './import-send.ts'
import type { Unit } from './import-unit.ts'

interface Post {
  readonly path: string
  readonly body: string
}
type Said = { status?: number; body?: string; headers?: Record<string, string> } | 'hang up'
type Answer = (post: Post, nth: number) => Said

let answer: Answer
let posts: Post[] = []
const server = createServer((request, response) => {
  let body = ''
  request.on('data', (bytes: Buffer) => (body += bytes.toString()))
  request.on('end', () => {
    const post = { path: request.url ?? '', body }
    const said = answer(post, posts.push(post))
    if (said === 'hang up') response.destroy()
    else {
      const success = post.path === '/v1/traces' ? 200 : 202
      response.writeHead(said.status ?? success, { 'Content-Type': 'application/json', ...said.headers })
      response.end(said.body)
    }
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
    await sent([unit('1'), unit('2', { dialect: 'otlp' }), unit('3')], () => ({}))
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
    const said: Said[] = [{}, { status: 503, body: 'busy' }, { status: 429 }, 'hang up']
    const result = await sent([unit('a'), unit('b', { dialect: 'otlp' })], (_, nth) => said[nth - 1] ?? {})
    expect(result).toMatchObject({ sent: 2, stored: 2, refused: [] })
    expect(result.waited).toHaveLength(3)
  })

  test('gives up when it has waited long enough, or the server has no such intake', async () => {
    await expect(sent([unit('a')], () => ({ status: 503, body: 'busy' }))).rejects.toThrow(
      /Given up after .*busy/,
    )
    await expect(sent([unit('a')], () => ({ status: 404, body: 'no route' }))).rejects.toThrow(
      /\/api\/v2\/spans answers 404: no route; is it Hopscope/,
    )
  })

  test('takes nothing for stored but what an intake answers', async () => {
    const page = { 'Content-Type': 'text/html' }
    const FOREIGN: [Said, RegExp][] = [
      [{ status: 302, headers: { Location: 'https://login/' } }, /answers 302 → https:\/\/login\/; is it Hopscope\?/],
      [{ status: 200, headers: page, body: '<p>Hello' }, /answers 200 with a web page; is it Hopscope\?/],
    ] // prettier-ignore
    for (const dialect of ['zipkin', 'zipkin-v1', 'otlp'] as const)
      for (const [said, expected] of FOREIGN)
        await expect(sent([unit('a', { dialect })], () => said)).rejects.toThrow(expected)
    await expect(sent([unit('a')], () => ({ status: 200 }))).rejects.toThrow(/answers 200; is it/)
    await expect(sent([unit('a', { dialect: 'otlp' })], () => ({ body: '<p>' }))).rejects.toThrow(/not JSON/)
  })

  const resourceSpans = (spans: number, text = '') =>
    unit('trace', {
      dialect: 'otlp',
      spans,
      json: Buffer.from(
        `{ "resource": {"a":[1]}, "scopeSpans" : [{"scope":{"name":"]}"},"spans":[${Array.from({ length: spans }, (_, i) => `{"n":12345678901234567890,"i":${i},"text":"${text}"}`).join(' , ')}]}, {"spans":[]}], "schemaUrl":"s" }`,
      ),
    })
  const spansIn = (body: string) => [...body.matchAll(/"i":(\d+)/g)].map(([, i]) => Number(i))

  test('sends a large ResourceSpans in parts, each with its resource and scope, every byte of a span kept', async () => {
    const result = await sent([resourceSpans(40, 'x'.repeat(100_000))], () => ({}))
    expect(result).toMatchObject({ sent: 40, stored: 40 })
    expect(posts.flatMap(({ body }) => spansIn(body)).sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i)) // prettier-ignore
    for (const { body } of posts) {
      expect(body.length).toBeLessThan(1.2 * 2 ** 20)
      expect(body).toContain('12345678901234567890')
      expect(JSON.parse(body)).toMatchObject({
        resourceSpans: [{ resource: { a: [1] }, schemaUrl: 's', scopeSpans: [{ scope: { name: ']}' } }] }],
      })
    }
  })

  test('parts what the server finds too large, down to one span, and refuses only that', async () => {
    const answers: Answer = ({ body }) =>
      spansIn(body).length > 2 || spansIn(body).includes(5) ? { status: 413, body: 'too large' } : {}
    expect(await sent([resourceSpans(9)], answers)).toEqual({
      sent: 9, stored: 8, refused: ['line trace (1): too large'], waited: [],
    }) // prettier-ignore
  })

  test('ends when what is too large has no parts', async () => {
    const odd = unit('odd', {
      dialect: 'otlp',
      spans: 2,
      json: Buffer.from('{"scopeSpans":[{"spans":[{}]},5]}'),
    })
    const result = await sent([odd], () => ({ status: 413, body: 'too large' }))
    expect(result).toMatchObject({ sent: 2, stored: 0, refused: ['line odd (2): too large'] })
  })

  test('tells what is wrong with a unit without the brackets around it', async () => {
    const broken = await sent([unit('a', { json: Buffer.from('{# Hopscope}') })], () => ({ status: 400, body: '[{#' })) // prettier-ignore
    expect(broken.refused).toEqual([expect.stringMatching(/^line a \(1\): It is not JSON: [^[]*$/)])
    const body = '1 of 1 spans refused, 0 stored.\n[0]: A span must be an object.'
    const bare = await sent([unit('a')], () => ({ status: 400, body }))
    expect(bare.refused).toEqual(['line a (1): A span must be an object.'])
  })
})
