// One line about a trace for lists of results; the reference that each store's own way of summing up is tested against.
import type { ServiceCount, TraceSummary } from './query.ts'
import { requestIdOf } from '../request-id.ts'
import { type DurationMicros, type EpochMicros, isError, serviceOf, type Span, type Trace } from '../span.ts'
import { compareOptionalText, compareText } from '../text-order.ts'

export const MOST_REQUEST_IDS = 20

/**
 * Sums up the spans as stored, unmerged; undefined if none has a timestamp. The latest end is that of the spans with
 * both timestamp and duration. "Earliest" means: by timestamp (without one: last), span id, unshared first, service,
 * operation, texts by code point and missing ones last.
 */
export function summaryOf(trace: Trace): TraceSummary | undefined {
  let start = Infinity
  let end = -Infinity
  let errorCount = 0
  let first: Span | undefined
  const services = new Map<string, { spans: number; errors: number }>()
  const requestIds = new Set<string>()
  for (const span of trace.spans) {
    const { timestamp, duration } = span
    if (timestamp !== undefined) {
      start = Math.min(start, timestamp)
      if (duration !== undefined) end = Math.max(end, timestamp + duration)
    }
    if (first === undefined || comesBefore(span, first)) first = span
    const error = isError(span)
    if (error) errorCount++
    const service = serviceOf(span)
    if (service !== undefined) {
      let counts = services.get(service)
      if (counts === undefined) services.set(service, (counts = { spans: 0, errors: 0 }))
      counts.spans++
      if (error) counts.errors++
    }
    const requestId = requestIdOf(span)
    if (requestId !== undefined) requestIds.add(requestId)
  }
  if (first === undefined || start === Infinity) return undefined
  return {
    traceId: trace.traceId,
    start: start as EpochMicros,
    duration: (end === -Infinity ? 0 : end - start) as DurationMicros,
    rootService: serviceOf(first),
    rootOperation: first.name,
    spanCount: trace.spans.length,
    errorCount,
    services: serviceCounts(services),
    requestIds: [...requestIds].sort(compareText).slice(0, MOST_REQUEST_IDS),
  }
}

/** Whether `a` rather than `b` names the trace: its service and operation are the root's in a summary. */
export function comesBefore(a: Span, b: Span): boolean {
  const aIsRoot = a.parentId === undefined
  if (aIsRoot !== (b.parentId === undefined)) return aIsRoot
  const order =
    (a.timestamp ?? Number.MAX_VALUE) - (b.timestamp ?? Number.MAX_VALUE) ||
    compareText(a.id, b.id) ||
    Number(a.shared) - Number(b.shared) ||
    compareOptionalText(serviceOf(a), serviceOf(b)) ||
    compareOptionalText(a.name, b.name)
  return order < 0
}

function serviceCounts(services: ReadonlyMap<string, { spans: number; errors: number }>): ServiceCount[] {
  const counts: ServiceCount[] = []
  for (const [name, { spans, errors }] of services)
    counts.push({ name, spanCount: spans, errorCount: errors })
  return counts.sort((a, b) => compareText(a.name, b.name))
}
