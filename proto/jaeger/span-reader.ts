// One span of Jaeger's JSON as a span of OTLP's: ids, times, references and logs, and what its tags say of kind and status.
import { Refused, shown } from '../decoded.ts'
import { isZeroId, refusedId, SPAN_ID_LENGTH, spanIdFrom, TRACE_ID_LENGTH, traceIdFrom } from '../ids.ts'
import { type Members, membersOf, notAnObject, partsFrom, textFrom, uint32From } from '../otlp/json-values.ts'
import {
  NO_ATTRIBUTES,
  NO_EVENTS,
  NO_TIME,
  type OtlpEvent,
  type OtlpLink,
  type OtlpSpan,
  type OtlpTime,
} from '../otlp/otlp.ts'
import { textOfValue } from '../otlp/value.ts'
import { isGiven, wholeNumberFrom } from '../wire/json-values.ts'
import { attributesFromTags, meaningsFrom } from './tags-reader.ts'

export interface JaegerSpan {
  readonly span: OtlpSpan
  readonly scopeName: string
  readonly scopeVersion: string
}

const CHILD_OF: OtlpLink['attributes'] = [{ key: 'opentracing.ref_type', value: { stringValue: 'child_of' } }]

export function spanFromJaeger(wire: Members): JaegerSpan | Refused {
  const traceId = longTraceId(wire['traceID'], 'traceID')
  if (typeof traceId !== 'string') return traceId
  const spanId = longSpanId(wire['spanID'], 'spanID')
  if (typeof spanId !== 'string') return spanId
  const name = textFrom(wire['operationName'], 'operationName')
  if (typeof name !== 'string') return name
  const flags = uint32From(wire['flags'], 'flags')
  if (typeof flags !== 'number') return flags
  const start = microsFrom(wire['startTime'], 'startTime')
  if (start instanceof Refused) return start
  const duration = microsFrom(wire['duration'], 'duration')
  if (duration instanceof Refused) return duration
  const tags = attributesFromTags(wire['tags'], 'tags')
  if (tags instanceof Refused) return tags
  const references = referencesFrom(wire, traceId)
  if (references instanceof Refused) return references
  const events = eventsFrom(wire['logs'])
  if (events instanceof Refused) return events
  const { attributes, kind, status, traceState, scopeName, scopeVersion } = meaningsFrom(tags)
  const end = start.micros === 0 ? NO_TIME : { micros: start.micros + duration.micros, nanos: 0 }
  const span: OtlpSpan = {
    traceId,
    spanId,
    parentSpanId: references.parentId,
    traceState,
    flags,
    name,
    kind,
    start,
    end,
    attributes,
    droppedAttributesCount: 0,
    events,
    droppedEventsCount: 0,
    links: references.links,
    droppedLinksCount: 0,
    status,
  }
  return { span, scopeName, scopeVersion }
}

/** 32 characters: Jaeger leaves out leading zeros, and did so digit by digit before 2020. */
function longTraceId(value: unknown, field: string): string | Refused {
  const text = textFrom(value, field)
  if (typeof text !== 'string') return text
  return traceIdFrom(text.toLowerCase())?.padStart(TRACE_ID_LENGTH, '0') ?? refusedId(field, text, 32)
}

function longSpanId(value: unknown, field: string): string | Refused {
  const text = textFrom(value, field)
  if (typeof text !== 'string') return text
  return spanIdFrom(text.toLowerCase()) ?? refusedId(field, text, SPAN_ID_LENGTH)
}

/** Absent is none. */
function microsFrom(value: unknown, field: string): OtlpTime | Refused {
  if (!isGiven(value)) return NO_TIME
  const micros = wholeNumberFrom(value)
  if (micros >= 0 && micros <= Number.MAX_SAFE_INTEGER) return { micros: micros + 0, nanos: 0 }
  return new Refused(field, `${shown(value)} is not a whole number of microseconds.`)
}

interface References {
  /** Empty for a root. */
  readonly parentId: string
  readonly links: readonly OtlpLink[]
}

/**
 * The parent is the first CHILD_OF of the same trace, else the first FOLLOWS_FROM of it, as in Jaeger's model; a link says of such a
 * parent that it is not waited for. All others are links.
 */
function referencesFrom(wire: Members, traceId: string): References | Refused {
  const list = partsFrom(wire['references'], 'references')
  if (list instanceof Refused) return list
  const links: OtlpLink[] = []
  let parent: OtlpLink | undefined
  for (let i = 0; i < list.length; i++) {
    const link = linkFrom(list[i], `references[${i}]`)
    if (link instanceof Refused) return link
    links.push(link)
    if (link.traceId !== traceId) continue
    if (parent === undefined || (isChildOf(link) && !isChildOf(parent))) parent = link
  }
  if (parent !== undefined)
    return {
      parentId: parent.spanId,
      links: isChildOf(parent) ? links.filter((link) => link !== parent) : links,
    }
  // Before references, there was this.
  const parentId = isGiven(wire['parentSpanID']) ? textFrom(wire['parentSpanID'], 'parentSpanID') : ''
  if (typeof parentId !== 'string') return parentId
  if (parentId === '' || isZeroId(parentId)) return { parentId: '', links }
  const long = longSpanId(parentId, 'parentSpanID')
  return typeof long === 'string' ? { parentId: long, links } : long
}

function linkFrom(value: unknown, field: string): OtlpLink | Refused {
  const members = membersOf(value)
  if (members === undefined) return notAnObject(field, value)
  const traceId = longTraceId(members['traceID'], `${field}.traceID`)
  if (typeof traceId !== 'string') return traceId
  const spanId = longSpanId(members['spanID'], `${field}.spanID`)
  if (typeof spanId !== 'string') return spanId
  const attributes = members['refType'] === 'CHILD_OF' ? CHILD_OF : NO_ATTRIBUTES
  return { traceId, spanId, traceState: '', attributes, droppedAttributesCount: 0, flags: 0 }
}

function isChildOf(link: OtlpLink): boolean {
  return link.attributes === CHILD_OF
}

/** A log is named by its field `event`; all others are its attributes. */
function eventsFrom(value: unknown): readonly OtlpEvent[] | Refused {
  const list = partsFrom(value, 'logs')
  if (list instanceof Refused) return list
  if (list.length === 0) return NO_EVENTS
  const events: OtlpEvent[] = []
  for (let i = 0; i < list.length; i++) {
    const members = membersOf(list[i])
    if (members === undefined) return notAnObject(`logs[${i}]`, list[i])
    const time = microsFrom(members['timestamp'], `logs[${i}].timestamp`)
    if (time instanceof Refused) return time
    const fields = attributesFromTags(members['fields'], `logs[${i}].fields`)
    if (fields instanceof Refused) return fields
    const named = fields.find(
      ({ key, value: { stringValue } }) => key === 'event' && stringValue !== undefined,
    )
    events.push({
      time,
      name: named === undefined ? '' : textOfValue(named.value),
      attributes: named === undefined ? fields : fields.filter((field) => field !== named),
      droppedAttributesCount: 0,
    })
  }
  return events
}
