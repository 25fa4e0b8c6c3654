// The URL is the state: what is written there is what is read back.
import { expect, test } from '@jest/globals'
import * as routes from './routes.ts'
import * as search from './search-url.ts'
import * as trace from './trace-url.ts'

test('paths name pages, and ids survive any character', () => {
  expect(routes.parseRoute('/')).toEqual({ page: 'search' })
  const requestId = 'a/b?c#d %&ü'
  expect(routes.parseRoute(routes.requestHref(requestId))).toEqual({ page: 'request', requestId })
  expect(routes.parseRoute('/traces/abc/')).toEqual({ page: 'trace', traceId: 'abc' })
  expect(routes.parseRoute('/requests/%E0%A4%A').page).toBe('unknown')
  expect(routes.parseRoute('/nowhere/at/all').page).toBe('unknown')
})

test('filters survive the address bar', () => {
  const state: search.SearchState = {
    q: '{ .a = "b&c" } | count() > 2',
    service: 'check out',
    operation: 'get /a?b=c',
    minDuration: '1.5 s',
    maxDuration: '2m',
    errorsOnly: true,
    tags: ['http.method=GET', 'retry', 'a=b=c'],
    range: '24h',
    from: '2026-11-20T14:00:00Z',
    to: '2026-11-20T14:30:00.250Z',
    sort: 'duration',
    zone: 'utc',
    view: 'heat',
    live: false,
    group: { start: 1, end: 2, min: 3, max: 4 },
  }
  expect(search.searchStateFrom(new URL(search.searchHref(state), 'http://x').searchParams)).toEqual(state)
  expect(search.searchHref(search.NO_FILTERS)).toBe('/')
})

test('a tag given twice is one filter; unknown ranges and orders are the default ones; blanks are no query', () => {
  const state = search.searchStateFrom(new URLSearchParams('tag=a&tag=a&tag=&range=9y&sort=size&q=+'))
  expect([state.sort, state.q]).toEqual(['time', ''])
  expect(state.tags).toEqual(['a'])
  expect(state.range).toBe(search.NO_FILTERS.range)
})

test('the API is asked in its own units', () => {
  const state = { ...search.NO_FILTERS, minDuration: '0.25s', tags: ['a=b', 'c'], range: '1h' }
  const params = search.searchParams(state, 10_000e6, 20, 'next')
  expect(params.toString()).toBe('minDuration=250ms&tag=a%3Db&tag=c&start=6400000000&limit=20&cursor=next')
  const slowest = search.searchParams(
    { ...search.NO_FILTERS, q: 'error >1s', sort: 'duration', range: 'all' },
    0,
    20,
  )
  expect(slowest.toString()).toBe('q=error+%3E1s&sort=duration&limit=20')
  expect(search.searchParams({ ...state, range: 'all' }, 1e12, 20).has('start')).toBe(false)
})

test('a window that makes no sense is the whole trace', () => {
  const whole = { start: 0, end: 1000 }
  expect(trace.windowFrom('200-400', 1000)).toEqual({ start: 200, end: 400 })
  expect(trace.windowFrom('200-9999', 1000)).toEqual({ start: 200, end: 1000 })
  for (const text of [null, '', '4-2', '-1-5', 'a-b', '5000-6000']) {
    expect(trace.windowFrom(text, 1000)).toEqual(whole)
  }
})
