import { expect, test } from '@jest/globals'
import { labelFrom, type Labels, LimitedSeries } from './label-limit.ts'

function limited(limit: number) {
  return new LimitedSeries(
    limit,
    (a, b, variant): Labels => ({ a, b, v: String(variant) }),
    (labels) => ({ labels }),
  )
}

test('the same names are one series, however near others are', () => {
  const series = limited(100)
  const one = series.of('ab', 'c', 0)
  expect(series.of('ab', 'c', 0)).toBe(one)
  for (const other of [
    series.of('a', 'bc', 0),
    series.of('ab', 'c', 1),
    series.of('c', 'ab', 0),
    series.of('__proto__', 'constructor', 0),
    series.of('', '', 0),
  ])
    expect(other).not.toBe(one)
  expect(series.all()).toHaveLength(6)
  expect(series.of('__proto__', 'constructor', 0).labels).toEqual({
    a: '__proto__',
    b: 'constructor',
    v: '0',
  })
})

test('beyond the limit all others are one series, and those before keep theirs', () => {
  const series = limited(2)
  const one = series.of('a', 'x', 0)
  series.of('b', 'x', 0)
  expect(series.overflowed).toBe(0)
  const others = Array.from({ length: 1000 }, (_, other) => series.of('a', `other ${other}`, 0))
  expect(new Set(others).size).toBe(1)
  expect(others[0]?.labels).toEqual({ metric_overflow: 'true' })
  expect(series.overflowed).toBe(1000)
  expect(series.of('a', 'x', 0)).toBe(one)
  expect(series.of('a', 'x', 1)).toBe(others[0])
  expect(series.all()).toEqual([one, series.of('b', 'x', 0), others[0]])
})

test('a label is cut at 128 characters, and what was cut away makes no other series', () => {
  const series = limited(100)
  const long = 'x'.repeat(128)
  const one = series.of(long, 'y'.repeat(1000), 0)
  expect(series.of(`${long}1`, `${'y'.repeat(1000)}2`, 0)).toBe(one)
  expect(one.labels).toEqual({ a: long, b: 'y'.repeat(128), v: '0' })
  expect(labelFrom(`${long}1`)).toBe(long)
})

test('half a character is what it is once written in UTF-8, so that no two series look the same', () => {
  const series = limited(100)
  const one = series.of('\ud800', `${'x'.repeat(127)}😀`, 0)
  expect(one.labels).toEqual({ a: '\ufffd', b: `${'x'.repeat(127)}\ufffd`, v: '0' })
  expect(series.of('\udc00', `${'x'.repeat(127)}\ufffd`, 0)).toBe(one)
  expect(series.all()).toEqual([one])
})
