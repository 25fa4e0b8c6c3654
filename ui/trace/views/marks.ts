// What a box is marked with: a byte a box, from the bytes a row that all views of the trace share.
import { ROW_FLAGS } from '@hopscope/model'
import type { TraceState } from '../trace-state.svelte.ts'
import type { Boxes } from './boxes.ts'

export const MARK = { error: 1, origin: 2, critical: 4, found: 8, dimmed: 16 } as const

/** A box of merged spans is marked if one of them is, and dimmed if all of them are. */
export function marksOf(boxes: Boxes, { table, origins, found, dimmed }: TraceState): Uint8Array {
  const { flags, criticalTime } = table.columns.rows
  const { boxOf, firstRow } = boxes
  const marks = new Uint8Array(boxes.row.length).fill(dimmed ? MARK.dimmed : 0)
  for (let i = 0; i < boxOf.length; i++) {
    const row = firstRow + i
    const box = boxOf[i] as number
    let mark = marks[box] as number
    if (((flags[row] as number) & ROW_FLAGS.error) !== 0) mark |= MARK.error
    if (origins[row] === 1) mark |= MARK.origin
    if ((criticalTime[row] as number) > 0) mark |= MARK.critical
    if (found?.[row] === 1) mark |= MARK.found
    if (dimmed?.[row] !== 1) mark &= ~MARK.dimmed
    marks[box] = mark
  }
  return marks
}
