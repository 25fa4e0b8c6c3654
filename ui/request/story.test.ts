// What is said of a request's traces: gaps, attempts and async parts, for any traces that there may be.
import { expect, test } from '@jest/globals'
import type { RequestView } from '../api/api.ts'
import { around, panned, zoomed } from './scale.ts'
import { storyOf } from './story.ts'

type Trace = RequestView['traces'][number]

const trace = (root: string | undefined, start: number, duration: number, errorCount = 0): Trace => {
  const [rootService, rootOperation] = root?.split(' ') ?? []
  const services = rootService === undefined ? [] : [{ name: rootService, spanCount: 2, errorCount }]
  const made = { traceId: `${start}-${duration}`, start: 1e15 + start, duration, offset: start, services }
  return {
    ...made,
    rootService,
    rootOperation,
    spanCount: 2,
    errorCount,
    requestIds: ['r'],
  } as unknown as Trace
}

/** Numbers that look random and are the same in every run. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) yield state / 2 ** 32
}

test('busy and idle time make up the whole, and gaps are where nothing ran, whatever the traces', () => {
  const random = numbers(7)
  const upTo = (most: number) => Math.floor(random.next().value * most)
  for (let round = 0; round < 300; round++) {
    const traces = Array.from({ length: 1 + upTo(12) }, () => trace('web a', upTo(400), upTo(60)))
    const { rows, gaps, wall, busy, idle } = storyOf(traces)
    const runs = (at: number) => rows.some(({ start, end }) => start <= at && at < end)
    const moments = Array.from({ length: wall }, (_, at) => at)
    expect(busy).toBe(moments.filter(runs).length)
    expect(idle).toBe(gaps.reduce((sum, { start, end }) => sum + end - start, 0))
    expect(busy + idle).toBe(wall)
    for (const { start, end } of gaps) {
      expect(end).toBeGreaterThan(start)
      expect(moments.slice(start, end).some(runs)).toBe(false)
    }
    for (const [i, row] of rows.entries()) {
      const shares = rows.some(
        (other, j) => j !== i && Math.min(row.end, other.end) > Math.max(row.start, other.start),
      )
      if (row.end > row.start && shares) expect(row.overlaps).toBe(true)
    }
  }
})

test('attempts of one root are numbered: a retry after errors, a repeat after none, parallel while it runs', () => {
  const { rows, retries } = storyOf([
    trace('web post', 0, 100, 1),
    trace('web post', 50, 100),
    trace('web post', 120, 10),
    trace('web get', 130, 10),
    trace('web post', 300, 10),
  ])
  expect(
    rows.map(({ attempt }) => attempt && `${attempt.number}/${attempt.of} ${attempt.kind ?? 'first'}`),
  ).toEqual(['1/4 first', '2/4 retry', '3/4 parallel', undefined, '4/4 repeat'])
  expect(retries).toBe(1)
})

test('traces without a root are nobody’s attempts', () => {
  const { rows } = storyOf([trace(undefined, 0, 10, 1), trace(undefined, 20, 10)])
  expect(rows.map(({ attempt }) => attempt)).toEqual([undefined, undefined])
})

test('what starts or ends after the first trace is async, but for further attempts', () => {
  const { rows, asyncs } = storyOf([
    trace('web post', 0, 100, 1),
    trace('stock check', 10, 20),
    trace('mailer send', 90, 200),
    trace('web post', 110, 50),
    trace('audit write', 100, 5),
  ])
  const named = rows.map(({ trace: { rootService }, async }) => [rootService, async])
  expect(named).toEqual([
    ['web', undefined],
    ['stock', undefined],
    ['mailer', 'outlasts'],
    ['audit', 'after'],
    ['web', undefined],
  ])
  expect(asyncs).toBe(2)
})

test('totals are of all traces, each service once', () => {
  const story = storyOf([trace('b x', 0, 10, 3), trace('a x', 5, 10), trace('b y', 30, 0)])
  expect(story).toMatchObject({ wall: 30, busy: 15, idle: 15, spans: 6, errors: 3, services: ['a', 'b'] })
  expect(storyOf([])).toMatchObject({ wall: 0, busy: 0, idle: 0, rows: [], gaps: [] })
})

test('zoom and pan stay within the request', () => {
  expect(zoomed({ start: 0, end: 100 }, 0.5, 100)).toEqual({ start: 25, end: 75 })
  expect(zoomed({ start: 0, end: 50 }, 4, 100)).toEqual({ start: 0, end: 100 })
  expect(zoomed({ start: 0, end: 12 }, 0.1, 100)).toEqual({ start: 1, end: 11 })
  expect(panned({ start: 60, end: 90 }, 0.5, 100)).toEqual({ start: 70, end: 100 })
  expect(panned({ start: 10, end: 90 }, -0.5, 100)).toEqual({ start: 0, end: 80 })
  expect(around(0, 50, 100)).toEqual({ start: 0, end: 60 })
})
