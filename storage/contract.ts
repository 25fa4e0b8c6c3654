// What a store promises. The collector writes through it, the query service reads through it, and one
// contract suite (test/contract) holds every store to it.
import type {
  DependencyLink,
  EpochMicros,
  Span,
  Trace,
  TraceId,
  TraceQuery,
  TraceSummary,
} from '@hopscope/model'

export interface SpanWriter {
  /**
   * Settles when every span is durable and visible to the next read. Idempotent: a span whose content is
   * stored already is not stored again.
   * @throws HopscopeError `store-unavailable`: nothing is known to be stored, the same call may be repeated.
   */
  write(spans: readonly Span[]): Promise<void>
}

/** Which names: of services; or of what one service (or any, if undefined) did, called or tagged. */
export interface NameScope {
  readonly service?: string | undefined
  /** For `tagValue`: the tag's key. */
  readonly tagKey?: string | undefined
}

export type NameKind = 'service' | 'operation' | 'remoteService' | 'tagKey' | 'tagValue'

/** A closed span of time; undefined for no bound. */
export interface TimeWindow {
  readonly from: EpochMicros | undefined
  readonly to: EpochMicros | undefined
}

export interface SpanReader {
  /** The stored traces among these ids, in the order asked for; ids that aren't stored are left out. */
  traces(ids: readonly TraceId[]): Promise<Trace[]>
  /** Newest first, stable order, at most `query.limit`; continue with `query.after`. */
  find(query: TraceQuery): AsyncIterable<TraceSummary>
  /** Distinct, sorted by code point, without empty ones. */
  names(kind: NameKind, of: NameScope): Promise<string[]>
  /** Who calls whom, linked live from the traces that have a span in the window. */
  dependencies(window: TimeWindow): Promise<DependencyLink[]>
}

export interface Health {
  readonly up: boolean
  /** One line for people: what it runs on, or what is wrong. */
  readonly detail: string
}

export interface Store {
  readonly writer: SpanWriter
  readonly reader: SpanReader
  check(): Promise<Health>
  /** Finishes what was accepted, then lets go of every resource. */
  close(): Promise<void>
}
