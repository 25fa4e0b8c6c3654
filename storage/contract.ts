// What a store promises. The collector writes through it, the query service reads through it, and one
// contract suite (test/contract) holds every store to it.
import type {
  AggregateQuery,
  DependencyLink,
  EdgeQuery,
  EdgeSeries,
  EpochMicros,
  Metrics,
  Span,
  SpanCondition,
  Trace,
  TraceId,
  TraceQuery,
  TraceSummary,
} from '@hopscope/model'
import type { Refusal } from '@hopscope/proto'

/** How far a log is stored: everything below `offset` in this partition of a Kafka topic. */
export interface LogPosition {
  readonly topic: string
  readonly partition: number
  /** The next offset to read, in decimal, as Kafka's 64-bit offsets don't fit a number. */
  readonly offset: string
}

export interface SpanWriter {
  /**
   * Settles when every span is durable. Idempotent: a span whose content is stored already is not stored again.
   * Every read that begins later sees it; in Elasticsearch after its next refresh, about a second later unless it is busy.
   * @param position where the spans came from; a store with {@link Store.positions} keeps it in one transaction with them
   * @returns the spans that the store refuses for good, by index in `spans`; empty as a rule. All others are stored.
   * @throws HopscopeError `store-unavailable`: nothing is known to be stored, the same call may be repeated.
   */
  write(spans: readonly Span[], position?: LogPosition): Promise<readonly Refusal[]>
}

/** Which names: of services; or of what one service (or any, if undefined) did, called or tagged. */
export interface NameScope {
  readonly service?: string | undefined
  /** For `tagValue`: the tag's key. */
  readonly tagKey?: string | undefined
  /** Only names that begin so. */
  readonly prefix?: string | undefined
  /** The first so many, in their order; undefined for all. */
  readonly limit?: number | undefined
}

/** Longer names are left out of lists of names, and so are the values of tags with longer keys. UTF-16 units. */
export const LONGEST_NAME = 256

export type NameKind = 'service' | 'operation' | 'remoteService' | 'tagKey' | 'tagValue'

/** A closed span of time; undefined for no bound. */
export interface TimeWindow {
  readonly from: EpochMicros | undefined
  readonly to: EpochMicros | undefined
}

export interface SpanReader {
  /** The stored traces among these ids, in the order asked for; ids that aren't stored are left out. */
  traces(ids: readonly TraceId[]): Promise<Trace[]>
  /**
   * The stored trace ids whose last 64 bits are those of one of these, sorted: a trace that passed a tracer with ids of 64 bits
   * is stored under two. Elasticsearch knows only what was written with `strictTraceId: false`.
   */
  spellings(ids: readonly TraceId[]): Promise<TraceId[]>
  /** Whether {@link find} can do this condition; others are for the shared evaluator. */
  native(condition: SpanCondition): boolean
  /**
   * In the order of `query.sort`, which is stable, at most `query.limit`; continue with `query.after`. The conditions of
   * `query.where` are native.
   */
  find(query: TraceQuery): AsyncIterable<TraceSummary>
  /** Distinct, sorted by code point, without empty ones and those beyond {@link LONGEST_NAME}. */
  names(kind: NameKind, of: NameScope): Promise<string[]>
  /** Who calls whom, linked live from the traces that have a span in the window. */
  dependencies(window: TimeWindow): Promise<DependencyLink[]>
  /** Counts and durations of spans, as model/metrics/aggregate.ts defines them; any condition will do. */
  aggregate(query: AggregateQuery): Promise<Metrics>
  /** Who calls whom, how often and how long, linked live as model/metrics/edges.ts defines it; by caller, callee, kind. */
  edges(query: EdgeQuery): Promise<EdgeSeries[]>
}

export interface Health {
  readonly up: boolean
  /** One line for people: what it runs on, or what is wrong. */
  readonly detail: string
}

export interface Store {
  readonly writer: SpanWriter
  readonly reader: SpanReader
  /** The positions written with spans; undefined where the store can't keep them in one transaction. */
  readonly positions?: (topic: string) => Promise<LogPosition[]>
  check(): Promise<Health>
  /** Finishes what was accepted, then lets go of every resource. */
  close(): Promise<void>
}
