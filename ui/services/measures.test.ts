/** @jest-environment jsdom */
// Rows of services: their status, how they changed, their order; the addresses of the pages and what they ask.
import { expect, test } from '@jest/globals'
import { servicesStateFrom, stepsOf } from '../routing/services-url.ts'
import type { MetricPoint, SpanMetrics } from './answers.ts'
import { formatRate, rateUnit } from '../design/rate.ts'
import { arranged, changeOf, type MeasuredRow, rowsOf, slotted, statusOf } from './measures.ts'
import { changeText, changeWords, formatMeasure, tickOf } from './numbers.ts'
import { stepsPath, totalsPath, tracesParams } from './questions.ts'

const point = (at: number, fields: Partial<MetricPoint> = {}): MetricPoint => ({
  at,
  count: 100,
  rate: 1,
  errors: 0,
  errorRatio: 0,
  p50: 1000,
  p95: 2000,
  p99: 3000,
  slowest: 'a1',
  failed: null,
  ...fields,
})
const row = (
  name: string | null,
  now?: Partial<MetricPoint>,
  before?: Partial<MetricPoint>,
): MeasuredRow => ({
  name,
  now: now && point(100, now),
  before: before && point(0, before),
  points: [],
})

test('each name has its sums of now and before, and its points at their places', () => {
  const totals: SpanMetrics = {
    start: 0,
    end: 200,
    step: 100,
    complete: true,
    series: [
      { labels: { service: 'web' }, points: [point(0, { rate: 2 }), point(100, { rate: 3 })] },
      { labels: { service: 'gone' }, points: [point(0)] },
      { labels: { service: null }, points: [point(100)] },
    ],
  }
  const steps: SpanMetrics = {
    start: 100,
    end: 200,
    step: 25,
    complete: true,
    series: [{ labels: { service: 'web' }, points: [point(150, { rate: 7 })] }],
  }
  const [web, gone, unnamed] = rowsOf(totals, steps, 'service')
  expect([web?.now?.rate, web?.before?.rate, web?.points.map((each) => each?.rate)]).toEqual([
    3,
    2,
    [undefined, undefined, 7, undefined],
  ])
  expect([gone?.now, gone?.before?.rate, gone?.points]).toEqual([undefined, 1, []])
  expect([unnamed?.name, unnamed?.now?.at]).toEqual([null, 100])
})

test('a step that has only begun is no drop to zero; one that is half over, or has calls, counts', () => {
  const lengthOf = (end: number, points: readonly MetricPoint[] = []) =>
    slotted({ start: 0, end, step: 100, complete: true, series: [] }, points).length
  expect([lengthOf(240), lengthOf(260), lengthOf(300)]).toEqual([2, 3, 3])
  expect(lengthOf(240, [point(200)])).toBe(3)
})

test('where there was no time before, there is only now', () => {
  const totals = {
    start: 0,
    end: 100,
    step: 100,
    complete: true,
    series: [{ labels: {}, points: [point(0)] }],
  }
  expect(rowsOf(totals, undefined, '')).toEqual([
    { name: null, now: point(0), before: undefined, points: [] },
  ])
})

test('a status is by the share of errors; no call at all is silence', () => {
  const statuses = [0, 0.001, 0.049, 0.05, 1].map((errorRatio) =>
    statusOf(row('a', { errorRatio, errors: errorRatio > 0 ? 1 : 0 })),
  )
  expect(statuses).toEqual(['fine', 'few', 'few', 'many', 'many'])
  expect(statusOf(row('a', undefined, {}))).toBe('silent')
})

test('a change is told by its size, for errors in points, and not where it is small or nothing to compare', () => {
  expect(changeOf(row('a', { rate: 1.5 }, { rate: 1 }), 'rate')).toEqual({ up: true, by: 0.5, worse: false })
  expect(changeOf(row('a', { p95: 1000 }, { p95: 2000 }), 'p95')).toEqual({
    up: false,
    by: 0.5,
    worse: false,
  })
  expect(changeOf(row('a', { errorRatio: 0.03 }, {}), 'errors')).toEqual({ up: true, by: 0.03, worse: true })
  expect(changeOf(row('a', { p95: 2100 }, { p95: 2000 }), 'p95')).toBeUndefined()
  expect(changeOf(row('a', {}), 'p95')).toBeUndefined()
  expect(changeOf(row('a', { p50: 9 }, { p50: null }), 'p50')).toBeUndefined()
  expect(changeOf(row('a', { p50: 9 }, { p50: 0 }), 'p50')).toBeUndefined()
})

test('changes are words, not arrows alone', () => {
  const slower = { up: true, by: 0.25, worse: true }
  expect([changeText(slower, 'p95'), changeWords(slower, 'p95')]).toEqual([
    '▲ 25 %',
    '25 % more than in the time before',
  ])
  const much = { up: true, by: 1.5, worse: true }
  expect([changeText(much, 'p95'), changeWords(much, 'p95')]).toEqual([
    '▲ ×2.5',
    '2.5 times as much as in the time before',
  ])
  expect(changeText({ up: false, by: 0.012, worse: false }, 'errors')).toBe('▼ 1.2 pts')
})

const names = (rows: readonly MeasuredRow[]) => rows.map(({ name }) => name)

test('rows come in any order, without a number last, equals by name', () => {
  const rows = [row('b', { p95: 5 }), row('none', undefined, {}), row('c', { p95: 9 }), row('a', { p95: 5 })]
  expect(names(arranged(rows, { column: 'p95', descending: true }))).toEqual(['c', 'a', 'b', 'none'])
  expect(names(arranged(rows, { column: 'p95', descending: false }))).toEqual(['a', 'b', 'c', 'none'])
  expect(names(arranged(rows, { column: 'name', descending: true }))).toEqual(['none', 'c', 'b', 'a'])
  const failing = [
    row('few', { errors: 1, errorRatio: 0.01 }),
    row('many', { errors: 9, errorRatio: 0.5 }),
    row('ok', {}),
  ]
  expect(names(arranged(failing, { column: 'status', descending: true }))).toEqual(['many', 'few', 'ok'])
})

test('the filter is a part of the name, in whatever case', () => {
  const rows = [row('Web-Shop', {}), row('bank', {}), row(null, {})]
  expect(names(arranged(rows, { column: 'name', descending: false }, ' shop '))).toEqual(['Web-Shop'])
})

test('rates read well whether there are many or few; those of a table share a unit', () => {
  expect([0, 12_345, 250, 3.1234, 0.5, 0.001].map((rate) => formatRate(rate))).toEqual([
    '0/s',
    '12.3K/s',
    '250/s',
    '3.1/s',
    '30/min',
    '3.6/h',
  ])
  expect(formatMeasure(0.002, 'rate', rateUnit(5))).toBe('0.002/s')
  expect(formatMeasure(null, 'p95')).toBe('–')
})

test('ticks of an axis differ from their neighbours', () => {
  expect([0, 0.5, 1].map((value) => tickOf.rate(value, 0.5))).toEqual(['0.0', '0.5', '1.0'])
  expect([0, 0.002].map((value) => tickOf.errors(value, 0.002))).toEqual(['0.0 %', '0.2 %'])
  expect([0, 500_000, 1e6].map((value) => tickOf.duration(value, 500_000))).toEqual(['0', '500 ms', '1.0 s'])
})

const stateOf = (query: string) => servicesStateFrom(new URLSearchParams(query))

test('the address says it all, and what makes no sense is the usual', () => {
  expect(stateOf('range=6h&zone=utc&refresh=30s&sort=-p95&filter=a&operation=get+%2F')).toEqual({
    range: '6h',
    from: '',
    to: '',
    zone: 'utc',
    refresh: '30s',
    order: { column: 'p95', descending: true },
    filter: 'a',
    operation: 'get /',
  })
  const odd = stateOf('range=9y&refresh=1s&sort=size&from=2026-11-20&to=2026-11-19')
  expect(odd).toEqual(stateOf(''))
})

test('a range begins with a whole step, so that asking again seconds later moves no point', () => {
  const now = 1_769_860_812_345_678
  const first = stepsOf(stateOf('range=1h'), now)
  const second = stepsOf(stateOf('range=1h'), now + 10e6)
  expect([first.step, first.start % first.step, second.start]).toEqual([60e6, 0, first.start])
  expect(first.end - first.start).toBeGreaterThanOrEqual(3600e6)
  for (const query of [
    'range=15m',
    'range=24h',
    'range=7d',
    'range=90m',
    'from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00.010Z',
    'from=1970-01-01&to=2286-11-20',
  ]) {
    const { start, end, step } = stepsOf(stateOf(query), now)
    expect((end - start) / step).toBeLessThanOrEqual(73)
  }
})

test('the sums are asked for with as long a time before, where there was one', () => {
  const asked = (start: number) =>
    new URLSearchParams(totalsPath({ start, end: start + 60 }, {}).slice('metrics?'.length))
  expect([asked(100).get('start'), asked(100).get('end'), asked(100).get('step')]).toEqual([
    '40',
    '160',
    '60us',
  ])
  expect(asked(30).get('start')).toBe('30')
})

test('whatever a name holds, it stays a text in the query', () => {
  const service = 'a" || true || name="\\\n'
  const path = stepsPath({ start: 0, end: 9, step: 1 }, { of: { service, operation: 'x' } })
  const q = new URLSearchParams(path.slice('metrics?'.length)).get('q')
  expect(q).toBe('{ resource.service.name = "a\\" || true || name=\\"\\\\\\n" && name = "x" }')
})

test('failed traces are asked for by error, slow ones by their order', () => {
  const period = { start: 1, end: 2 }
  expect(tracesParams({ service: 'a', operation: '' }, period, 'failed').toString()).toBe(
    'service=a&start=1&end=2&error=true&limit=8',
  )
  expect(tracesParams({ service: 'a', operation: 'b' }, period, 'slowest').toString()).toBe(
    'service=a&start=1&end=2&operation=b&sort=duration&limit=8',
  )
})
