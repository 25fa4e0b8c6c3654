// From merged spans to one call tree: who is whose parent, what was broken, and the rows in pre-order.
// No recursion and no argument spreading: a chain may be 50,000 deep (design, promise 5).
import { int, item, num } from '../columns.ts'
import { cutCycles } from '../cycles.ts'
import { HalfIndex, NO_PARENT, PARENT_MISSING } from './halves.ts'
import type { MergedSpans } from './merge.ts'
import type { Span, SpanId, TraceId } from '../span.ts'
import { isError, NO_ANNOTATIONS, NO_TAGS } from '../span.ts'
import type { TraceWarning } from './view.ts'
import { warningOf } from './warnings.ts'

/** Of a made-up root: all zeros, which no reported span can have. */
export const SYNTHETIC_SPAN_ID = '0000000000000000' as SpanId

export interface TraceTree {
  /** The merged spans; a made-up root, if needed, is the last. */
  readonly spans: readonly Span[]
  /** By position in `spans`; -1 for the root. */
  readonly parents: Int32Array
  /** Position of the root; -1 if there are no spans. */
  readonly root: number
  readonly synthetic: boolean
  /** 1 for a span that isn't where it was reported: its parent (or other half) is missing, or a cycle was cut above it. */
  readonly orphans: Uint8Array
  /** 1 for a span that failed. */
  readonly errors: Uint8Array
  /** Positions, a parent before its children, siblings by reported time. */
  readonly topDown: Int32Array
  readonly children: ChildLists
  readonly warnings: readonly TraceWarning[]
}

/** The children of position p are `items[offsets[p]] .. items[offsets[p + 1] - 1]`. */
interface ChildLists {
  readonly offsets: Int32Array
  readonly items: Int32Array
}

export function treeOf(mergedSpans: MergedSpans): TraceTree {
  const merged = mergedSpans.spans
  const warnings: TraceWarning[] = []
  const index = new HalfIndex(mergedSpans)
  const parents = new Int32Array(merged.length + 1).fill(NO_PARENT)
  const orphans = new Uint8Array(merged.length + 1)
  const roots: number[] = []
  const lostHalves: number[] = []
  const orphanList: number[] = []
  const ownParents: SpanId[] = []
  for (let i = 0; i < merged.length; i++) {
    const span = item(merged, i)
    const parent = index.parentOf(i)
    if (parent === PARENT_MISSING) orphanList.push(i)
    else if (parent !== NO_PARENT) parents[i] = parent
    else (span.shared ? lostHalves : roots).push(i)
    if (span.parentId === span.id && parent === NO_PARENT) ownParents.push(span.id)
  }
  // A server that joined the span of a client we don't hear of (a browser, say) is a root if nothing else is.
  if (roots.length === 0 && lostHalves.length === 1) roots.push(...lostHalves.splice(0))
  for (const i of lostHalves) orphanList.push(i)
  // What is asked for often is read once here, in the order of arrival: reading 100,000 spans in another order is slow.
  const reported = new Float64Array(merged.length + 1).fill(Number.MAX_VALUE)
  const errors = new Uint8Array(merged.length + 1)
  for (let i = 0; i < merged.length; i++) {
    const span = item(merged, i)
    reported[i] = span.timestamp ?? Number.MAX_VALUE
    if (isError(span)) errors[i] = 1
  }
  const broken = breakCycles(merged, parents, reported)

  let spans = merged
  let root = roots.length === 1 ? item(roots, 0) : -1
  const synthetic = root < 0 && merged.length > 0
  if (synthetic) {
    root = merged.length
    spans = merged.concat(syntheticSpan(item(merged, 0).traceId))
  }
  for (let i = 0; i < merged.length; i++) if (int(parents, i) === NO_PARENT && i !== root) parents[i] = root
  for (const i of orphanList) orphans[i] = 1
  for (const i of broken) orphans[i] = 1

  const idsAt = (positions: readonly number[]) => positions.map((i) => item(merged, i).id)
  if (ownParents.length > 0) warnings.push(warningOf.ownParent(ownParents))
  if (broken.length > 0) warnings.push(warningOf.cycle(idsAt(broken)))
  if (orphanList.length > 0) warnings.push(warningOf.missingParent(orphanList.map((i) => item(merged, i))))
  if (roots.length > 1) warnings.push(warningOf.multipleRoots(idsAt(roots)))
  const accidental = index.accidentalIds()
  if (accidental.length > 0) warnings.push(warningOf.duplicateId(accidental))
  const untimed = merged.filter((span) => span.timestamp === undefined)
  if (untimed.length > 0) warnings.push(warningOf.missingTimestamp(untimed.map((span) => span.id)))

  const children = childLists(parents, spans.length)
  // In order of reported time already here, so that nothing below depends on the order of arrival.
  sortEach(children, byTime(spans, reported))
  return {
    spans,
    parents,
    root,
    synthetic,
    orphans,
    errors,
    children,
    topDown: levelOrder(root, children),
    warnings,
  }
}

/**
 * Cuts each cycle above its earliest span; returns the spans cut. Of one time, and of spans without time, it is the
 * smallest id; of one id the first half. Whoever comes first, it is the same.
 */
function breakCycles(spans: readonly Span[], parents: Int32Array, reported: Float64Array): number[] {
  const compare = byTime(spans, reported)
  return cutCycles(parents, (a, b) => compare(a, b) < 0)
}

function syntheticSpan(traceId: TraceId): Span {
  return {
    traceId,
    id: SYNTHETIC_SPAN_ID,
    parentId: undefined,
    kind: undefined,
    name: undefined,
    timestamp: undefined,
    duration: undefined,
    localEndpoint: undefined,
    remoteEndpoint: undefined,
    annotations: NO_ANNOTATIONS,
    tags: NO_TAGS,
    debug: false,
    shared: false,
    otel: undefined,
  }
}

function childLists(parents: Int32Array, length: number): ChildLists {
  const offsets = new Int32Array(length + 1)
  for (let i = 0; i < length; i++) {
    const parent = int(parents, i)
    if (parent >= 0) offsets[parent + 1] = int(offsets, parent + 1) + 1
  }
  for (let i = 0; i < length; i++) offsets[i + 1] = int(offsets, i) + int(offsets, i + 1)
  const fill = offsets.slice()
  const items = new Int32Array(Math.max(0, length - 1))
  for (let i = 0; i < length; i++) {
    const parent = int(parents, i)
    if (parent < 0) continue
    const place = int(fill, parent)
    items[place] = i
    fill[parent] = place + 1
  }
  return { offsets, items }
}

function levelOrder(root: number, { offsets, items }: ChildLists): Int32Array {
  const order = new Int32Array(offsets.length - 1)
  if (root < 0) return order
  let end = 0
  order[end++] = root
  for (let at = 0; at < end; at++) {
    const position = int(order, at)
    for (let i = int(offsets, position); i < int(offsets, position + 1); i++) order[end++] = int(items, i)
  }
  return order
}

/** The tree as rows in pre-order, column by column: what self time, critical path and hops are computed from. */
export interface RowTable {
  readonly spans: readonly Span[]
  /** -1 for the root, row 0. */
  readonly parent: Int32Array
  readonly depth: Int32Array
  readonly descendants: Int32Array
  readonly childCount: Int32Array
  /** Corrected; epoch microseconds. */
  readonly start: Float64Array
  /** 0 if unknown. */
  readonly duration: Float64Array
  readonly orphan: Uint8Array
  readonly error: Uint8Array
  /** Row 0 is made up. */
  readonly synthetic: boolean
}

/** `starts` (corrected) and `durations` by position. Children are put in order of start, then id. */
export function rowsOf(tree: TraceTree, starts: Float64Array, durations: Float64Array): RowTable {
  const { offsets } = tree.children
  const items = tree.children.items.slice()
  sortEach({ offsets, items }, byTime(tree.spans, starts))
  const count = tree.spans.length
  const spans: Span[] = []
  const parent = new Int32Array(count).fill(-1)
  const depth = new Int32Array(count)
  const descendants = new Int32Array(count)
  const childCount = new Int32Array(count)
  const start = new Float64Array(count)
  const duration = new Float64Array(count)
  const orphan = new Uint8Array(count)
  const error = new Uint8Array(count)
  const rowAt = new Int32Array(count)
  // Positions yet to be visited, the next on top; at most all of them.
  const pending = new Int32Array(count + 1)
  let size = 0
  if (tree.root >= 0) pending[size++] = tree.root
  for (let row = 0; size > 0; row++) {
    const position = int(pending, --size)
    rowAt[position] = row
    spans.push(item(tree.spans, position))
    start[row] = num(starts, position)
    duration[row] = num(durations, position)
    orphan[row] = tree.orphans[position] ?? 0
    error[row] = tree.errors[position] ?? 0
    const parentPosition = int(tree.parents, position)
    if (parentPosition >= 0) {
      parent[row] = int(rowAt, parentPosition)
      depth[row] = int(depth, int(parent, row)) + 1
    }
    const from = int(offsets, position)
    childCount[row] = int(offsets, position + 1) - from
    for (let i = int(offsets, position + 1) - 1; i >= from; i--) pending[size++] = int(items, i)
  }
  for (let row = count - 1; row > 0; row--) {
    const above = int(parent, row)
    descendants[above] = int(descendants, above) + int(descendants, row) + 1
  }
  return {
    spans,
    parent,
    depth,
    descendants,
    childCount,
    start,
    duration,
    orphan,
    error,
    synthetic: tree.synthetic,
  }
}

/** Puts the children of each span in order; a list that is in order already, as most are, costs one look. */
function sortEach({ offsets, items }: ChildLists, compare: (a: number, b: number) => number): void {
  for (let p = 0; p + 1 < offsets.length; p++) {
    const from = int(offsets, p)
    const to = int(offsets, p + 1)
    for (let i = from + 1; i < to; i++) {
      if (compare(int(items, i - 1), int(items, i)) <= 0) continue
      items.subarray(from, to).sort(compare)
      break
    }
  }
}

/** By `times`, then id. Halves of one id come merged in a fixed order; their positions keep it. */
function byTime(spans: readonly Span[], times: Float64Array): (a: number, b: number) => number {
  return (a, b) => {
    const difference = num(times, a) - num(times, b)
    if (difference !== 0) return difference
    const left = item(spans, a).id
    const right = item(spans, b).id
    return left < right ? -1 : left > right ? 1 : a - b
  }
}
