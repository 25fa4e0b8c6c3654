// What many traces say together: the graph, metrics, comparisons and profiles, each answer held against the contract.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { idFrom, postSpans, wireSpan, type WireSpan } from './client.ts'
import { type ContractClient, contractClient } from './contract-client.ts'

const MINUTE = 60_000_000
const T0 = Math.floor((Date.now() * 1000) / MINUTE) * MINUTE - 30 * MINUTE
const COUNT = 60
const WINDOW = `start=${T0}&end=${T0 + COUNT * 1_000_000}`

const traceId = (i: number) => idFrom('analysis', i)
/** One call of web a second; each tenth is slow: it runs version 2, and its database takes 500 ms more. */
function traceOf(i: number): WireSpan[] {
  const slow = i % 10 === 9
  const db = slow ? 550_000 : 50_000 + i
  const at = T0 + i * 1_000_000
  const span = (name: string, parent: string | undefined, fields: WireSpan): WireSpan =>
    wireSpan({
      traceId: traceId(i),
      id: idFrom(name, i),
      name,
      ...(parent !== undefined && { parentId: idFrom(parent, i) }),
      ...fields,
    })
  const web = { localEndpoint: { serviceName: 'web' } }
  const pay = { localEndpoint: { serviceName: 'pay' } }
  return [
    span('get /buy', undefined, { ...web, timestamp: at, duration: db + 50_000, tags: { version: slow ? '2' : '1', request_id: `r${i}` } }),
    span('charge', 'get /buy', { ...web, kind: 'CLIENT', remoteEndpoint: { serviceName: 'pay' }, timestamp: at + 10_000, duration: db + 30_000 }),
    span('post /charge', 'charge', { ...pay, timestamp: at + 12_000, duration: db + 20_000, tags: slow ? { error: 'timeout' } : {} }),
    span('select', 'post /charge', { ...pay, kind: 'CLIENT', remoteEndpoint: { serviceName: 'db' }, timestamp: at + 20_000, duration: db }),
  ]
} // prettier-ignore

const SLOW = Array.from({ length: COUNT / 10 }, (_, i) => traceId(10 * i + 9))
const SLOW_QUERY = encodeURIComponent('{ resource.service.name = "web" && duration > 500ms }')

let server: ServerProcess
let contract: ContractClient
beforeAll(async () => {
  server = await startServer()
  contract = await contractClient(server.url)
  const spans = Array.from({ length: COUNT }, (_, i) => traceOf(i)).flat()
  expect((await postSpans(server.url, spans)).status).toBe(202)
})
afterAll(async () => {
  await contract.close()
  await server.stop()
})

async function json(path: string): Promise<Record<string, unknown>> {
  const response = await contract.fetch(`/rest/v1${path}`)
  const body = (await response.json()) as Record<string, unknown>
  expect([path, response.status, response.status === 200 ? '' : body]).toEqual([path, 200, ''])
  return body
}

async function rows(path: string): Promise<string[]> {
  const response = await contract.fetch(`/rest/v1${path}&format=csv`)
  expect([response.status, response.headers.get('hopscope-complete')]).toEqual([200, 'true'])
  return (await response.text()).split('\r\n')
}

/** Within the 2 % that durations are promised. */
const about = (micros: number): unknown => ({
  asymmetricMatch: (found: unknown) => typeof found === 'number' && Math.abs(found / micros - 1) <= 0.02,
})

describe('/rest/v1/graph', () => {
  test('has services and calls with their load, as JSON and as a table', async () => {
    expect(await json(`/graph?${WINDOW}`)).toMatchObject({
      complete: true,
      services: [
        { name: 'db', reported: false, calls: COUNT, rate: 1 },
        { name: 'pay', reported: true, calls: COUNT, errors: 6, errorRatio: 0.1 },
        { name: 'web', reported: true, calls: COUNT, errors: 0, failed: null },
      ],
      edges: [
        { from: 'pay', to: 'db', kind: 'rpc', calls: COUNT, errors: 0, p99: about(550_000) },
        { from: 'web', to: 'pay', kind: 'rpc', calls: COUNT, errors: 6 },
      ],
    })
    expect(await rows(`/graph?${WINDOW}&service=db`)).toEqual([
      'from,to,kind,calls,errors,errorRatio,rate,p50,p95,p99,slowest,failed',
      expect.stringMatching(/^,db,service,60,0,0,1,/),
      expect.stringMatching(/^,pay,service,60,6,0.1,1,/),
      expect.stringMatching(/^pay,db,rpc,60,0,0,1,/),
      '',
    ])
  })

  test('is of the last hour unless told otherwise', async () => {
    expect(await json('/graph')).toMatchObject({ edges: [{ calls: COUNT }, { calls: COUNT }] })
    expect(await json(`/graph?end=${T0}`)).toMatchObject({ services: [], edges: [] })
  })
})

describe('/rest/v1/metrics', () => {
  test('has rate, errors, durations and traces to look at, over time', async () => {
    const { series, ...rest } = await json(`/metrics?${WINDOW}&by=service,operation&step=30s`)
    expect(rest).toMatchObject({ step: 30_000_000, by: ['service', 'operation'], complete: true })
    expect(series).toMatchObject([
      {
        labels: { service: 'pay', operation: 'post /charge' },
        points: [
          { at: T0, count: 30, rate: 1, errors: 3, errorRatio: 0.1, p50: about(70_014), p99: about(570_000) },
          { at: T0 + 30_000_000, count: 30, rate: 1, errors: 3 },
        ],
      },
      { labels: { service: 'web', operation: 'get /buy' }, points: [{ failed: null }, { count: 30 }] },
    ])
    const [{ points }] = series as [{ points: [{ failed: string; slowest: string }] }]
    expect(SLOW).toContain(points[0].failed)
    expect(SLOW).toContain(points[0].slowest)
  })

  test('by tag and query, by hop, of all spans, with other quantiles, as a table', async () => {
    const q = encodeURIComponent('{ span.version = 2 }')
    expect(await json(`/metrics?${WINDOW}&by=tag:version&q=${q}&step=1m`)).toMatchObject({
      query: { fromWords: false },
      series: [{ labels: { 'tag:version': '2' }, points: [{ count: 6 }] }],
    })
    expect(await json(`/metrics?${WINDOW}&by=hop&step=1m&quantiles=0.999`)).toMatchObject({
      series: [
        { labels: { from: 'pay', to: 'db', kind: 'rpc' }, points: [{ count: COUNT, 'p99.9': about(550_000) }] },
        { labels: { from: 'web', to: 'pay', kind: 'rpc' } },
      ],
    })
    expect(await json(`/metrics?${WINDOW}&spans=all&step=1m`)).toMatchObject({
      series: [{ labels: {}, points: [{ count: 4 * COUNT }] }],
    })
    expect(await rows(`/metrics?${WINDOW}&by=service&step=1m`)).toHaveLength(4)
  })

  test('refuses what it cannot count, and says why', async () => {
    for (const query of ['by=color', 'step=1us', 'nope=1', 'by=hop&spans=all', `q=${encodeURIComponent('{} >> {}')}`]) {
      const response = await contract.fetch(`/rest/v1/metrics?${WINDOW}&${query}`)
      expect([query, response.status]).toEqual([query, 400])
    }
  })
}) // prettier-ignore

describe('/rest/v1/compare', () => {
  test('says what is different about the slow ones', async () => {
    const answer = await json(`/compare?${WINDOW}&a=${SLOW_QUERY}`)
    expect(answer).toMatchObject({
      a: { query: { fromWords: false }, traces: 6, complete: true },
      b: { query: null, traces: COUNT - 6, complete: true },
      unique: ['tag:request_id'],
      complete: true,
    })
    const attributes = answer['attributes'] as { attribute: string; values: object[] }[]
    expect(attributes.find(({ attribute }) => attribute === 'tag:version')?.values[0]).toMatchObject({
      value: '2', countA: 6, countB: 0, shareA: 1, shareB: 0,
    }) // prettier-ignore
    expect(await rows(`/compare?${WINDOW}&a=${SLOW_QUERY}`)).toContainEqual(
      expect.stringMatching(/^tag:version,2,6,1,0,0,1,0\.\d+,/),
    )
  })

  test('takes plain words, and says where a query is wrong', async () => {
    expect(await json(`/compare?${WINDOW}&a=${encodeURIComponent('error')}`)).toMatchObject({
      a: { query: { fromWords: true } },
    })
    const response = await contract.fetch(`/rest/v1/compare?a=${encodeURIComponent('{ duration > }')}`)
    expect(await response.json()).toMatchObject({ status: 400, code: 'query-invalid' })
  })
})

describe('/rest/v1/traces/{a}/compare/{b}', () => {
  test('shows what is slower and fails in the second trace', async () => {
    expect(await json(`/traces/${traceId(0)}/compare/${traceId(9)}`)).toMatchObject({
      a: { traceId: traceId(0) },
      b: { traceId: traceId(9) },
      counts: { slower: 4, added: 0, missing: 0, errorsAppeared: 1 },
    })
    const response = await contract.fetch(`/rest/v1/traces/${traceId(0)}/compare/abc`)
    expect(await response.json()).toMatchObject({ status: 404, code: 'trace-not-found' })
  })
})

describe('/rest/v1/profile', () => {
  test('says in one call where the time goes and why the slowest calls are slow', async () => {
    const path = `/profile?${WINDOW}&service=web&operation=${encodeURIComponent('get /buy')}`
    const profile = await json(path)
    expect(profile).toMatchObject({
      calls: COUNT,
      services: [{ service: 'db', reported: false }, { service: 'web' }, { service: 'pay' }],
      network: { time: 10_000 * COUNT },
      hops: [
        { from: 'pay', to: 'db', operation: 'select' },
        { from: 'web', to: 'pay', operation: 'charge' },
      ],
      slowness: { slow: { calls: 10 }, hops: [{ from: 'pay', to: 'db' }, {}] },
      complete: true,
    })
    const { slowness } = profile as { slowness: { slow: { exemplars: string[] } } }
    expect(SLOW).toEqual(expect.arrayContaining(slowness.slow.exemplars))
    expect(await rows(path)).toHaveLength(9)
  })

  test('of fewer traces than there are says so, and of none is empty', async () => {
    expect(await json(`/profile?${WINDOW}&service=web&limit=3`)).toMatchObject({
      calls: 3,
      slowness: null,
      complete: false,
    })
    expect(await json(`/profile?${WINDOW}&service=nobody`)).toMatchObject({ calls: 0, complete: true })
  })
})

test('without search there is the graph, and a plain no to what searches', async () => {
  const closed = await startServer({ env: { SEARCH_ENABLED: 'false' } })
  const client = await contractClient(closed.url)
  try {
    expect((await postSpans(closed.url, traceOf(0))).status).toBe(202)
    const graph = (await (await client.fetch(`/rest/v1/graph?${WINDOW}`)).json()) as { edges: unknown[] }
    expect(graph.edges).toHaveLength(2)
    for (const path of ['/metrics', `/compare?a=${SLOW_QUERY}`, '/profile?service=web']) {
      const response = await client.fetch(`/rest/v1${path}`)
      expect([path, response.status]).toEqual([path, 403])
    }
  } finally {
    await client.close()
    await closed.stop()
  }
})
