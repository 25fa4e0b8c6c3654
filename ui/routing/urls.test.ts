// The URL is the state: what is written there is what is read back.
import { expect, test } from '@jest/globals'
import * as urls from './urls.ts'

test('paths name pages, and ids survive any character', () => {
  expect(urls.parseRoute('/')).toEqual({ page: 'search' })
  const requestId = 'a/b?c#d %&ü'
  expect(urls.parseRoute(urls.requestHref(requestId))).toEqual({ page: 'request', requestId })
  expect(urls.parseRoute('/traces/abc/')).toEqual({ page: 'trace', traceId: 'abc' })
  expect(urls.parseRoute('/requests/%E0%A4%A').page).toBe('unknown')
  expect(urls.parseRoute('/nowhere/at/all').page).toBe('unknown')
})

test('filters survive the address bar', () => {
  const state: urls.SearchState = {
    q: '{ .a = "b&c" } | count() > 2',
    service: 'check out',
    operation: 'get /a?b=c',
    minDuration: '1.5 s',
    errorsOnly: true,
    tags: ['http.method=GET', 'retry', 'a=b=c'],
    range: '7d',
    sort: 'duration',
  }
  expect(urls.searchStateFrom(new URL(urls.searchHref(state), 'http://x').searchParams)).toEqual(state)
  expect(urls.searchHref(urls.NO_FILTERS)).toBe('/')
})

test('a tag given twice is one filter; unknown ranges and orders are the default ones; blanks are no query', () => {
  const state = urls.searchStateFrom(new URLSearchParams('tag=a&tag=a&tag=&range=9y&sort=size&q=+'))
  expect([state.sort, state.q]).toEqual(['time', ''])
  expect(state.tags).toEqual(['a'])
  expect(state.range).toBe(urls.DEFAULT_RANGE)
})

test('the API is asked in its own units', () => {
  const state = { ...urls.NO_FILTERS, minDuration: '0.25s', tags: ['a=b', 'c'], range: '1h' as const }
  const params = urls.searchParams(state, 10_000e6, 20, 'next')
  expect(params.toString()).toBe('minDuration=250ms&tag=a%3Db&tag=c&start=6400000000&limit=20&cursor=next')
  const slowest = urls.searchParams(
    { ...urls.NO_FILTERS, q: 'error >1s', sort: 'duration', range: 'all' },
    0,
    20,
  )
  expect(slowest.toString()).toBe('q=error+%3E1s&sort=duration&limit=20')
  expect(urls.searchParams({ ...state, range: 'all' }, 1e12, 20).has('start')).toBe(false)
})

test('a window that makes no sense is the whole trace', () => {
  const whole = { start: 0, end: 1000 }
  expect(urls.windowFrom('200-400', 1000)).toEqual({ start: 200, end: 400 })
  expect(urls.windowFrom('200-9999', 1000)).toEqual({ start: 200, end: 1000 })
  for (const text of [null, '', '4-2', '-1-5', 'a-b', '5000-6000']) {
    expect(urls.windowFrom(text, 1000)).toEqual(whole)
  }
})
