// What is different about two traces: which calls one has and the other hasn't, which are slower, which fail now.
//
// Jaeger's trace comparison (J. Farro, "Trace comparisons arrive in Jaeger 1.7", 2018) condenses each trace to its paths of
// services and operations from the root down, and compares how often each occurs. Its paths are our alignment too, but we keep
// every span: of a path's spans the first is laid over the first (alignment.ts), so that times and errors of single calls
// can be compared as well.
import { alignTraces } from './alignment.ts'
import { type DurationMicros, type EpochMicros, serviceOf, type SpanKind, type TraceId } from '../span.ts'
import { compareText } from '../text-order.ts'
import type { ServiceShare, SpanRow, TraceView } from '../trace/view.ts'

/** In microseconds: two durations that differ by less are the same. */
export const LEAST_DIFFERENCE = 1000
/** As a share of the shorter of two durations: if they differ by less they are the same. */
export const LEAST_DIFFERENCE_SHARE = 0.1

/**
 * `missing`: only a has it. `added`: only b has it. Otherwise both have it, and b's took longer or shorter by both
 * {@link LEAST_DIFFERENCE} and {@link LEAST_DIFFERENCE_SHARE} at least, or is the `same` (also where a duration isn't known).
 */
export type DiffStatus = 'missing' | 'added' | 'slower' | 'faster' | 'same'

/** One call in a, in b or in both. What one of them hasn't, or doesn't know, is undefined. */
export interface DiffNode {
  /** Index in a's `TraceView.spans`. */
  readonly a: number | undefined
  /** Index in b's `TraceView.spans`. */
  readonly b: number | undefined
  /** Index in `TraceDiff.nodes`; -1 at the top, where there may be several. */
  readonly parent: number
  readonly depth: number
  /** Service, operation and kind are a's where both have the span: only roots that are compared with each other may differ in them. */
  readonly service: string | undefined
  readonly operation: string | undefined
  readonly kind: SpanKind | undefined
  readonly status: DiffStatus
  readonly durationA: DurationMicros | undefined
  readonly durationB: DurationMicros | undefined
  /** b's less a's, where both are known; signed microseconds. */
  readonly durationChange: number | undefined
  readonly selfA: DurationMicros | undefined
  readonly selfB: DurationMicros | undefined
  /** b's less a's, where both have it; signed microseconds. */
  readonly selfChange: number | undefined
  readonly errorA: boolean | undefined
  readonly errorB: boolean | undefined
  /** Where both have it and only one of them failed. */
  readonly errorChange: 'appeared' | 'vanished' | undefined
}

/** Times are sums over the service's spans; 0 where a trace has none of them. */
export interface ServiceDiff {
  readonly name: string
  readonly spansA: number
  readonly spansB: number
  readonly errorsA: number
  readonly errorsB: number
  readonly selfA: DurationMicros
  readonly selfB: DurationMicros
  readonly criticalA: DurationMicros
  readonly criticalB: DurationMicros
}

export interface ComparedTrace {
  readonly traceId: TraceId
  readonly start: EpochMicros
  readonly duration: DurationMicros
  /** Reported and merged. */
  readonly spanCount: number
  readonly errorCount: number
}

export interface TraceDiff {
  readonly a: ComparedTrace
  readonly b: ComparedTrace
  /** In pre-order. Every span of a and of b is in one of them; a made-up root is in none. */
  readonly nodes: readonly DiffNode[]
  /** By name. */
  readonly services: readonly ServiceDiff[]
  /** How many nodes have each status, and each change of error. */
  readonly counts: Readonly<Record<DiffStatus | 'errorsAppeared' | 'errorsVanished', number>>
}

/** Never throws; n log n in the spans of both. */
export function compareTraces(a: TraceView, b: TraceView): TraceDiff {
  const counts = { added: 0, missing: 0, slower: 0, faster: 0, same: 0, errorsAppeared: 0, errorsVanished: 0 }
  const nodes: DiffNode[] = []
  for (const { a: rowA, b: rowB, parent, depth } of alignTraces(a, b)) {
    const node = nodeOf(a.spans[rowA], b.spans[rowB], parent, depth)
    counts[node.status]++
    if (node.errorChange === 'appeared') counts.errorsAppeared++
    if (node.errorChange === 'vanished') counts.errorsVanished++
    nodes.push(node)
  }
  return { a: comparedTrace(a), b: comparedTrace(b), nodes, services: serviceDiffs(a, b), counts }
}

function nodeOf(a: SpanRow | undefined, b: SpanRow | undefined, parent: number, depth: number): DiffNode {
  const span = (a ?? b)?.span
  const durationA = durationOf(a)
  const durationB = durationOf(b)
  const both = a !== undefined && b !== undefined
  return {
    a: a?.index,
    b: b?.index,
    parent,
    depth,
    service: span && serviceOf(span),
    operation: span?.name,
    kind: span?.kind,
    status: both ? changeOf(durationA, durationB) : a === undefined ? 'added' : 'missing',
    durationA,
    durationB,
    durationChange: durationA === undefined || durationB === undefined ? undefined : durationB - durationA,
    selfA: a?.selfTime,
    selfB: b?.selfTime,
    selfChange: both ? b.selfTime - a.selfTime : undefined,
    errorA: a?.error,
    errorB: b?.error,
    errorChange: !both || a.error === b.error ? undefined : b.error ? 'appeared' : 'vanished',
  }
}

/** A row says 0 where no duration was reported: reported ones are at least 1. */
function durationOf(row: SpanRow | undefined): DurationMicros | undefined {
  return row === undefined || row.duration === 0 ? undefined : row.duration
}

function changeOf(a: number | undefined, b: number | undefined): 'slower' | 'faster' | 'same' {
  if (a === undefined || b === undefined) return 'same'
  const least = Math.max(LEAST_DIFFERENCE, LEAST_DIFFERENCE_SHARE * Math.min(a, b))
  if (Math.abs(b - a) < least) return 'same'
  return b > a ? 'slower' : 'faster'
}

function comparedTrace({ traceId, start, duration, spans }: TraceView): ComparedTrace {
  let spanCount = 0
  let errorCount = 0
  for (const { synthetic, error } of spans) {
    if (!synthetic) spanCount++
    if (error) errorCount++
  }
  return { traceId, start, duration, spanCount, errorCount }
}

function serviceDiffs(a: TraceView, b: TraceView): ServiceDiff[] {
  const sharesA = new Map(a.services.map((share) => [share.name, share]))
  const sharesB = new Map(b.services.map((share) => [share.name, share]))
  const names = [...new Set([...sharesA.keys(), ...sharesB.keys()])].sort(compareText)
  return names.map((name) => {
    const left = sharesA.get(name) ?? NO_SHARE
    const right = sharesB.get(name) ?? NO_SHARE
    return {
      name,
      spansA: left.spanCount,
      spansB: right.spanCount,
      errorsA: left.errorCount,
      errorsB: right.errorCount,
      selfA: left.selfTime,
      selfB: right.selfTime,
      criticalA: left.criticalTime,
      criticalB: right.criticalTime,
    }
  })
}

const NO_SHARE: Omit<ServiceShare, 'name'> = {
  spanCount: 0,
  errorCount: 0,
  selfTime: 0 as DurationMicros,
  criticalTime: 0 as DurationMicros,
}
