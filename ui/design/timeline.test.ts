// Ticks are round and readable, stretches lie where the time was, labels where there is room.
import { expect, test } from '@jest/globals'
import { placeLabel, stretchOf, ticksOf } from './timeline.ts'

test('a label goes where it has room, and gets shorter where it has none', () => {
  expect(placeLabel([20, 5], { from: 0, to: 0.1 }, 1000)).toEqual({ variant: 0, side: 'after' })
  expect(placeLabel([20, 5], { from: 0.8, to: 1 }, 1000)).toEqual({ variant: 0, side: 'before' })
  expect(placeLabel([20, 5], { from: 0, to: 1 }, 1000)).toEqual({ variant: 0, side: 'over' })
  expect(placeLabel([20, 5], { from: 0.4, to: 0.6 }, 130)).toEqual({ variant: 1, side: 'after' })
})

test('a ruler of hours counts hours, not thousands of seconds', () => {
  const texts = (end: number) => ticksOf({ start: 0, end }, 500).map(({ text }) => text)
  expect(texts(3 * 3600e6)).toEqual(['0', '1 h', '2 h', '3 h'])
  expect(texts(4 * 60e6)).toEqual(['0', '1 m', '2 m', '3 m', '4 m'])
  expect(texts(9 * 86_400e6)).toEqual(['0', '3 d', '6 d', '9 d'])
})

test('ticks are round, ordered and within the window', () => {
  expect(ticksOf({ start: 0, end: 412_000 }, 450).map(({ text }) => text)).toEqual([
    '0',
    '100 ms',
    '200 ms',
    '300 ms',
    '400 ms',
  ])
  expect(ticksOf({ start: 5, end: 6 }, 500).every(({ at }) => at >= 0 && at <= 1)).toBe(true)
})

test('a zoom cuts stretches at its edges and drops what is out of sight', () => {
  const window = { start: 200, end: 400 }
  expect(stretchOf(0, 1000, window)).toEqual({ from: 0, to: 1 })
  expect(stretchOf(700, 800, window)).toBeUndefined()
  expect(stretchOf(400, 400, window)).toEqual({ from: 1, to: 1 })
})

test('ticks are few and differ, also over days', () => {
  for (const end of [1, 37, 4800, 9e5, 7e7, 4e9, 3e11]) {
    const ticks = ticksOf({ start: 0, end }, 800)
    expect(ticks.length).toBeGreaterThan(1)
    expect(ticks.length).toBeLessThan(20)
    expect(new Set(ticks.map(({ text }) => text)).size).toBe(ticks.length)
  }
})
