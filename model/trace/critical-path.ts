// Where a trace's time went: the critical path and the self time of each row of the tree.
//
// As Uber's CRISP (Zhang et al., USENIX ATC 2022) and Jaeger's trace view do it: walk back from the end of a span;
// the child that finished last before that moment is what it was waiting for; go on from that child's start.
// The path covers the root's start to its end. Children are cut to the window of their parent; a message's receiver
// that outlives its sender was not waited for and is left out. For a made-up root the path covers the whole trace, and
// time in which none of the roots ran is the made-up root's. A span whose duration isn't known (it runs still, or crashed)
// lasted at least as long as what it waited for.
import { int, item, num } from '../columns.ts'
import type { EpochMicros } from '../span.ts'
import type { RowTable } from './tree.ts'
import type { CriticalSegment } from './view.ts'

/** A span on the path, while it is walked: its window, and how far back from the window's end we are. */
interface Visit {
  readonly row: number
  readonly from: number
  readonly to: number
  cursor: number
  /** Children by end, the last to end first. */
  readonly children: readonly number[]
  next: number
}

/** By row: its end; without a duration, the latest end known below it, messages apart, or else its start. */
export function knownEnds(rows: RowTable): Float64Array {
  const ends = rows.start.slice()
  for (let row = ends.length - 1; row >= 0; row--) {
    const duration = num(rows.duration, row)
    if (duration > 0) ends[row] = num(rows.start, row) + duration
    // Rows below come later, so the end of this one is settled.
    const parent = int(rows.parent, row)
    if (parent < 0 || num(rows.duration, parent) > 0 || isMessage(rows, row)) continue
    ends[parent] = Math.max(num(ends, parent), num(ends, row))
  }
  return ends
}

/** `ends` of {@link knownEnds}. Segments ascending, without gaps, from the root's start to its end. */
export function criticalPath(rows: RowTable, ends: Float64Array): CriticalSegment[] {
  if (rows.spans.length === 0) return []
  const backwards: { span: number; start: EpochMicros; end: EpochMicros }[] = []
  const take = (row: number, from: number, to: number) => {
    if (from >= to) return
    const last = backwards.at(-1)
    if (last?.span === row) last.start = from as EpochMicros
    else backwards.push({ span: row, start: from as EpochMicros, end: to as EpochMicros })
  }
  const stack: Visit[] = [visit(rows, ends, 0, num(rows.start, 0), num(ends, 0))]
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const child = nextChild(rows, ends, top)
    if (child < 0) {
      take(top.row, top.from, top.cursor)
      stack.pop()
      continue
    }
    const childStart = Math.max(num(rows.start, child), top.from)
    const childEnd = Math.min(num(ends, child), top.to)
    take(top.row, childEnd, top.cursor)
    top.cursor = childStart
    stack.push(visit(rows, ends, child, childStart, childEnd))
  }
  return backwards.reverse()
}

function visit(rows: RowTable, ends: Float64Array, row: number, from: number, to: number): Visit {
  const children: number[] = []
  for (let left = int(rows.childCount, row), child = row + 1; left > 0; left--) {
    if (num(rows.start, child) < to && num(ends, child) > from && isWaitedFor(rows, ends, child))
      children.push(child)
    child += int(rows.descendants, child) + 1
  }
  const ending = (child: number) => Math.min(num(ends, child), to)
  // Of two that end together, the one that took longer.
  if (children.length > 1)
    children.sort((a, b) => ending(b) - ending(a) || num(rows.start, a) - num(rows.start, b))
  return { row, from, to, cursor: to, children, next: 0 }
}

/** The last child to end at or before the cursor, or -1. Children still running at the cursor ran beside the path. */
function nextChild(rows: RowTable, ends: Float64Array, top: Visit): number {
  while (top.next < top.children.length) {
    const child = item(top.children, top.next++)
    const end = Math.min(num(ends, child), top.to)
    if (end <= top.cursor && Math.max(num(rows.start, child), top.from) < end) return child
  }
  return -1
}

function isWaitedFor(rows: RowTable, ends: Float64Array, child: number): boolean {
  return !isMessage(rows, child) || num(ends, child) <= num(ends, int(rows.parent, child))
}

function isMessage(rows: RowTable, child: number): boolean {
  return (
    item(rows.spans, child).kind === 'CONSUMER' ||
    item(rows.spans, int(rows.parent, child)).kind === 'PRODUCER'
  )
}

/** By row: the time on the critical path. */
export function criticalTimes(count: number, path: readonly CriticalSegment[]): Float64Array {
  const times = new Float64Array(count)
  for (const { span, start, end } of path) times[span] = num(times, span) + (end - start)
  return times
}

/** By row: the time from its start to its end, of {@link knownEnds}, less that in which at least one child that it waited for ran. */
export function selfTimes(rows: RowTable, ends: Float64Array): Float64Array {
  const times = new Float64Array(ends.length)
  for (let row = 0; row < ends.length; row++) times[row] = num(ends, row) - num(rows.start, row)
  // Rows come in pre-order with children by start: each parent sees its children's intervals in ascending order.
  const coveredTo = rows.start.slice()
  for (let row = 1; row < rows.spans.length; row++) {
    const parent = int(rows.parent, row)
    const from = Math.max(num(rows.start, row), num(coveredTo, parent))
    const to = Math.min(num(ends, row), num(ends, parent))
    if (to <= from || !isWaitedFor(rows, ends, row)) continue
    times[parent] = num(times, parent) - (to - from)
    coveredTo[parent] = to
  }
  return times
}
