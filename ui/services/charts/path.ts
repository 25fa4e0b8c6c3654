// The shapes of a plot as SVG path data. A missing value is a gap; one alone between gaps is a dot.
import { area, line } from 'd3-shape'

export type Values = readonly (number | null)[]

/** Places in pixels: `x` of a value's index, `y` of a value. */
interface Places {
  readonly x: (index: number) => number
  readonly y: (value: number) => number
}

const known = (value: number | null) => value !== null && Number.isFinite(value)

export function linePath(values: Values, { x, y }: Places): string {
  const shape = line<number | null>()
    .defined(known)
    .x((_, index) => x(index))
    .y((value) => y(value ?? 0))
    .digits(1)
  return shape(values) ?? ''
}

/** What lies under the line. */
export function areaPath(values: Values, { x, y }: Places): string {
  const shape = area<number | null>()
    .defined(known)
    .x((_, index) => x(index))
    .y0(y(0))
    .y1((value) => y(value ?? 0))
    .digits(1)
  return shape(values) ?? ''
}

/** A line over the whole box, its highest value near the top; '' where there is nothing but gaps. */
export function sparkPath(values: Values, width: number, height: number): string {
  let top = 0
  for (const value of values) if (value !== null && value > top) top = value
  const edge = 1.5
  const x = (index: number) => edge + (index / Math.max(1, values.length - 1)) * (width - 2 * edge)
  const y = (value: number) => height - edge - (top > 0 ? value / top : 0) * (height - 2 * edge)
  return linePath(values, { x, y })
}

/** Labels beside the ends of lines, from the top down, no two closer than `apart`; in the order given. */
export function spreadLabels(wanted: readonly number[], apart: number, bottom: number): number[] {
  const placed = [...wanted]
  const order = wanted.map((_, index) => index).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0))
  let free = -Infinity
  for (const index of order) {
    free = Math.max(placed[index] ?? 0, free)
    placed[index] = free
    free += apart
  }
  let limit = bottom
  for (const index of order.toReversed()) {
    limit = Math.min(placed[index] ?? 0, limit)
    placed[index] = limit
    limit -= apart
  }
  return placed
}
