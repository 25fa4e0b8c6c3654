/** @jest-environment jsdom */
// Live mode: what arrives joins the list once, newest first.
import { expect, jest, test } from '@jest/globals'
import type { TraceSummary } from '@hopscope/model'
import { searchHref, searchStateFrom } from '../routing/search-url.ts'
import { Live } from './live.svelte.ts'
import { merged, MOST_LIVE, newOnes, since } from './live.ts'

const trace = (traceId: string, start: number, spanCount = 1): TraceSummary => ({
  traceId: traceId as TraceSummary['traceId'],
  start: start as TraceSummary['start'],
  duration: 1 as TraceSummary['duration'],
  rootService: undefined,
  rootOperation: undefined,
  spanCount,
  errorCount: 0,
  services: [],
  requestIds: [],
})

test('a trace found again is the newer word on it, and is not counted as new', () => {
  const listed = [trace('b', 2), trace('a', 1)]
  const found = [trace('a', 1, 9), trace('c', 3)]
  expect(merged(listed, found).traces.map(({ traceId, spanCount }) => [traceId, spanCount])).toEqual([
    ['c', 1],
    ['b', 1],
    ['a', 9],
  ])
  expect(newOnes(listed, found)).toBe(1)
})

test('the list does not grow without end', () => {
  const many = Array.from({ length: MOST_LIVE + 10 }, (_, i) => trace(String(i), i))
  const { traces, cut } = merged([], many)
  expect([traces.length, traces[0]?.start, cut]).toEqual([MOST_LIVE, MOST_LIVE + 9, true])
  expect(merged([], many.slice(10)).cut).toBe(false)
})

test('a clock that is ahead does not hide what others send', () => {
  expect(since([trace('a', 5000e6)], 1000e6)).toBe(970e6)
  expect(since([trace('a', 900e6)], 1000e6)).toBe(870e6)
  expect(since([], 1000e6)).toBe(970e6)
})

const many = (n: number, from: number) => Array.from({ length: n }, (_, i) => trace(`t${from + i}`, from + i))

/** Live mode over a server that answers these pages, one behind the other. */
async function turned(pages: readonly (readonly TraceSummary[])[], act: (live: Live) => void) {
  jest.useFakeTimers()
  const taken: TraceSummary[] = []
  const asked: (string | undefined)[] = []
  const live = new Live({
    listed: () => taken,
    askedAt: () => 1000e6,
    ask: (_start, _signal, cursor) => {
      asked.push(cursor)
      const at = asked.length - 1
      const next = at + 1 < pages.length ? `c${at + 1}` : null
      return Promise.resolve({ traces: pages[at] ?? [], next, complete: true })
    },
    take: (found) => taken.push(...found),
  })
  act(live)
  await jest.advanceTimersByTimeAsync(2000)
  live.stop()
  jest.useRealTimers()
  return { live, taken, asked }
}

test('what arrived is asked for to the end, page by page', async () => {
  const { taken, asked, live } = await turned([many(200, 0), many(200, 200), many(5, 400)], () => undefined)
  expect([taken.length, live.came, live.cut, asked]).toEqual([405, 405, false, [undefined, 'c1', 'c2']])
})

test('when more arrived than is kept, that is said', async () => {
  const pages = Array.from({ length: 9 }, (_, i) => many(200, i * 200))
  const { taken, asked, live } = await turned(pages, () => undefined)
  expect([taken.length, asked.length, live.cut]).toEqual([MOST_LIVE, 5, true])
})

test('what is held back does not grow without end', async () => {
  const { live, taken } = await turned([many(MOST_LIVE + 50, 0)], (each) => (each.paused = true))
  expect([taken.length, live.held, live.cut]).toEqual([0, MOST_LIVE, true])
})

test('an order other than by time, and a time that is over, are not live', () => {
  for (const query of ['live=1&sort=duration', 'live=1&to=2026-01-01T00:00:00Z']) {
    expect([query, searchStateFrom(new URLSearchParams(query)).live]).toEqual([query, false])
  }
  const live = searchStateFrom(new URLSearchParams('live=1'))
  expect([live.live, searchHref(live)]).toEqual([true, '/?live=1'])
  expect(searchHref({ ...live, sort: 'spans' })).toBe('/?sort=spans')
})
