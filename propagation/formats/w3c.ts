// W3C Trace Context, level 2: traceparent and tracestate. https://www.w3.org/TR/trace-context-2/
import type { Context } from '../context/context.ts'
import {
  dropBlanks,
  idAt,
  LOWER_HEX,
  skip,
  skipBlanks,
  STATE_KEY,
  STATE_KEY_START,
  STATE_VALUE,
} from './characters.ts'
import { addTrace, type Format, formatOf, isSameTrace, longTraceId, type Read } from './propagator.ts'

const TRACEPARENT = 'traceparent'
const TRACESTATE = 'tracestate'

/** Of version 00: `00-{32 digits}-{16 digits}-{2 digits}`. Later versions may be longer. */
const LENGTH = 55
const MAX_LENGTH = 512
const DASH = 0x2d

const FLAG_SAMPLED = 1
/**
 * The last 56 bits of the trace id are random. Who continues a trace must send this as it came, set or not, as only who
 * made the id knows; who makes the id sets it. So it goes with the trace id through the context, and is left unset where
 * the id came by a header that doesn't tell.
 */
const FLAG_RANDOM = 2

const isDash = (value: string, at: number): boolean => value.charCodeAt(at) === DASH

/** `value` if it has the form of a traceparent, without the blanks around it; anything else is `undefined`. */
const traceparentIn = (value: string | undefined): string | undefined => {
  if (typeof value !== 'string' || value.length < LENGTH || value.length > MAX_LENGTH) return undefined
  // HTTP's parsers leave no blanks around a value; what reads other carriers may.
  const from = value.length === LENGTH ? 0 : skipBlanks(value, 0, value.length)
  const text = value.length === LENGTH ? value : value.slice(from, dropBlanks(value, from, value.length))
  if (!isDash(text, 2) || !isDash(text, 35) || !isDash(text, 52)) return undefined
  if (skip(LOWER_HEX, text, 0, 2) !== 2 || skip(LOWER_HEX, text, 53, LENGTH) !== LENGTH) return undefined
  if (text.startsWith('ff')) return undefined
  // A later version may add fields behind these.
  return text.length === LENGTH || (isDash(text, LENGTH) && !text.startsWith('00')) ? text : undefined
}

/** Adds what traceparent says, and tracestate, if the trace is that of traceparent. */
const readW3c: Read = (carrier, getter, into) => {
  const parent = traceparentIn(getter(carrier, TRACEPARENT))
  const traceId = parent && idAt(parent, 3, 32)
  const spanId = parent && idAt(parent, 36, 16)
  if (!parent || !traceId || !spanId) return
  const flags = Number.parseInt(parent.slice(53, LENGTH), 16)
  const sampled = (flags & FLAG_SAMPLED) !== 0
  addTrace(into, traceId, spanId, undefined, sampled, false)
  if (!isSameTrace(into.traceId, traceId)) return
  // A hop in between that knows only this standard made a span of its own: that one is the nearer parent.
  if (into.spanId !== spanId) {
    into.spanId = spanId
    into.parentSpanId = undefined
    into.sampled = sampled || into.debug === true
  }
  into.random = (flags & FLAG_RANDOM) !== 0
  into.tracestate = tracestateFrom(getter(carrier, TRACESTATE))
}

/** Longer ones are dropped: the spec asks for 512, and Node's servers take 16,384 of all headers together. */
const MAX_TRACESTATE = 8192
const MAX_MEMBERS = 32
const MAX_KEY = 256
const MAX_VALUE = 256

/**
 * A tracestate to pass on: up to 32 members `key=value`, without empty ones and the blanks around them. `undefined` if
 * there is none, and as a whole if one is bad. Keys that come twice are passed on.
 */
export const tracestateFrom = (value: string | undefined): string | undefined => {
  if (typeof value !== 'string' || value.length > MAX_TRACESTATE) return undefined
  let members = 0
  let kept = ''
  let isClean = true
  for (let at = 0; at <= value.length;) {
    const comma = value.indexOf(',', at)
    const end = comma === -1 ? value.length : comma
    const from = skipBlanks(value, at, end)
    const to = dropBlanks(value, from, end)
    if (from < to) {
      members++
      if (members > MAX_MEMBERS || !isMember(value, from, to)) return undefined
    }
    // Most come without blanks and empty members, and are passed on as they are.
    const isUsual = from === at && to === end && from < to
    if (!isUsual && isClean) kept = value.slice(0, Math.max(at - 1, 0))
    isClean &&= isUsual
    if (!isClean && from < to) kept += `${kept && ','}${value.slice(from, to)}`
    at = end + 1
  }
  return isClean ? value : kept || undefined
}

const isMember = (value: string, from: number, to: number): boolean => {
  const equals = skip(STATE_KEY, value, from, to)
  const length = to - equals - 1
  return (
    equals > from &&
    equals - from <= MAX_KEY &&
    skip(STATE_KEY_START, value, from, from + 1) > from &&
    value[equals] === '=' &&
    length > 0 &&
    length <= MAX_VALUE &&
    skip(STATE_VALUE, value, equals + 1, to) === to
  )
}

const FLAGS = ['00', '01', '02', '03'] as const

const flagsOf = (context: Context): string =>
  FLAGS[(context.sampled || context.debug ? FLAG_SAMPLED : 0) | (context.random ? FLAG_RANDOM : 0)] ?? '00'

/** W3C's traceparent and tracestate. A trace id of 64 bits is written with zeros before it. */
export const w3c: Format = formatOf([TRACEPARENT, TRACESTATE], readW3c, (context, carrier, setter) => {
  setter(carrier, TRACEPARENT, `00-${longTraceId(context.traceId)}-${context.spanId}-${flagsOf(context)}`)
  if (context.tracestate) setter(carrier, TRACESTATE, context.tracestate)
})
