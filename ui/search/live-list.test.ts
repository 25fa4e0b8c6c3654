/** @jest-environment jsdom */
// Live mode in the list: what falls off it is said, and who listens is not told of every change.
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { flushSync } from 'svelte'
import { NO_FILTERS } from '../routing/search-url.ts'
import { mounted, serve } from '../testing/mounted.ts'
import ListStatus from './ListStatus.svelte'
import { Live } from './live.svelte.ts'
import { MOST_LIVE } from './live.ts'
import { Results } from './results.svelte.ts'
import ResultTable from './ResultTable.svelte'
import { list, trace } from './search-page.fixture.ts'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

test('a full list of live mode says that it is cut, has no more to load, and still says so when it is come back to', async () => {
  serve({ '/rest/v1/traces': list([trace('a1')], { next: 'c2' }) })
  const results = new Results()
  await results.start(NO_FILTERS)
  expect([results.cut, results.full]).toEqual([false, false])
  const many = Array.from({ length: MOST_LIVE }, (_, i) => ({ ...trace(`t${i}`), start: 1e15 + i }))
  results.take(many.slice(1) as never)
  expect([results.cut, results.full]).toEqual([false, true])
  results.take(many as never)
  expect([results.traces.length, results.cut, results.full]).toEqual([MOST_LIVE, true, true])
  const { kept } = results
  if (!kept) throw new Error('nothing is kept')
  const again = new Results()
  await again.putBack(kept)
  expect([again.traces.length, again.cut, again.full]).toEqual([MOST_LIVE, true, true])
})

test('changes are read out at most every 15 seconds, from one place', async () => {
  const none = () => Promise.resolve({ traces: [], next: null, complete: true })
  const live = new Live({ listed: () => [], askedAt: () => 0, ask: none, take: () => undefined })
  live.stop()
  const query = { ...NO_FILTERS, live: true }
  const status = mounted(ListStatus, {
    query,
    summary: '1 trace',
    busy: false,
    live,
    cut: true,
    onchange: () => undefined,
    onrefresh: () => undefined,
  })
  const said = () => [...status.target.querySelectorAll('[role=status]')].map((each) => each.textContent)
  const pass = async (ms: number) => {
    await jest.advanceTimersByTimeAsync(ms)
    flushSync()
  }
  await pass(0)
  expect(said()).toEqual([expect.stringMatching(/^Waiting.*Not all are listed/)])
  const [first] = said()
  for (let came = 1; came <= 7; came++) {
    live.came = came
    flushSync()
    await pass(2000)
    expect([status.all('live-news')[0]?.textContent, said()]).toEqual([
      expect.stringContaining(`${came} new trace`),
      [first],
    ])
  }
  await pass(1000)
  expect(said()).toEqual([expect.stringContaining('7 new traces')])
  await status.remove()
})

test('a table that goes away under the pointer no longer holds anything back', async () => {
  const pointed: boolean[] = []
  const table = mounted(ResultTable, {
    traces: [],
    sort: 'time' as const,
    zone: 'utc' as const,
    group: undefined,
    onsort: () => undefined,
    onpoint: (isOn: boolean) => pointed.push(isOn),
  })
  await table.remove()
  expect(pointed).toEqual([false])
})
