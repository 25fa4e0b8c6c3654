// What an element of a file is: of which format, or why it is none that is read.
import { zipkinJsonVersion } from '../zipkin/json-version.ts'
import { membersOf } from './members.ts'
import type { Element, Place } from './scan.ts'

export type FileFormat = 'zipkin' | 'zipkin-v1' | 'otlp' | 'jaeger'

const OBJECT = 0x7b
const LIST = 0x5b
const COLON = 0x3a
const QUOTE = 0x22
const BLANK = 0x20
const SPANS = [...new TextEncoder().encode('spans')]
const SHOWN_BYTES = 60
const UTF8 = new TextDecoder()

export const SNAKE_CASE =
  "It is OTLP with protobuf's names (resource_spans, scope_spans): OTLP's JSON has resourceSpans, scopeSpans, traceId …"
const OWN_VIEW =
  "It is Hopscope's own view of a trace, not its spans: export the traces as zipkin, otlp or jaeger instead."
/** Members of an object that is no span of Zipkin's, and what it then is. */
const OTHERS: ReadonlyMap<string, { readonly format: FileFormat } | { readonly reason: string }> = new Map([
  ['data', { format: 'jaeger' }],
  ['traceID', { format: 'jaeger' }],
  ['processes', { format: 'jaeger' }],
  ['resource_spans', { reason: SNAKE_CASE }],
])
/** @returns what is wrong with it, in words, where no reader would find anything in it */
export function formatOf({
  kind,
  json,
}: Element): { readonly format: FileFormat } | { readonly reason: string } {
  if (json[0] !== OBJECT)
    return {
      reason: `It is no span, for it is no JSON object: ${UTF8.decode(json.subarray(0, SHOWN_BYTES))}`,
    }
  if (kind !== 'zipkin') return { format: kind }
  return otherThanZipkin(json) ?? { format: zipkinJsonVersion(json) === 'v1' ? 'zipkin-v1' : 'zipkin' }
}

function otherThanZipkin(json: Uint8Array): ReturnType<typeof formatOf> | undefined {
  if (!hasSpansList(json)) return undefined
  let hasSpans = false
  let isOwn = false
  try {
    for (const { key } of membersOf(json)) {
      const other = OTHERS.get(key)
      if (other !== undefined) return other
      if (key === 'spans') hasSpans = true
      if (key === 'traceId') isOwn = true
    }
  } catch {
    // Its reader says better what is wrong with it.
  }
  if (!hasSpans) return undefined
  return isOwn ? { reason: OWN_VIEW } : { format: 'jaeger' }
}

/** Whether `spans": [`, or longer names that end so, is anywhere: it is in all other formats, and hardly in a span. */
function hasSpansList(json: Uint8Array): boolean {
  for (let list = json.indexOf(LIST); list >= 0; list = json.indexOf(LIST, list + 1)) {
    const colon = beforeBlanks(json, list - 1)
    const quote = json[colon] === COLON ? beforeBlanks(json, colon - 1) : 0
    if (json[quote] === QUOTE && SPANS.every((byte, i) => lowerCase(json[quote - SPANS.length + i]) === byte))
      return true
  }
  return false
}

function beforeBlanks(json: Uint8Array, from: number): number {
  let at = from
  while (at > 0 && (json[at] ?? 0) <= BLANK) at--
  return at
}

function lowerCase(letter = 0): number {
  return letter | 0x20
}

/** In words, such as `line 3, element 2`. */
export function placeText({ line, element }: Place): string {
  return element === undefined ? `line ${line}` : `line ${line}, element ${element}`
}
