// A trace explained, column by column: what the viewer works on, so that 100,000 spans cost a few arrays and no objects.
import type { TraceId } from '../span.ts'
import type { ClockCorrection, ServiceShare, TraceWarning } from './view.ts'

/** Texts by index, each once but for very long ones; index 0 is the empty text and stands for "none". */
export interface TextColumn {
  /** UTF-8, one after the other. */
  readonly bytes: Uint8Array
  /** Where each text ends in `bytes`; it begins where the one before it ends. */
  readonly ends: Uint32Array
}

/** Bits of {@link RowColumns.flags}. */
export const ROW_FLAGS = { error: 1, synthetic: 2, orphan: 4, shared: 8, debug: 16, hasDuration: 32 } as const

/** Rows of a {@link TraceView}, in its order. Times are microseconds from the trace's start unless they say otherwise. */
export interface RowColumns {
  /** -1 for the root. */
  readonly parent: Int32Array
  readonly descendants: Int32Array
  readonly start: Float64Array
  readonly duration: Float64Array
  readonly selfTime: Float64Array
  readonly criticalTime: Float64Array
  /** See {@link ROW_FLAGS}. */
  readonly flags: Uint8Array
  /** 0 for none, else 1 + the place in `SPAN_KINDS`. */
  readonly kind: Uint8Array
  /** Index in `TraceColumns.services`, -1 for none. */
  readonly service: Int32Array
  /** Text. */
  readonly name: Uint32Array
  /** Index of the hop that this row calls by; -1 for none. */
  readonly hop: Int32Array
  /** Two numbers each: the high and the low 32 bits. */
  readonly spanId: Uint32Array
  /** As {@link spanId}; both 0 for none. */
  readonly parentId: Uint32Array
  /** As reported, epoch microseconds; NaN for none. */
  readonly timestamp: Float64Array
  /** Text: the endpoint as JSON. */
  readonly localEndpoint: Uint32Array
  readonly remoteEndpoint: Uint32Array
  /** Text: the span's own trace id where it differs from the trace's. */
  readonly traceId: Uint32Array
  /** Text: `Span.otel`. */
  readonly otel: Uint32Array
  /** Where each row's tags end in `tagKeys` and `tagValues`. */
  readonly tagEnds: Uint32Array
  /** Texts. */
  readonly tagKeys: Uint32Array
  readonly tagValues: Uint32Array
  /** Where each row's annotations end. */
  readonly annotationEnds: Uint32Array
  /** Epoch microseconds, as reported. */
  readonly annotationTimes: Float64Array
  /** Texts. */
  readonly annotationValues: Uint32Array
}

/** Hops of a {@link TraceView}. Unknown times are NaN, unknown rows -1. */
export interface HopColumns {
  /** 0 rpc, 1 messaging. */
  readonly kind: Uint8Array
  /** Texts. */
  readonly from: Uint32Array
  readonly to: Uint32Array
  readonly operation: Uint32Array
  readonly client: Int32Array
  readonly server: Int32Array
  readonly clientTime: Float64Array
  readonly serverTime: Float64Array
  readonly networkTime: Float64Array
  readonly requestTransit: Float64Array
  readonly responseTransit: Float64Array
  readonly share: Float64Array
  readonly error: Uint8Array
  readonly retry: Uint32Array
}

/** Microseconds from the trace's start. */
export interface CriticalColumns {
  readonly span: Int32Array
  readonly start: Float64Array
  readonly end: Float64Array
}

export interface TraceColumns {
  readonly traceId: TraceId
  readonly requestIds: readonly string[]
  /** Epoch microseconds. */
  readonly start: number
  readonly duration: number
  readonly services: readonly ServiceShare[]
  readonly clocks: readonly ClockCorrection[]
  readonly warnings: readonly TraceWarning[]
  readonly rows: RowColumns
  readonly hops: HopColumns
  readonly criticalPath: CriticalColumns
  readonly texts: TextColumn
}
