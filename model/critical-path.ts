// Where a trace's time went: the critical path and the self time of each row of the tree.
//
// As Uber's CRISP (Zhang et al., USENIX ATC 2022) and Jaeger's trace view do it: walk back from the end of a span;
// the child that finished last before that moment is what it was waiting for; go on from that child's start.
// The path covers the root's start to its end. Children are cut to the window of their parent; a message's receiver
// that outlives its sender was not waited for and is left out. For a made-up root the path covers the whole trace, and
// time in which none of the roots ran is the made-up root's.
import { int, item, num } from './columns.ts'
import type { EpochMicros } from './span.ts'
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

/** Segments ascending, without gaps; their sum is the root's duration. */
export function criticalPath(rows: RowTable): CriticalSegment[] {
  if (rows.spans.length === 0) return []
  const end = num(rows.start, 0) + num(rows.duration, 0)
  const backwards: { span: number; start: EpochMicros; end: EpochMicros }[] = []
  const take = (row: number, from: number, to: number) => {
    if (from >= to) return
    const last = backwards.at(-1)
    if (last?.span === row) last.start = from as EpochMicros
    else backwards.push({ span: row, start: from as EpochMicros, end: to as EpochMicros })
  }
  const stack: Visit[] = [visit(rows, 0, num(rows.start, 0), end)]
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const child = nextChild(rows, top)
    if (child < 0) {
      take(top.row, top.from, top.cursor)
      stack.pop()
      continue
    }
    const childStart = Math.max(num(rows.start, child), top.from)
    const childEnd = Math.min(endOf(rows, child), top.to)
    take(top.row, childEnd, top.cursor)
    top.cursor = childStart
    stack.push(visit(rows, child, childStart, childEnd))
  }
  return backwards.reverse()
}

function visit(rows: RowTable, row: number, from: number, to: number): Visit {
  const children: number[] = []
  for (let left = int(rows.childCount, row), child = row + 1; left > 0; left--) {
    if (num(rows.start, child) < to && endOf(rows, child) > from && isWaitedFor(rows, child))
      children.push(child)
    child += int(rows.descendants, child) + 1
  }
  const ending = (child: number) => Math.min(endOf(rows, child), to)
  // Of two that end together, the one that took longer.
  if (children.length > 1)
    children.sort((a, b) => ending(b) - ending(a) || num(rows.start, a) - num(rows.start, b))
  return { row, from, to, cursor: to, children, next: 0 }
}

/** The last child to end at or before the cursor, or -1. Children still running at the cursor ran beside the path. */
function nextChild(rows: RowTable, top: Visit): number {
  while (top.next < top.children.length) {
    const child = item(top.children, top.next++)
    const end = Math.min(endOf(rows, child), top.to)
    if (end <= top.cursor && Math.max(num(rows.start, child), top.from) < end) return child
  }
  return -1
}

function isWaitedFor(rows: RowTable, child: number): boolean {
  const parent = int(rows.parent, child)
  const messaging =
    item(rows.spans, child).kind === 'CONSUMER' || item(rows.spans, parent).kind === 'PRODUCER'
  return !messaging || endOf(rows, child) <= endOf(rows, parent)
}

function endOf(rows: RowTable, row: number): number {
  return num(rows.start, row) + num(rows.duration, row)
}

/** By row: the time on the critical path. */
export function criticalTimes(count: number, path: readonly CriticalSegment[]): Float64Array {
  const times = new Float64Array(count)
  for (const { span, start, end } of path) times[span] = num(times, span) + (end - start)
  return times
}

/** By row: the duration less the time in which at least one child ran. */
export function selfTimes(rows: RowTable): Float64Array {
  const times = rows.duration.slice()
  // Rows come in pre-order with children by start: each parent sees its children's intervals in ascending order.
  const coveredTo = rows.start.slice()
  for (let row = 1; row < rows.spans.length; row++) {
    const parent = int(rows.parent, row)
    const from = Math.max(num(rows.start, row), num(coveredTo, parent))
    const to = Math.min(endOf(rows, row), endOf(rows, parent))
    if (to <= from) continue
    times[parent] = num(times, parent) - (to - from)
    coveredTo[parent] = to
  }
  return times
}
