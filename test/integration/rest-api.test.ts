// Hopscope's own API and the operator's routes: every answer is held against the contract.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { idFrom, postSpans, storedSpans, wireSpan, type WireSpan } from './client.ts'
import { type ContractClient, contractClient } from './contract-client.ts'

let server: ServerProcess
let contract: ContractClient

const T0 = (Date.now() - 3600_000) * 1000
const local = (serviceName: string) => ({ localEndpoint: { serviceName } })
const remote = (serviceName: string) => ({ remoteEndpoint: { serviceName } })

interface Summary {
  readonly traceId: string
  readonly start: number
}
interface Page {
  readonly traces: readonly Summary[]
  readonly next: string | null
}
interface RequestView {
  readonly traces: readonly (Summary & { offset: number })[]
  readonly [field: string]: unknown
}

const CALL = idFrom('rest call')
const call: WireSpan[] = [
  wireSpan({ traceId: CALL, id: idFrom('a'), name: 'get /buy', timestamp: T0, duration: 90_000, ...local('web'), tags: { request_id: 'r-1', 'http.method': 'GET', eq: 'a=b' } }),
  wireSpan({ traceId: CALL, id: idFrom('b'), parentId: idFrom('a'), kind: 'CLIENT', name: 'charge', timestamp: T0 + 10_000, duration: 60_000, ...local('web'), ...remote('pay') }),
  wireSpan({ traceId: CALL, id: idFrom('b'), parentId: idFrom('a'), shared: true, name: 'charge', timestamp: T0 + 20_000, duration: 40_000, ...local('pay'), tags: { error: 'declined' } }),
] // prettier-ignore

beforeAll(async () => {
  server = await startServer()
  contract = await contractClient(server.url)
  expect((await postSpans(server.url, call)).status).toBe(202)
})
afterAll(async () => {
  await contract.close()
  await server.stop()
})

async function json<T>(path: string): Promise<T> {
  const response = await contract.fetch(path)
  expect([path, response.status]).toEqual([path, 200])
  return (await response.json()) as T
}

async function problem(path: string): Promise<{ status: number; code: string; detail: string }> {
  const response = await contract.fetch(path)
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
  const body = (await response.json()) as { status: number; code: string; detail: string }
  expect(body.status).toBe(response.status)
  return body
}

describe('/rest/v1/traces/{traceId}', () => {
  test('explains a trace: tree, hops, critical path, request ids', async () => {
    const view = await json<{
      spans: readonly { index: number; parent: number; span: WireSpan }[]
      hops: readonly WireSpan[]
      [field: string]: unknown
    }>(`/rest/v1/traces/${CALL}`)
    expect(view).toMatchObject({ traceId: CALL, requestIds: ['r-1'], start: T0, duration: 90_000 })
    expect(view.spans.map(({ parent }) => parent)).toEqual([-1, 0, 1])
    expect(view.hops).toMatchObject([
      { from: 'web', to: 'pay', clientTime: 60_000, serverTime: 40_000, networkTime: 20_000, error: true },
    ])
  })

  test('says which trace it has not, and which id is none', async () => {
    expect(await problem('/rest/v1/traces/abc')).toMatchObject({ status: 404, code: 'trace-not-found' })
    for (const id of ['xyz', 'ABC', '0', 'f'.repeat(33)])
      expect(await problem(`/rest/v1/traces/${id}`)).toMatchObject({ status: 400, code: 'parameter-invalid' })
    const broken = await fetch(`${server.url}/rest/v1/traces/%`)
    expect(await broken.json()).toMatchObject({ status: 400, code: 'parameter-invalid' })
  })

  test('draws a hostile trace: a cycle, a lost parent, a self-parent, no times, script in every text', async () => {
    const traceId = idFrom('hostile')
    const script = '<script>alert(1)</script>'
    const spans = [
      { id: '1', parentId: '2' },
      { id: '2', parentId: '1', name: script },
      { id: '3', parentId: '3', tags: { [script]: script, __proto__x: '1' } },
      { id: '4', parentId: 'dead', timestamp: 0, duration: 0 },
      { id: '5', timestamp: 1, duration: Number.MAX_SAFE_INTEGER },
    ].map((fields) => wireSpan({ traceId, ...fields }))
    expect((await postSpans(server.url, spans)).status).toBe(202)
    const view = await json<{ spans: unknown[]; warnings: { code: string }[] }>(`/rest/v1/traces/${traceId}`)
    expect(view.spans.length).toBeGreaterThanOrEqual(5)
    expect(view.warnings.map(({ code }) => code)).toContain('cycle')
  })

  test('draws a chain of 20,000 calls', async () => {
    const traceId = idFrom('chain')
    const spans = Array.from({ length: 20_000 }, (_, i) => ({
      traceId,
      id: (i + 1).toString(16),
      ...(i > 0 && { parentId: i.toString(16) }),
      timestamp: T0 + i,
      duration: 40_000 - 2 * i + 1,
      ...local(`s${i % 5}`),
    }))
    expect((await postSpans(server.url, spans)).status).toBe(202)
    const response = await fetch(`${server.url}/rest/v1/traces/${traceId}`)
    const view = (await response.json()) as { spans: { depth: number }[] }
    expect(view.spans.at(-1)?.depth).toBe(19_999)
    expect(await storedSpans(server.url, traceId)).toHaveLength(20_000)
  })
})

describe('/rest/v1/requests/{requestId}', () => {
  test('shows all traces of a request, by start, each with its offset from the first', async () => {
    const spans = [3, 1, 2].map((i) =>
      wireSpan({ traceId: idFrom('retry', i), timestamp: T0 + i * 1000, duration: 500 * i, tags: { 'x-request-id': 'retried' } }),
    ) // prettier-ignore
    expect((await postSpans(server.url, spans)).status).toBe(202)
    const view = await json<RequestView>('/rest/v1/requests/retried')
    expect(view).toMatchObject({ requestId: 'retried', start: T0 + 1000, duration: 3500, complete: true })
    expect(view.traces.map(({ traceId, offset }) => [traceId, offset])).toEqual([
      [idFrom('retry', 1), 0],
      [idFrom('retry', 2), 1000],
      [idFrom('retry', 3), 2000],
    ])
  })

  test.each(['a/b//c', 'ä ö', '\u{1f680}', '100%', '%2F', '?x=1&y#z', '..', "o'neil\"", '["', 'x'.repeat(1024), '<b>'])(
    'finds the request id %j, percent-encoded',
    async (requestId) => {
      expect((await postSpans(server.url, [wireSpan({ tags: { request_id: requestId } })])).status).toBe(202)
      const path = encodeURIComponent(requestId).replaceAll('.', '%2E')
      // Of two dots, however they are written, a URL parser makes the parent folder; such an id is found by search.
      if (requestId !== '..')
        expect((await json<RequestView>(`/rest/v1/requests/${path}`))['requestId']).toBe(requestId)
      const page = await json<Page>(`/rest/v1/traces?requestId=${path}`)
      expect(page.traces).toMatchObject([{ requestIds: [requestId] }])
    },
  ) // prettier-ignore

  test('says which request it has not', async () => {
    expect(await problem('/rest/v1/requests/nobody')).toMatchObject({
      status: 404,
      code: 'request-not-found',
    })
    expect(await problem(`/rest/v1/requests/${'x'.repeat(1025)}`)).toMatchObject({ status: 400 })
  })

  test('says so when there are more traces than it shows', async () => {
    const spans = Array.from({ length: 501 }, (_, i) =>
      wireSpan({ traceId: idFrom('many', i), timestamp: T0 + i, tags: { request_id: 'many' } }),
    )
    expect((await postSpans(server.url, spans)).status).toBe(202)
    const view = await json<RequestView>('/rest/v1/requests/many')
    expect(view).toMatchObject({ complete: false, start: T0 + 1, note: expect.stringMatching(/newest 500/) })
    expect(view.traces).toHaveLength(500)
  })
})

describe('/rest/v1/traces', () => {
  const found = async (query: string) =>
    (await json<Page>(`/rest/v1/traces?service=web&requestId=r-1&${query}`)).traces.length
  const iso = (micros: number) =>
    new Date(Math.floor(micros / 1e6) * 1000).toISOString().slice(0, 19) +
    `.${String(micros % 1e6).padStart(6, '0')}`

  test.each([
    ['', 1],
    ['operation=GET%20/Buy', 1],
    ['operation=charge', 0], // another span has the request id
    ['kind=SERVER', 1],
    ['kind=client', 0],
    ['error=false', 1],
    ['error=true', 0],
    ['tag=http.method=GET&tag=eq', 1],
    ['tag=eq=a%3Db', 1],
    ['tag=eq=a', 0],
    ['tag=http.method=GET&tag=http.method=PUT', 0],
    ['minDuration=90ms&maxDuration=0.09s', 1],
    ['minDuration=90001', 0],
    ['minDuration=90000us', 1],
    ['minDuration=90000%C2%B5s', 1],
    ['maxDuration=1m', 1],
    ['minDuration=999999999999999h', 0],
    [`start=${T0}&end=${T0}`, 1],
    [`start=${T0 + 1}`, 0],
    [`end=${T0 - 1}`, 0],
    [`start=${iso(T0)}Z&end=${iso(T0)}%2B00:00`, 1],
    [`start=${iso(T0 + 1)}z`, 0],
    ['end=1960-01-01T00:00:00Z', 0],
    ['tag=&operation=&cursor=&limit=', 1],
  ])('finds by "%s"', async (query, expected) => {
    expect(await found(query)).toBe(expected)
  }) // prettier-ignore

  test('wants all conditions of one and the same span', async () => {
    expect((await json<Page>('/rest/v1/traces?service=pay&error=true')).traces).toHaveLength(1)
    expect((await json<Page>('/rest/v1/traces?remoteService=pay&service=web')).traces).toHaveLength(1)
    expect((await json<Page>('/rest/v1/traces?remoteService=pay&error=true')).traces).toHaveLength(0)
  })

  test.each([
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=x', 'limit'],
    ['service=a&service=b', 'service'],
    ['kind=SIDEWAYS', 'kind'],
    ['error=yes', 'error'],
    ['minDuration=fast', 'minDuration'],
    ['maxDuration=-1ms', 'maxDuration'],
    ['start=yesterday', 'start'],
    ['start=2026-13-01T00:00:00Z', 'start'],
    ['end=99999999999999999', 'end'],
    ['start=2&end=1', 'start'],
    ['cursor=nonsense', 'cursor'],
    ['tag==value', 'tag'],
    ['serviceName=web', 'serviceName'],
    [Array.from({ length: 51 }, (_, i) => `tag=t${i}`).join('&'), 'tag'],
  ])('refuses "%s" and names the parameter', async (query, name) => {
    const { status, code, detail } = await problem(`/rest/v1/traces?${query}`)
    expect([status, code]).toEqual([400, 'parameter-invalid'])
    expect(detail).toMatch(new RegExp(`^${name}: `))
  })

  test('pages by cursor through everything once, while new spans keep coming', async () => {
    const service = 'paged'
    const span = (i: number, start: number) =>
      wireSpan({ traceId: idFrom('page', i), timestamp: start, ...local(service) })
    // Many share a start: ties are where pages break.
    const before = Array.from({ length: 100 }, (_, i) => span(i, T0 + Math.floor(i / 7) * 1000))
    expect((await postSpans(server.url, before)).status).toBe(202)
    const seen: string[] = []
    let next: string | null = ''
    for (let page = 0; next !== null; page++) {
      const path: string = `/rest/v1/traces?service=${service}&limit=9${next && `&cursor=${next}`}`
      const [answer] = await Promise.all([
        json<Page>(path),
        postSpans(server.url, [span(1000 + page, T0 + page * 500), span(2000 + page, T0 + 1e6 + page)]),
      ])
      seen.push(...answer.traces.map(({ traceId }) => traceId))
      next = answer.next
    }
    expect(new Set(seen).size).toBe(seen.length)
    for (const { traceId } of before) expect(seen).toContain(traceId)
  })
})

describe('routes', () => {
  test.each([
    ['POST', '/rest/v1/traces', 405, 'method-not-allowed', 'GET, HEAD'],
    ['DELETE', `/rest/v1/traces/${CALL}`, 405, 'method-not-allowed', 'GET, HEAD'],
    ['PUT', '/rest/v1/requests/r-1', 405, 'method-not-allowed', 'GET, HEAD'],
    ['GET', '/rest/v1/nothing', 404, 'route-not-found', null],
    ['GET', '/rest/v1/requests', 404, 'route-not-found', null],
    ['GET', '/rest/v1/requests/a/b', 404, 'route-not-found', null],
    ['GET', '/rest/', 404, 'route-not-found', null],
  ])('%s %s is answered with %i as problem details', async (method, path, status, code, allow) => {
    const response = await fetch(server.url + path, { method })
    expect([response.status, response.headers.get('allow')]).toEqual([status, allow])
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
    expect(await response.json()).toMatchObject({ type: `urn:hopscope:error:${code}`, code, status })
  })

  test('answer HEAD as GET, without the body', async () => {
    for (const path of ['/rest/v1/traces', `/rest/v1/traces/${CALL}`, '/rest/v1/requests/r-1', '/health']) {
      const response = await fetch(server.url + path, { method: 'HEAD' })
      expect([path, response.status, await response.text()]).toEqual([path, 200, ''])
    }
  })

  test('of the operator say how it is, what it is and what it has counted', async () => {
    expect(await json('/health')).toEqual({
      status: 'UP',
      zipkin: { status: 'UP', details: { storage: { status: 'UP' } } },
      components: { storage: { status: 'UP', details: { store: expect.stringContaining(server.dataDir) } } },
    })
    expect(await json('/info')).toEqual({
      name: 'hopscope',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      zipkin: { version: expect.stringMatching(/^3\./) },
    })
    expect(await json('/metrics')).toHaveProperty(['counter.zipkin_collector.spans.http'])
    expect(await (await contract.fetch('/prometheus')).text()).toContain('zipkin_collector_spans_total')
    const wrong = await fetch(`${server.url}/health`, { method: 'POST' })
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })
})
