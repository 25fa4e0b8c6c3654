// OTLP's typed values as the text of a tag, and back. Text: "AnyValue representation for non-OTLP protocols" in
// OpenTelemetry's specification/common/README.md.
import type { OtlpKeyValue, OtlpValue } from './otlp.ts'

/** How deep lists may lie in lists; readers refuse what is deeper, so that recursion over values is bounded. */
export const DEEPEST_VALUE = 32

const QUOTED_KEPT = 1000
const LONGEST_QUOTED = 64
const quotedTexts = new Map<string, string>()

/** A JSON string, made once for the few hundred keys and names that all spans have. */
export function quoted(text: string): string {
  let json = quotedTexts.get(text)
  if (json === undefined) {
    json = JSON.stringify(text)
    if (text.length > LONGEST_QUOTED) return json
    // Else what came first, perhaps ids in names, would keep the room for good.
    if (quotedTexts.size >= QUOTED_KEPT) quotedTexts.clear()
    quotedTexts.set(text, json)
  }
  return json
}

/** The text of an attribute's value in a tag. */
export function textOfValue(value: OtlpValue): string {
  if (value.stringValue !== undefined) return value.stringValue
  if (value.intValue !== undefined) return value.intValue
  if (value.boolValue !== undefined) return value.boolValue ? 'true' : 'false'
  if (value.doubleValue !== undefined) return String(value.doubleValue)
  if (value.bytesValue !== undefined) return value.bytesValue
  return value.arrayValue === undefined && value.kvlistValue === undefined ? '' : jsonOfValue(value)
}

/** Recurses at most {@link DEEPEST_VALUE} times. */
function jsonOfValue(value: OtlpValue): string {
  if (value.stringValue !== undefined) return JSON.stringify(value.stringValue)
  if (value.intValue !== undefined) return value.intValue
  if (value.boolValue !== undefined) return value.boolValue ? 'true' : 'false'
  if (value.doubleValue !== undefined) {
    const isText = typeof value.doubleValue === 'string' && value.doubleValue !== '-0'
    return isText ? `"${value.doubleValue}"` : String(value.doubleValue)
  }
  if (value.bytesValue !== undefined) return `"${value.bytesValue}"`
  if (value.arrayValue !== undefined) return `[${value.arrayValue.values.map(jsonOfValue).join(',')}]`
  return value.kvlistValue === undefined ? 'null' : jsonOfAttributes(value.kvlistValue.values)
}

/** A JSON object, keys as often and in the order given. */
export function jsonOfAttributes(attributes: readonly OtlpKeyValue[]): string {
  let json = ''
  for (const { key, value } of attributes) {
    json += `${json === '' ? '' : ','}${quoted(key)}:${jsonOfValue(value)}`
  }
  return `{${json}}`
}

/**
 * What kind of value a text was made of, beside a string: `i`nt, `b`ool, `d`ouble, b`y`tes, a list of `s`trings,
 * `e`mpty.
 */
export type ValueType = 'i' | 'b' | 'd' | 'y' | 's' | 'e'

/** Undefined for a string, and for what can't be made out of its text again: maps and lists of anything but strings. */
export function valueTypeOf(value: OtlpValue): ValueType | undefined {
  if (value.stringValue !== undefined || value.kvlistValue !== undefined) return undefined
  if (value.intValue !== undefined) return 'i'
  if (value.boolValue !== undefined) return 'b'
  if (value.doubleValue !== undefined) return 'd'
  if (value.bytesValue !== undefined) return 'y'
  if (value.arrayValue === undefined) return 'e'
  return value.arrayValue.values.every(({ stringValue }) => stringValue !== undefined) ? 's' : undefined
}

const INT_TEXT = /^-?\d{1,19}$/
const DOUBLE_TEXT = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/
const BASE64_TEXT = /^[A-Za-z0-9+/]*={0,2}$/

/** The value that a text was made of; a text that isn't of this type, for someone changed the tag, is a string. */
export function valueFromText(text: string, type: string): OtlpValue {
  switch (type) {
    case 'i':
      if (INT_TEXT.test(text)) return { intValue: text }
      break
    case 'b':
      if (text === 'true' || text === 'false') return { boolValue: text === 'true' }
      break
    case 'd': {
      const double = doubleFromText(text)
      if (double !== undefined) return { doubleValue: double }
      break
    }
    case 'y':
      if (BASE64_TEXT.test(text)) return { bytesValue: text }
      break
    case 's': {
      const strings = stringsFrom(text)
      if (strings !== undefined)
        return { arrayValue: { values: strings.map((stringValue) => ({ stringValue })) } }
      break
    }
    case 'e':
      if (text === '') return {}
      break
    default:
  }
  return { stringValue: text }
}

/** A number, or the text of what JSON has no number for. */
export function doubleOf(number: number): number | string {
  return Number.isFinite(number) && !Object.is(number, -0)
    ? number
    : Object.is(number, -0)
      ? '-0'
      : String(number)
}

export function doubleFromText(text: string): number | string | undefined {
  if (text === 'NaN' || text === 'Infinity' || text === '-Infinity') return text
  return DOUBLE_TEXT.test(text.toLowerCase()) ? doubleOf(Number(text)) : undefined
}

function stringsFrom(json: string): string[] | undefined {
  try {
    const parsed: unknown = JSON.parse(json)
    return Array.isArray(parsed) && parsed.every((entry) => typeof entry === 'string') ? parsed : undefined
  } catch {
    // Not the list that was written: whoever changed the tag meant its text.
    return undefined
  }
}
