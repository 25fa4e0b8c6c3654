// Answers a TraceQuery span by span: what a store can't do natively, and the meaning that every store is held to.
import {
  MATCH_WITHIN,
  requestIdIn,
  type SpanCondition,
  type SpanField,
  type SpanFilter,
  type TraceCursor,
  type TraceQuery,
  type TraceSummary,
} from './query.ts'
import { requestIdOf } from './request-id.ts'
import { remoteServiceOf, serviceOf, type Span, tagOf, type Trace } from './span.ts'
import { compareText } from './text-order.ts'

/** All conditions hold for this span; an empty filter holds for every span. */
export function matchesFilter(span: Span, filter: SpanFilter): boolean {
  return filter.every((part) =>
    'anyOf' in part ? part.anyOf.some((condition) => holds(span, condition)) : holds(span, part),
  )
}

/**
 * Whether the trace belongs in the answer: it starts between the bounds, comes after the cursor, and has a span for each
 * filter. The limit isn't looked at. A trace without any timestamp never does.
 */
export function matchesQuery(trace: Trace, query: TraceQuery): boolean {
  const start = startOf(trace)
  if (start === undefined) return false
  if (query.from !== undefined && start < query.from) return false
  if (query.to !== undefined && start > query.to) return false
  if (query.after !== undefined && !isAfter(start, trace.traceId, query.after)) return false
  return query.spans.every((filter) => {
    const latest = requestIdIn(filter) === undefined ? start + MATCH_WITHIN : Infinity
    return trace.spans.some((span) => (span.timestamp ?? 0) <= latest && matchesFilter(span, filter))
  })
}

/** The order of listings: newest start first, ties by ascending trace id. */
export function compareSummaries(
  a: Pick<TraceSummary, 'start' | 'traceId'>,
  b: Pick<TraceSummary, 'start' | 'traceId'>,
): number {
  return b.start - a.start || compareText(a.traceId, b.traceId)
}

function isAfter(start: number, traceId: string, cursor: TraceCursor): boolean {
  return start < cursor.start || (start === cursor.start && compareText(traceId, cursor.traceId) > 0)
}

function startOf(trace: Trace): number | undefined {
  let start: number | undefined
  for (const { timestamp } of trace.spans) {
    if (timestamp !== undefined && (start === undefined || timestamp < start)) start = timestamp
  }
  return start
}

function holds(span: Span, condition: SpanCondition): boolean {
  const { field } = condition
  if (condition.is === '>=') return span.duration !== undefined && span.duration >= condition.value
  if (condition.is === '<=') return span.duration !== undefined && span.duration <= condition.value
  if (field.on === 'annotation') {
    if (condition.is === 'present') return span.annotations.length > 0
    return span.annotations.some(({ value }) => value === condition.value)
  }
  if (field.on === 'duration') {
    if (span.duration === undefined) return false
    return condition.is === 'present' || span.duration === Number(condition.value)
  }
  const value = textOf(span, field)
  return value !== undefined && (condition.is === 'present' || value === condition.value)
}

type TextField = Exclude<SpanField, { on: 'annotation' }>

/** `error` is the value of the tag of that name. */
function textOf(span: Span, field: TextField): string | undefined {
  switch (field.on) {
    case 'service':
      return serviceOf(span)
    case 'remoteService':
      return remoteServiceOf(span)
    case 'operation':
      return span.name
    case 'requestId':
      return requestIdOf(span)
    case 'kind':
      return span.kind
    case 'duration':
      return span.duration?.toString()
    case 'error':
      return tagOf(span, 'error')
    case 'tag':
      return tagOf(span, field.key)
  }
}
