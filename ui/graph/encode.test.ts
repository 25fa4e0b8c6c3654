// Numbers to widths and classes.
import { expect, test } from '@jest/globals'
import { edgeWidth, errorClass, mostCalls } from './encode.ts'

test('an edge is 1 to 8 pixels wide, wider with more calls', () => {
  const widths = [0, 1, 10, 1000, 100_000, 1_000_000].map((calls) => edgeWidth(calls, 1_000_000))
  expect(widths).toEqual([...widths].sort((a, b) => a - b))
  expect([widths[0], widths.at(-1)]).toEqual([1, 8])
  expect(new Set(widths).size).toBe(widths.length)
  expect(edgeWidth(5, 1)).toBe(8)
  expect([edgeWidth(NaN, 5), edgeWidth(5, 0), edgeWidth(-1, 5)]).toEqual([1, 1, 1])
})

test.each([
  [0, 'none'],
  [null, 'none'],
  [NaN, 'none'],
  [0.0001, 'few'],
  [0.01, 'some'],
  [0.0499, 'some'],
  [0.05, 'many'],
  [1, 'many'],
])('an error ratio of %p is %s', (ratio, expected) => {
  expect(errorClass(ratio)).toBe(expected)
})

test('the busiest of no edges has none', () => {
  expect(mostCalls([])).toBe(0)
  expect(mostCalls([{ calls: 3 }, { calls: 7 }, { calls: NaN }])).toBe(7)
})
