// The plot: what is drawn can be found again under the pointer.
import { expect, test } from '@jest/globals'
import {
  boxOf,
  type Dot,
  durationTicks,
  gridOf,
  groupOf,
  nearest,
  scalesOf,
  timeTicks,
  xOf,
  yOf,
} from './plot.ts'
import { isIn } from './group.ts'

const dots: Dot[] = Array.from({ length: 300 }, (_, i) => ({
  traceId: String(i),
  start: 1_763_676_434_000_000 + i * 1e6,
  duration: i === 0 ? 0 : 10 ** (i % 7),
  errorCount: i % 10 === 0 ? 1 : 0,
}))
const size = { width: 800, height: 168 }
const scales = scalesOf(dots, {}, size, 'utc')

test('every dot is inside, even one of no duration, and is found where it is', () => {
  for (const dot of dots) {
    const [x, y] = [xOf(scales, dot), yOf(scales, dot)]
    expect(x >= 0 && x <= size.width && y >= 0 && y <= size.height).toBe(true)
    expect(nearest([dot], scales, x + 2, y - 2)).toBe(dot)
  }
  expect(nearest(dots, scales, -100, -100)).toBe(undefined)
})

test('a rectangle selects what lies in it, from whichever corner it was drawn', () => {
  const [dot] = dots.slice(150)
  if (!dot) throw new Error('no dot')
  const [x, y] = [xOf(scales, dot), yOf(scales, dot)]
  const group = groupOf(scales, { x0: x + 1, y0: y + 1, x1: x - 1, y1: y - 1 })
  expect(isIn(group, dot)).toBe(true)
  expect(dots.filter((each) => isIn(group, each)).length).toBeLessThan(3)
  const box = boxOf(scales, group)
  expect([box.x0, box.x1].map(Math.round)).toEqual([x - 1, x + 1].map(Math.round))
})

test('a heat map counts every dot once', () => {
  const { cells, most } = gridOf(dots, scales)
  expect(cells.reduce((sum, { count }) => sum + count, 0)).toBe(300)
  expect(cells.reduce((sum, { failed }) => sum + failed, 0)).toBe(30)
  expect(Math.max(...cells.map(({ count }) => count))).toBe(most)
})

test('the axis has a few lines, however near or far apart the durations are', () => {
  for (const most of [2, 50, 1e6, 1e11]) {
    const two = [1, most].map((duration, i) => ({ traceId: String(i), start: i, duration, errorCount: 0 }))
    const ticks = durationTicks(scalesOf(two, {}, size, 'local'))
    expect([most, ticks.length > 0 && ticks.length < 16]).toEqual([most, true])
  }
})

test('the time axis says a time once, inside of the plot and none over another, however short it is', () => {
  const from = Date.UTC(2025, 10, 20, 23, 59, 59, 999) * 1e3
  for (const span of [2e3, 3e4, 900e3, 5e6, 90e6, 7200e6, 90 * 86_400e6]) {
    for (const width of [330, 800, 1500]) {
      const two = [from, from + span].map((start) => ({ traceId: '', start, duration: 1, errorCount: 0 }))
      const wide = { width, height: 168 }
      const ticks = timeTicks(scalesOf(two, {}, wide, 'utc'), wide, 'utc', (text) => text.length * 6)
      const texts = ticks.map(({ text }) => text)
      expect([span, width, new Set(texts).size, texts.length > 0]).toEqual([span, width, texts.length, true])
      let end = 0
      for (const { middle, text } of ticks) {
        expect(middle - text.length * 3).toBeGreaterThan(end)
        end = middle + text.length * 3
      }
      expect(end).toBeLessThan(width)
    }
  }
})

test('no trace and one trace have a plot, too', () => {
  for (const few of [[], dots.slice(0, 1)]) {
    const { x, y } = scalesOf(few, {}, size, 'local')
    expect([...x.domain(), ...y.domain()].every((value) => Number.isFinite(Number(value)))).toBe(true)
  }
})
