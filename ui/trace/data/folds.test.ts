// What is folded survives the way through the address bar.
import { expect, test } from '@jest/globals'
import { chainOf, markedRows, tableFromText } from '../../testing/trace-fixture.ts'
import * as folds from './folds.ts'
import { keyOf } from './keys.ts'

const table = tableFromText(`
web SERVER get_/ 0 100
  web CLIENT a 10 30
    checkout.v1 SERVER a 12 20
      checkout.v1 INTERNAL work 13 10
  web CLIENT b 50 40
    bank SERVER b 55 30
`)
/** As it is after a way through the address bar. */
const folded = (text: folds.FoldsText) =>
  markedRows(folds.foldsOf(table, folds.parseFolds(folds.printFolds(text) ?? '')))
const nothing = folds.parseFolds('')

test('rows turned by hand come back as they were, and turned twice they are as before', () => {
  const turned = [1, 4].reduce((text, row) => folds.turnedRow(text, table, row), nothing)
  expect(folded(turned)).toEqual([1, 4])
  expect(folded(folds.turnedRow(turned, table, 4))).toEqual([1])
})

test('all of a trace is one word, the root apart, whatever is opened again', () => {
  expect(folds.printFolds(folds.foldedAll)).toBe('all')
  expect(folded(folds.foldedAll)).toEqual([1, 2, 4])
  expect(folded(folds.turnedRow(folds.foldedAll, table, 2))).toEqual([1, 4])
})

test('a level folds what stands so far down, a service what is its own', () => {
  expect(folded(folds.foldedBelow(1))).toEqual([1, 4])
  const checkout = folds.turnedService(nothing, 'checkout.v1')
  expect(folded(checkout)).toEqual([2])
  expect(folded(folds.turnedService(checkout, 'checkout.v1'))).toEqual([])
})

test('a row that is gone to is uncovered, and only what is above it', () => {
  expect(folded(folds.uncovered(folds.foldedAll, table, 3))).toEqual([4])
  const byHand = [1, 2, 4].reduce((text, row) => folds.turnedRow(text, table, row), nothing)
  expect(folded(folds.uncovered(byHand, table, 3))).toEqual([4])
  const again = folds.turnedRow(folds.uncovered(folds.foldedAll, table, 3), table, 1)
  expect(folded(again)).toEqual([1, 4])
})

test('a row 50,000 deep is uncovered at once, in one word of the address', () => {
  const deep = chainOf(50_000)
  const text = folds.uncovered(folds.foldedAll, deep, 49_999)
  expect(markedRows(folds.foldsOf(deep, folds.parseFolds(folds.printFolds(text) ?? '')))).toEqual([])
  expect(folds.printFolds(text)?.length).toBeLessThan(40)
})

test('a service that is not in this trace folds nothing, though some rows name none', () => {
  const nameless = tableFromText('- SERVER get_/ 0 100\n  - CLIENT a 10 30\n    web SERVER a 12 20')
  expect(nameless.columns.rows.service[0]).toBe(-1)
  expect(markedRows(folds.foldsOf(nameless, folds.parseFolds('s:gone')))).toEqual([])
})

test('what this trace does not have, or cannot fold, is passed over', () => {
  const text = `nope.${keyOf(table, 3)}.<script>.s:%.d9.${keyOf(table, 2)}`
  expect(markedRows(folds.foldsOf(table, folds.parseFolds(text)))).toEqual([2])
})

test('an address holds the latest hundred rows turned by hand, and no more', () => {
  const keys = Array.from({ length: 150 }, (_, i) => `k${i}`)
  const kept = folds.parseFolds(folds.printFolds({ rules: ['all'], opened: [], keys }) ?? '')
  expect([kept.rules, kept.keys.length, kept.keys.at(-1)]).toEqual([['all'], 100, 'k149'])
})
