// What is folded survives the way through the address bar.
import { expect, test } from '@jest/globals'
import { foldsFrom, foldsText } from './folds.ts'
import { spanKeys } from './rows.ts'
import { traceFromText } from '../testing/trace-fixture.ts'

const { spans } = traceFromText(`
web SERVER get_/ 0 100
  web CLIENT a 10 30
    checkout SERVER a 12 20
      checkout INTERNAL work 13 10
  web CLIENT b 50 40
    bank SERVER b 55 30
`)
const keys = spanKeys(spans)
const text = (folded: number[]) => foldsText(spans, keys, new Set(folded))

test.each([[[2]], [[0]], [[1, 2, 4]], [[0, 1, 2, 4]], [[1, 4]], [[]]])(
  '%j comes back as it was',
  (folded) => {
    expect([...foldsFrom(spans, keys, text(folded) ?? '')].sort()).toEqual(folded)
  },
)

test('all of a huge trace is one word, whatever is opened again', () => {
  expect(text([1, 2, 4])).toBe('all')
  expect(text([])).toBeUndefined()
})

test('what this trace does not have, or cannot fold, is passed over', () => {
  expect([...foldsFrom(spans, keys, `nope.${keys.keyOf(3)}.<script>.${keys.keyOf(2)}`)]).toEqual([2])
})
