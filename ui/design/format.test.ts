// Numbers read as people expect, on both sides of every boundary.
import { expect, test } from '@jest/globals'
import { durationParam, formatDuration, formatShare, formatSize, formatTick } from './format.ts'

test.each([
  [0, '0 µs'],
  [412, '412 µs'],
  [999.4, '999 µs'],
  [999.6, '1 ms'],
  [3_100, '3.1 ms'],
  [99_960, '100 ms'],
  [120_000, '120 ms'],
  [999_499, '999 ms'],
  [999_600, '1 s'],
  [1_240_000, '1.24 s'],
  [12_440_000, '12.4 s'],
  [59_949_000, '59.9 s'],
  [59_960_000, '1 m'],
  [125_000_000, '2 m 5 s'],
  [3_599_600_000, '1 h'],
  [11_040_000_000, '3 h 4 m'],
  [176_400_000_000, '2 d 1 h'],
  [-3_100, '−3.1 ms'],
  [Number.NaN, '–'],
])('a duration of %d µs reads %s', (micros, text) => {
  expect(formatDuration(micros)).toBe(text)
})

test('neighbouring ticks never read the same, even deep in a zoom', () => {
  const ticks = [1_234_500, 1_234_501, 1_234_502].map((micros) => formatTick(micros, 1))
  expect(ticks).toEqual(['1.234500 s', '1.234501 s', '1.234502 s'])
  expect([0, 50_000, 100_000].map((micros) => formatTick(micros, 50_000))).toEqual(['0', '50 ms', '100 ms'])
  expect(formatTick(1_500_000, 500_000)).toBe('1.5 s')
})

test.each([
  ['250ms', '250ms'],
  ['1.5 s', '1500ms'],
  ['300us', '300us'],
  ['300 µs', '300us'],
  ['2m', '120000ms'],
  ['40', '40ms'],
  ['', ''],
  ['fast', undefined],
  ['-3ms', undefined],
])('a typed duration %j is sent as %j', (typed, sent) => {
  expect(durationParam(typed)).toBe(sent)
})

test('shares and sizes are short', () => {
  expect([0, 0.0004, 0.032, 0.44, 1].map(formatShare)).toEqual(['0 %', '<0.1 %', '3.2 %', '44 %', '100 %'])
  expect([640, 1_200, 1_062_500].map(formatSize)).toEqual(['640 B', '1.2 kB', '1.1 MB'])
})
