// Rows in sight and the way between them, for tidy and for huge trees.
import { expect, test } from '@jest/globals'
import { chainOf, markedRows, tableFromText } from '../../testing/trace-fixture.ts'
import { foldedAll, foldsOf } from './folds.ts'
import { keyOf, rowOf } from './keys.ts'
import * as rows from './rows.ts'

const table = tableFromText(`
web SERVER get_/ 0 100
  web CLIENT a 10 30
    checkout SERVER a 12 20
      checkout INTERNAL work 13 10 error=boom
  web CLIENT b 50 40
    bank SERVER b 55 30 http.path=/Pay
`)
const folds = (...folded: number[]) =>
  Uint8Array.from({ length: 6 }, (_, row) => Number(folded.includes(row)))

test('a folded row hides its whole subtree and nothing else', () => {
  const visible = (...folded: number[]) => [...rows.visibleRows(table, folds(...folded), 0)]
  expect(visible()).toEqual([0, 1, 2, 3, 4, 5])
  expect(visible(1)).toEqual([0, 1, 4, 5])
  expect(visible(2, 4)).toEqual([0, 1, 2, 4])
  expect(visible(0, 2)).toEqual([0])
})

test('a row on top stands alone with what is below it', () => {
  expect([...rows.visibleRows(table, folds(), 1)]).toEqual([1, 2, 3])
  expect([...rows.visibleRows(table, folds(2), 1)]).toEqual([1, 2])
})

test('a chain of 50,000 needs no stack', () => {
  const deep = chainOf(50_000)
  const all = foldsOf(deep, foldedAll)
  expect(rows.visibleRows(deep, new Uint8Array(50_000), 0)).toHaveLength(50_000)
  expect([...rows.visibleRows(deep, all, 0)]).toEqual([0, 1])
  expect(rows.isCovered(deep, all, 49_999)).toBe(true)
})

test('a row is covered by what is folded above it, not beside it or by itself', () => {
  expect([3, 2, 1, 5].map((row) => rows.isCovered(table, folds(1, 3), row))).toEqual([
    true,
    true,
    false,
    false,
  ])
})

test('the keys move among the visible rows and stop at the ends', () => {
  const visible = Int32Array.of(0, 1, 4, 5)
  expect(rows.moved(visible, 1, 'down', 10)).toBe(4)
  expect(rows.moved(visible, 4, 'up', 10)).toBe(1)
  expect(rows.moved(visible, 5, 'down', 10)).toBe(5)
  expect(rows.moved(visible, 0, 'pageDown', 2)).toBe(4)
  expect(rows.moved(visible, 4, 'first', 1)).toBe(0)
  expect(rows.moved(visible, 0, 'last', 1)).toBe(5)
  expect(rows.moved(new Int32Array(), 0, 'down', 1)).toBe(-1)
  expect(rows.moved(visible, 3, 'down', 1)).toBe(4) // Row 3 is hidden: its place is below row 1.
})

test('only rows in sight, and a few around them, are drawn', () => {
  expect(rows.sliceInSight(100_000, 26_000, 520, 26)).toEqual({ first: 992, end: 1028 })
  expect(rows.sliceInSight(3, 0, 520, 26)).toEqual({ first: 0, end: 3 })
  expect(rows.sliceInSight(3, 90_000, 520, 26)).toEqual({ first: 3, end: 3 })
})

test('rows that share a span id still have names of their own in the URL', () => {
  const doubled = chainOf(3)
  const keys = [0, 1, 2].map((row) => keyOf(doubled, row))
  expect(new Set(keys).size).toBe(3)
  expect(keys.map((key) => rowOf(doubled, key))).toEqual([0, 1, 2])
  expect(['nope', '', `${keys[0] ?? ''}~7`].map((key) => rowOf(doubled, key))).toEqual([-1, -1, -1])
})

test('"next" goes round the ends of what is on top, both ways', () => {
  const marks = folds(1, 4)
  const all = { first: 0, end: 6 }
  expect([2, 4].map((cursor) => rows.nextMarked(marks, all, cursor))).toEqual([4, 1])
  expect([2, 1, 0].map((cursor) => rows.nextMarked(marks, all, cursor, true))).toEqual([1, 4, 4])
  expect(rows.nextMarked(folds(), all, 3)).toBe(-1)
  const part = { first: 3, end: 6 }
  expect([0, 3, 4, 5].map((cursor) => rows.nextMarked(marks, part, cursor))).toEqual([4, 4, 4, 4])
  expect([3, 5].map((cursor) => rows.nextMarked(marks, part, cursor, true))).toEqual([4, 4])
  expect([rows.countMarked(marks, all), rows.countMarked(marks, part), markedRows(marks)]).toEqual([
    2,
    1,
    [1, 4],
  ])
})
