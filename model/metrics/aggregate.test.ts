import { describe, expect, test } from '@jest/globals'
import { SpanAggregator } from './aggregate.ts'
import { type AggregateQuery, LONGEST_LABEL } from './metrics.ts'
import { EVERY_SPAN } from '../search/query.ts'
import { TooSlow } from '../too-slow.ts'
import { TEXT_EPOCH, traceFromText } from '../testing/trace-text.ts'

const SECOND = 1_000_000

function metricsOf(text: string, query: Partial<AggregateQuery> | Record<string, unknown> = {}) {
  const { spans } = traceFromText(text)
  const aggregator = new SpanAggregator({
    from: TEXT_EPOCH,
    to: TEXT_EPOCH + 60 * SECOND,
    step: undefined,
    where: EVERY_SPAN,
    by: [],
    quantiles: [],
    limit: 10,
    ...query,
  } as AggregateQuery)
  for (const span of spans) aggregator.add(span)
  return aggregator.metrics()
}

describe('spans counted over time', () => {
  test('are in slices that begin with the window; slices without spans have no point', () => {
    const text =
      'web get 0 10\nweb get 999 10 error\nweb get 2000 10\nweb get 60000 10\nweb get -1 10\nweb get - 10'
    const { series } = metricsOf(text, { step: SECOND })
    expect(series[0]?.points).toMatchObject([
      { at: TEXT_EPOCH, count: 2, errors: 1 },
      { at: TEXT_EPOCH + 2 * SECOND, count: 1, errors: 0 },
    ])
  })
  test('without any has no series, not even of no labels', () => {
    expect(metricsOf('web get - 10')).toEqual({ series: [], complete: true })
  })
  test('are only those that pass', () => {
    const where = { not: { field: { on: 'service' }, is: '=', value: 'web' } }
    expect(metricsOf('web get 0 1\npay get 0 1', { where }).series[0]?.points).toMatchObject([{ count: 1 }])
  })
})

describe('groups', () => {
  const by = [{ on: 'service' }, { on: 'tag', key: 'region' }]
  test('come by count, of equals by their labels with missing ones last, and are cut by name', () => {
    const text = 'b x 0 1\nb x 0 1\na x 0 1\na x 0 1 region=eu\n- x 0 1'
    const labels = (limit: number) => metricsOf(text, { by, limit }).series.map((each) => each.labels)
    expect(labels(10)).toEqual([
      ['b', undefined],
      ['a', 'eu'],
      ['a', undefined],
      [undefined, undefined],
    ])
    expect(labels(2)).toHaveLength(2)
    expect(metricsOf(text, { by, limit: 4 }).complete).toBe(true)
    expect(metricsOf(text, { by, limit: 3 }).complete).toBe(false)
  })
  test('of labels that are too long are one with those of none', () => {
    const long = 'y'.repeat(LONGEST_LABEL + 1)
    const { series } = metricsOf(`a x 0 1 region=${long}\na x 0 1`, { by })
    expect(series).toMatchObject([{ labels: ['a', undefined], points: [{ count: 2 }] }])
  })
  test('are refused when there are more than can be held, not when there are many spans of few', () => {
    const span = traceFromText('a x 0 1').spans[0]!
    const aggregator = new SpanAggregator({
      from: 0, to: 1e16, step: undefined, where: EVERY_SPAN, by: [{ on: 'tag', key: 'n' }], quantiles: [], limit: 1,
    } as never) // prettier-ignore
    const add = (n: number) => aggregator.add({ ...span, tags: { n: String(n) } })
    for (let i = 0; i < 60_000; i++) add(i % 50_000)
    expect(() => add(50_000)).toThrow(TooSlow)
    expect(aggregator.metrics().complete).toBe(false)
  })
  test('of kinds and operations have their texts', () => {
    const { series } = metricsOf('a x 0 1 CLIENT', { by: [{ on: 'kind' }, { on: 'operation' }] })
    expect(series[0]?.labels).toEqual(['CLIENT', 'x'])
  })
})

describe('durations', () => {
  test('are of those spans that have one', () => {
    const [point] = metricsOf('a x 0 10\na x 0 -\na x 0 100', { quantiles: [0.5, 1] }).series[0]?.points ?? []
    expect(point?.count).toBe(3)
    expect(point?.durations?.map((micros) => Math.round(micros / 1000))).toEqual([10, 100])
  })
  test('are undefined if no span has one', () => {
    expect(metricsOf('a x 0 -', { quantiles: [0.5] }).series[0]?.points[0]?.durations).toBeUndefined()
  })
  test('name the trace of the slowest, and of the slowest that failed', () => {
    const aggregator = new SpanAggregator({
      from: TEXT_EPOCH, to: TEXT_EPOCH + 1, step: undefined, where: EVERY_SPAN, by: [], quantiles: [], limit: 1,
    } as never) // prettier-ignore
    for (const [traceId, text] of [
      ['1', 'a x 0 5'],
      ['2', 'a x 0 2 error'],
      ['3', 'a x 0 3 error'],
    ] as const)
      // prettier-ignore
      for (const span of traceFromText(text, { traceId }).spans) aggregator.add(span)
    expect(aggregator.metrics().series[0]?.points).toMatchObject([
      { slowest: '1'.padStart(16, '0'), failed: '3'.padStart(16, '0') },
    ])
  })
})
