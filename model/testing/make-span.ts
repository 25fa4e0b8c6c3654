// Single spans and ids for tests. Not for production code.
import type { EpochMicros, Span, SpanId, TraceId } from '../span.ts'

/** Where time 0 of a trace text is, unless told otherwise: 2023-11-14T22:13:20Z. */
export const TEXT_EPOCH = 1_700_000_000_000_000 as EpochMicros

/** A span with everything absent but what is given; for tests that need just one, or very many. */
export function makeSpan(fields: Partial<Span> = {}): Span {
  return {
    traceId: hexId('a') as TraceId,
    id: hexId('1') as SpanId,
    parentId: undefined,
    kind: undefined,
    name: undefined,
    timestamp: undefined,
    duration: undefined,
    localEndpoint: undefined,
    remoteEndpoint: undefined,
    annotations: [],
    tags: {},
    debug: false,
    shared: false,
    otel: undefined,
    ...fields,
  }
}

/** A number or short hex as a full id. */
export function idOf(id: number | string): SpanId {
  return hexId(typeof id === 'number' ? id.toString(16) : id) as SpanId
}

/** Padded to 16 digits, or to 32. */
export function hexId(text: string): string {
  if (!/^[0-9a-f]{1,32}$/.test(text)) throw new SyntaxError(`not a hex id: ${text}`)
  return text.padStart(text.length > 16 ? 32 : 16, '0')
}
