// The whole trace in a strip some sixty pixels high: what each of its lines shows of the rows that fall on it.
import type { TraceTable } from '@hopscope/model'

/** Of the rows on one line so many are painted, evenly picked; those that failures came from beside them always. */
const PICKED = 64

export interface MinimapSize {
  /** Pixels. */
  readonly width: number
  readonly height: number
}

/**
 * The pixels as indexes: 0 for nothing, 1 for a span that a failure came from, else 2 + the service's index (2 + number of services for
 * none). What is deeper covers what is above it, a failure covers both.
 */
export function minimapPixels(
  table: TraceTable,
  root: number,
  origins: Uint8Array,
  { width, height }: MinimapSize,
): Uint32Array {
  const { start, duration, service, descendants } = table.columns.rows
  const none = table.columns.services.length
  const count = table.size === 0 ? 0 : (descendants[root] as number) + 1
  const from = root === 0 ? 0 : (start[root] as number)
  const whole = Math.max(1, root === 0 ? table.columns.duration : (duration[root] as number))
  const pixels = new Uint32Array(width * height)
  const lines = Math.min(height, count)
  const paint = (row: number, line: number, value: number) => {
    const begin = ((start[row] as number) - from) / whole
    const end = begin + (duration[row] as number) / whole
    if (end < 0 || begin > 1) return
    const left = Math.min(width - 1, Math.max(0, Math.floor(begin * width)))
    const right = Math.min(width, Math.max(left + 1, Math.ceil(end * width)))
    // Few rows in a tall strip: a line of each has more than one pixel.
    const bottom = Math.max(line + 1, Math.floor(((line + 1) * height) / lines))
    for (let y = Math.floor((line * height) / lines); y < bottom; y++)
      pixels.fill(value, y * width + left, y * width + right)
  }
  for (let line = 0; line < lines; line++) {
    const first = root + Math.floor((line * count) / lines)
    const end = root + Math.floor(((line + 1) * count) / lines)
    const step = Math.max(1, (end - first) / PICKED)
    for (let at = first; at < end; at += step) {
      const row = Math.floor(at)
      const index = service[row] as number
      paint(row, line, 2 + (index < 0 ? none : index))
    }
    for (let row = first; row < end; row++) if (origins[row] === 1) paint(row, line, 1)
  }
  return pixels
}
