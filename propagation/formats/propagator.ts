// What turns headers into the context a call arrived with, and a context into the headers of the next call.
import type { Context } from '../context/context.ts'
import * as headers from './headers.ts'

/** Reads one header, in any case, from a carrier. */
export type Getter<Carrier> = (carrier: Carrier, name: string) => string | undefined
/** Writes one header on a carrier, replacing what is there. */
export type Setter<Carrier> = (carrier: Carrier, name: string, value: string) => void

/** What a call brought with it. Every part is optional, and every part that is there has been checked. */
export interface Extracted {
  requestId?: string | undefined
  traceId?: string | undefined
  /** The caller's span: the parent of the span the callee makes. */
  spanId?: string | undefined
  /**
   * The parent of the caller's span. The new span has no use for it, its parent being `spanId`; here for those who pass
   * a call on as it came (a proxy, a queue) and inject what they extracted.
   */
  parentSpanId?: string | undefined
  sampled?: boolean | undefined
  /** B3's debug flag. */
  debug?: boolean | undefined
  /** W3C tracestate, as it came with the trace id. */
  tracestate?: string | undefined
  /** W3C baggage in its header form, checked. */
  baggage?: string | undefined
  /** W3C's random flag, as it came with the trace id: whether that id's last 56 bits are random. */
  random?: boolean | undefined
}

/** One header format. Formats compose: each reads and writes its own `fields` and nothing else. */
export interface Propagator {
  readonly fields: readonly string[]
  extract<Carrier>(carrier: Carrier, getter: Getter<Carrier>): Extracted
  inject<Carrier>(context: Context, carrier: Carrier, setter: Setter<Carrier>): void
}

/** A part of a composition: adds to `into` what it finds and those before it left open. */
export type Read = <Carrier>(carrier: Carrier, getter: Getter<Carrier>, into: Extracted) => void
export type Write = <Carrier>(context: Context, carrier: Carrier, setter: Setter<Carrier>) => void

/** A header format that can also be a part of a composition. */
export interface Format extends Propagator {
  readonly read: Read
  readonly write: Write
}

export const formatOf = (fields: readonly string[], read: Read, write: Write): Format => ({
  fields,
  read,
  write,
  extract(carrier, getter) {
    // All fields from the start: the engine then has one shape of it everywhere.
    const into: Extracted = {
      requestId: undefined,
      traceId: undefined,
      spanId: undefined,
      parentSpanId: undefined,
      sampled: undefined,
      debug: undefined,
      tracestate: undefined,
      baggage: undefined,
      random: undefined,
    }
    read(carrier, getter, into)
    return into
  },
  inject: write,
})

const ZERO_16 = '0'.repeat(16)

/** A trace id in its 128-bit form. */
export const longTraceId = (traceId: string): string => (traceId.length === 16 ? ZERO_16 + traceId : traceId)

/** Whether two ids are of the same trace, in their 64 or 128-bit form. */
export const isSameTrace = (one: string | undefined, other: string): boolean =>
  one === other || (one !== undefined && longTraceId(one) === longTraceId(other))

/**
 * Adds what one format says of the trace to what those before it said. The first trace id stands, with its span ids and
 * its sampling decision. A decision that is left open is taken from the next format that has one for the same trace, or
 * one without ids: `X-Sampled: 0`, `b3: 0`. So is debug, unless it was decided not to sample.
 */
export const addTrace = (
  into: Extracted,
  traceId: string | undefined,
  spanId: string | undefined,
  parentSpanId: string | undefined,
  sampled: boolean | undefined,
  debug: boolean,
): void => {
  if (traceId !== undefined && into.traceId === undefined) {
    into.traceId = traceId
    into.spanId = spanId
    into.parentSpanId = parentSpanId
    into.sampled = sampled ?? into.sampled
  } else if (traceId === undefined || isSameTrace(into.traceId, traceId)) {
    into.sampled ??= sampled
  } else {
    return
  }
  if (debug) into.debug = true
  if (into.sampled === false) into.debug = undefined
}

/** The request id comes from X-Request-ID alone, whatever format the trace ids come in. */
export const readRequestId: Read = (carrier, getter, into) => {
  into.requestId = headers.requestIdFrom(getter(carrier, headers.REQUEST_ID))
}

export const readX: Read = (carrier, getter, into) => {
  const traceId = headers.traceIdFrom(getter(carrier, headers.TRACE_ID))
  const sampled = headers.sampledFrom(getter(carrier, headers.SAMPLED))
  if (traceId === undefined) {
    if (sampled !== undefined) addTrace(into, undefined, undefined, undefined, sampled, false)
    return
  }
  // A span id means nothing without the trace it is in.
  const spanId = headers.spanIdFrom(getter(carrier, headers.SPAN_ID))
  const parentSpanId = spanId && headers.spanIdFrom(getter(carrier, headers.PARENT_SPAN_ID))
  addTrace(into, traceId, spanId, parentSpanId, sampled, false)
}

export const writeRequestId: Write = (context, carrier, setter) => {
  setter(carrier, headers.REQUEST_ID, context.requestId)
}

export const writeX: Write = (context, carrier, setter) => {
  setter(carrier, headers.TRACE_ID, context.traceId)
  setter(carrier, headers.SPAN_ID, context.spanId)
  if (context.parentSpanId) setter(carrier, headers.PARENT_SPAN_ID, context.parentSpanId)
  setter(carrier, headers.SAMPLED, context.sampled || context.debug ? '1' : '0')
}

/** Of the trace alone; the composition adds X-Request-ID. */
export const X_FIELDS = [headers.TRACE_ID, headers.SPAN_ID, headers.PARENT_SPAN_ID, headers.SAMPLED]

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
