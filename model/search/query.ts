// Questions about traces and the shape of their answers; both stores and the query service speak these.
import type { DurationMicros, EpochMicros, SpanKind, TraceId } from './span.ts'

/** What a condition may look at in one span. */
export type SpanField =
  | { readonly on: 'service' | 'remoteService' | 'operation' | 'requestId' | 'kind' | 'duration' | 'error' }
  | { readonly on: 'tag'; readonly key: string }
  | { readonly on: 'annotation' }

/**
 * One test of one field of one span. A span that lacks the field fails every test.
 * `duration` is compared as a number of microseconds, everything else as exact text.
 */
export type SpanCondition =
  | { readonly field: SpanField; readonly is: 'present' }
  | { readonly field: SpanField; readonly is: '='; readonly value: string }
  | { readonly field: { readonly on: 'duration' }; readonly is: '>=' | '<='; readonly value: DurationMicros }
  | { readonly field: { readonly on: 'kind' }; readonly is: '='; readonly value: SpanKind }

/** Either branch holds. Needed where one question has two spellings (Zipkin's `annotationQuery=error`). */
export interface AnyOf {
  readonly anyOf: readonly SpanCondition[]
}

/**
 * A span counts for a filter only if it began within this time after its trace's start, or has no timestamp: so a search
 * in the past needn't look at everything since. A filter by request id knows no such bound. Microseconds; an hour.
 */
export const MATCH_WITHIN = 3_600_000_000

/** All of these hold for one and the same span. */
export type SpanFilter = readonly (SpanCondition | AnyOf)[]

/** The request id that a span must have to pass, if the filter asks for one. */
export function requestIdIn(filter: SpanFilter): string | undefined {
  for (const part of filter)
    if (!('anyOf' in part) && part.field.on === 'requestId' && part.is === '=') return part.value
  return undefined
}

/** Where a listing stopped: the start and the id of the last trace given. */
export interface TraceCursor {
  readonly start: EpochMicros
  readonly traceId: TraceId
}

/**
 * Finds traces, newest start first (ties by ascending trace id). A trace's start is the earliest timestamp
 * of its spans; a trace without any timestamp is found by id only.
 */
export interface TraceQuery {
  /** The trace starts at or after this; undefined for no bound. */
  readonly from: EpochMicros | undefined
  /** The trace starts at or before this; undefined for no bound. */
  readonly to: EpochMicros | undefined
  /** For each filter the trace has a span that passes it (not necessarily the same span); see {@link MATCH_WITHIN}. */
  readonly spans: readonly SpanFilter[]
  readonly limit: number
  /** Continue after this trace. */
  readonly after: TraceCursor | undefined
}

export interface ServiceCount {
  readonly name: string
  readonly spanCount: number
  readonly errorCount: number
}

/** What a list of traces shows of each. Counts are of stored spans, before the halves of shared spans are merged. */
export interface TraceSummary {
  readonly traceId: TraceId
  readonly start: EpochMicros
  /** From the earliest start to the latest end, clocks uncorrected; 0 if no span has a duration. */
  readonly duration: DurationMicros
  /** Of the earliest span without a parent, or of the earliest span when there is none. */
  readonly rootService: string | undefined
  readonly rootOperation: string | undefined
  readonly spanCount: number
  readonly errorCount: number
  /** By name. */
  readonly services: readonly ServiceCount[]
  /** Sorted, at most 20. */
  readonly requestIds: readonly string[]
}

/** Calls from one service to another, as Zipkin counts them. */
export interface DependencyLink {
  readonly parent: string
  readonly child: string
  readonly callCount: number
  readonly errorCount: number
}
