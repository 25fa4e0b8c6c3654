// A trace explained: merged, put in a tree, its clocks corrected, its hops and its critical path found.
// This is the whole way from what a store holds to what REST serves and the UI draws.
import { clockOffsets } from './clock.ts'
import { int, item, num } from '../columns.ts'
import { criticalPath, criticalTimes, knownEnds, selfTimes } from './critical-path.ts'
import { hopsOf } from './hops.ts'
import { mergeSpans } from './merge.ts'
import { requestIdOf } from '../request-id.ts'
import { type DurationMicros, type EpochMicros, serviceOf, type Trace } from '../span.ts'
import { compareText } from '../text-order.ts'
import { rowsOf, type RowTable, type TraceTree, treeOf } from './tree.ts'
import type { Hop, ServiceShare, SpanRow, TraceView } from './view.ts'

/** Never throws, whatever the spans say of each other; a trace without spans gives a view without rows. */
export function reconstruct(trace: Trace): TraceView {
  const tree = treeOf(mergeSpans(trace.spans))
  const { offsets, corrections } = clockOffsets(tree)
  const times = correctedTimes(tree, offsets)
  const rows = rowsOf(tree, times.starts, times.durations)
  const duration = times.end - times.start
  const hops = hopsOf(rows, duration)
  const ends = knownEnds(rows)
  const path = criticalPath(rows, ends)
  const spans = spanRows(rows, hops, selfTimes(rows, ends), criticalTimes(rows.spans.length, path))
  return {
    traceId: trace.traceId,
    requestIds: requestIds(tree),
    start: times.start as EpochMicros,
    duration: duration as DurationMicros,
    services: serviceShares(spans),
    spans,
    hops,
    criticalPath: path,
    clocks: corrections,
    warnings: tree.warnings,
  }
}

interface CorrectedTimes {
  readonly starts: Float64Array
  readonly durations: Float64Array
  readonly start: number
  readonly end: number
}

/** By position. A made-up root spans the trace; a span without a timestamp starts with its parent. */
function correctedTimes(tree: TraceTree, offsets: Float64Array): CorrectedTimes {
  const count = tree.spans.length
  const starts = new Float64Array(count)
  const durations = new Float64Array(count)
  let start = Infinity
  for (let i = 0; i < count; i++) {
    const { timestamp } = item(tree.spans, i)
    if (timestamp !== undefined) start = Math.min(start, timestamp + num(offsets, i))
  }
  if (start === Infinity) start = 0
  let end = start
  for (let i = 0; i < count; i++) {
    const position = int(tree.topDown, i)
    const { timestamp, duration } = item(tree.spans, position)
    const parent = int(tree.parents, position)
    const inherited = parent < 0 ? start : num(starts, parent)
    starts[position] = timestamp === undefined ? inherited : timestamp + num(offsets, position)
    durations[position] = duration ?? 0
    end = Math.max(end, num(starts, position) + num(durations, position))
  }
  if (tree.synthetic) durations[tree.root] = end - start
  return { starts, durations, start, end }
}

function spanRows(
  rows: RowTable,
  hops: readonly Hop[],
  selfTime: Float64Array,
  criticalTime: Float64Array,
): SpanRow[] {
  const hopAt = new Int32Array(rows.spans.length).fill(-1)
  for (const { index, client } of hops)
    if (client !== undefined && hopAt[client] === -1) hopAt[client] = index
  const result: SpanRow[] = []
  for (let row = 0; row < rows.spans.length; row++) {
    const span = item(rows.spans, row)
    const hop = int(hopAt, row)
    result.push({
      index: row,
      parent: int(rows.parent, row),
      depth: int(rows.depth, row),
      descendants: int(rows.descendants, row),
      childCount: int(rows.childCount, row),
      synthetic: rows.synthetic && row === 0,
      orphan: rows.orphan[row] === 1,
      span,
      start: num(rows.start, row) as EpochMicros,
      duration: num(rows.duration, row) as DurationMicros,
      selfTime: num(selfTime, row) as DurationMicros,
      criticalTime: num(criticalTime, row) as DurationMicros,
      error: rows.error[row] === 1,
      hop: hop < 0 ? undefined : hop,
    })
  }
  return result
}

function serviceShares(rows: readonly SpanRow[]): ServiceShare[] {
  const shares = new Map<string, { spans: number; errors: number; self: number; critical: number }>()
  for (const { span, error, selfTime, criticalTime } of rows) {
    const name = serviceOf(span)
    if (name === undefined) continue
    let share = shares.get(name)
    if (share === undefined) shares.set(name, (share = { spans: 0, errors: 0, self: 0, critical: 0 }))
    share.spans++
    if (error) share.errors++
    share.self += selfTime
    share.critical += criticalTime
  }
  const result: ServiceShare[] = []
  for (const [name, { spans, errors, self, critical }] of shares) {
    result.push({
      name,
      spanCount: spans,
      errorCount: errors,
      selfTime: self as DurationMicros,
      criticalTime: critical as DurationMicros,
    })
  }
  return result.sort((a, b) => compareText(a.name, b.name))
}

function requestIds(tree: TraceTree): string[] {
  const ids = new Set<string>()
  let last: string | undefined
  for (const span of tree.spans) {
    const id = requestIdOf(span)
    // Most traces are of one request: comparing is cheaper than hashing.
    if (id === undefined || id === last) continue
    ids.add(id)
    last = id
  }
  return [...ids].sort(compareText)
}
