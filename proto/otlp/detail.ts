// `Span.otel`, what an OTLP span says beyond a span's fields, read: with the fields and tags it gives the OTLP span again.
// It is written where the span is (span.ts, scope.ts, attributes.ts, events.ts). All members are optional:
//   resource, scopeAttributes, attributes   entries (entries.ts); of the span itself, only those that aren't plain strings
//   serviceName                      as sent, if not in lower case; null if the resource names none
//   resourceDropped, scopeDropped    counts of dropped attributes;  resourceSchemaUrl, scopeSchemaUrl
//   scope [name, version], status [code, message], dropped [attributes, events, links]   where the tags don't tell
//   nanos [of the start, more of the duration], or times [start, end]   where timestamp and duration don't tell
//   events, allEvents                see events.ts;  links as in OTLP/JSON
//   name, kind, isOwnParent, flags, traceState
// It may be of another version or damaged, and the tags may have been changed since: what can't be read is left out.
import { type Span, tagOf } from '@hopscope/model'
import { Refused } from '../decoded.ts'
import { TRACE_ID_LENGTH } from '../ids.ts'
import {
  attributesFromEntries,
  DROPPED_ATTRIBUTES,
  DROPPED_EVENTS,
  DROPPED_LINKS,
  ERROR,
  RESERVED,
  SCOPE_NAME,
  SCOPE_VERSION,
  STATUS_CODE,
} from './entries.ts'
import { eventsFromAnnotations, nanosFrom } from './events.ts'
import { linksFrom, membersOf, uint32From } from './json-values.ts'
import {
  NO_LINKS,
  NO_STATUS,
  NO_TIME,
  type OtlpKeyValue,
  type OtlpLink,
  type OtlpResource,
  type OtlpScope,
  type OtlpSpan,
  type OtlpStatus,
  type OtlpTime,
  otlpKindOf,
  STATUS_ERROR,
  STATUS_OK,
  timeFromText,
} from './otlp.ts'

export interface OtlpParts {
  readonly resource: OtlpResource
  readonly scope: OtlpScope
  readonly span: OtlpSpan
}

type Members = Readonly<Record<string, unknown>>

/** Of a span that came by OTLP. Never throws. */
export function otlpFromDetail(span: Span, otel: string): OtlpParts {
  const detail = detailFrom(otel)
  const textOf = (key: string) => tagOf(span, key)
  const taken = new Set(RESERVED)
  const resource: OtlpResource = {
    attributes: [
      ...serviceAttribute(span, detail['serviceName']),
      ...attributesFromEntries(detail['resource'], textOf, taken),
    ],
    droppedAttributesCount: countFrom(detail['resourceDropped']),
    schemaUrl: textFrom(detail['resourceSchemaUrl']),
  }
  const [name, version] = listFrom(detail['scope'])
  const scope: OtlpScope = {
    name: typeof name === 'string' ? name : (textOf(SCOPE_NAME) ?? ''),
    version: typeof version === 'string' ? version : (textOf(SCOPE_VERSION) ?? ''),
    attributes: attributesFromEntries(detail['scopeAttributes'], textOf, taken),
    droppedAttributesCount: countFrom(detail['scopeDropped']),
    schemaUrl: textFrom(detail['scopeSchemaUrl']),
  }
  const attributes = attributesFromEntries(detail['attributes'], textOf, taken)
  for (const key of Object.keys(span.tags)) {
    if (!taken.has(key)) attributes.push({ key, value: { stringValue: textOf(key) ?? '' } })
  }
  const dropped = listFrom(detail['dropped'])
  const droppedOf = (at: number, key: string) => countFrom(dropped.length > 0 ? dropped[at] : textOf(key))
  const sentName = textFrom(detail['name'])
  return {
    resource,
    scope,
    span: {
      traceId: span.traceId.padStart(TRACE_ID_LENGTH, '0'),
      spanId: span.id,
      parentSpanId: span.parentId ?? (detail['isOwnParent'] === true ? span.id : ''),
      traceState: textFrom(detail['traceState']),
      flags: countFrom(detail['flags']),
      name: sentName === '' ? (span.name ?? '') : sentName,
      kind: typeof detail['kind'] === 'number' ? detail['kind'] : otlpKindOf(span.kind),
      ...timesFrom(span, detail),
      attributes,
      droppedAttributesCount: droppedOf(0, DROPPED_ATTRIBUTES),
      events: eventsFromAnnotations(span.annotations, detail['events'], detail['allEvents']),
      droppedEventsCount: droppedOf(1, DROPPED_EVENTS),
      links: storedLinks(detail['links']),
      droppedLinksCount: droppedOf(2, DROPPED_LINKS),
      status: statusFrom(span, detail['status']),
    },
  }
}

function detailFrom(otel: string): Members {
  try {
    return membersOf(JSON.parse(otel)) ?? {}
  } catch {
    // Damaged: the span's fields are still good.
    return {}
  }
}

function serviceAttribute({ localEndpoint }: Span, sent: unknown): readonly OtlpKeyValue[] {
  const stringValue = typeof sent === 'string' ? sent : sent === null ? undefined : localEndpoint?.serviceName
  return stringValue === undefined ? [] : [{ key: 'service.name', value: { stringValue } }]
}

function statusFrom(span: Span, stored: unknown): OtlpStatus {
  const [code, message] = listFrom(stored)
  if (typeof code === 'number') return { code, message: textFrom(message) }
  switch (tagOf(span, STATUS_CODE)) {
    case 'OK':
      return { code: STATUS_OK, message: '' }
    case 'ERROR':
      return { code: STATUS_ERROR, message: tagOf(span, ERROR) ?? '' }
    default:
      return NO_STATUS
  }
}

function timesFrom({ timestamp, duration }: Span, detail: Members): { start: OtlpTime; end: OtlpTime } {
  const [startText, endText] = listFrom(detail['times'])
  if (typeof startText === 'string' && typeof endText === 'string')
    return { start: timeFromText(startText) ?? NO_TIME, end: timeFromText(endText) ?? NO_TIME }
  const [startNanos, moreNanos] = listFrom(detail['nanos'])
  const start = { micros: timestamp ?? 0, nanos: nanosFrom(startNanos) }
  if (timestamp === undefined || duration === undefined) return { start, end: NO_TIME }
  const nanos =
    start.nanos + (typeof moreNanos === 'number' && Math.abs(moreNanos) <= 1000 ? Math.trunc(moreNanos) : 0)
  const carried = Math.floor(nanos / 1000)
  return { start, end: { micros: timestamp + duration + carried, nanos: nanos - carried * 1000 } }
}

function storedLinks(value: unknown): readonly OtlpLink[] {
  const links = linksFrom(value, '')
  return links instanceof Refused ? NO_LINKS : links
}

function listFrom(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function textFrom(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function countFrom(value: unknown): number {
  const count = uint32From(value, '')
  return typeof count === 'number' ? count : 0
}
