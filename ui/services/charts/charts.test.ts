// Where things lie on a plot, which traces get a dot, and what keys do with the mark.
import { expect, test } from '@jest/globals'
import { formatDuration } from '../../design/format.ts'
import { type Mark, moveBy } from './cursor.ts'
import { peaks } from './exemplars.ts'
import { areaPath, linePath, sparkPath, spreadLabels } from './path.ts'
import {
  highest,
  middleOf,
  periodOf,
  sliceAt,
  sliceCount,
  type Slices,
  sliceText,
  timeTicks,
  valueAxis,
} from './scale.ts'

const MINUTE = 60e6
/** Local times, in whatever zone the test runs. */
const local = (year: number, month: number, day: number, hour: number) =>
  new Date(year, month, day, hour).getTime() * 1e3
const noon = local(2026, 0, 31, 12)
const hour: Slices = { start: noon, end: noon + 60 * MINUTE, step: MINUTE }
const cut: Slices = { start: 0, end: 250, step: 100 }

test('a place on the axis is in its slice, also beyond the ends and in a last slice that is cut', () => {
  expect(sliceCount(cut)).toBe(3)
  expect([-1, 0, 0.5, 0.79, 0.81, 1, 7].map((at) => sliceAt(cut, at))).toEqual([0, 0, 1, 1, 2, 2, 2])
  expect([0, 1, 2].map((index) => sliceAt(cut, middleOf(cut, index)))).toEqual([0, 1, 2])
  expect(middleOf(cut, 2)).toBe(0.9)
})

test('a chosen stretch is whole slices, whichever way it was drawn, and ends where the plot ends', () => {
  expect(periodOf(cut, 1, 2)).toEqual({ start: 100, end: 250 })
  expect(periodOf(cut, 1, 0)).toEqual({ start: 0, end: 200 })
})

test('ticks of time are local, round and as fine as they need to be; a new day is named by its date', () => {
  expect(timeTicks(hour, 4).map(({ text }) => text)).toEqual(['12:00', '12:15', '12:30', '12:45', '13:00'])
  const seconds = { ...hour, end: noon + 20e6 }
  expect(timeTicks(seconds, 4).map(({ text }) => text)).toContain('12:00:05')
  const millis = { ...hour, end: noon + 20e3 }
  expect(timeTicks(millis, 4).map(({ text }) => text)).toContain('00:00.005')
  const night = { start: local(2026, 0, 31, 22), end: local(2026, 1, 1, 2), step: MINUTE }
  expect(timeTicks(night, 4).map(({ text }) => text)).toEqual(['22:00', '23:00', '02-01', '01:00', '02:00'])
})

test('a tick that is alone is as exact as the axis is long', () => {
  const alone = timeTicks({ ...hour, start: noon - 14 * MINUTE, end: noon + 10 * MINUTE }, 1)
  expect(alone.map(({ text }) => text)).toEqual(['12:00'])
})

test('a slice is named as exactly as slices are long', () => {
  expect(sliceText(hour, 5)).toBe('12:05')
  expect(sliceText({ ...hour, step: 10e6 }, 5)).toBe('12:00:50')
  expect(sliceText({ ...hour, step: 10e3 }, 5)).toBe('12:00:00.050')
  expect(sliceText({ ...hour, step: 60 * MINUTE }, 5)).toBe('01-31 17:00')
})

test('where times are of UTC, ticks and slices are too', () => {
  const start = Date.UTC(2026, 0, 31, 12) * 1e3
  const utc = { start, end: start + 60 * MINUTE, step: MINUTE, zone: 'utc' } as const
  expect([timeTicks(utc, 2).map(({ text }) => text)[0], sliceText(utc, 5)]).toEqual(['12:00', '12:05'])
})

const textOf = (value: number) => String(value)

test('an axis of values begins at 0, has round ticks, and holds the highest value', () => {
  const { top, ticks } = valueAxis(87, textOf)
  expect([top, ticks.map(({ text }) => text)]).toEqual([100, ['0', '20', '40', '60', '80', '100']])
  for (const most of [0.003, 1, 9.99, 10, 1234, 7e11]) {
    const axis = valueAxis(most, textOf)
    expect(axis.top).toBeGreaterThanOrEqual(most)
    expect(axis.ticks.length).toBeLessThan(9)
    expect([axis.ticks[0]?.at, axis.ticks.at(-1)?.at]).toEqual([0, 1])
  }
})

test('nothing at all, and what is no number, still has an axis', () => {
  for (const most of [0, -1, Number.NaN, Infinity]) expect(valueAxis(most, textOf).top).toBe(1)
})

test('durations above a minute have ticks of whole minutes and hours', () => {
  const { ticks } = valueAxis(7 * MINUTE, formatDuration, { durations: true })
  expect(ticks.map(({ text }) => text)).toEqual(['0 µs', '2 m', '4 m', '6 m', '8 m'])
  const long = valueAxis(900 * 24 * 60 * MINUTE, formatDuration, { durations: true })
  expect(long.ticks.length).toBeLessThan(9)
})

test('the highest of many values is found, missing ones and none at all included', () => {
  expect(highest([null, 3, null, 2])).toBe(3)
  expect(highest(Array.from({ length: 200_000 }, (_, i) => i))).toBe(199_999)
  expect(highest([])).toBe(0)
})

const places = { x: (index: number) => index * 10, y: (value: number) => 100 - value }

test('a missing value is a gap in the line, and one alone between gaps is a dot', () => {
  expect(linePath([1, 2, null, 4, null], places)).toBe('M0,99L10,98M30,96Z')
  expect(areaPath([1, 2], places)).toBe('M0,99L10,98L10,100L0,100Z')
  expect(linePath([null, Number.NaN], places)).toBe('')
})

test('a small line stays in its box; of zeros it lies at the bottom', () => {
  expect(sparkPath([0, 5, 10], 43, 13)).toBe('M1.5,11.5L21.5,6.5L41.5,1.5')
  expect(sparkPath([0, 0], 43, 13)).toBe('M1.5,11.5L41.5,11.5')
  expect([sparkPath([], 43, 13), sparkPath([null], 43, 13)]).toEqual(['', ''])
})

test('labels that would lie on each other are moved apart, and none falls off the bottom', () => {
  expect(spreadLabels([10, 40, 70], 11, 100)).toEqual([10, 40, 70])
  expect(spreadLabels([10, 12, 11], 11, 100)).toEqual([10, 32, 21])
  expect(spreadLabels([99, 98, 100], 11, 100)).toEqual([89, 78, 100])
})

test('dots are at the highest values, by time, and so far apart that each can be hit', () => {
  const at = (index: number, value: number) => ({ index, value, traceId: `t${index}` })
  const found = peaks([at(0, 1), at(4, 9), at(5, 10), at(9, 3), at(20, 2)], 3, 3)
  expect(found.map(({ index }) => index)).toEqual([5, 9, 20])
})

const key = (name: string, shiftKey = false) => ({ key: name, shiftKey })

test('arrows begin at the newest slice, go along, and stop at the ends', () => {
  expect(moveBy(key('ArrowLeft'), undefined, 5)).toEqual({ mark: { at: 4, from: undefined } })
  const from = (at: number): Mark => ({ at, from: undefined })
  expect(moveBy(key('ArrowLeft'), from(4), 5)).toEqual({ mark: from(3) })
  expect(moveBy(key('ArrowLeft'), from(0), 5)).toEqual({ mark: from(0) })
  expect(moveBy(key('ArrowRight'), from(4), 5)).toEqual({ mark: from(4) })
  expect(moveBy(key('Home'), from(4), 5)).toEqual({ mark: from(0) })
  expect(moveBy(key('PageDown'), from(0), 5)).toEqual({ mark: from(4) })
  expect(moveBy(key('a'), from(0), 5)).toBeUndefined()
})

test('shift and arrows choose a stretch, Enter zooms into it, Escape drops first it and then the mark', () => {
  const chosen: Mark = { at: 1, from: 3 }
  expect(moveBy(key('ArrowLeft', true), { at: 3, from: undefined }, 5)).toEqual({ mark: { at: 2, from: 3 } })
  expect(moveBy(key('ArrowLeft', true), { at: 2, from: 3 }, 5)).toEqual({ mark: chosen })
  expect(moveBy(key('Enter'), chosen, 5)).toEqual({ zoom: [1, 3] })
  expect(moveBy(key('Escape'), chosen, 5)).toEqual({ mark: { at: 1, from: undefined } })
  expect(moveBy(key('Escape'), { at: 1, from: undefined }, 5)).toEqual({ mark: undefined })
  expect(moveBy(key('ArrowRight'), chosen, 5)).toEqual({ mark: { at: 2, from: undefined } })
  expect(moveBy(key('Enter'), { at: 1, from: undefined }, 5)).toBeUndefined()
  expect(moveBy(key('Escape'), undefined, 5)).toBeUndefined()
})
