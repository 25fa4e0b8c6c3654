// The ids a log line needs so that it is found by its request: fields for pino and for any logger that takes an object.
import { type Context, currentContext } from '../context/context.ts'
import { requestIdFrom, spanIdFrom, traceIdFrom } from '../formats/headers.ts'

/** All three inside a request, none outside. Hexadecimal digits and what `X-Request-ID` may hold: no line break, no quote. */
export interface LogFields {
  request_id?: string
  trace_id?: string
  span_id?: string
}

// A context given by hand to `runWithContext` may hold anything, and a line break in it would forge a line of the log.
const known = <T>(from: (value: string | undefined) => T | undefined, value: unknown): T | undefined =>
  typeof value === 'string' ? from(value) : undefined

const fieldsOf = (context: Context): LogFields => {
  const fields: LogFields = {}
  const requestId = known(requestIdFrom, context.requestId)
  const traceId = known(traceIdFrom, context.traceId)
  const spanId = known(spanIdFrom, context.spanId)
  if (requestId) fields.request_id = requestId
  if (traceId) fields.trace_id = traceId
  if (spanId) fields.span_id = spanId
  return fields
}

// Lines come in bursts, and the checks cost several times what is left.
let last: Context | undefined
let lastFields: Readonly<LogFields> = {}

/**
 * The ids of the request this code runs in; an empty object outside of any. A new object each time, the caller's to
 * change, as pino does with what its `mixin` gives: `pino({ mixin: logFields })`.
 */
export const logFields = (): LogFields => {
  const context = currentContext()
  if (!context) return {}
  if (context !== last) {
    lastFields = fieldsOf(context)
    last = context
  }
  return { ...lastFields }
}
