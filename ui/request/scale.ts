// The zoom of a request's time line: windows within its wall time, in microseconds from its start.
import type { TimeWindow } from '../routing/trace-url.ts'

/** `factor` of the window's size about its middle, within `wall`; never less than 10 µs. */
export function zoomed({ start, end }: TimeWindow, factor: number, wall: number): TimeWindow {
  const size = Math.min(wall, Math.max(10, (end - start) * factor))
  return within((start + end) / 2 - size / 2, size, wall)
}

/** Moved by `share` of the window's size, to the ends of the request at most. */
export function panned({ start, end }: TimeWindow, share: number, wall: number): TimeWindow {
  return within(start + (end - start) * share, end - start, wall)
}

/** A time with some room on both sides. */
export function around(start: number, end: number, wall: number): TimeWindow {
  const size = Math.min(wall, Math.max(10, (end - start) * 1.2))
  return within((start + end) / 2 - size / 2, size, wall)
}

function within(start: number, size: number, wall: number): TimeWindow {
  const from = Math.max(0, Math.min(start, wall - size))
  return { start: from, end: from + size }
}
