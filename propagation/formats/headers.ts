// Names and accepted values of the headers Hopscope carries. Everything read from the wire passes through here first:
// a value that does not fit is treated as absent, so it can be neither echoed nor stored.
import { isIP } from 'node:net'
import { DIGIT, HOST_CHAR, idAt, isMadeOf, REQUEST_ID_CHAR, SERVICE_CHAR } from './characters.ts'

export const REQUEST_ID = 'X-Request-ID'
export const TRACE_ID = 'X-Trace-ID'
export const SPAN_ID = 'X-Span-ID'
export const PARENT_SPAN_ID = 'X-Parent-Span-ID'
export const SAMPLED = 'X-Sampled'
export const PEER_SERVICE = 'X-Peer-Service'
export const PEER_HOST = 'X-Peer-Host'
export const PEER_PORT = 'X-Peer-Port'
export const RESPONSE_TIME = 'X-Response-Time'

/** The names, as the getters of lower-case carriers look for them: making those anew for each look-up is slow. */
const LOWER_CASE: ReadonlyMap<string, string> = new Map(
  [
    REQUEST_ID,
    TRACE_ID,
    SPAN_ID,
    PARENT_SPAN_ID,
    SAMPLED,
    PEER_SERVICE,
    PEER_HOST,
    PEER_PORT,
    'X-B3-TraceId',
    'X-B3-SpanId',
    'X-B3-ParentSpanId',
    'X-B3-Sampled',
    'X-B3-Flags',
    'b3',
    'traceparent',
    'tracestate',
    'baggage',
  ].map((name) => [name, name.toLowerCase()]),
)

/** A header's name in lower case, as node:http has its requests' headers. */
export const lowerCase = (name: string): string => LOWER_CASE.get(name) ?? name.toLowerCase()

/** Who is at the other end of a call, as that side tells it. `host` is a name or an IP address. */
export interface Peer {
  service?: string
  host?: string
  port?: number
}

/** 1 to 128 of `A-Z a-z 0-9 _ . : / + = @ -`; anything else is `undefined`. */
export const requestIdFrom = (value: string | undefined): string | undefined =>
  typeof value === 'string' && isMadeOf(REQUEST_ID_CHAR, value, 128) ? value : undefined

/** 16 or 32 hex digits, not all zero, in lower case; anything else is `undefined`. */
export const traceIdFrom = (value: string | undefined): string | undefined =>
  typeof value === 'string' && (value.length === 32 || value.length === 16)
    ? idAt(value.toLowerCase(), 0, value.length)
    : undefined

/** 16 hex digits, not all zero, in lower case; anything else is `undefined`. */
export const spanIdFrom = (value: string | undefined): string | undefined =>
  typeof value === 'string' && value.length === 16 ? idAt(value.toLowerCase(), 0, 16) : undefined

/** `1` or `0`; anything else is `undefined`: no decision was made upstream. */
export const sampledFrom = (value: string | undefined): boolean | undefined =>
  value === '1' ? true : value === '0' ? false : undefined

export const serviceFrom = (value: string | undefined): string | undefined =>
  typeof value === 'string' && isMadeOf(SERVICE_CHAR, value, 128) ? value : undefined

export const hostFrom = (value: string | undefined): string | undefined => {
  if (typeof value !== 'string' || value.length > 253) return undefined
  return isMadeOf(HOST_CHAR, value, 253) || isIP(value) !== 0 ? value : undefined
}

export const portFrom = (value: string | undefined): number | undefined => {
  if (typeof value !== 'string' || !isMadeOf(DIGIT, value, 5)) return undefined
  const port = Number(value)
  return port >= 1 && port <= 65_535 ? port : undefined
}
