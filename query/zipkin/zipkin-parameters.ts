// Reads the parameters of Zipkin's API by its server's own rules: its words, its leniency, and of several values the first.
import type { TraceId } from '@hopscope/model'
import { HopscopeError, traceIdFrom } from '@hopscope/proto'
import { shown } from '../parameters.ts'

/** A request, of which only the parameters matter. */
export interface Asked {
  /** Texts; a list of them where a parameter was repeated. */
  readonly query: Readonly<Record<string, unknown>>
}

export function refused(why: string): HopscopeError {
  return new HopscopeError('parameter-invalid', why)
}

/** The first value, as it is; `''` when it was given empty. */
export function given({ query }: Asked, name: string): string | undefined {
  const value = query[name]
  const first: unknown = Array.isArray(value) ? value[0] : value
  return typeof first === 'string' ? first : undefined
}

export function mandatory(asked: Asked, name: string): string {
  const value = given(asked, name)
  if (value === undefined) throw refused(`Mandatory parameter/header/attribute is missing: ${name}`)
  return value
}

/** A name as stored: lower case. An empty one is none. */
export function nameFrom(asked: Asked, name: string): string | undefined {
  return given(asked, name)?.toLowerCase() || undefined
}

/** A whole number of 64 bits, beyond 2^53 only about right; undefined when not given, or empty. */
export function longFrom(asked: Asked, name: string): number | undefined {
  return given(asked, name) ? wholeFrom(asked, name, 63n) : undefined
}

/** A whole number that can't be left empty. @param bits without the sign's */
export function wholeFrom(asked: Asked, name: string, bits: bigint): number {
  const text = mandatory(asked, name)
  if (text === '') throw refused(`Cannot set null to primitive type parameter: ${name}`)
  // Zipkin's own words don't say which parameter is meant.
  if (!/^[+-]?\d{1,19}$/.test(text)) throw refused(`${name}: ${shown(text)} is not a whole number`)
  const value = BigInt(text.replace('+', ''))
  if (value >= 1n << bits || value < -(1n << bits))
    throw refused(`${name}: ${shown(text)} is not a number of ${bits + 1n} bits`)
  return Number(value)
}

/** 1 to 32 lower-hex characters, made 16 or 32. @throws HopscopeError in the words of Zipkin's `normalizeTraceId` */
export function traceIdFromZipkin(text: string): TraceId {
  const id = traceIdFrom(text)
  if (id !== undefined) return id
  if (text === '') throw refused('traceId is empty')
  if (text.length > 32) throw refused('traceId.length > 32')
  if (/^0+$/.test(text)) throw refused('traceId is all zeros')
  throw refused(`${text} should be lower-hex encoded with no prefix`)
}
