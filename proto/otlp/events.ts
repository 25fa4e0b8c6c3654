// OTLP events ↔ annotations: `name`, or `"name":{"key":"value"}` with attributes, as "Events" in OpenTelemetry's
// specification/trace/sdk_exporters/zipkin.md has it; and what the detail keeps beside that text.
import { type Annotation, type EpochMicros, NO_ANNOTATIONS } from '@hopscope/model'
import { byTimeAndValue, sortedAndUnique } from '../annotations.ts'
import { Refused } from '../decoded.ts'
import { attributesFromEntries, tagEntryJson, wholeEntryJson } from './entries.ts'
import { eventsFrom, membersOf, uint32From } from './json-values.ts'
import { eventObject } from './objects.ts'
import { NO_ATTRIBUTES, type OtlpEvent } from './otlp.ts'
import { doubleOf, jsonOfAttributes, quoted, valueTypeOf } from './value.ts'

/** Longer whole numbers lose digits in JSON.parse. */
const SAFE_DIGITS = 15

export interface EventsAsAnnotations {
  /** As the model wants them: sorted by time and value, each once. */
  readonly annotations: readonly Annotation[]
  /**
   * A member of the detail in JSON, or nothing where the annotations say all of it. `events` goes along with the annotations,
   * one by one; `allEvents` has everything, for the events came in another order.
   */
  readonly detail: string
}

const NONE: EventsAsAnnotations = { annotations: NO_ANNOTATIONS, detail: '' }

/** @param start of the span: when an event happened that doesn't say */
export function annotationsFromEvents(
  events: readonly OtlpEvent[],
  start: EpochMicros | undefined,
): EventsAsAnnotations | Refused {
  if (events.length === 0) return NONE
  const annotations: Annotation[] = []
  let isPlain = true
  let isTimed = true
  for (let i = 0; i < events.length; i++) {
    const { time, name, attributes, droppedAttributesCount } = events[i] as OtlpEvent
    if (!Number.isSafeInteger(time.micros))
      return new Refused(`events[${i}].timeUnixNano`, 'It is out of range: the unit must be nanoseconds.')
    if (time.nanos + attributes.length + droppedAttributesCount > 0) isPlain = false
    if (time.micros === 0) isTimed = false
    const timestamp = time.micros === 0 ? start : (time.micros as EpochMicros)
    if (timestamp === undefined) continue
    annotations.push({
      timestamp,
      value: attributes.length === 0 ? name : `${quoted(name)}:${jsonOfAttributes(attributes)}`,
    })
  }
  if (!isTimed || !isSortedAndUnique(annotations)) {
    const detail = `"allEvents":${JSON.stringify(events.map(eventObject))}`
    return { annotations: sortedAndUnique(annotations), detail }
  }
  return { annotations, detail: isPlain ? '' : `"events":[${events.map(eventDetailJson).join(',')}]` }
}

function eventDetailJson({ time, attributes, droppedAttributesCount }: OtlpEvent): string {
  if (attributes.length === 0 && droppedAttributesCount === 0) return String(time.nanos)
  const keys = new Set<string>()
  let isUnique = true
  for (const { key } of attributes) {
    if (keys.has(key)) isUnique = false
    keys.add(key)
  }
  const entries = attributes.map((attribute) => {
    const { key, value } = attribute
    const isWhole = value.stringValue === undefined && valueTypeOf(value) === undefined
    return isUnique && !isWhole && (value.intValue?.length ?? 0) <= SAFE_DIGITS
      ? tagEntryJson(key, value)
      : wholeEntryJson(attribute)
  })
  const members: string[] = []
  if (time.nanos > 0) members.push(`"nanos":${time.nanos}`)
  if (attributes.length > 0) members.push(`"attributes":[${entries.join(',')}]`)
  if (droppedAttributesCount > 0) members.push(`"dropped":${droppedAttributesCount}`)
  return `{${members.join(',')}}`
}

function isSortedAndUnique(annotations: readonly Annotation[]): boolean {
  for (let i = 1; i < annotations.length; i++) {
    if (byTimeAndValue(annotations[i - 1] as Annotation, annotations[i] as Annotation) >= 0) return false
  }
  return true
}

/** The events of annotations, with what the detail's members `events` and `allEvents` say; what of these isn't as written doesn't count. */
export function eventsFromAnnotations(
  annotations: readonly Annotation[],
  details: unknown,
  allEvents: unknown,
): readonly OtlpEvent[] {
  if (allEvents !== undefined) {
    const events = eventsFrom(allEvents, '')
    if (!(events instanceof Refused)) return events
  }
  const isInStep = Array.isArray(details) && details.length === annotations.length
  const entries: readonly unknown[] = isInStep ? details : []
  return annotations.map((annotation, i) => eventFrom(annotation, entries[i]))
}

function eventFrom({ timestamp, value }: Annotation, detail: unknown): OtlpEvent {
  const members = membersOf(detail)
  const nanos = nanosFrom(members?.['nanos'] ?? detail)
  const time = { micros: timestamp, nanos }
  const dropped = uint32From(members?.['dropped'], '')
  const droppedAttributesCount = typeof dropped === 'number' ? dropped : 0
  const entries = members?.['attributes']
  const parts = entries === undefined ? undefined : partsFrom(value)
  if (parts === undefined) return { time, name: value, attributes: NO_ATTRIBUTES, droppedAttributesCount }
  const textOf = (key: string) => (Object.hasOwn(parts.texts, key) ? textOfJson(parts.texts[key]) : undefined)
  const attributes = attributesFromEntries(entries, textOf, new Set())
  return { time, name: parts.name, attributes, droppedAttributesCount }
}

/** 0 to 999; anything else is 0. */
export function nanosFrom(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 1000 ? value : 0
}

/** Of `"name":{…}`. */
function partsFrom(value: string): { name: string; texts: Readonly<Record<string, unknown>> } | undefined {
  const end = endOfName(value)
  if (value.charAt(end) !== ':') return undefined
  try {
    const name: unknown = JSON.parse(value.slice(0, end))
    const texts = membersOf(JSON.parse(value.slice(end + 1)))
    return typeof name === 'string' && texts !== undefined ? { name, texts } : undefined
  } catch {
    // Someone else's text that looks like ours: it is a name.
    return undefined
  }
}

/** Behind the closing quote of a JSON string. */
function endOfName(value: string): number {
  let at = 1
  while (at < value.length && value.charAt(at) !== '"') at += value.charAt(at) === '\\' ? 2 : 1
  return at + 1
}

/** As {@link textOfValue} would write what JSON.parse made of it. */
function textOfJson(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(doubleOf(value))
  return value === null ? '' : JSON.stringify(value)
}
