// Every page's address says its time in the same way, and links take it along.
import { expect, test } from '@jest/globals'
import * as time from './time-range.ts'

const read = (query: string, page: time.TimedPage = 'services') =>
  time.refreshedTimeFrom(new URLSearchParams(query), page)
const now = 1_800_000_000e6

test('a time survives the address bar of every page', () => {
  for (const page of ['search', 'services', 'graph', 'compare'] as const) {
    for (const query of [
      '',
      'range=90m&refresh=10s',
      'range=7d&zone=utc',
      'from=2026-11-20T14%3A00%3A00Z&to=2026-11-20T15%3A00%3A00.250Z',
      'from=2026-11-20T14%3A00%3A00Z&refresh=30s',
      'to=2026-11-20T14%3A00%3A00Z',
    ])
      expect(time.withTime('', read(query, page), page)).toBe(query)
    expect(time.withTime('', read(`range=${time.USUAL_RANGE[page]}`, page), page)).toBe('')
  }
})

test('epochs are read as times too; what makes no sense is as if it were not there', () => {
  for (const epoch of ['1800000000', '1800000000000', '1800000000000000'])
    expect(time.windowOf(read(`from=${epoch}`), now)).toEqual({ start: now, end: undefined })
  for (const odd of ['range=9y', 'from=later', 'from=2026-11-20&to=2026-11-19', 'zone=mars', 'refresh=1s'])
    expect(read(odd)).toEqual(read(''))
})

test('a link to another page means the same time there, whatever is usual on either', () => {
  const hour = time.withTime('', time.timeOf(read('')), 'search')
  expect(hour).toBe('range=1h')
  expect(time.withTime('', read('range=24h'), 'search')).toBe('')
  expect(time.withTime('', read('', 'search'), 'graph')).toBe('range=24h')
  // All time is nothing that numbers could be of.
  expect(read('range=all', 'search').range).toBe('all')
  expect(time.withTime('', read('range=all', 'search'), 'services')).toBe('')
  expect(read('range=all').range).toBe('1h')
})

test('a time that is over takes the place of a range and is not asked for again; the other way round too', () => {
  const fixed = { ...read(''), ...time.fixedTime({ start: now - 60e6, end: now }) }
  const query = time.withTime('range=6h&refresh=10s&focus=web', fixed, 'graph')
  expect([...new URLSearchParams(query).keys()]).toEqual(['focus', 'from', 'to'])
  expect(time.periodOf(read(query), now + 5e6)).toEqual({ start: now - 60e6, end: now })
  expect(time.withTime(query, { ...read(query), range: '1h', from: '', to: '' }, 'graph')).toBe('focus=web')
  expect(read(`${query}&refresh=10s`).refresh).toBe('off')
})

test('a range ends now; a bound alone is completed by now, or by the range', () => {
  expect(time.windowOf(read('range=15m'), now)).toEqual({ start: now - 900e6, end: undefined })
  expect(time.windowOf(read('range=all', 'search'), now)).toEqual({ start: undefined, end: undefined })
  expect(time.periodOf(read('range=15m'), now)).toEqual({ start: now - 900e6, end: now })
  expect(time.periodOf(read('from=1799999999'), now)).toEqual({ start: now - 1e6, end: now })
  expect(time.periodOf(read('to=1799999999'), now)).toEqual({ start: now - 3601e6, end: now - 1e6 })
  const ahead = time.periodOf(read('from=1900000000'), now)
  expect(ahead.end).toBeGreaterThan(ahead.start)
})

test('longer times are those that show more', () => {
  expect(time.longerRanges(read('range=90m'))).toEqual(['6h', '24h', '7d'])
  expect(time.longerRanges(read('from=2026-11-20'))).toEqual(time.RANGES)
  expect(time.longerRanges(read('range=all', 'search'))).toEqual([])
})

test('zooming out is twice as long, but not into the future', () => {
  expect(time.wider({ start: 400, end: 600 }, 10_000)).toEqual({ start: 300, end: 700 })
  expect(time.wider({ start: 400, end: 600 }, 600)).toEqual({ start: 200, end: 600 })
  expect(time.wider({ start: 10, end: 600 }, 600)).toEqual({ start: 0, end: 600 })
})
