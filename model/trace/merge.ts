// Makes one span of its reports: the first step from stored spans to a trace's tree.
// The rules follow Zipkin's Trace.merge (zipkin2.internal); where Zipkin keeps the first time it meets, we keep the earliest
// timestamp and the longest duration, so that the answer doesn't depend on the order of arrival.
import { item } from '../columns.ts'
import { spanIdentity, type SpanHash } from '../identity.ts'
import { compatible, mergeEndpoint } from './merge-endpoint.ts'
import type { Annotation, Endpoint, Span, SpanKind, TraceId } from '../span.ts'
import { SpanIds } from './span-ids.ts'
import { compareText } from '../text-order.ts'

export interface MergedSpans {
  readonly spans: readonly Span[]
  /** Ids, numbered in the order in which they were met. */
  readonly numbers: Pick<SpanIds, 'numberOf'>
  /** The spans with the id of number n are `spans[offsets[n]] .. spans[offsets[n + 1] - 1]`. */
  readonly offsets: Int32Array
}

/**
 * Merges the reports of the spans of one trace. Halves of a shared span stay apart, next to each other, the caller's
 * first. Spans reported once are returned as they are, all with the longest trace id seen. Linear but for sorting
 * the reports of one id.
 */
export function mergeSpans(spans: readonly Span[]): MergedSpans {
  const traceId = longestTraceId(spans)
  const numbers = new SpanIds(spans.length)
  const groups: (Span | Span[])[] = []
  for (const span of spans) {
    const number = numbers.add(span.id)
    if (number === groups.length) {
      groups.push(span)
      continue
    }
    const group = item(groups, number)
    if (Array.isArray(group)) group.push(span)
    else groups[number] = [group, span]
  }
  const merged: Span[] = []
  const offsets = new Int32Array(groups.length + 1)
  for (let number = 0; number < groups.length; number++) {
    const group = item(groups, number)
    if (!Array.isArray(group)) merged.push(withTraceId(group, traceId))
    else for (const span of mergeReports(group)) merged.push(withTraceId(span, traceId))
    offsets[number + 1] = merged.length
  }
  return { spans: merged, numbers, offsets }
}

function longestTraceId(spans: readonly Span[]): TraceId | undefined {
  let longest: TraceId | undefined
  for (const { traceId } of spans) {
    if (longest === undefined || traceId.length > longest.length) longest = traceId
  }
  return longest
}

function withTraceId(span: Span, traceId: TraceId | undefined): Span {
  return traceId === undefined || span.traceId.length === traceId.length ? span : { ...span, traceId }
}

interface Report {
  readonly span: Span
  readonly hash: SpanHash
}

/** Reports that are one span, and what is known of where it ran. */
interface Cluster {
  readonly reports: Span[]
  /** When it ran, by the reports that say both start and length; Infinity to -Infinity without one. */
  start: number
  end: number
  endpoint: Endpoint | undefined
  kind: SpanKind | undefined
}

/** All reports of one id, at least two. */
function mergeReports(group: readonly Span[]): Span[] {
  const pair = callerAndServer(group)
  if (pair !== undefined) return withCallersParent(pair)
  const distinct = new Map<SpanHash, Span>()
  for (const span of restoreShared(group)) distinct.set(spanIdentity(span), span)
  const reports: Report[] = []
  for (const [hash, span] of distinct) reports.push({ span, hash })
  reports.sort(compareReports)

  const result: Span[] = []
  for (const shared of [false, true]) {
    for (const cluster of clustersOf(reports.filter(({ span }) => span.shared === shared))) {
      result.push(mergeCluster(cluster.reports))
    }
  }
  return withCallersParent(result)
}

/** The usual case by far, told without hashing and sorting: two halves of one call, each reported once. */
function callerAndServer(group: readonly Span[]): Span[] | undefined {
  const [a, b] = group
  if (group.length !== 2 || a === undefined || b === undefined || a.shared === b.shared) return undefined
  const caller = a.shared ? b : a
  // A server's half may have been reported twice, once without the flag.
  return caller.kind === 'CLIENT' || caller.kind === 'PRODUCER' ? [caller, a.shared ? a : b] : undefined
}

/**
 * A server that joined its client's span but lost the flag: both halves have one id, so it is shared after all. What
 * the same service reported without a kind belongs to that half.
 */
function restoreShared(group: readonly Span[]): Span[] {
  const callers = new Set<SpanKind>()
  const callingServices = new Set<string | undefined>()
  for (const { kind, shared, localEndpoint } of group) {
    if (shared || (kind !== 'CLIENT' && kind !== 'PRODUCER')) continue
    callers.add(kind)
    callingServices.add(localEndpoint?.serviceName)
  }
  const joined = (span: Span) =>
    !span.shared &&
    ((span.kind === 'SERVER' && callers.has('CLIENT')) ||
      (span.kind === 'CONSUMER' && callers.has('PRODUCER')))
  const joiningServices = new Set<string | undefined>()
  for (const span of group) if (joined(span)) joiningServices.add(span.localEndpoint?.serviceName)
  return group.map((span) => {
    const service = span.localEndpoint?.serviceName
    const partOfJoined =
      span.kind === undefined &&
      service !== undefined &&
      joiningServices.has(service) &&
      !callingServices.has(service)
    return !span.shared && (joined(span) || partOfJoined) ? { ...span, shared: true } : span
  })
}

const KIND_ORDER: Readonly<Record<SpanKind, number>> = { CLIENT: 0, PRODUCER: 1, SERVER: 2, CONSUMER: 3 }
const kindOrder = (kind: SpanKind | undefined) => (kind === undefined ? 4 : KIND_ORDER[kind])

/** Reports that could be one span are neighbours in this order, which nothing but their content decides. */
function compareReports(left: Report, right: Report): number {
  const a = left.span
  const b = right.span
  return (
    missingFirst(a.localEndpoint?.serviceName, b.localEndpoint?.serviceName) ||
    kindOrder(a.kind) - kindOrder(b.kind) ||
    missingFirst(a.localEndpoint?.ipv4, b.localEndpoint?.ipv4) ||
    missingFirst(a.localEndpoint?.ipv6, b.localEndpoint?.ipv6) ||
    (a.localEndpoint?.port ?? 0) - (b.localEndpoint?.port ?? 0) ||
    // A timestamp and its absence: Infinity - Infinity is NaN, so absence is the largest number there is.
    (a.timestamp ?? Number.MAX_VALUE) - (b.timestamp ?? Number.MAX_VALUE) ||
    (b.duration ?? 0) - (a.duration ?? 0) ||
    (left.hash < right.hash ? -1 : 1)
  )
}

function missingFirst(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0
  if (a === undefined) return -1
  return b === undefined ? 1 : compareText(a, b)
}

/** Sorted reports of one id and one shared flag, as distinct spans. Looks at the last cluster of a kind only: linear. */
function clustersOf(reports: readonly Report[]): Cluster[] {
  const clusters: Cluster[] = []
  const withoutService: Span[] = []
  let service: string | undefined
  let lastOfKind = new Map<SpanKind | undefined, Cluster>()
  for (const { span } of reports) {
    if (span.localEndpoint?.serviceName === undefined) {
      withoutService.push(span)
      continue
    }
    if (span.localEndpoint.serviceName !== service) {
      service = span.localEndpoint.serviceName
      lastOfKind = new Map()
    }
    addTo(clusters, lastOfKind, span)
  }
  // What doesn't say where it ran joins the first span it can belong to.
  const firstOfKind = new Map<SpanKind | undefined, Cluster>()
  for (const cluster of clusters) {
    if (!firstOfKind.has(cluster.kind)) firstOfKind.set(cluster.kind, cluster)
  }
  for (const span of withoutService) addTo(clusters, firstOfKind, span)
  return clusters
}

function addTo(clusters: Cluster[], byKind: Map<SpanKind | undefined, Cluster>, span: Span): void {
  const same = byKind.get(span.kind)
  const candidates = span.kind === undefined ? byKind.values() : [same, byKind.get(undefined)]
  for (const cluster of candidates) {
    if (cluster === undefined || !compatible(cluster.endpoint, span.localEndpoint)) continue
    if (ranApart(cluster, span)) continue
    cluster.reports.push(span)
    extend(cluster, span)
    cluster.endpoint = mergeEndpoint(cluster.endpoint, span.localEndpoint)
    if (cluster.kind === undefined && span.kind !== undefined) {
      byKind.delete(undefined)
      cluster.kind = span.kind
      byKind.set(span.kind, cluster)
    }
    return
  }
  const cluster: Cluster = {
    reports: [span],
    start: Infinity,
    end: -Infinity,
    endpoint: span.localEndpoint,
    kind: span.kind,
  }
  extend(cluster, span)
  clusters.push(cluster)
  byKind.set(span.kind, cluster)
}

/** Another execution under the same id: a proxy sent the call again, say. */
function ranApart(cluster: Cluster, { timestamp, duration }: Span): boolean {
  if (timestamp === undefined || duration === undefined || cluster.start === Infinity) return false
  return timestamp >= cluster.end || timestamp + duration <= cluster.start
}

function extend(cluster: Cluster, { timestamp, duration }: Span): void {
  if (timestamp === undefined || duration === undefined) return
  cluster.start = Math.min(cluster.start, timestamp)
  cluster.end = Math.max(cluster.end, timestamp + duration)
}

function mergeCluster(reports: readonly Span[]): Span {
  const first = item(reports, 0)
  if (reports.length === 1) return first
  let { parentId, kind, name, timestamp, duration, localEndpoint, remoteEndpoint, debug, otel } = first
  const tags = new Map<string, string>()
  const annotations: Annotation[] = []
  for (const span of reports) {
    parentId ??= span.parentId
    kind ??= span.kind
    name ??= span.name
    if (span.timestamp !== undefined && (timestamp === undefined || span.timestamp < timestamp)) {
      timestamp = span.timestamp
    }
    if (span.duration !== undefined && (duration === undefined || span.duration > duration))
      duration = span.duration
    localEndpoint = mergeEndpoint(localEndpoint, span.localEndpoint)
    remoteEndpoint = mergeEndpoint(remoteEndpoint, span.remoteEndpoint)
    debug ||= span.debug
    otel = fuller(otel, span.otel)
    for (const [key, value] of Object.entries(span.tags)) tags.set(key, value)
    for (const annotation of span.annotations) annotations.push(annotation)
  }
  return {
    traceId: first.traceId,
    id: first.id,
    parentId,
    kind,
    name,
    timestamp,
    duration,
    localEndpoint,
    remoteEndpoint,
    annotations: sortedAnnotations(annotations),
    // fromEntries defines own properties, also for a key such as `__proto__`.
    tags: Object.fromEntries(tags),
    debug,
    shared: first.shared,
    otel,
  }
}

/** Of what two reports say more, the longer; so it doesn't matter which came first. */
function fuller(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return a.length > b.length || (a.length === b.length && a < b) ? a : b
}

function sortedAnnotations(annotations: Annotation[]): Annotation[] {
  annotations.sort((a, b) => a.timestamp - b.timestamp || compareText(a.value, b.value))
  return annotations.filter((annotation, i) => {
    const before = annotations[i - 1]
    return (
      before === undefined || before.timestamp !== annotation.timestamp || before.value !== annotation.value
    )
  })
}

/** A joining server that wasn't told its parent's id has its caller's. */
function withCallersParent(halves: readonly Span[]): Span[] {
  const parentId = halves.find((half) => !half.shared && half.parentId !== undefined)?.parentId
  return halves.map((half) =>
    half.shared && half.parentId === undefined && parentId !== undefined ? { ...half, parentId } : half,
  )
}
