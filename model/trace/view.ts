// A trace explained: the shape that reconstruction gives, that REST serves and that the UI draws.
import type { DurationMicros, EpochMicros, Span, SpanId, TraceId } from '../span.ts'

/**
 * One row of the call tree. `spans` of a {@link TraceView} lists rows in pre-order (a parent before its
 * children, children by corrected start), so a subtree is the run of rows after it with a greater depth.
 */
export interface SpanRow {
  /** The row's place in `TraceView.spans`. */
  readonly index: number
  /** The parent's index, -1 for the root. */
  readonly parent: number
  /** 0 for the root. */
  readonly depth: number
  /** Rows below this one, at any depth: the subtree is `index .. index + descendants`. */
  readonly descendants: number
  readonly childCount: number
  /** Made up to hold together what was reported without a common root; its `span` has only ids. */
  readonly synthetic: boolean
  /** Put under the root for want of its parent: never reported (yet), or part of a cycle that was cut here. */
  readonly orphan: boolean
  /** As reported and merged; times are those of the reporting machine. */
  readonly span: Span
  /** Start after clock correction. For a span without timestamp: its parent's start. */
  readonly start: EpochMicros
  /** 0 if unknown. */
  readonly duration: DurationMicros
  /** Time not covered by any child, a message's receiver that outlives it apart. Without a duration: up to the latest end known of what it waited for. */
  readonly selfTime: DurationMicros
  /** Time that this span contributes to the critical path. */
  readonly criticalTime: DurationMicros
  readonly error: boolean
  /** Index in `TraceView.hops` if this span is the caller's (client or producer) side of a hop. */
  readonly hop: number | undefined
}

/** One call from one service to another. Indexes are those of `TraceView.spans`. */
export interface Hop {
  readonly index: number
  /** 'rpc': the caller waits. 'messaging': it doesn't; serverTime is the consumer's. */
  readonly kind: 'rpc' | 'messaging'
  readonly from: string
  readonly to: string
  readonly operation: string
  /** The calling span; undefined when only the called side was reported. */
  readonly client: number | undefined
  /** The called span; undefined when the called side isn't instrumented (a database, say). */
  readonly server: number | undefined
  readonly clientTime: DurationMicros | undefined
  readonly serverTime: DurationMicros | undefined
  /** clientTime - serverTime, where both are known and the client waited for the server. */
  readonly networkTime: DurationMicros | undefined
  /** After clock correction: before the server started (also if the client then gave up). For messaging: the queue time. */
  readonly requestTransit: DurationMicros | undefined
  /** Of networkTime, after clock correction: after the server ended. */
  readonly responseTransit: DurationMicros | undefined
  /** The hop's time (client's, else server's) as a share of the trace's duration, 0..1. */
  readonly share: number
  readonly error: boolean
  /** How many failed attempts of the same call came before this one. */
  readonly retry: number
}

/** The critical path from the root's start to its end (without a duration: the latest known below it): at each moment, the one span that time was spent in. */
export interface CriticalSegment {
  readonly span: number
  readonly start: EpochMicros
  readonly end: EpochMicros
}

/** A clock found to be off against the root's by 1 ms at least, and by how much its spans were moved. */
export interface ClockCorrection {
  readonly service: string
  readonly ip: string | undefined
  /** Added to every timestamp of that clock; signed microseconds. */
  readonly offset: number
}

export type TraceWarningCode =
  'missing-parent' | 'multiple-roots' | 'cycle' | 'duplicate-id' | 'missing-timestamp'

export interface TraceWarning {
  readonly code: TraceWarningCode
  /** A whole sentence for people. */
  readonly message: string
  /** The spans concerned, at most 20. */
  readonly spanIds: readonly SpanId[]
  readonly count: number
}

export interface ServiceShare {
  readonly name: string
  readonly spanCount: number
  readonly errorCount: number
  readonly selfTime: DurationMicros
  readonly criticalTime: DurationMicros
}

export interface TraceView {
  readonly traceId: TraceId
  readonly requestIds: readonly string[]
  /** Earliest corrected start. */
  readonly start: EpochMicros
  /** To the latest corrected end. */
  readonly duration: DurationMicros
  /** By name. */
  readonly services: readonly ServiceShare[]
  readonly spans: readonly SpanRow[]
  readonly hops: readonly Hop[]
  readonly criticalPath: readonly CriticalSegment[]
  readonly clocks: readonly ClockCorrection[]
  readonly warnings: readonly TraceWarning[]
}
