// Ids as text, made uniform: every codec passes what it read through here before it becomes part of a span.
// The rules are Zipkin's: `normalizeTraceId`, `id` and `parentId` of zipkin2.Span.
import type { SpanId, TraceId } from '@hopscope/model'
import { Refused, shown } from './decoded.ts'

/** In characters. */
export const TRACE_ID_LENGTH = 32
export const SPAN_ID_LENGTH = 16

/**
 * 1 to 32 lower-hex characters to 16 or 32, padded left with zeros; undefined if it isn't that or all zeros.
 * One of 32 whose first 16 are zeros is a 64-bit id and held as 16.
 */
export function traceIdFrom(text: string): TraceId | undefined {
  const length = text.length
  if (length > 32) return undefined
  const zeros = leadingZeros(text)
  if (zeros < 0 || zeros === length) return undefined
  if (length === 16) return text as TraceId
  if (length < 16) return text.padStart(16, '0') as TraceId
  const padded = length === 32 ? text : text.padStart(32, '0')
  return (zeros + 32 - length >= 16 ? padded.slice(16) : padded) as TraceId
}

/** 1 to 16 lower-hex characters to 16, padded left with zeros; undefined if it isn't that or all zeros. */
export function spanIdFrom(text: string): SpanId | undefined {
  const length = text.length
  if (length > 16) return undefined
  const zeros = leadingZeros(text)
  if (zeros < 0 || zeros === length) return undefined
  return (length === 16 ? text : text.padStart(16, '0')) as SpanId
}

/** Says why {@link traceIdFrom} or {@link spanIdFrom} gave undefined. */
export function refusedId(field: string, text: string, longest: 16 | 32): Refused {
  return new Refused(field, `${shown(text)} ${whyNotId(text, longest)}.`)
}

function whyNotId(text: string, longest: 16 | 32): string {
  if (text.length === 0) return 'is empty'
  if (text.length > longest) return `is longer than ${longest} characters`
  return isZeroId(text) ? 'is all zeros' : 'is not lower-hex (0-9, a-f, no prefix)'
}

/** Some tracers write "no parent" as an id of zeros. Of any length but 0. */
export function isZeroId(text: string): boolean {
  return text.length > 0 && leadingZeros(text) === text.length
}

/** 1 at the character codes of 0-9 and a-f. */
const LOWER_HEX = new Uint8Array(128)
for (const digit of '0123456789abcdef') LOWER_HEX[digit.charCodeAt(0)] = 1

/** How many zeros the id begins with; -1 if any character isn't lower-hex. Three calls a span: no branch per digit. */
function leadingZeros(text: string): number {
  let hex = 1
  for (let i = 0; i < text.length; i++) hex &= LOWER_HEX[text.charCodeAt(i)] ?? 0
  if (hex === 0) return -1
  let zeros = 0
  while (text.charCodeAt(zeros) === 48) zeros++
  return zeros
}
