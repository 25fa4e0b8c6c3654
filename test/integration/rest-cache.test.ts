// What a client may keep of an explained trace, and how a large one is sent.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { idFrom, postSpans, wireSpan } from './client.ts'

let server: ServerProcess
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const T0 = (Date.now() - 3600_000) * 1000
const ask = (path: string, tag?: string | null, method = 'GET') =>
  fetch(`${server.url}/rest/v1/traces/${path}`, { method, headers: tag ? { 'If-None-Match': tag } : {} })

test('a trace that is as it was is 304 without a body, and is sent again once a span has come', async () => {
  const traceId = idFrom('cached')
  const span = (i: number) => wireSpan({ traceId, id: idFrom('cached', i), timestamp: T0 + i, tags: { request_id: 'cached' } }) // prettier-ignore
  expect((await postSpans(server.url, [span(1), span(2)])).status).toBe(202)
  const first = await ask(traceId)
  const tag = first.headers.get('etag')
  expect([first.status, first.headers.get('cache-control')]).toEqual([200, 'no-cache'])
  expect(tag).toMatch(/^"[0-9a-f]{32}-2-hopscope-\d+\.\d+\.\d+"$/)

  const same = await ask(traceId, `"other", ${tag}`)
  expect([same.status, await same.text(), same.headers.get('etag')]).toEqual([304, '', tag])
  expect(same.headers.get('cache-control')).toBe('no-cache')
  expect((await ask(traceId, tag, 'HEAD')).status).toBe(304)
  expect((await ask(traceId, '"other"')).status).toBe(200)

  // Sent again, it is the same span; another is not.
  expect((await postSpans(server.url, [span(2)])).status).toBe(202)
  expect((await ask(traceId, tag)).status).toBe(304)
  expect((await postSpans(server.url, [span(3)])).status).toBe(202)
  const more = await ask(traceId, tag)
  expect([more.status, ((await more.json()) as { spans: unknown[] }).spans.length]).toEqual([200, 4])
})

test('each format has a tag of its own', async () => {
  const traceId = idFrom('formats')
  expect((await postSpans(server.url, [wireSpan({ traceId })])).status).toBe(202)
  const formats = ['hopscope', 'zipkin', 'otlp', 'jaeger']
  const tags = await Promise.all(
    formats.map(async (format) => (await ask(`${traceId}?format=${format}`)).headers.get('etag')),
  )
  expect(new Set(tags).size).toBe(4)
  for (const [i, format] of formats.entries())
    expect((await ask(`${traceId}?format=${format}`, tags[i])).status).toBe(304)
  expect((await ask(`${traceId}?format=zipkin`, tags[0])).status).toBe(200)
  expect((await ask('xyz', '*')).status).toBe(400)
  expect((await ask('abc', '*')).status).toBe(404)
})

test('a trace of 100,000 spans is sent whole, in pieces', async () => {
  const traceId = idFrom('large')
  const COUNT = 100_000
  for (let from = 0; from < COUNT; from += 20_000) {
    const spans = Array.from({ length: 20_000 }, (_, i) => {
      const at = from + i
      const id = (at + 1).toString(16)
      // Ten children each.
      const parent = at > 0 && { parentId: (Math.floor((at - 1) / 10) + 1).toString(16) }
      return { traceId, id, ...parent, timestamp: T0 + at, duration: 200_000 - at, localEndpoint: { serviceName: `s${at % 5}` } } // prettier-ignore
    })
    expect((await postSpans(server.url, spans)).status).toBe(202)
  }
  const response = await ask(traceId)
  expect([response.status, response.headers.get('content-length')]).toEqual([200, null])
  const view = (await response.json()) as { spans: { index: number }[]; criticalPath: unknown[] }
  expect(view.spans).toHaveLength(COUNT)
  expect(view.spans.at(-1)?.index).toBe(COUNT - 1)
  const again = await ask(traceId, response.headers.get('etag'))
  expect([again.status, (await again.text()).length]).toEqual([304, 0])
})
