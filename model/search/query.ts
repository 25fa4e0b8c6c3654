// Questions about traces and the shape of their answers; both stores and the query service speak these.
import type { DurationMicros, EpochMicros, TraceId } from '../span.ts'

/** What a condition may look at in one span. `id` and `parentId` are compared as their 16 hex characters. */
export type SpanField =
  | {
      readonly on:
        | 'service'
        | 'remoteService'
        | 'operation'
        | 'requestId'
        | 'kind'
        | 'duration'
        | 'error'
        | 'id'
        | 'parentId'
    }
  | { readonly on: 'tag'; readonly key: string }
  | { readonly on: 'annotation' }

/** What has a number: a duration in microseconds, or a tag whose value is a decimal number (see {@link decimalFrom}). */
export type NumberField = { readonly on: 'duration' } | { readonly on: 'tag'; readonly key: string }

export type Comparison = '=' | '>' | '>=' | '<' | '<='

/**
 * One test of one field of one span. A span that lacks the field fails every test, and one of several annotations is enough.
 * `=` with text compares exactly; `=~` holds when the regular expression (RE2's syntax) matches the whole text, of at most
 * {@link LONGEST_MATCHED} characters; with a number, numbers are compared.
 */
export type SpanCondition =
  | { readonly field: SpanField; readonly is: 'present' }
  | { readonly field: SpanField; readonly is: '=' | '=~'; readonly value: string }
  | { readonly field: NumberField; readonly is: Comparison; readonly number: number }

/** Holds for one span. `all` of nothing holds, `any` of nothing doesn't. */
export type SpanPredicate =
  | SpanCondition
  | { readonly all: readonly SpanPredicate[] }
  | { readonly any: readonly SpanPredicate[] }
  | { readonly not: SpanPredicate }

/** A longer text matches no regular expression: what a match may cost is bounded. */
export const LONGEST_MATCHED = 1000

/** A test of the whole trace: its id, or its duration as summaries have it, in microseconds. */
export type TraceCondition =
  | { readonly on: 'traceId'; readonly is: '='; readonly value: TraceId }
  | { readonly on: 'traceDuration'; readonly is: Comparison; readonly value: number }

/** Holds for one trace. `span`: it has a span that passes; see {@link MATCH_WITHIN}. */
export type TracePredicate =
  | TraceCondition
  | { readonly span: SpanPredicate }
  | { readonly all: readonly TracePredicate[] }
  | { readonly any: readonly TracePredicate[] }

export const EVERY_SPAN: SpanPredicate = { all: [] }
export const EVERY_TRACE: TracePredicate = { all: [] }

/**
 * A span counts for a search only if it began within this time after its trace's start, or has no timestamp: so a search
 * in the past needn't look at everything since. A predicate that asks for a request id knows no such bound. Microseconds; an hour.
 */
export const MATCH_WITHIN = 3_600_000_000

/** The request id that a span must have to pass, if the predicate asks for one. */
export function requestIdIn(predicate: SpanPredicate): string | undefined {
  if ('all' in predicate) {
    for (const part of predicate.all) {
      const requestId = requestIdIn(part)
      if (requestId !== undefined) return requestId
    }
    return undefined
  }
  if (!('field' in predicate)) return undefined
  const asks = predicate.field.on === 'requestId' && predicate.is === '=' && 'value' in predicate
  return asks ? predicate.value : undefined
}

/** How long after its trace's start a span may begin that counts for this predicate. Microseconds. */
export function withinOf(predicate: SpanPredicate): number {
  return requestIdIn(predicate) === undefined ? MATCH_WITHIN : Infinity
}

export type TraceSort = 'time' | 'duration' | 'spans' | 'errors'

/** Where a listing stopped: the last trace given; `value` is what the listing is sorted by, unless that is the time. */
export interface TraceCursor {
  readonly start: EpochMicros
  readonly traceId: TraceId
  readonly value?: number | undefined
}

/**
 * Finds traces, newest start first (ties by ascending trace id), or the greatest of another kind first, the newest of equals.
 * A trace's start is the earliest timestamp of its spans; a trace without any timestamp is found by id only.
 */
export interface TraceQuery {
  /** The trace starts at or after this; undefined for no bound. */
  readonly from: EpochMicros | undefined
  /** The trace starts at or before this; undefined for no bound. */
  readonly to: EpochMicros | undefined
  readonly where: TracePredicate
  /** Default: by time. */
  readonly sort?: TraceSort | undefined
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
