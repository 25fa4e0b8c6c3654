// Where things lie on a time line, and the ticks of its ruler.
import { scaleLinear } from 'd3-scale'
import type { TimeWindow } from '../routing/trace-url.ts'
import { formatDuration, formatTick } from './format.ts'

/** A stretch of the time line; fractions of its width, 0..1. */
export interface Stretch {
  readonly from: number
  readonly to: number
}

export interface Tick {
  readonly at: number
  readonly text: string
}

const MINUTE = 60e6
/** Of long rulers, in minutes: nobody counts hours in thousands of seconds. */
const LONG_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720].map((minutes) => minutes * MINUTE)
const DAY = 1440 * MINUTE

/** Round ticks for a window, about one for each `spacing` pixels. */
export function ticksOf(window: TimeWindow, width: number, spacing = 110): Tick[] {
  const scale = scaleLinear().domain([window.start, window.end])
  const wanted = Math.max(2, Math.floor(width / spacing))
  const size = window.end - window.start
  if (size / wanted > MINUTE / 2) return longTicks(window, size / wanted)
  const values = scale.ticks(wanted)
  const step = (values[1] ?? 0) - (values[0] ?? 0) || size || 1
  return values.map((value) => ({ at: scale(value), text: formatTick(value, step) }))
}

function longTicks({ start, end }: TimeWindow, least: number): Tick[] {
  const step = LONG_STEPS.find((each) => each >= least) ?? Math.ceil(least / DAY) * DAY
  const ticks: Tick[] = []
  for (let value = Math.ceil(start / step) * step; value <= end; value += step) {
    ticks.push({ at: (value - start) / (end - start), text: value === 0 ? '0' : formatDuration(value) })
  }
  return ticks
}

/** A stretch of time (microseconds from the trace's start) in a window; undefined if it is out of sight. */
export function stretchOf(start: number, end: number, window: TimeWindow): Stretch | undefined {
  const size = window.end - window.start
  const from = (start - window.start) / size
  const to = (Math.max(end, start) - window.start) / size
  if (to < 0 || from > 1) return undefined
  return { from: Math.max(0, from), to: Math.min(1, to) }
}

export interface LabelPlace {
  /** Which of the texts, the longest first. */
  readonly variant: number
  readonly side: 'after' | 'before' | 'over'
}

/** About the width of a character of a label, and the room around it; pixels. */
export const CHARACTER = 6.3
export const GAP = 14

/** Finds the longest text that has room after the bar, before it, or on it; the shortest goes on it if none has. */
export function placeLabel(
  lengths: readonly number[],
  bar: Stretch,
  width: number,
  charWidth = CHARACTER,
): LabelPlace {
  for (const [variant, length] of lengths.entries()) {
    const needed = length * charWidth + GAP
    if (needed <= (1 - bar.to) * width) return { variant, side: 'after' }
    if (needed <= bar.from * width) return { variant, side: 'before' }
    if (needed <= (bar.to - bar.from) * width) return { variant, side: 'over' }
  }
  return { variant: Math.max(0, lengths.length - 1), side: bar.from > 1 - bar.to ? 'before' : 'after' }
}
