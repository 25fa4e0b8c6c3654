// How the process answers when its store doesn't work, which a real one does too well to show.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Trace, TraceId, TraceSummary } from '@hopscope/model'
import { idOf, makeSpan } from '@hopscope/model/testing'
import { HopscopeError } from '@hopscope/proto'
import type { SpanReader, Store } from '@hopscope/storage'
import { pino } from 'pino'
import { afterEach, describe, expect, test } from '@jest/globals'
import { createApp } from './app.ts'
import { createCollector } from './collector.ts'
import { readConfig } from './config.ts'

let server: Server | undefined
afterEach(() => {
  server?.close()
  server?.closeAllConnections()
})

/** A server whose store answers every question with this error, but where told otherwise; and the lines it logs. */
async function serverOver(
  error: Error,
  reader: Partial<SpanReader> = {},
): Promise<{ url: string; logged: string[] }> {
  const fail = () => Promise.reject(error)
  const store: Store = {
    writer: { write: fail },
    reader: {
      traces: fail,
      spellings: fail,
      find: () => ({ [Symbol.asyncIterator]: () => ({ next: fail }) }),
      names: fail,
      dependencies: fail,
      ...reader,
    },
    check: () => Promise.resolve({ up: false, detail: 'The disk is on fire.' }),
    close: () => Promise.resolve(),
  }
  const logged: string[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => logged.push(line) })
  const config = readConfig({}, {})
  const collector = createCollector(config, store)
  server = createServer(createApp({ config, store, collector, log, version: '1.2.3' }))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, logged }
}

const SPAN = '[{"traceId":"a","id":"1"}]'
const post = (url: string) =>
  fetch(`${url}/api/v2/spans`, {
    method: 'POST',
    body: SPAN,
    headers: { 'Content-Type': 'application/json' },
  })
const TEXT_ROUTES = [
  '/api/v2/services',
  '/api/v2/traces',
  '/api/v2/trace/a',
  '/zipkin/api/v2/dependencies?endTs=1',
]
const REST_ROUTES = ['/rest/v1/traces', '/rest/v1/requests/r', '/rest/v1/traces/a', '/rest/v1/export', '/rest/v1/traces/a?format=otlp'] // prettier-ignore
const JAEGER_ROUTES = ['/api/services', '/api/services/s/operations', '/api/operations?service=s', '/api/traces', '/api/traces/a', '/api/dependencies'] // prettier-ignore
const V3_WINDOW = 'query.startTimeMin=2026-01-01T00:00:00Z&query.startTimeMax=2026-01-02T00:00:00Z'
const V3_ROUTES = ['/api/v3/services', '/api/v3/operations?service=s', `/api/v3/traces?${V3_WINDOW}`, '/api/v3/traces/a', `/api/v3/trace-summaries?${V3_WINDOW}`] // prettier-ignore
const ROUTES = [...TEXT_ROUTES, ...REST_ROUTES, ...JAEGER_ROUTES, ...V3_ROUTES]

describe('with a store that is down', () => {
  const down = new HopscopeError('store-unavailable', 'The disk is full.')

  test('a post is answered with 503, never 202, and counted as dropped', async () => {
    const { url, logged } = await serverOver(down)
    const response = await post(url)
    expect([response.status, await response.text()]).toEqual([503, 'The disk is full.\n'])
    expect(response.headers.get('retry-after')).toBe('5')
    expect(await (await fetch(`${url}/metrics`)).json()).toMatchObject({
      'counter.zipkin_collector.spans_dropped.http': 1,
    })
    expect(logged.join('')).toContain('store-unavailable')
  })

  test('a question is answered with 503 in the form of its API', async () => {
    const { url } = await serverOver(down)
    for (const path of ROUTES) {
      const response = await fetch(url + path)
      expect([path, response.status]).toEqual([path, 503])
      const body = await response.text()
      const detail = 'The disk is full.'
      if (TEXT_ROUTES.includes(path)) expect(body).toBe(detail)
      else if (REST_ROUTES.includes(path))
        expect(JSON.parse(body)).toMatchObject({ code: 'store-unavailable', detail })
      else if (JAEGER_ROUTES.includes(path))
        expect(JSON.parse(body)).toMatchObject({ data: null, errors: [{ code: 503, msg: detail }] })
      else expect(JSON.parse(body)).toEqual({ error: { httpCode: 503, message: detail } })
    }
  })

  test('health is DOWN with 503, and says why', async () => {
    const { url } = await serverOver(down)
    const response = await fetch(`${url}/health`)
    expect([response.status, await response.json()]).toEqual([
      503,
      {
        status: 'DOWN',
        zipkin: {
          status: 'DOWN',
          details: { storage: { status: 'DOWN', details: { error: 'The disk is on fire.' } } },
        },
        components: { storage: { status: 'DOWN', details: { error: 'The disk is on fire.' } } },
      },
    ])
  })
})

test('what goes wrong inside is told to the log, not to the client', async () => {
  const { url, logged } = await serverOver(new Error('secret: password is 123'))
  for (const path of ROUTES) {
    const response = await fetch(url + path)
    expect([path, response.status]).toEqual([path, 500])
    expect(await response.text()).not.toMatch(/secret|123|\bat\b.*:\d/)
  }
  expect((await post(url)).status).toBe(500)
  expect(logged).toHaveLength(ROUTES.length + 1)
  for (const line of logged) expect(line).toContain('secret: password is 123')
})

test('every answer forbids foreign scripts, framing and guessing of types', async () => {
  const { url } = await serverOver(new Error('any'))
  for (const path of ['/health', '/api/v2/services', '/nothing']) {
    const { headers } = await fetch(url + path)
    expect(headers.get('content-security-policy')).toMatch(/default-src 'self'.*frame-ancestors 'none'/)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('x-powered-by')).toBeNull()
  }
})

test('a full collector says so to the sender and leaves the log alone', async () => {
  const full = new HopscopeError('overloaded', 'Too much.', { retryAfterSeconds: 1 })
  const { url, logged } = await serverOver(full)
  const response = await post(url)
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1'])
  expect(logged).toEqual([])
})

test('Allow is said only where a method is not allowed', async () => {
  const { url } = await serverOver(new Error('any'), { names: () => Promise.resolve([]) })
  const got = await fetch(`${url}/api/v2/spans?serviceName=web`)
  expect([got.status, got.headers.get('allow')]).toEqual([200, null])
  const refused = await fetch(`${url}/api/v2/spans`, { method: 'DELETE' })
  expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'POST, GET, HEAD'])
})

test('a base URL with a slash at its end works, for posts and questions', async () => {
  const { url } = await serverOver(new Error('any'), { names: () => Promise.resolve(['web']) })
  expect(await (await fetch(`${url}//api/v2/services`)).json()).toEqual(['web'])
  expect((await post(`${url}/`)).status).toBe(500)
})

test("Zipkin's pages lead to ours, and its UI finds its settings", async () => {
  const { url } = await serverOver(new Error('any'))
  for (const [path, location] of [
    ['/zipkin', '/'],
    ['/zipkin/', '/'],
    ['/zipkin/dependency?x=1', '/'],
    ['/zipkin/traces/a1', '/traces/a1'],
    ['/zipkin/traces/%0d%0aX:%2F%2Fevil', '/traces/%0D%0AX%3A%2F%2Fevil'],
  ]) {
    const response = await fetch(`${url}${path}`, { redirect: 'manual' })
    expect([path, response.status, response.headers.get('location')]).toEqual([path, 302, location])
  }
  const settings = await fetch(`${url}/zipkin/config.json`)
  expect(settings.headers.get('cache-control')).toBe('max-age=600')
  expect(await settings.json()).toMatchObject({ queryLimit: 10, searchEnabled: true })
})

test("health and info are also where Spring Boot's are, in its media type", async () => {
  const { url } = await serverOver(new Error('any'))
  for (const route of ['health', 'info']) {
    const [own, actuator] = [await fetch(`${url}/${route}`), await fetch(`${url}/actuator/${route}`)]
    expect(own.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(actuator.headers.get('content-type')).toBe(
      'application/vnd.spring-boot.actuator.v2+json; charset=utf-8',
    )
    expect([actuator.status, await actuator.text()]).toEqual([own.status, await own.text()])
  }
})

describe('an answer of many traces', () => {
  const SPANS = 500
  const TRACES = 1000
  const summaries = Array.from({ length: TRACES }, (_, i) => ({
    traceId: (i + 1).toString(16).padStart(16, '0') as TraceId,
    spanCount: SPANS,
  }))
  async function* find() {
    yield* (await Promise.resolve(summaries)) as TraceSummary[]
  }
  /** Answers with traces of 100 kB, but for the page asked for as number `failing`; counts the pages. */
  function reading(failing = Infinity) {
    const pages: number[] = []
    const traces = async (ids: readonly TraceId[]): Promise<Trace[]> => {
      await new Promise((resolve) => setImmediate(resolve))
      if (pages.push(ids.length) === failing) throw new Error('secret: the disk fell off')
      return ids.map((traceId) => ({
        traceId,
        spans: Array.from({ length: SPANS }, (_, i) =>
          makeSpan({ traceId, id: idOf(i + 1), name: 'x'.repeat(100) }),
        ),
      }))
    }
    return { reader: { find, traces }, pages }
  }

  test('is whole and in order, and read in pages', async () => {
    const { reader, pages } = reading()
    const { url } = await serverOver(new Error('any'), reader)
    const many = summaries.slice(0, 120).map(({ traceId }) => traceId)
    const found = (await (await fetch(`${url}/api/v2/traceMany?traceIds=${many.join(',')}`)).json()) as {
      traceId: string
    }[][]
    expect(found.map((spans) => [spans.length, spans[0]?.traceId])).toEqual(many.map((id) => [SPANS, id]))
    expect(pages).toEqual([50, 50, 20])
  })

  test('is not read further than its receiver reads, nor once that has hung up', async () => {
    const { reader, pages } = reading()
    const { url, logged } = await serverOver(new Error('any'), reader)
    const hangUp = new AbortController()
    const response = await fetch(`${url}/api/v2/traces?limit=1000`, { signal: hangUp.signal })
    expect(response.status).toBe(200)
    await quiet(() => pages.length)
    // Of 50 pages of 20 traces those that the sockets and one write hold.
    expect(Math.max(...pages)).toBe(20)
    expect(pages.length).toBeLessThan(25)
    const before = pages.length
    hangUp.abort()
    await quiet(() => pages.length)
    expect(pages.length).toBeLessThanOrEqual(before + 1)
    expect(logged).toEqual([])
  })

  test('that fails midway is broken off, never ended as if it were whole, and the log says why', async () => {
    const { reader } = reading(3)
    const { url, logged } = await serverOver(new Error('any'), reader)
    const response = await fetch(`${url}/api/v2/traces?limit=1000`)
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow('terminated')
    expect(logged).toHaveLength(1)
    expect(logged[0]).toContain('the disk fell off')
  })

  test('that fails before it began is an error like any other', async () => {
    const { url } = await serverOver(new Error('any'), reading(1).reader)
    const response = await fetch(`${url}/api/v2/traces?limit=1000`)
    expect([response.status, response.headers.get('content-type')]).toEqual([
      500,
      'text/plain; charset=utf-8',
    ])
    expect(await response.text()).not.toContain('secret')
  })
})

/** Settles once the number has stayed the same for a thousand turns of the event loop. */
async function quiet(number: () => number): Promise<void> {
  for (let turns = 0, last = number(); turns < 1000; turns++) {
    await new Promise((resolve) => setImmediate(resolve))
    if (number() !== last) [turns, last] = [0, number()]
  }
}
