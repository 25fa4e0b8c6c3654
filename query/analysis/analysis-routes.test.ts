import { TEXT_EPOCH } from '@hopscope/model/testing'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type AnalysisServer, idOf, SECOND, startAnalysis } from '../testing/analysis-server.ts'

let open: AnalysisServer
let closed: AnalysisServer
beforeAll(async () => {
  open = await startAnalysis()
  closed = await startAnalysis(false)
})
afterAll(() => {
  open.close()
  closed.close()
})

interface Graph {
  readonly services: readonly Record<string, unknown>[]
  readonly edges: readonly Record<string, unknown>[]
}

describe('/graph', () => {
  test('has the services and calls of the window, with rate, errors and durations', async () => {
    const graph = await open.json<Graph>('/graph')
    expect(graph).toMatchObject({ start: TEXT_EPOCH, end: TEXT_EPOCH + 40 * SECOND, complete: true })
    expect(graph.services).toMatchObject([
      { name: 'db', reported: false, calls: 40, errors: 0, rate: 1 },
      { name: 'pay', reported: true, calls: 40, errors: 4, errorRatio: 0.1, rate: 1 },
      { name: 'web', reported: true, calls: 40, errors: 0, errorRatio: 0, slowest: idOf(10), failed: null },
    ])
    expect(graph.edges).toMatchObject([
      { from: 'pay', to: 'db', kind: 'rpc', calls: 40, errors: 0, slowest: idOf(10) },
      { from: 'web', to: 'pay', kind: 'rpc', calls: 40, errors: 4, errorRatio: 0.1, failed: idOf(10) },
    ])
    const { p50, p99 } = graph.edges[0] as { p50: number; p99: number }
    expect(p50 / 40_000).toBeCloseTo(1, 1)
    expect(p99 / 400_000).toBeCloseTo(1, 1)
  })

  test('of one service has its neighbours alone', async () => {
    const { services, edges } = await open.json<Graph>('/graph?service=DB')
    expect(services.map(({ name }) => name)).toEqual(['db', 'pay'])
    expect(edges).toHaveLength(1)
  })

  test('of the last hour, unless told otherwise, has nothing of what was before', async () => {
    const { services, start, end } = (await (await open.get(`/graph`)).json()) as Graph & { start: number; end: number }
    expect([services, end - start]).toEqual([[], 3600 * SECOND])
  }) // prettier-ignore

  test('as a table has a row for each service and each call', async () => {
    const [head, ...rows] = await open.csv('/graph?format=csv')
    expect(head?.join()).toBe('from,to,kind,calls,errors,errorRatio,rate,p50,p95,p99,slowest,failed')
    expect(rows.map((row) => row.slice(0, 5).join())).toEqual([
      ',db,service,40,0', ',pay,service,40,4', ',web,service,40,0', 'pay,db,rpc,40,0', 'web,pay,rpc,40,4',
    ]) // prettier-ignore
  })

  test('works without search', async () => {
    expect((await closed.json<Graph>('/graph')).edges).toHaveLength(2)
  })
})

interface Groups {
  readonly a: Record<string, unknown>
  readonly b: Record<string, unknown>
  readonly attributes: readonly { attribute: string; score: number; values: readonly unknown[] }[]
  readonly unique: readonly string[]
}

const SLOW = encodeURIComponent('{ resource.service.name = "web" && duration > 200ms }')

describe('/compare', () => {
  test('says what is different about the slow ones', async () => {
    const { a, b, attributes, unique } = await open.json<Groups>(`/compare?a=${SLOW}`)
    expect(a).toMatchObject({ traces: 4, complete: true })
    expect(b).toMatchObject({ query: null, traces: 36, scanned: { traces: 40, spans: 160 }, complete: true })
    expect(attributes[0]).toMatchObject({ values: [{ countB: 0, shareA: 1, shareB: 0 }, expect.anything()] })
    expect(attributes.filter(({ score }) => score > 0).map(({ attribute }) => attribute).sort()).toEqual([
      'status', 'tag:error', 'tag:version',
    ]) // prettier-ignore
    expect(attributes.find(({ attribute }) => attribute === 'tag:version')?.values).toEqual([
      { value: '2', countA: 4, countB: 0, shareA: 1, shareB: 0, difference: 1, score: expect.closeTo(0.5, 1), exampleA: idOf(40), exampleB: null },
      { value: '1', countA: 0, countB: 36, shareA: 0, shareB: 1, difference: -1, score: expect.closeTo(0.5, 1), exampleA: null, exampleB: idOf(39) },
    ]) // prettier-ignore
    expect(unique).toEqual(['tag:rid'])
  })

  test('of two queries, of the spans of one service', async () => {
    const b = encodeURIComponent('{ span.pod = "p1" }')
    const { a, attributes, ...rest } = await open.json<Groups>(`/compare?a=${SLOW}&b=${b}&service=Pay`)
    expect([a['traces'], rest.b['traces']]).toEqual([4, 10])
    expect(rest.b['query']).toMatchObject({ fromWords: false })
    expect(attributes.map(({ attribute }) => attribute)).not.toContain('tag:version')
  })

  test('as a table has a row for each value, and no formula in any cell', async () => {
    const [head, ...rows] = await open.csv(`/compare?a=${SLOW}&format=csv`)
    expect(head?.join()).toBe(
      'attribute,value,countA,shareA,countB,shareB,difference,score,exampleA,exampleB',
    )
    expect(rows.find(([attribute, value]) => attribute === 'tag:version' && value === '2')?.slice(2, 7)).toEqual(
      ['4', '1', '0', '0', '1'],
    ) // prettier-ignore
    expect(rows.map((row) => row.join()).join('\n')).toContain(`tag:cell,"'=HYPERLINK(1,2)",0,0,1`)
  })

  test('needs a query for the first group, and says where one is wrong', async () => {
    expect(await open.problem('/compare')).toMatchObject({ status: 400, code: 'parameter-invalid' })
    expect(await open.problem(`/compare?a=${encodeURIComponent('{ duration > }')}`)).toMatchObject({
      status: 400,
      code: 'query-invalid',
      at: expect.any(Number) as unknown,
    })
  })
})

describe('/traces/{a}/compare/{b}', () => {
  test('tells two traces apart', async () => {
    const response = await open.get(`/traces/${idOf(1)}/compare/${idOf(10)}`)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({
      a: { traceId: idOf(1) },
      b: { traceId: idOf(10) },
      counts: { same: 0, slower: 4, errorsAppeared: 1 },
      nodes: Array.from({ length: 4 }, (_, a): unknown =>
        expect.objectContaining({ a, b: a, parent: a - 1 }),
      ),
    })
  })

  test('names the trace that is not there, and the id that is none', async () => {
    expect(await open.problem(`/traces/${idOf(1)}/compare/ff`)).toMatchObject({
      status: 404,
      code: 'trace-not-found',
      detail: expect.stringContaining(idOf(255)) as unknown,
    })
    expect(await open.problem(`/traces/x/compare/${idOf(1)}`)).toMatchObject({
      status: 400,
      detail: expect.stringMatching(/^a: /) as unknown,
    })
  })
})

describe('/profile', () => {
  test('says where the time of an operation goes and why its slowest calls are slow', async () => {
    const profile = await open.json('/profile?service=web&operation=get-/buy')
    expect(profile).toMatchObject({
      service: 'web', operation: 'get-/buy', traces: 40, calls: 40, p50: 94_000, p99: 454_000, complete: true,
      services: [{ service: 'db', reported: false }, { service: 'pay', reported: true }, { service: 'web' }],
      hops: [{ from: 'pay', to: 'db', operation: 'select', p50: 40_000, p95: 400_000 }, { from: 'web', to: 'pay' }],
      network: { p50: 4_000 },
      slowness: {
        slow: { calls: 10, exemplars: [idOf(40), idOf(30), idOf(20), idOf(10), idOf(39)] },
        hops: [{ from: 'pay', to: 'db', added: 144_000, exemplars: [idOf(40), idOf(30), idOf(20), idOf(10), idOf(39)] }, { added: 0 }],
      },
    }) // prettier-ignore
  })

  test('of the traces that a query finds, the newest if there are more than the limit', async () => {
    const q = encodeURIComponent('{ span.version = 1 }')
    expect(await open.json(`/profile?service=web&q=${q}&limit=36`)).toMatchObject({
      calls: 36, p99: 94_000, operation: null, complete: true,
    }) // prettier-ignore
    expect(await open.json('/profile?service=web&limit=3')).toMatchObject({
      calls: 3, traces: 3, scanned: { traces: 3, spans: 12 }, slowness: null, complete: false,
    }) // prettier-ignore
  })

  test('as a table has a row for each part', async () => {
    const [head, ...rows] = await open.csv('/profile?service=web&format=csv')
    expect(head?.slice(0, 7).join()).toBe('part,service,from,to,operation,kind,time')
    expect(rows.map((row) => row.slice(0, 5).join())).toEqual([
      'service,db,,,', 'service,pay,,,', 'service,web,,,', 'network,,,,', 'hop,,pay,db,select', 'hop,,web,pay,charge', 'own,,,,',
    ]) // prettier-ignore
    expect(rows[4]?.at(-1)).toBe([40, 30, 20, 10, 39].map(idOf).join(' '))
  })

  test('needs a service', async () => {
    expect(await open.problem('/profile')).toMatchObject({
      detail: 'service: it is missing: the service whose operation it is',
    })
  })
})

test.each(['/metrics', `/compare?a=${SLOW}`, '/profile?service=web'])(
  'without search %s says that it is switched off',
  async (path) => {
    expect(await closed.problem(path)).toMatchObject({ status: 403, code: 'search-disabled' })
  },
)
