import { TEXT_EPOCH } from '@hopscope/model/testing'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type AnalysisServer, idOf, SECOND, startAnalysis, WINDOW } from '../testing/analysis-server.ts'

let open: AnalysisServer
beforeAll(async () => {
  open = await startAnalysis()
})
afterAll(() => {
  open.close()
})

interface Metrics {
  readonly step: number
  readonly by: readonly string[]
  readonly series: readonly { labels: Record<string, unknown>; points: readonly Record<string, number>[] }[]
  readonly complete: boolean
}

describe('/metrics', () => {
  test('counts the calls that services answered, in about 60 steps', async () => {
    const { step, by, series, complete } = await open.json<Metrics>('/metrics?by=service')
    expect([step, by, complete]).toEqual([SECOND, ['service'], true])
    expect(series.map(({ labels, points }) => [labels, points.length])).toEqual([
      [{ service: 'pay' }, 40],
      [{ service: 'web' }, 40],
    ])
    expect(series[0]?.points[9]).toMatchObject({
      at: TEXT_EPOCH + 9 * SECOND, count: 1, rate: 1, errors: 1, errorRatio: 1, slowest: idOf(10), failed: idOf(10),
    }) // prettier-ignore
    expect(series[1]?.points[0]).toMatchObject({ errors: 0, failed: null })
  })

  test('by a tag and the operation, of spans that a query says', async () => {
    const q = encodeURIComponent('{ resource.service.name = "web" && span.version = 2 }')
    const { by, series } = await open.json<Metrics>(`/metrics?by=tag:version,operation&step=40s&q=${q}`)
    expect(by).toEqual(['tag:version', 'operation'])
    expect(series).toMatchObject([
      { labels: { 'tag:version': '2', operation: 'get-/buy' }, points: [{ count: 4, rate: 0.1 }] },
    ])
  })

  test('by a tag with a comma in its key, and a backslash', async () => {
    const asked = (by: string) => open.json<Metrics>(`/metrics?step=1m&by=${encodeURIComponent(by)}`)
    expect((await asked(String.raw`tag:a\,b,service`)).by).toEqual(['tag:a,b', 'service'])
    expect((await asked(String.raw`tag:a\\,tag:\b\\\,c`)).by).toEqual(['tag:a\\', String.raw`tag:\b\,c`])
  })

  test('of all spans, with the quantiles asked for; what has no label says so', async () => {
    const { series } = await open.json<Metrics>('/metrics?spans=all&by=tag:pod&step=1m&quantiles=0.999,0.5')
    expect(series.map(({ labels, points }) => [labels['tag:pod'], points[0]?.['count']])).toEqual([
      [null, 120],
      ['p0', 10],
      ['p1', 10],
      ['p2', 10],
      ['p3', 10],
    ])
    expect(Object.keys(series[0]?.points[0] ?? {})).toEqual([
      'at', 'count', 'rate', 'errors', 'errorRatio', 'p99.9', 'p50', 'slowest', 'failed',
    ]) // prettier-ignore
  })

  test('says that a limit left groups out', async () => {
    const { series, complete } = await open.json<Metrics>('/metrics?by=service&limit=1')
    expect([series.length, complete]).toEqual([1, false])
    const answer = await open.get(`/metrics?by=service&limit=1&format=csv&${WINDOW}`)
    expect(answer.headers.get('hopscope-complete')).toBe('false')
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="metrics-incomplete.csv"')
    const hops = await open.json<Metrics>('/metrics?by=hop&limit=1')
    expect([hops.series.length, hops.complete]).toEqual([1, false])
  })

  test('by hop counts calls between services', async () => {
    const { by, series } = await open.json<Metrics>('/metrics?by=hop&step=20s')
    expect(by).toEqual(['from', 'to', 'kind'])
    expect(series.map(({ labels, points }) => [labels, points.map(({ count, errors }) => [count, errors])])).toEqual([
      [{ from: 'pay', to: 'db', kind: 'rpc' }, [[20, 0], [20, 0]]],
      [{ from: 'web', to: 'pay', kind: 'rpc' }, [[20, 2], [20, 2]]],
    ])
  }) // prettier-ignore

  test('the rate of a last step that the end cuts is that of what there is of it', async () => {
    const { series } = await open.json<Metrics>('/metrics?by=service&step=30s')
    expect(series[0]?.points.map(({ count, rate }) => [count, rate])).toEqual([[30, 1], [10, 1]])
  }) // prettier-ignore

  test('as a table has labels and times that spreadsheets read', async () => {
    const [head, first] = await open.csv('/metrics?by=service&step=40s', { Accept: 'text/csv' })
    expect(head?.join()).toBe('service,at,time,count,rate,errors,errorRatio,p50,p95,p99,slowest,failed')
    expect(first?.slice(0, 5)).toEqual(['pay', '1700000000000000', '2023-11-14T22:13:20.000Z', '40', '1'])
  })

  test.each([
    ['by=hop,service', 'by: hop goes with nothing else; it tells from, to and kind apart'],
    ['by=hop&q={}', 'q: with by=hop all calls are counted; leave it out'],
    ['by=hop&spans=all', 'spans: with by=hop all calls are counted; leave it out'],
    ['by=color', 'by: "color" is none of service, operation, kind, remoteService, tag:KEY, hop'],
    ['by=tag:a,tag:b,tag:c,tag:d,tag:e,tag:f', 'by: it has more than 5 names'],
    ['step=0', 'step: "0" is no time at all'],
    ['step=1ms', 'step: "1ms" cuts the time into more than 11000 slices'],
    ['step=fast', 'step: "fast" is not a duration such as 250ms, 1.5s or 300us'],
    ['quantiles=95', 'quantiles: "95" is no list of numbers between 0 and 1, such as 0.5,0.99'],
    ['quantiles=1.5', 'quantiles: "1.5" is no list of numbers between 0 and 1, such as 0.5,0.99'],
    ['step=10ms&limit=51', 'limit: 51 is not between 1 and 50, as an answer has at most 200000 points, and a series has 4000 of them: give a longer step'], // prettier-ignore
    ['limit=0', 'limit: 0 is not between 1 and 1000'],
    ['format=xml', 'format: "xml" is none of json, csv'],
    ['stepp=1', 'stepp: there is no such parameter; there are start, end, step, by, q, spans, quantiles, limit, format'], // prettier-ignore
  ])('refuses %s with a reason', async (query, detail) => {
    expect(await open.problem(`/metrics?${query}&${WINDOW}`)).toMatchObject({
      status: 400,
      code: 'parameter-invalid',
      detail,
    })
  })

  test('refuses a window that ends before it begins', async () => {
    expect(await open.problem('/metrics?start=8&end=8')).toMatchObject({
      detail: 'start: it is not before end, which is now if absent',
    })
  })

  test.each(['{} | count() > 2', '{ } >> { }', '{ traceDuration > 1s }'])(
    'refuses the query %s, which is not about single spans',
    async (q) => {
      expect(await open.problem(`/metrics?q=${encodeURIComponent(q)}&${WINDOW}`)).toMatchObject({
        status: 400,
        code: 'query-invalid',
        detail: expect.stringMatching(/^q: spans are counted one by one/) as unknown,
      })
    },
  )
})
