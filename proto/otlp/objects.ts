// OTLP/JSON as objects for JSON.stringify: lowerCamelCase, 64-bit numbers as text, ids in hex, enums as numbers,
// what is empty left out. Source: "JSON Protobuf Encoding" in opentelemetry-proto's docs/specification.md.
import {
  type OtlpEvent,
  type OtlpKeyValue,
  type OtlpLink,
  type OtlpResource,
  type OtlpScope,
  type OtlpSpan,
  type OtlpTime,
  timeText,
} from './otlp.ts'

export interface OtlpEventObject {
  readonly timeUnixNano?: string
  readonly name?: string
  readonly attributes?: readonly OtlpKeyValue[]
  readonly droppedAttributesCount?: number
}

export interface OtlpLinkObject {
  readonly traceId?: string
  readonly spanId?: string
  readonly traceState?: string
  readonly attributes?: readonly OtlpKeyValue[]
  readonly droppedAttributesCount?: number
  readonly flags?: number
}

export interface OtlpSpanObject {
  readonly traceId: string
  readonly spanId: string
  readonly traceState?: string
  readonly parentSpanId?: string
  readonly flags?: number
  readonly name: string
  readonly kind?: number
  readonly startTimeUnixNano?: string
  readonly endTimeUnixNano?: string
  readonly attributes?: readonly OtlpKeyValue[]
  readonly droppedAttributesCount?: number
  readonly events?: readonly OtlpEventObject[]
  readonly droppedEventsCount?: number
  readonly links?: readonly OtlpLinkObject[]
  readonly droppedLinksCount?: number
  readonly status: { readonly code?: number; readonly message?: string }
}

export interface OtlpScopeSpansObject {
  readonly scope: {
    readonly name?: string
    readonly version?: string
    readonly attributes?: readonly OtlpKeyValue[]
    readonly droppedAttributesCount?: number
  }
  readonly spans: readonly OtlpSpanObject[]
  readonly schemaUrl?: string
}

export interface OtlpResourceSpansObject {
  readonly resource: {
    readonly attributes?: readonly OtlpKeyValue[]
    readonly droppedAttributesCount?: number
  }
  readonly scopeSpans: readonly OtlpScopeSpansObject[]
  readonly schemaUrl?: string
}

/** Assigned one by one, not spread: an export may have a million spans, and a hostile span as many events. */
export function spanObject(span: OtlpSpan): OtlpSpanObject {
  const object: Writable<OtlpSpanObject> = {
    traceId: span.traceId,
    spanId: span.spanId,
    name: span.name,
    status: {},
  }
  if (span.traceState !== '') object.traceState = span.traceState
  if (span.parentSpanId !== '') object.parentSpanId = span.parentSpanId
  if (span.flags !== 0) object.flags = span.flags
  if (span.kind !== 0) object.kind = span.kind
  if (!isNoTime(span.start)) object.startTimeUnixNano = timeText(span.start)
  if (!isNoTime(span.end)) object.endTimeUnixNano = timeText(span.end)
  addAttributes(object, span)
  if (span.events.length > 0) object.events = span.events.map(eventObject)
  if (span.droppedEventsCount > 0) object.droppedEventsCount = span.droppedEventsCount
  if (span.links.length > 0) object.links = span.links.map(linkObject)
  if (span.droppedLinksCount > 0) object.droppedLinksCount = span.droppedLinksCount
  const { code, message } = span.status
  if (code !== 0 || message !== '')
    object.status = { ...(code !== 0 && { code }), ...(message !== '' && { message }) }
  return object
}

export function eventObject(event: OtlpEvent): OtlpEventObject {
  const object: Writable<OtlpEventObject> = {}
  if (!isNoTime(event.time)) object.timeUnixNano = timeText(event.time)
  if (event.name !== '') object.name = event.name
  addAttributes(object, event)
  return object
}

export function linkObject(link: OtlpLink): OtlpLinkObject {
  const object: Writable<OtlpLinkObject> = {}
  if (link.traceId !== '') object.traceId = link.traceId
  if (link.spanId !== '') object.spanId = link.spanId
  if (link.traceState !== '') object.traceState = link.traceState
  addAttributes(object, link)
  if (link.flags !== 0) object.flags = link.flags
  return object
}

export function resourceObject(resource: OtlpResource): OtlpResourceSpansObject['resource'] {
  return addAttributes({}, resource)
}

export function scopeObject(scope: OtlpScope): OtlpScopeSpansObject['scope'] {
  const object: Writable<OtlpScopeSpansObject['scope']> = {}
  if (scope.name !== '') object.name = scope.name
  if (scope.version !== '') object.version = scope.version
  return addAttributes(object, scope)
}

type Writable<T> = { -readonly [Name in keyof T]: T[Name] }

interface Attributed {
  readonly attributes: readonly OtlpKeyValue[]
  readonly droppedAttributesCount: number
}

function addAttributes<T extends Partial<Writable<Attributed>>>(
  object: T,
  { attributes, droppedAttributesCount }: Attributed,
): T {
  if (attributes.length > 0) object.attributes = attributes
  if (droppedAttributesCount > 0) object.droppedAttributesCount = droppedAttributesCount
  return object
}

function isNoTime({ micros, nanos }: OtlpTime): boolean {
  return micros === 0 && nanos === 0
}
