// A row's name in the URL: its span id, with `~n` behind it for the n-th other row of the same id (span ids are only
// unique if the reporters behave). Found by a walk over the ids: a table of 100,000 names would cost more than it saves.
import type { TraceTable } from '@hopscope/model'

export function keyOf(table: TraceTable, row: number): string {
  const ids = table.columns.rows.spanId
  const [high, low] = [ids[2 * row], ids[2 * row + 1]]
  let before = 0
  for (let i = 0; i < row; i++) if (ids[2 * i] === high && ids[2 * i + 1] === low) before++
  return before === 0 ? table.spanId(row) : `${table.spanId(row)}~${before}`
}

/** -1 if the trace has no such row. */
export function rowOf(table: TraceTable, key: string): number {
  const match = /^([0-9a-f]{8})([0-9a-f]{8})(?:~(\d{1,6}))?$/.exec(key)
  if (!match) return -1
  const [high, low] = [parseInt(match[1] ?? '', 16), parseInt(match[2] ?? '', 16)]
  const ids = table.columns.rows.spanId
  let left = Number(match[3] ?? 0)
  for (let i = 0; i < table.size; i++) {
    if (ids[2 * i] === high && ids[2 * i + 1] === low && left-- === 0) return i
  }
  return -1
}
