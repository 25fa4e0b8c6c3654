// Groups of traces as TraceQL: it can be read, and says what the page's filters say.
import { expect, test } from '@jest/globals'
import { parseTraceQl } from '@hopscope/model'
import { NO_FILTERS, type SearchState } from '../routing/search-url.ts'
import { compareHref, slowest, withDuration, withoutDuration } from './group.ts'

const groups = (state: SearchState, understood: string, min = 10, max = 20) => {
  const params = new URL(
    compareHref(state, understood, { min, max }, { start: 1001.5, end: 2002.5 }),
    'http://x',
  ).searchParams
  return Object.fromEntries(params)
}

test('both groups can be read as TraceQL, whatever is searched for and filtered by', () => {
  const state = {
    ...NO_FILTERS,
    service: 'a "b" \\ c',
    operation: 'get /',
    minDuration: '1.5 s',
    maxDuration: '2m',
    errorsOnly: true,
    tags: ['http.method=GET', 'odd key = 1', 'retry'],
  }
  for (const query of [
    '',
    '{ name = "x" }',
    '{ } | count() > 2',
    '{ name = "}" } >> { status = error }',
    'count() > 2',
  ]) {
    for (const each of [state, NO_FILTERS]) {
      const { a = '', b = '' } = groups(each, query)
      expect([a, b].map((text) => parseTraceQl(text))).toHaveLength(2)
    }
  }
})

test('the second group is what the first is not', () => {
  expect(groups(NO_FILTERS, '{ status = error }')).toEqual({
    a: '{ status = error } && { traceDuration >= 10us && traceDuration <= 20us }',
    b: '{ status = error } && { traceDuration < 10us || traceDuration > 20us }',
    from: '1970-01-01T00:00:00.001Z',
    to: '1970-01-01T00:00:00.003Z',
  })
  expect(groups(NO_FILTERS, '', 10, Infinity)).toMatchObject({
    a: '{ traceDuration >= 10us }',
    b: '{ traceDuration < 10us }',
  })
})

test('zooming again takes the place of the zoom before', () => {
  for (const query of ['', '{ name = "x" }', '{ } | count() > 2', '({ name = "a" }) && ({ name = "b" })']) {
    const once = withDuration(query, 5, 90)
    expect(parseTraceQl(once)).toBeDefined()
    expect(withDuration(once, 7, 8)).toBe(withDuration(query, 7, 8))
  }
})

test('a duration that someone wrote stays, and so do parentheses that are no pair', () => {
  for (const query of [
    '{ status = error } && { traceDuration > 100us }',
    '{ traceDuration >= 1s }',
    '({ .a = 1 }) || ({ .b = 2 })',
  ]) {
    const zoomed = withDuration(query, 5, 90)
    expect(zoomed).toContain(query)
    expect(parseTraceQl(zoomed)).toBeDefined()
    expect(withoutDuration(zoomed)).toBe(query)
  }
})

test('a tag of any name is one attribute', () => {
  for (const key of ['a"b', 'a\\b', 'a:b', 'a/b', '1st', 'odd key', 'ü', 'a+b', 'a.b-c_d']) {
    const { a = '' } = groups({ ...NO_FILTERS, tags: [`${key}=x`] }, '')
    expect([key, JSON.stringify(parseTraceQl(a)).includes(JSON.stringify(key))]).toEqual([key, true])
  }
})

test('the slowest are a share of enough traces, and never all of them', () => {
  expect(slowest([1, 2, 3], 0.05)).toBe(undefined)
  expect(
    slowest(
      Array.from({ length: 100 }, (_, i) => i + 1),
      0.05,
    ),
  ).toBe(96)
  expect(
    slowest(
      Array.from({ length: 100 }, () => 7),
      0.05,
    ),
  ).toBe(undefined)
})
