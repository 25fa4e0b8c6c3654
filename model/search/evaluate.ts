// Answers a TraceQuery span by span: what a store can't do natively, and the meaning that every store is held to.
import { decimalFrom } from './decimal.ts'
import { matchesPattern } from './pattern.ts'
import {
  type Comparison,
  type SpanCondition,
  type SpanField,
  type SpanPredicate,
  type TraceCursor,
  type TracePredicate,
  type TraceQuery,
  type TraceSort,
  type TraceSummary,
  withinOf,
} from './query.ts'
import { requestIdOf } from '../request-id.ts'
import {
  type EpochMicros,
  isError,
  remoteServiceOf,
  serviceOf,
  type Span,
  tagOf,
  type Trace,
} from '../span.ts'
import { compareText } from '../text-order.ts'

export function matchesSpan(span: Span, predicate: SpanPredicate): boolean {
  if ('all' in predicate) return predicate.all.every((part) => matchesSpan(span, part))
  if ('any' in predicate) return predicate.any.some((part) => matchesSpan(span, part))
  if ('not' in predicate) return !matchesSpan(span, predicate.not)
  return holds(span, predicate)
}

/**
 * Whether the trace belongs in the answer: it starts between the bounds, comes after the cursor, and meets the predicate.
 * The limit isn't looked at. A trace without any timestamp never does.
 */
export function matchesQuery(trace: Trace, query: TraceQuery): boolean {
  const extent = extentOf(trace)
  if (extent === undefined) return false
  const { start } = extent
  if (query.from !== undefined && start < query.from) return false
  if (query.to !== undefined && start > query.to) return false
  if (query.after !== undefined) {
    const value = valueOf(extent, trace, query.sort)
    const place = { start: start as EpochMicros, traceId: trace.traceId, value }
    if (compareCursors(place, query.after) <= 0) return false
  }
  return matchesTrace(trace, extent, query.where)
}

interface Extent {
  readonly start: number
  readonly duration: number
}

function matchesTrace(trace: Trace, extent: Extent, predicate: TracePredicate): boolean {
  if ('all' in predicate) return predicate.all.every((part) => matchesTrace(trace, extent, part))
  if ('any' in predicate) return predicate.any.some((part) => matchesTrace(trace, extent, part))
  if ('span' in predicate) {
    const latest = extent.start + withinOf(predicate.span)
    return trace.spans.some((span) => (span.timestamp ?? 0) <= latest && matchesSpan(span, predicate.span))
  }
  if (predicate.on === 'traceId') return trace.traceId === predicate.value
  return compareNumbers(extent.duration, predicate.is, predicate.value)
}

export function compareSummaries(a: TraceSummary, b: TraceSummary, sort?: TraceSort): number {
  return compareCursors(cursorOf(a, sort), cursorOf(b, sort))
}

/** Where a listing goes on that ended with this trace. */
export function cursorOf(summary: TraceSummary, sort: TraceSort = 'time'): TraceCursor {
  const { start, traceId, duration, spanCount, errorCount } = summary
  if (sort === 'time') return { start, traceId }
  return { start, traceId, value: { duration, spans: spanCount, errors: errorCount }[sort] }
}

/** The order of listings: the greatest value first, the newest start of equals, ties by ascending trace id. */
export function compareCursors(a: TraceCursor, b: TraceCursor): number {
  return (b.value ?? b.start) - (a.value ?? a.start) || b.start - a.start || compareText(a.traceId, b.traceId)
}

function valueOf({ start, duration }: Extent, { spans }: Trace, sort: TraceSort = 'time'): number {
  switch (sort) {
    case 'time':
      return start
    case 'duration':
      return duration
    case 'spans':
      return spans.length
    case 'errors':
      return spans.filter(isError).length
  }
}

function extentOf({ spans }: Trace): Extent | undefined {
  let start = Infinity
  let end = -Infinity
  for (const { timestamp, duration } of spans) {
    if (timestamp === undefined) continue
    start = Math.min(start, timestamp)
    if (duration !== undefined) end = Math.max(end, timestamp + duration)
  }
  return start === Infinity ? undefined : { start, duration: end === -Infinity ? 0 : end - start }
}

function holds(span: Span, condition: SpanCondition): boolean {
  const { field } = condition
  if ('number' in condition) {
    const number =
      condition.field.on === 'duration' ? span.duration : decimalFrom(tagOf(span, condition.field.key))
    return number !== undefined && compareNumbers(number, condition.is, condition.number)
  }
  if (field.on === 'annotation') {
    return span.annotations.some(({ value }) => passes(value, condition))
  }
  const text = textOf(span, field)
  return text !== undefined && passes(text, condition)
}

function passes(text: string, condition: Exclude<SpanCondition, { number: number }>): boolean {
  switch (condition.is) {
    case 'present':
      return true
    case '=~':
      return matchesPattern(text, condition.value)
    default:
      return text === condition.value
  }
}

export function compareNumbers(number: number, is: Comparison | '!=', value: number): boolean {
  switch (is) {
    case '=':
      return number === value
    case '!=':
      return number !== value
    case '>':
      return number > value
    case '>=':
      return number >= value
    case '<':
      return number < value
    case '<=':
      return number <= value
  }
}

type TextField = Exclude<SpanField, { on: 'annotation' }>

/** `error` is the value of the tag of that name. */
export function textOf(span: Span, field: TextField): string | undefined {
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
    case 'id':
      return span.id
    case 'parentId':
      return span.parentId
    case 'duration':
      return span.duration?.toString()
    case 'error':
      return tagOf(span, 'error')
    case 'tag':
      return tagOf(span, field.key)
  }
}
