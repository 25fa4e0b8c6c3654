// Where the plot has what: traces by start (across) and duration (up, logarithmic), its cells, what is near the pointer.
import { scaleLog, scaleTime, scaleUtc } from 'd3-scale'
import type { Group } from '../routing/search-url.ts'
import { timeText, type Zone } from '../routing/times.ts'

/** What the plot needs of a trace; times in microseconds. */
export interface Dot {
  readonly traceId: string
  readonly start: number
  readonly duration: number
  readonly errorCount: number
}

export interface Size {
  readonly width: number
  readonly height: number
}

export const MARGIN = { top: 8, right: 12, bottom: 20, left: 52 } as const
/** A trace of no time stands on the floor of a logarithmic axis. */
const LEAST = 1

export type PlotScales = ReturnType<typeof scalesOf>

/** Scales that show all of the dots, and little more: of a time window only what is near them, or all of it without a dot. */
export function scalesOf(
  dots: readonly Dot[],
  times: Partial<Pick<Group, 'start' | 'end'>>,
  { width, height }: Size,
  zone: Zone,
) {
  let [first, last, least, most] = [Infinity, -Infinity, Infinity, -Infinity]
  for (const { start, duration } of dots) {
    first = Math.min(first, start)
    last = Math.max(last, start)
    const shown = Math.max(LEAST, duration)
    least = Math.min(least, shown)
    most = Math.max(most, shown)
  }
  if (first > last) [first, last, least, most] = [times.start ?? 0, times.end ?? 1, 1e3, 1e6]
  // The newest of a longer list fill the plot, not the whole window.
  const end = Math.max(last, Math.min(times.end ?? last, last + (last - first) * 0.1))
  const pad = Math.max((end - first) * 0.01, 1e3)
  const x = (zone === 'utc' ? scaleUtc() : scaleTime())
    .domain([(first - pad) / 1e3, (end + pad) / 1e3])
    .range([MARGIN.left, Math.max(MARGIN.left + 1, width - MARGIN.right)])
  const y = scaleLog()
    .domain([Math.max(LEAST, least / 1.4), Math.max(LEAST * 2, most * 1.4)])
    .range([height - MARGIN.bottom, MARGIN.top])
  return { x, y }
}

export const xOf = ({ x }: PlotScales, dot: Dot) => x(dot.start / 1e3)
export const yOf = ({ y }: PlotScales, dot: Dot) => y(Math.max(LEAST, dot.duration))

/** From a microsecond to ten days, as durations are read: tens, then minutes, hours and days. */
const ROUND = [
  1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 60e6, 600e6, 3600e6, 36_000e6, 86_400e6, 864_000e6,
] as const
/** Between them, where the durations are near to each other. */
const BETWEEN = [2, 5] as const

/** Where the duration axis has its lines, in microseconds. */
export function durationTicks({ y }: PlotScales): number[] {
  const [low = 1, high = 1] = y.domain()
  const tens = ROUND.filter((tick) => tick >= low && tick <= high)
  if (tens.length > 2) return tens
  const finer = ROUND.flatMap((tick) => [tick, ...BETWEEN.map((step) => tick * step)])
  return finer.filter((tick) => tick >= low && tick <= high)
}

/** A text under the time axis: its middle, and where its line is. */
export interface TimeTick {
  readonly x: number
  readonly middle: number
  readonly text: string
}

const NEAR_TEXTS = 8

/**
 * The lines of the time axis and what they say, inside of the plot, none over another.
 * @param widthOf a text's width in pixels
 */
export function timeTicks(
  { x }: PlotScales,
  { width }: Size,
  zone: Zone,
  widthOf: (text: string) => number,
): TimeTick[] {
  const ticks = x.ticks(Math.max(3, Math.floor((width - MARGIN.left) / 100)))
  const step = Number(ticks[1] ?? Infinity) - Number(ticks[0] ?? 0)
  const shown: TimeTick[] = []
  let end = -Infinity
  for (const tick of ticks) {
    const text = tickText(tick, step, zone)
    const half = widthOf(text) / 2
    const at = Math.round(x(tick)) + 0.5
    const middle = Math.min(at, width - half - 2)
    if (middle - half < end + NEAR_TEXTS) continue
    shown.push({ x: at, middle, text })
    end = middle + half
  }
  return shown
}

/** Midnights as dates, other times as clocks, as fine as the ticks are apart; `step` in milliseconds. */
function tickText(date: Date, step: number, zone: Zone): string {
  const [day = '', clock = ''] = timeText(date.getTime(), zone).split(' ')
  if (step < 1000) return `${clock}.${String(date.getMilliseconds()).padStart(3, '0')}`
  if (clock === '00:00:00') return day.slice(5)
  return step < 60_000 ? clock : clock.slice(0, 5)
}

/** The dot nearest to a place of the plot, within `reach` pixels. */
export function nearest(
  dots: readonly Dot[],
  scales: PlotScales,
  x: number,
  y: number,
  reach = 10,
): Dot | undefined {
  let best: Dot | undefined
  let least = reach * reach
  for (const dot of dots) {
    const distance = (xOf(scales, dot) - x) ** 2 + (yOf(scales, dot) - y) ** 2
    if (distance <= least) [best, least] = [dot, distance]
  }
  return best
}

export interface Box {
  readonly x0: number
  readonly y0: number
  readonly x1: number
  readonly y1: number
}

/** The group that a rectangle of the plot stands for, whichever corner it began at. */
export function groupOf({ x, y }: PlotScales, { x0, y0, x1, y1 }: Box): Group {
  const time = (at: number) => Math.max(0, Math.round(Number(x.invert(at)) * 1e3))
  const duration = (at: number) => Math.max(0, Math.round(y.invert(at)))
  const bottom = Math.max(y0, y1)
  const [floor = 0] = y.range()
  return {
    start: time(Math.min(x0, x1)),
    end: time(Math.max(x0, x1)),
    min: bottom >= floor - 1 ? 0 : duration(bottom),
    max: duration(Math.min(y0, y1)),
  }
}

export function boxOf({ x, y }: PlotScales, { start, end, min, max }: Group): Box {
  const [left = 0, right = 0] = x.range()
  const [floor = 0, top = 0] = y.range()
  const within = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value))
  return {
    x0: within(x(start / 1e3), left, right),
    x1: within(x(end / 1e3), left, right),
    y0: within(y(Math.max(LEAST, max)), top, floor),
    y1: within(y(Math.max(LEAST, min)), top, floor),
  }
}

interface Cell extends Box {
  readonly count: number
  readonly failed: number
}

/** About so large, in pixels. */
const CELL = { width: 14, height: 10 } as const

export interface Grid {
  readonly cells: readonly Cell[]
  readonly most: number
}

/** The dots counted in a grid; empty cells are left out. */
export function gridOf(dots: readonly Dot[], scales: PlotScales): Grid {
  const [left = 0, right = 1] = scales.x.range()
  const [bottom = 1, top = 0] = scales.y.range()
  const columns = Math.max(1, Math.round((right - left) / CELL.width))
  const rows = Math.max(1, Math.round((bottom - top) / CELL.height))
  const [width, height] = [(right - left) / columns, (bottom - top) / rows]
  const counts = new Map<number, { count: number; failed: number }>()
  const place = (at: number, size: number, most: number) =>
    Math.min(most - 1, Math.max(0, Math.floor(at / size)))
  for (const dot of dots) {
    const key =
      place(yOf(scales, dot) - top, height, rows) * columns + place(xOf(scales, dot) - left, width, columns)
    const cell = counts.get(key) ?? { count: 0, failed: 0 }
    cell.count++
    if (dot.errorCount > 0) cell.failed++
    counts.set(key, cell)
  }
  let most = 0
  const cells = [...counts].map(([key, { count, failed }]): Cell => {
    most = Math.max(most, count)
    const [x0, y0] = [left + (key % columns) * width, top + Math.floor(key / columns) * height]
    return { x0, y0, x1: x0 + width, y1: y0 + height, count, failed }
  })
  return { cells, most }
}

export const cellAt = ({ cells }: Grid, x: number, y: number) =>
  cells.find((cell) => x >= cell.x0 && x < cell.x1 && y >= cell.y0 && y < cell.y1)
