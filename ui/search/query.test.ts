// What the search page says about a query: its words fit what was found, and a mistake is shown where it is.
import { expect, test } from '@jest/globals'
import { ApiError } from '../api/api.ts'
import { foundText, markedQuery, mistakeOf, scannedText } from './query.ts'

const invalid = (detail: string, members: Record<string, unknown> = {}) =>
  new ApiError({ status: 400, title: 'The query is invalid', detail, code: 'query-invalid', members })

test('the words for a list say what comes first, unless it is all there is', () => {
  const more = { more: true, complete: true }
  expect(foundText(50, { sort: 'time', ...more })).toBe('Newest 50 traces')
  expect(foundText(50, { sort: 'duration', ...more })).toBe('Slowest 50 traces')
  expect(foundText(50, { sort: 'spans', ...more })).toBe('50 traces with the most spans')
  expect(foundText(50, { sort: 'errors', ...more })).toBe('50 traces with the most errors')
  expect(foundText(1, { sort: 'duration', more: false, complete: true })).toBe('1 trace')
  expect(foundText(0, { sort: 'time', more: false, complete: true })).toBe('No traces')
})

test('a search that stopped never sounds as if it had found everything', () => {
  const stopped = { sort: 'time', more: true, complete: false } as const
  expect(foundText(3, stopped)).toBe('3 traces found so far')
  expect(foundText(0, stopped)).toBe('No traces found so far')
  const scanned = { traces: 1, spans: 1_000_000 }
  const progress = { scanned, stoppedAt: undefined, skipped: 0, more: true, zone: 'utc' } as const
  expect(scannedText(progress)).toBe('Looked at 1 trace with 1,000,000 spans; there is more to look at.')
  expect(scannedText({ ...progress, stoppedAt: Date.UTC(2026, 0, 2) * 1e3 })).toMatch(
    /spans, back to 2026-01-02 00:00:00;/,
  )
  expect(scannedText({ ...progress, skipped: 2, more: false })).toBe(
    'Looked at 1 trace with 1,000,000 spans. 2 traces took too long to look at, and may be missing.',
  )
})

test('a mistake has its message alone, its place and its suggestion', () => {
  const detail = 'q: Here: `}` is missing. Here: { name = "a" ⟪⟫ Did you mean { name = "a" } ?'
  expect(mistakeOf(invalid(detail, { at: 13, length: 0, suggestion: '{ name = "a" }' }))).toEqual({
    message: 'Here: `}` is missing.',
    at: 13,
    length: 0,
    suggestion: '{ name = "a" }',
    isWhole: true,
  })
  expect(mistakeOf(invalid('q: Odd.', { at: 'x', suggestion: 'duration' }))).toMatchObject({
    message: 'Odd.',
    at: 0,
    suggestion: 'duration',
    isWhole: false,
  })
})

test('other errors are no mistakes of a query', () => {
  expect(mistakeOf(new ApiError({ status: 400, title: '', detail: '', code: 'parameter-invalid' }))).toBe(
    undefined,
  )
  expect(mistakeOf(new Error('query-invalid'))).toBe(undefined)
  expect(mistakeOf(undefined)).toBe(undefined)
})

test('the parts around a mistake make up the query, made printable', () => {
  expect(markedQuery('{ nmae = 1 }', { at: 2, length: 4 })).toEqual({
    before: '{ ',
    mistake: 'nmae',
    after: ' = 1 }',
  })
  expect(markedQuery('{ a', { at: 3, length: 0 })).toEqual({ before: '{ a', mistake: '', after: '' })
  expect(markedQuery('a\u202eb', { at: 1, length: 1 }).mistake).toBe('⟨U+202E⟩')
})

test('of a long query what is near the mistake is shown', () => {
  const { before, mistake, after } = markedQuery('x'.repeat(3000), { at: 1000, length: 1000 })
  expect([before, mistake, after].map(({ length }) => length)).toEqual([301, 301, 301])
  expect([before[0], mistake.at(-1), after.at(-1)]).toEqual(['…', '…', '…'])
})
