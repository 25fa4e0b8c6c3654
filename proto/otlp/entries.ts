// Attributes as the detail of a span keeps them: their keys and types where the value is the text of a tag, so that
// nothing is held twice and what is later removed from a tag is gone; the whole attribute only where no tag can say it.
import { Refused } from '../decoded.ts'
import { EMPTY_VALUE, type OtlpKeyValue, type OtlpValue } from './otlp.ts'
import { attributesFrom } from './json-values.ts'
import { quoted, textOfValue, valueFromText, valueTypeOf } from './value.ts'
import { isObject } from '../wire/json-values.ts'

/** The keys that a span's status, scope and dropped counts take as tags; attributes of these names don't become tags by themselves. */
export const SCOPE_NAME = 'otel.scope.name'
export const SCOPE_VERSION = 'otel.scope.version'
export const LIBRARY_NAME = 'otel.library.name'
export const LIBRARY_VERSION = 'otel.library.version'
export const STATUS_CODE = 'otel.status_code'
export const ERROR = 'error'
export const DROPPED_ATTRIBUTES = 'otel.dropped_attributes_count'
export const DROPPED_EVENTS = 'otel.dropped_events_count'
export const DROPPED_LINKS = 'otel.dropped_links_count'
export const RESERVED: ReadonlySet<string> = new Set([
  SCOPE_NAME,
  SCOPE_VERSION,
  LIBRARY_NAME,
  LIBRARY_VERSION,
  STATUS_CODE,
  ERROR,
  DROPPED_ATTRIBUTES,
  DROPPED_EVENTS,
  DROPPED_LINKS,
])

/**
 * JSON of an attribute that the tag of its name shows: of a string its key, of another simple value its key and type, each with the
 * value in the tag; of any other the attribute, marked as shown.
 */
export function tagEntryJson(key: string, value: OtlpValue): string {
  if (value.stringValue !== undefined) return quoted(key)
  const type = valueTypeOf(value)
  return type === undefined ? JSON.stringify({ key, value, shown: true }) : `[${quoted(key)},"${type}"]`
}

/** JSON of an attribute that no tag shows. */
export function wholeEntryJson({ key, value }: OtlpKeyValue): string {
  const { stringValue, intValue } = value
  const json =
    stringValue !== undefined
      ? `{"stringValue":${quoted(stringValue)}}`
      : intValue !== undefined
        ? `{"intValue":"${intValue}"}`
        : value === EMPTY_VALUE
          ? '{}'
          : JSON.stringify(value)
  return `{"key":${quoted(key)},"value":${json}}`
}

/**
 * The attributes of a list of entries. What isn't as written is left out, and where a tag was changed or removed, so is its attribute.
 * @param textOf the text of the tag of this name
 * @param taken gets the keys of the tags that these attributes are
 */
export function attributesFromEntries(
  entries: unknown,
  textOf: (key: string) => string | undefined,
  taken: Set<string>,
): OtlpKeyValue[] {
  const attributes: OtlpKeyValue[] = []
  for (const entry of Array.isArray(entries) ? (entries as readonly unknown[]) : []) {
    const isWhole = isObject(entry)
    const [whole] = isWhole ? attributesOf(entry) : []
    const [key, type]: readonly unknown[] = isWhole ? [whole?.key] : Array.isArray(entry) ? entry : [entry]
    if (typeof key !== 'string') continue
    if (whole !== undefined && !('shown' in (entry as object))) {
      attributes.push(whole)
      continue
    }
    taken.add(key)
    const text = textOf(key)
    if (text === undefined) continue
    if (whole !== undefined)
      attributes.push(textOfValue(whole.value) === text ? whole : { key, value: { stringValue: text } })
    else attributes.push({ key, value: valueFromText(text, typeof type === 'string' ? type : '') })
  }
  return attributes
}

function attributesOf(entry: object): readonly OtlpKeyValue[] {
  const attributes = attributesFrom([entry], '')
  return attributes instanceof Refused ? [] : attributes
}
