import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Span } from '@hopscope/model'
import { makeSpan } from '@hopscope/model/testing'
import { Days, NO_DAY } from './days.ts'

const DAY = 86_400_000_000
/** 2026-03-01T12:00Z. */
const NOON = Date.UTC(2026, 2, 1, 12)
const TODAY = Date.UTC(2026, 2, 1) / 86_400_000

const daysOf = (prefix = 'hopscope', daysBack = 7) => new Days(prefix, daysBack, () => NOON)
const days = daysOf()
const at = (date: string, plusMicros = 0) =>
  makeSpan({ timestamp: (Date.parse(date) * 1000 + plusMicros) as NonNullable<Span['timestamp']> })

describe('the day of a span', () => {
  test('begins at midnight UTC and ends a microsecond before the next', () => {
    expect(days.dayOf(at('2026-03-01T00:00:00Z'))).toBe(TODAY)
    expect(days.dayOf(at('2026-03-01T00:00:00Z', -1))).toBe(TODAY - 1)
    expect(days.dayOf(at('2026-03-02T00:00:00Z', -1))).toBe(TODAY)
  })

  test('is one of those that are kept, today among them, or tomorrow', () => {
    expect(days.dayOf(at('2026-02-23T00:00:00Z'))).toBe(TODAY - 6)
    expect(days.dayOf(at('2026-02-23T00:00:00Z', -1))).toBe(NO_DAY)
    expect(days.dayOf(at('2026-03-03T00:00:00Z', -1))).toBe(TODAY + 1)
    expect(days.dayOf(at('2026-03-03T00:00:00Z'))).toBe(NO_DAY)
  })

  test('is none without a time, or with one that no clock says', () => {
    expect(days.dayOf(makeSpan({ timestamp: undefined }))).toBe(NO_DAY)
    for (const date of ['1970-01-01T00:00:01Z', '2255-01-01', '+200000-01-01'])
      expect(days.dayOf(at(date))).toBe(NO_DAY)
    expect(days.spanIndex(NO_DAY)).toBe('hopscope-span-other')
    expect(days.lookupIndex(NO_DAY)).toBe('hopscope-lookup-other')
  })

  test('is the only index in which a search for its time looks for it, beside that of no day', () => {
    fc.assert(
      fc.property(fc.integer({ min: NOON * 1000 - 9 * DAY, max: NOON * 1000 + 3 * DAY }), (timestamp) => {
        const index = days.spanIndex(days.dayOf(makeSpan({ timestamp: timestamp as never })))
        expect(days.spanIndices(timestamp, timestamp).split(',')).toContain(index)
        expect(days.spanIndices(timestamp - 2 * DAY, timestamp + 2 * DAY).split(',')).toContain(index)
      }),
    )
  })
})

describe('the names of indices', () => {
  test('are of a day for spans, of a month for look-ups', () => {
    expect(days.spanIndex(TODAY)).toBe('hopscope-span-2026-03-01')
    expect(days.lookupIndex(TODAY - 1)).toBe('hopscope-lookup-2026-02')
  })

  test('tell the day, or the first of the month', () => {
    fc.assert(
      fc.property(fc.integer({ min: 31, max: 40_000 }), (day) => {
        expect(days.dayOfIndex(days.spanIndex(day))).toBe(day)
        const first = days.dayOfIndex(days.lookupIndex(day)) ?? NaN
        expect(new Date(first * 86_400_000).getUTCDate()).toBe(1)
        expect(days.lookupIndex(first)).toBe(days.lookupIndex(day))
      }),
    )
    // Many days, and the first again.
    for (let day = 1; day < 3000; day++) days.spanIndex(day)
    expect(days.spanIndex(TODAY)).toBe('hopscope-span-2026-03-01')
  })

  test('that are not ours, or of no day, tell nothing', () => {
    for (const name of [
      'hopscope-span-other',
      'hopscope-lookup-other',
      'hopscope-lease',
      'hopscope-2-span-2026-01-01',
      'hopscope-span-2-span-2026-01-01',
      'hopscope-lookup-2-lookup-2026-01',
      'x-hopscope-span-2026-01-01',
      'hopscope-span-2026-02-30',
      'hopscope-span-2026-01',
      'hopscope-lookup-2026-01-01',
      'hopscope-span-2026-01-01-old',
      'hopscope-span-1970-01-01',
    ])
      expect(days.dayOfIndex(name)).toBeUndefined()
  })

  test('of one prefix are never found by the wildcards of one that only begins alike', () => {
    const other = daysOf('hopscope-2')
    for (const pattern of [days.allSpans, days.allLookups]) {
      expect(pattern.endsWith('-*')).toBe(true)
      for (const name of [other.spanIndex(TODAY), other.lookupIndex(TODAY), other.spanIndex(NO_DAY)])
        expect(name.startsWith(pattern.slice(0, -1))).toBe(false)
    }
  })
})

describe('a range of time', () => {
  const names = (from: number | undefined, to: number | undefined) => days.spanIndices(from, to).split(',')
  const micros = (date: string) => Date.parse(date) * 1000

  test('names its days and that of no day', () => {
    expect(names(micros('2026-02-27T23:59:59Z'), micros('2026-03-01T00:00:00Z'))).toEqual([
      'hopscope-span-other',
      'hopscope-span-2026-02-27',
      'hopscope-span-2026-02-28',
      'hopscope-span-2026-03-01',
    ])
  })

  test('without an end, or with one far ahead, ends tomorrow', () => {
    for (const to of [undefined, micros('2200-01-01')])
      expect(names(micros('2026-02-28'), to).at(-1)).toBe('hopscope-span-2026-03-02')
  })

  test('that has no day, such as one of the future, is looked for in that of no day', () => {
    expect(names(micros('2026-05-01'), micros('2026-05-02'))).toEqual(['hopscope-span-other'])
    expect(names(micros('2026-02-02'), micros('2026-02-01'))).toEqual(['hopscope-span-other'])
  })

  test('of more than 40 names, or without a beginning, is a wildcard', () => {
    const now = NOON * 1000
    expect(names(now - 38 * DAY, now)).toHaveLength(40)
    expect(days.spanIndices(now - 41 * DAY, now)).toBe('hopscope-span-*')
    expect(days.spanIndices(undefined, now)).toBe('hopscope-span-*')
    expect(days.spanIndices(undefined, undefined)).toBe('hopscope-span-*')
    expect(days.spanIndicesOf(Array.from({ length: 41 }, (_, i) => TODAY - i))).toBe('hopscope-span-*')
  })

  test('never makes a line of HTTP longer than Elasticsearch takes, however long the prefix', () => {
    for (let length = 1; length <= 100; length++) {
      const named = daysOf('p'.repeat(length))
      const routing = Array.from({ length: 50 }, () => 'f'.repeat(32)).join(',')
      for (let some = 1; some <= 45; some++) {
        const indices = named.spanIndicesOf(Array.from({ length: some }, (_, i) => TODAY - i))
        const path = `POST /${indices}/_search?allow_partial_search_results=false&ignore_unavailable=true&allow_no_indices=true&routing=${encodeURIComponent(routing)} HTTP/1.1` // prettier-ignore
        expect(path.length).toBeLessThan(4096)
      }
    }
  })
})
