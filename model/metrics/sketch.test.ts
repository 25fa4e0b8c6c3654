import { expect, test } from '@jest/globals'
import { QuantileSketch } from './sketch.ts'

const sketchOf = (values: Iterable<number>) => {
  const sketch = new QuantileSketch()
  for (const value of values) sketch.add(value)
  return sketch
}

test('gives every quantile by nearest rank within 1 % of the value', () => {
  // From a microsecond to a day, spread evenly over the orders of magnitude.
  const values = Array.from({ length: 5000 }, (_, i) => Math.round(86_400_000_000 ** (i / 4999)))
  const sketch = sketchOf(values.toReversed())
  for (const q of [0, 0.001, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1]) {
    const exact = values[Math.max(1, Math.ceil(q * values.length)) - 1] ?? 0
    expect(Math.abs(sketch.quantile(q) - exact)).toBeLessThanOrEqual(exact * 0.0101)
  }
})

test('ranks exactly where a product of fractions is a hair too great', () => {
  // 0.07 * 100 is 7.000000000000001: the seventh of a hundred is asked for, not the eighth.
  const sketch = sketchOf(Array.from({ length: 100 }, (_, i) => (i < 7 ? 1 : 1000)))
  expect(sketch.quantile(0.07)).toBeCloseTo(1, 1)
  expect(sketch.quantile(0.08)).toBeGreaterThan(900)
})

test('of one number is that number, and of none is none', () => {
  expect(sketchOf([500]).quantile(0.5)).toBeCloseTo(500, -1)
  expect(sketchOf([]).count).toBe(0)
  expect(sketchOf([]).quantile(0.5)).toBeNaN()
})
