// Which rows of a trace are on the screen, and how the keyboard moves between them. No recursion: a chain may
// be 50,000 deep, and the pre-order of rows makes every question here a loop.
import type { TraceTable } from '@hopscope/model'
import type { Folds } from './folds.ts'

/** The rows of a subtree that are not hidden under a folded one, in order. */
export function visibleRows(table: TraceTable, folds: Folds, root: number): Int32Array {
  const { descendants } = table.columns.rows
  const end = table.size === 0 ? 0 : root + (descendants[root] as number) + 1
  const visible = new Int32Array(end - root)
  let count = 0
  for (let row = root; row < end; row++) {
    visible[count++] = row
    if (folds[row] === 1) row += descendants[row] as number
  }
  return visible.subarray(0, count)
}

/** Whether a row is hidden under a folded one. */
export function isCovered(table: TraceTable, folds: Folds, row: number): boolean {
  const { parent } = table.columns.rows
  for (let at = parent[row] as number; at >= 0; at = parent[at] as number) if (folds[at] === 1) return true
  return false
}

export type Move = 'up' | 'down' | 'first' | 'last' | 'pageUp' | 'pageDown'

/** Where the cursor goes; `visible` is sorted, and a cursor that isn't in it starts from its place there. */
export function moved(visible: Int32Array, cursor: number, move: Move, page: number): number {
  const at = placeOf(visible, cursor)
  const step = { up: -1, down: 1, pageUp: -page, pageDown: page, first: -Infinity, last: Infinity }[move]
  const target = Math.min(Math.max(at + step, 0), visible.length - 1)
  return visible[target] ?? -1
}

/** The place of `row` in sorted `visible`, or of the nearest row above it. */
export function placeOf(visible: Int32Array, row: number): number {
  let low = 0
  let high = visible.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((visible[middle] ?? 0) <= row) low = middle
    else high = middle - 1
  }
  return low
}

export interface Slice {
  readonly first: number
  readonly end: number
}

/** Which of `total` rows of one height are in sight, with a few above and below. */
export function sliceInSight(
  total: number,
  top: number,
  height: number,
  rowHeight: number,
  spare = 8,
): Slice {
  const first = Math.max(0, Math.floor(top / rowHeight) - spare)
  const end = Math.min(total, Math.ceil((top + height) / rowHeight) + spare)
  return { first: Math.min(first, Math.max(0, end)), end }
}

/** Rows from `first` up to, not including, `end`. */
export interface RowRange {
  readonly first: number
  readonly end: number
}

/** The next of the rows marked with 1 after (or before) the cursor, round the ends of the range; -1 if there is none. */
export function nextMarked(
  marks: Uint8Array,
  { first, end }: RowRange,
  cursor: number,
  back = false,
): number {
  const inside = marks.subarray(first, end)
  const at = Math.min(Math.max(cursor - first, -1), inside.length)
  const next = back ? (at > 0 ? inside.lastIndexOf(1, at - 1) : -1) : inside.indexOf(1, at + 1)
  const found = next >= 0 ? next : back ? inside.lastIndexOf(1) : inside.indexOf(1)
  return found < 0 ? -1 : first + found
}

export function countMarked(marks: Uint8Array, { first, end }: RowRange): number {
  let count = 0
  for (let row = first; row < end; row++) count += marks[row] as number
  return count
}
