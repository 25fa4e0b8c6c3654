// The critical path by row.
import type { TraceTable } from '@hopscope/model'

/** Segments of each row: those of row `r` are `order[ends[r - 1]] … order[ends[r] - 1]`, indexes of `criticalPath`. */
export interface CriticalByRow {
  readonly ends: Int32Array
  readonly order: Int32Array
}

/** A counting sort: one walk to count, one to place. */
export function criticalByRow(table: TraceTable): CriticalByRow {
  const { span } = table.columns.criticalPath
  const ends = new Int32Array(table.size)
  for (const row of span) ends[row] = (ends[row] as number) + 1
  for (let row = 1; row < ends.length; row++) ends[row] = (ends[row] as number) + (ends[row - 1] as number)
  const order = new Int32Array(span.length)
  const free = Int32Array.from(ends)
  for (let i = span.length - 1; i >= 0; i--) {
    const row = span[i] as number
    const place = (free[row] as number) - 1
    free[row] = place
    order[place] = i
  }
  return { ends, order }
}
