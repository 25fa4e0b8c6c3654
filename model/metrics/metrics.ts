// Questions about many spans at once (rate, errors, durations, over time), and the shape of their answers.
import type { SpanPredicate } from '../search/query.ts'
import type { DurationMicros, EpochMicros, TraceId } from '../span.ts'

/** What spans are grouped by. A span without it, or with a text longer than {@link LONGEST_LABEL}, is in the group `undefined`. */
export type GroupKey =
  | { readonly on: 'service' | 'operation' | 'remoteService' | 'kind' }
  | { readonly on: 'tag'; readonly key: string }

/** UTF-16 units. */
export const LONGEST_LABEL = 256

/** Spans that began at or after `from` and before `to`, in slices of `step` from `from` on; without one, in one. */
export interface TimeSlices {
  readonly from: EpochMicros
  readonly to: EpochMicros
  readonly step: DurationMicros | undefined
}

export interface AggregateQuery extends TimeSlices {
  readonly where: SpanPredicate
  readonly by: readonly GroupKey[]
  /** Each between 0 and 1. */
  readonly quantiles: readonly number[]
  /** Groups given at most: those with the most spans, of equals the first by their labels. */
  readonly limit: number
}

/** What happened in one slice of time; a slice without spans has no point. */
export interface MetricPoint {
  /** The slice's beginning. */
  readonly at: EpochMicros
  /** Exact. */
  readonly count: number
  /** Exact: those with a tag `error`. */
  readonly errors: number
  /**
   * One for each quantile asked for, by nearest rank among the durations that are known, within 2 % of it; undefined if none is.
   * Microseconds.
   */
  readonly durations: readonly number[] | undefined
  /** The trace of a span that took longest. */
  readonly slowest: TraceId | undefined
  /** The trace of a span that failed; of those the one that took longest. */
  readonly failed: TraceId | undefined
}

export interface MetricSeries {
  /** One for each key of `by`. */
  readonly labels: readonly (string | undefined)[]
  /** In order of time. */
  readonly points: readonly MetricPoint[]
}

export interface Metrics {
  /** By count, the most first; of equals by labels, missing ones last. */
  readonly series: readonly MetricSeries[]
  /** False if there were more groups than the limit. */
  readonly complete: boolean
}

export interface EdgeQuery extends TimeSlices {
  readonly quantiles: readonly number[]
}

/**
 * The calls from one service to another; edges.ts says what counts as one. A point's durations are what the caller waited
 * for, or for want of it (and of messages always) what the called service took.
 */
export interface EdgeSeries {
  readonly from: string
  readonly to: string
  /** 'messaging' if the one that called produced a message, or the called one consumed it. */
  readonly kind: 'rpc' | 'messaging'
  readonly points: readonly MetricPoint[]
}
