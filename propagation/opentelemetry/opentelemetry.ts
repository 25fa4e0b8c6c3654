// For services on the OpenTelemetry SDK: carries X-Request-ID beside the trace context, and puts it on every span.
// The API is known by its shape: nothing of OpenTelemetry is imported, not even a type.
import { newRequestId } from '../context/ids.ts'
import { REQUEST_ID, requestIdFrom } from '../formats/headers.ts'

/** OpenTelemetry's `Context`, as far as it is used here: immutable, each change gives a new one. */
export interface OtelContext<Self> {
  getValue(key: symbol): unknown
  setValue(key: symbol, value: unknown): Self
}
/** OpenTelemetry's `TextMapGetter`, as far as it is used here. */
export interface OtelGetter<Carrier> {
  get(carrier: Carrier, key: string): string | string[] | undefined
}
/** OpenTelemetry's `TextMapSetter`. */
export interface OtelSetter<Carrier> {
  set(carrier: Carrier, key: string, value: string): void
}

// Any symbol is a key of OpenTelemetry's contexts, its own are of `Symbol.for` too: so copies of this package agree.
const REQUEST_ID_KEY = Symbol.for('hopscope.request_id')
/** What `suppressTracing` of @opentelemetry/core (1 and 2) sets around what is not to be traced, its exporters first. */
const SUPPRESSED_KEY = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

// node:http tells headers in lower case, as OpenTelemetry's Kafka getter asks for them; its default getter, which other
// carriers are read with, takes a name as it is: there it is found as `inject` wrote it.
const LOWER_CASE = REQUEST_ID.toLowerCase()

/** The attribute Hopscope looks for first when it is asked for a request id. */
const ATTRIBUTE = 'request_id'

/** The request id of a context, or `undefined` outside of any request: `requestIdOf(context.active())`. */
export const requestIdOf = (context: Pick<OtelContext<unknown>, 'getValue'>): string | undefined => {
  const id = context.getValue(REQUEST_ID_KEY)
  return typeof id === 'string' ? id : undefined
}

/**
 * A context with a request id of its own, for work that has no inbound request: a job, a timer, a start. Without an id,
 * or with one that is not 1 to 128 of `A-Z a-z 0-9 _ . : / + = @ -`, it gets a new UUIDv7.
 */
export const withRequestId = <C extends OtelContext<C>>(context: C, id?: string): C =>
  context.setValue(REQUEST_ID_KEY, requestIdFrom(id) ?? newRequestId())

/** A header that came twice is as bad as one of a wrong form: no one can say which of the two was meant. */
const only = (value: unknown): string | undefined => {
  const one: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value
  return typeof one === 'string' ? requestIdFrom(one) : undefined
}

/**
 * A `TextMapPropagator` of X-Request-ID alone, to be composed with those of the trace context:
 * `new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new RequestIdPropagator()] })`.
 */
export class RequestIdPropagator {
  /**
   * Keeps the id the carrier brings. Where it brings none, or a bad one, the context's own stays, so that a second
   * extraction within a request makes no second id; where there is none either, a new UUIDv7 is made.
   */
  extract<C extends OtelContext<C>, Carrier>(context: C, carrier: Carrier, getter: OtelGetter<Carrier>): C {
    const id = only(getter.get(carrier, LOWER_CASE) ?? getter.get(carrier, REQUEST_ID))
    return id === undefined && requestIdOf(context) !== undefined ? context : withRequestId(context, id)
  }

  /** Writes the context's id. Without one nothing is written: the next service is then the edge, and makes it. */
  inject<Carrier>(
    context: Pick<OtelContext<unknown>, 'getValue'>,
    carrier: Carrier,
    setter: OtelSetter<Carrier>,
  ): void {
    const id = requestIdOf(context)
    if (id === undefined || context.getValue(SUPPRESSED_KEY) === true) return
    setter.set(carrier, REQUEST_ID, id)
  }

  fields(): string[] {
    return [REQUEST_ID]
  }
}

/**
 * A `SpanProcessor` that sets the attribute `request_id` on every span started within a request, so that Hopscope finds
 * its trace by it. It exports nothing: give it beside the processor that does.
 */
export class RequestIdSpanProcessor {
  onStart(
    span: { setAttribute(key: string, value: string): unknown },
    parentContext: Pick<OtelContext<unknown>, 'getValue'>,
  ): void {
    const id = requestIdOf(parentContext)
    if (id !== undefined) span.setAttribute(ATTRIBUTE, id)
  }

  // There must be one; all is done at the start, so that the exporter's processor may stand before this one.
  onEnd(): void {}

  forceFlush(): Promise<void> {
    return Promise.resolve()
  }

  shutdown(): Promise<void> {
    return Promise.resolve()
  }
}
