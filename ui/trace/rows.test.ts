// Rows in sight and the way between them, for tidy, huge and broken trees.
import type { SpanRow } from '@hopscope/model'
import { expect, test } from '@jest/globals'
import * as rows from './rows.ts'
import { MESSAGES, traceFromText } from '../testing/trace-fixture.ts'

const view = traceFromText(`
web SERVER get_/ 0 100
  web CLIENT a 10 30
    checkout SERVER a 12 20
      checkout INTERNAL work 13 10 error=boom
  web CLIENT b 50 40
    bank SERVER b 55 30 http.path=/Pay
`)

/** A chain: each row the only child of the one before. */
function chain(length: number): SpanRow[] {
  const [row] = view.spans
  if (!row) throw new Error('the fixture has rows')
  return Array.from({ length }, (_, index) => ({
    ...row,
    index,
    parent: index - 1,
    depth: index,
    descendants: length - index - 1,
    childCount: index < length - 1 ? 1 : 0,
  }))
}

test('a collapsed row hides its whole subtree and nothing else', () => {
  expect(rows.visibleRows(view.spans, new Set())).toEqual([0, 1, 2, 3, 4, 5])
  expect(rows.visibleRows(view.spans, new Set([1]))).toEqual([0, 1, 4, 5])
  expect(rows.visibleRows(view.spans, new Set([2, 4]))).toEqual([0, 1, 2, 4])
  expect(rows.visibleRows(view.spans, new Set([0, 2]))).toEqual([0])
})

test('a chain of 50,000 needs no stack', () => {
  const deep = chain(50_000)
  expect(rows.visibleRows(deep, new Set())).toHaveLength(50_000)
  expect(rows.visibleRows(deep, new Set([1]))).toEqual([0, 1])
  const all = rows.collapsible(deep)
  expect(rows.revealed(deep, all, 49_999).size).toBe(0)
})

test('parents that point at each other do not hang the viewer', () => {
  const broken = chain(3).map((row) => ({ ...row, parent: row.index === 1 ? 2 : 1 }))
  expect(rows.revealed(broken, new Set([1, 2]), 2).size).toBeLessThan(3)
  expect(
    rows.visibleRows(
      chain(2).map((row) => ({ ...row, descendants: -5 })),
      new Set([0]),
    ),
  ).toEqual([0, 1])
})

test('"collapse all" leaves the root open', () => {
  expect([...rows.collapsible(view.spans)]).toEqual([1, 2, 4])
})

test('a hidden row is revealed by opening just its ancestors', () => {
  expect([...rows.revealed(view.spans, new Set([1, 2, 4]), 3)]).toEqual([4])
})

test('the keys move among the visible rows and stop at the ends', () => {
  const visible = [0, 1, 4, 5]
  expect(rows.moved(visible, 1, 'down', 10)).toBe(4)
  expect(rows.moved(visible, 4, 'up', 10)).toBe(1)
  expect(rows.moved(visible, 5, 'down', 10)).toBe(5)
  expect(rows.moved(visible, 0, 'pageDown', 2)).toBe(4)
  expect(rows.moved(visible, 4, 'first', 1)).toBe(0)
  expect(rows.moved(visible, 0, 'last', 1)).toBe(5)
  expect(rows.moved([], 0, 'down', 1)).toBe(-1)
  expect(rows.moved(visible, 3, 'down', 1)).toBe(4) // Row 3 is hidden: its place is below row 1.
})

test('only rows in sight, and a few around them, are drawn', () => {
  expect(rows.sliceInSight(100_000, 26_000, 520, 26)).toEqual({ first: 992, end: 1028 })
  expect(rows.sliceInSight(3, 0, 520, 26)).toEqual({ first: 0, end: 3 })
  expect(rows.sliceInSight(3, 90_000, 520, 26)).toEqual({ first: 3, end: 3 })
})

test('rows that share a span id still have URLs of their own', () => {
  const doubled = chain(3)
  const keys = rows.spanKeys(doubled)
  expect(new Set(doubled.map((row) => keys.keyOf(row.index))).size).toBe(3)
  expect(doubled.map((row) => keys.indexOf(keys.keyOf(row.index)))).toEqual([0, 1, 2])
  expect(keys.indexOf('nope')).toBe(-1)
})

test('finding looks at services, operations and tags, whatever the case', () => {
  expect(rows.foundRows(view.spans, 'CHECKOUT')).toEqual([2, 3])
  expect(rows.foundRows(view.spans, 'http.path=/pay')).toEqual([5])
  expect(rows.foundRows(view.spans, ' ')).toEqual([])
})

test('"next" goes round the end', () => {
  expect([rows.nextOf([1, 4], 2), rows.nextOf([1, 4], 4), rows.nextOf([1, 4], 1, true)]).toEqual([4, 1, 4])
  expect(rows.nextOf([], 3)).toBe(-1)
})

test('a failed receiver of a message explains no failure of its sender, who did not wait for it', () => {
  const both = traceFromText(MESSAGES.replace('0 120000', '0 120000 error=out_of_stock'))
  expect(rows.errorOrigins(both.spans)).toEqual([0, 6])
})

test('a failure is traced to the rows it came from, however deep, and said in its own words', () => {
  const failing = chain(50_000).map((row) => ({ ...row, error: row.index >= 10 && row.index < 49_000 }))
  expect(rows.errorOrigins(failing)).toEqual([48_999])
  expect(rows.errorOrigins(view.spans)).toEqual([3])
  const saying = (error: string) => {
    const row = failing[10]
    return row && rows.failureOf({ ...row, span: { ...row.span, tags: { error } } })
  }
  expect([saying('card declined'), saying('true'), saying('')]).toEqual(['card declined', '', ''])
})
