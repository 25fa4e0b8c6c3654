// Names and accepted values of the headers Hopscope carries. Everything read from the wire passes through here first:
// a value that does not fit is treated as absent, so it can be neither echoed nor stored.
import { isIP } from 'node:net'

export const REQUEST_ID = 'X-Request-ID'
export const TRACE_ID = 'X-Trace-ID'
export const SPAN_ID = 'X-Span-ID'
export const PARENT_SPAN_ID = 'X-Parent-Span-ID'
export const SAMPLED = 'X-Sampled'
export const PEER_SERVICE = 'X-Peer-Service'
export const PEER_HOST = 'X-Peer-Host'
export const PEER_PORT = 'X-Peer-Port'
export const RESPONSE_TIME = 'X-Response-Time'

const REQUEST_ID_FORM = /^[A-Za-z0-9_.:/+=@-]{1,128}$/
const HEX_16 = /^[0-9a-f]{16}$/
const HEX_32 = /^[0-9a-f]{32}$/
const ALL_ZERO = /^0+$/
const SERVICE_FORM = /^[A-Za-z0-9_.:/+@-]{1,128}$/
const HOST_FORM = /^[A-Za-z0-9_.-]{1,253}$/
const PORT_FORM = /^[0-9]{1,5}$/

/** Who is at the other end of a call, as that side tells it. `host` is a name or an IP address. */
export interface Peer {
  service?: string
  host?: string
  port?: number
}

/** 1 to 128 of `A-Z a-z 0-9 _ . : / + = @ -`; anything else is `undefined`. */
export const requestIdFrom = (value: string | undefined): string | undefined =>
  value !== undefined && REQUEST_ID_FORM.test(value) ? value : undefined

/** 16 or 32 hex digits, not all zero, in lower case; anything else is `undefined`. */
export const traceIdFrom = (value: string | undefined): string | undefined => {
  if (value === undefined || value.length > 32) return undefined
  const id = value.toLowerCase()
  return (HEX_16.test(id) || HEX_32.test(id)) && !ALL_ZERO.test(id) ? id : undefined
}

/** 16 hex digits, not all zero, in lower case; anything else is `undefined`. */
export const spanIdFrom = (value: string | undefined): string | undefined => {
  if (value === undefined || value.length !== 16) return undefined
  const id = value.toLowerCase()
  return HEX_16.test(id) && !ALL_ZERO.test(id) ? id : undefined
}

/** `1` or `0`; anything else is `undefined`: no decision was made upstream. */
export const sampledFrom = (value: string | undefined): boolean | undefined =>
  value === '1' ? true : value === '0' ? false : undefined

export const serviceFrom = (value: string | undefined): string | undefined =>
  value !== undefined && SERVICE_FORM.test(value) ? value : undefined

export const hostFrom = (value: string | undefined): string | undefined => {
  if (value === undefined || value.length > 253) return undefined
  return HOST_FORM.test(value) || isIP(value) !== 0 ? value : undefined
}

export const portFrom = (value: string | undefined): number | undefined => {
  if (value === undefined || !PORT_FORM.test(value)) return undefined
  const port = Number(value)
  return port >= 1 && port <= 65_535 ? port : undefined
}
