// A span of another format as an OTLP span, as the Collector's Zipkin receiver turns it, with the names of attributes that
// OpenTelemetry's semantic conventions have today. `debug`, `shared` and a second address have no place there.
import { type Endpoint, type Span, tagOf } from '@hopscope/model'
import { TRACE_ID_LENGTH } from '../ids.ts'
import type { OtlpParts } from './detail.ts'
import {
  DROPPED_ATTRIBUTES,
  DROPPED_EVENTS,
  DROPPED_LINKS,
  ERROR,
  LIBRARY_NAME,
  LIBRARY_VERSION,
  RESERVED,
  SCOPE_NAME,
  SCOPE_VERSION,
  STATUS_CODE,
} from './entries.ts'
import { eventsFromAnnotations } from './events.ts'
import { uint32From } from './json-values.ts'
import {
  NO_LINKS,
  NO_RESOURCE,
  NO_SCOPE,
  NO_TIME,
  type OtlpKeyValue,
  type OtlpStatus,
  otlpKindOf,
  STATUS_ERROR,
  STATUS_OK,
} from './otlp.ts'

/** What many tracers write for an error that says no more. */
const JUST_AN_ERROR = 'true'
const STATUS_DESCRIPTION = 'otel.status_description'
const PEER_SERVICE = 'peer.service'

export function otlpFromForeign(span: Span): OtlpParts {
  const { timestamp, duration } = span
  const serviceName = span.localEndpoint?.serviceName
  return {
    resource:
      serviceName === undefined
        ? NO_RESOURCE
        : { ...NO_RESOURCE, attributes: [stringAttribute('service.name', serviceName)] },
    scope: {
      ...NO_SCOPE,
      name: tagOf(span, SCOPE_NAME) ?? tagOf(span, LIBRARY_NAME) ?? '',
      version: tagOf(span, SCOPE_VERSION) ?? tagOf(span, LIBRARY_VERSION) ?? '',
    },
    span: {
      traceId: span.traceId.padStart(TRACE_ID_LENGTH, '0'),
      spanId: span.id,
      parentSpanId: span.parentId ?? '',
      traceState: '',
      flags: 0,
      name: span.name ?? '',
      kind: otlpKindOf(span.kind),
      start: { micros: timestamp ?? 0, nanos: 0 },
      end: timestamp === undefined ? NO_TIME : { micros: timestamp + (duration ?? 0), nanos: 0 },
      attributes: attributesOf(span),
      droppedAttributesCount: countFrom(tagOf(span, DROPPED_ATTRIBUTES)),
      events: eventsFromAnnotations(span.annotations, undefined, undefined),
      droppedEventsCount: countFrom(tagOf(span, DROPPED_EVENTS)),
      links: NO_LINKS,
      droppedLinksCount: countFrom(tagOf(span, DROPPED_LINKS)),
      status: statusOf(span),
    },
  }
}

function attributesOf(span: Span): OtlpKeyValue[] {
  const attributes: OtlpKeyValue[] = []
  for (const key of Object.keys(span.tags)) {
    const text = tagOf(span, key) ?? ''
    if (!RESERVED.has(key) || (key === ERROR && text === JUST_AN_ERROR))
      attributes.push(stringAttribute(key, text))
  }
  const { localEndpoint, remoteEndpoint } = span
  if (remoteEndpoint?.serviceName !== undefined && tagOf(span, PEER_SERVICE) === undefined)
    attributes.push(stringAttribute(PEER_SERVICE, remoteEndpoint.serviceName))
  addAddress('network.peer', remoteEndpoint, span, attributes)
  addAddress('network.local', localEndpoint, span, attributes)
  return attributes
}

function addAddress(
  prefix: string,
  endpoint: Endpoint | undefined,
  span: Span,
  attributes: OtlpKeyValue[],
): void {
  const ip = endpoint?.ipv4 ?? endpoint?.ipv6
  const addressKey = `${prefix}.address`
  const portKey = `${prefix}.port`
  if (ip !== undefined && tagOf(span, addressKey) === undefined)
    attributes.push(stringAttribute(addressKey, ip))
  if (endpoint?.port !== undefined && tagOf(span, portKey) === undefined)
    attributes.push({ key: portKey, value: { intValue: String(endpoint.port) } })
}

/** Zipkin's rule goes first: a span with a tag `error` failed, and its text says how. */
function statusOf(span: Span): OtlpStatus {
  const error = tagOf(span, ERROR)
  const code = tagOf(span, STATUS_CODE)
  if (error !== undefined || code === 'ERROR') {
    const message = error === undefined || error === JUST_AN_ERROR ? tagOf(span, STATUS_DESCRIPTION) : error
    return { code: STATUS_ERROR, message: message ?? '' }
  }
  return { code: code === 'OK' ? STATUS_OK : 0, message: '' }
}

function stringAttribute(key: string, stringValue: string): OtlpKeyValue {
  return { key, value: { stringValue } }
}

function countFrom(text: string | undefined): number {
  const count = uint32From(text, '')
  return typeof count === 'number' ? count : 0
}
