// Turns headers into the context a call arrived with, and a context into the headers of the next call.
import type { Context } from './context.ts'
import * as headers from './headers.ts'

/** Reads one header, in any case, from a carrier. */
export type Getter<Carrier> = (carrier: Carrier, name: string) => string | undefined
/** Writes one header on a carrier, replacing what is there. */
export type Setter<Carrier> = (carrier: Carrier, name: string, value: string) => void

/** What a call brought with it. Every part is optional, and every part that is there has been checked. */
export interface Extracted {
  requestId?: string
  traceId?: string
  /** The caller's span: the parent of the span the callee makes. */
  spanId?: string
  /**
   * The parent of the caller's span. The new span has no use for it, its parent being `spanId`; here for those who pass
   * a call on as it came (a proxy, a queue) and inject what they extracted.
   */
  parentSpanId?: string
  sampled?: boolean
}

/** One header format. Formats compose: each reads and writes its own `fields` and nothing else. */
export interface Propagator {
  readonly fields: readonly string[]
  extract<Carrier>(carrier: Carrier, getter: Getter<Carrier>): Extracted
  inject<Carrier>(context: Context, carrier: Carrier, setter: Setter<Carrier>): void
}

/** Hopscope's own headers: X-Request-ID, X-Trace-ID, X-Span-ID, X-Parent-Span-ID, X-Sampled. */
export const hopscopePropagator: Propagator = {
  fields: [headers.REQUEST_ID, headers.TRACE_ID, headers.SPAN_ID, headers.PARENT_SPAN_ID, headers.SAMPLED],
  extract(carrier, getter) {
    const requestId = headers.requestIdFrom(getter(carrier, headers.REQUEST_ID))
    const traceId = headers.traceIdFrom(getter(carrier, headers.TRACE_ID))
    // A span id means nothing without the trace it is in.
    const spanId = traceId && headers.spanIdFrom(getter(carrier, headers.SPAN_ID))
    const parentSpanId = spanId && headers.spanIdFrom(getter(carrier, headers.PARENT_SPAN_ID))
    const sampled = headers.sampledFrom(getter(carrier, headers.SAMPLED))
    return {
      ...(requestId && { requestId }),
      ...(traceId && { traceId }),
      ...(spanId && { spanId }),
      ...(parentSpanId && { parentSpanId }),
      ...(sampled !== undefined && { sampled }),
    }
  },
  inject(context, carrier, setter) {
    setter(carrier, headers.REQUEST_ID, context.requestId)
    setter(carrier, headers.TRACE_ID, context.traceId)
    setter(carrier, headers.SPAN_ID, context.spanId)
    if (context.parentSpanId) setter(carrier, headers.PARENT_SPAN_ID, context.parentSpanId)
    setter(carrier, headers.SAMPLED, context.sampled ? '1' : '0')
  },
}

/** Who says it is at the other end. Apart from the propagators: every trace format leaves this out. */
export const peerFrom = <Carrier>(carrier: Carrier, getter: Getter<Carrier>): headers.Peer => {
  const service = headers.serviceFrom(getter(carrier, headers.PEER_SERVICE))
  const host = headers.hostFrom(getter(carrier, headers.PEER_HOST))
  const port = headers.portFrom(getter(carrier, headers.PEER_PORT))
  return { ...(service && { service }), ...(host && { host }), ...(port && { port }) }
}

export const tellPeer = <Carrier>(self: headers.Peer, carrier: Carrier, setter: Setter<Carrier>): void => {
  if (self.service) setter(carrier, headers.PEER_SERVICE, self.service)
  if (self.host) setter(carrier, headers.PEER_HOST, self.host)
  if (self.port) setter(carrier, headers.PEER_PORT, String(self.port))
}
