// OTLP/JSON to spans: the body of POST /v1/traces with application/json.
// Format: "JSON Protobuf Encoding" in opentelemetry-proto's docs/specification.md.
import { type Decoded, Refused, shown } from '../decoded.ts'
import { HopscopeError, messageOf } from '../errors.ts'
import { jsonFromUtf8, withNumbersQuoted } from '../wire/json-text.ts'
import {
  attributesFrom,
  eventsFrom,
  idFrom,
  linksFrom,
  listFrom,
  membersOf,
  textFrom,
  timeFrom,
  uint32From,
} from './json-values.ts'
import { OtlpIntake } from './intake.ts'
import { NO_STATUS, type OtlpResource, type OtlpScope, type OtlpSpan, type OtlpStatus } from './otlp.ts'
import type { ScopeBase } from './scope.ts'
import { isGiven, NUMBER_FOR_TEXT, wholeNumberFrom } from '../zipkin/v2-json-values.ts'

const MESSAGE_LENGTH = 200
const KIND_NAMES = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']
const STATUS_NAMES = ['UNSET', 'OK', 'ERROR']

/**
 * Reads a UTF-8 `{"resourceSpans":[…]}` (ExportTraceServiceRequest, TracesData). A refusal's index counts the spans of the
 * whole body.
 * @throws HopscopeError body-not-json, body-unreadable
 */
export function decodeOtlpJson(bytes: Uint8Array): Decoded {
  const json = jsonFromUtf8(bytes)
  const decoded = decodedFrom(json, bytes.length) ?? decodedFrom(withNumbersQuoted(json), bytes.length)
  if (decoded === undefined)
    throw new HopscopeError('internal', 'A number was left where all were made text.')
  return decoded
}

/** Undefined if a number stands where text is wanted: JSON.parse may have lost its digits. */
function decodedFrom(json: string, size: number): Decoded | undefined {
  const body = membersOf(parsed(json))
  const list = body === undefined ? undefined : listFrom(body['resourceSpans'], 'resourceSpans')
  if (list === undefined || list instanceof Refused)
    throw new HopscopeError('body-malformed', 'The body must be an object with a list resourceSpans.')
  const intake = new OtlpIntake(size)
  for (let i = 0; i < list.length; i++) {
    if (!addResourceSpans(list[i], `resourceSpans[${i}]`, intake)) return undefined
  }
  return intake.decoded()
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    throw new HopscopeError('body-not-json', messageOf(error).slice(0, MESSAGE_LENGTH), { cause: error })
  }
}

/** These give false where the body must be read again with numbers as text. */
function addResourceSpans(value: unknown, field: string, intake: OtlpIntake): boolean {
  const members = membersOf(value)
  const scopes =
    members === undefined ? notAnObject(field, value) : listFrom(members['scopeSpans'], `${field}.scopeSpans`)
  if (members === undefined || scopes instanceof Refused) return refuse(scopes as Refused, intake)
  const resource = resourceFrom(members)
  for (let i = 0; i < scopes.length; i++) {
    if (!addScopeSpans(scopes[i], `${field}.scopeSpans[${i}]`, resource, intake)) return false
  }
  return true
}

function addScopeSpans(
  value: unknown,
  field: string,
  resource: OtlpResource | Refused,
  intake: OtlpIntake,
): boolean {
  const members = membersOf(value)
  const spans =
    members === undefined ? notAnObject(field, value) : listFrom(members['spans'], `${field}.spans`)
  if (members === undefined || spans instanceof Refused) return refuse(spans as Refused, intake)
  if (spans.length === 0) return true
  const base = intake.baseFrom(resource, scopeFrom(members))
  for (const entry of spans) {
    const span = base instanceof Refused ? base : spanFrom(entry)
    if (!(span instanceof Refused)) intake.add(span, base as ScopeBase)
    else if (!refuse(span, intake)) return false
  }
  return true
}

function refuse(refused: Refused, intake: OtlpIntake): boolean {
  if (refused === NUMBER_FOR_TEXT) return false
  intake.refuse(refused)
  return true
}

function notAnObject(field: string, value: unknown): Refused {
  return new Refused(field, `It must be an object, not ${shown(value)}.`)
}

function resourceFrom(members: Readonly<Record<string, unknown>>): OtlpResource | Refused {
  const resource = membersOf(members['resource'])
  const attributes = attributesFrom(resource?.['attributes'], 'resource.attributes')
  if (attributes instanceof Refused) return attributes
  const droppedAttributesCount = uint32From(
    resource?.['droppedAttributesCount'],
    'resource.droppedAttributesCount',
  )
  if (typeof droppedAttributesCount !== 'number') return droppedAttributesCount
  const schemaUrl = textFrom(members['schemaUrl'], 'resource.schemaUrl')
  if (typeof schemaUrl !== 'string') return schemaUrl
  return { attributes, droppedAttributesCount, schemaUrl }
}

function scopeFrom(members: Readonly<Record<string, unknown>>): OtlpScope | Refused {
  const scope = membersOf(members['scope'])
  const name = textFrom(scope?.['name'], 'scope.name')
  if (typeof name !== 'string') return name
  const version = textFrom(scope?.['version'], 'scope.version')
  if (typeof version !== 'string') return version
  const attributes = attributesFrom(scope?.['attributes'], 'scope.attributes')
  if (attributes instanceof Refused) return attributes
  const droppedAttributesCount = uint32From(scope?.['droppedAttributesCount'], 'scope.droppedAttributesCount')
  if (typeof droppedAttributesCount !== 'number') return droppedAttributesCount
  const schemaUrl = textFrom(members['schemaUrl'], 'scope.schemaUrl')
  if (typeof schemaUrl !== 'string') return schemaUrl
  return { name, version, attributes, droppedAttributesCount, schemaUrl }
}

function spanFrom(entry: unknown): OtlpSpan | Refused {
  const wire = membersOf(entry)
  if (wire === undefined) return new Refused('', `A span must be an object, not ${shown(entry)}.`)
  const traceId = idFrom(wire['traceId'], 'traceId')
  if (typeof traceId !== 'string') return traceId
  const spanId = idFrom(wire['spanId'], 'spanId')
  if (typeof spanId !== 'string') return spanId
  const parentSpanId = idFrom(wire['parentSpanId'], 'parentSpanId')
  if (typeof parentSpanId !== 'string') return parentSpanId
  const traceState = textFrom(wire['traceState'], 'traceState')
  if (typeof traceState !== 'string') return traceState
  const flags = uint32From(wire['flags'], 'flags')
  if (typeof flags !== 'number') return flags
  const name = textFrom(wire['name'], 'name')
  if (typeof name !== 'string') return name
  const kind = enumFrom(wire['kind'], 'SPAN_KIND_', KIND_NAMES, 'kind')
  if (typeof kind !== 'number') return kind
  const start = timeFrom(wire['startTimeUnixNano'], 'startTimeUnixNano')
  if (start instanceof Refused) return start
  const end = timeFrom(wire['endTimeUnixNano'], 'endTimeUnixNano')
  if (end instanceof Refused) return end
  const attributes = attributesFrom(wire['attributes'], 'attributes')
  if (attributes instanceof Refused) return attributes
  const droppedAttributesCount = uint32From(wire['droppedAttributesCount'], 'droppedAttributesCount')
  if (typeof droppedAttributesCount !== 'number') return droppedAttributesCount
  const events = eventsFrom(wire['events'], 'events')
  if (events instanceof Refused) return events
  const droppedEventsCount = uint32From(wire['droppedEventsCount'], 'droppedEventsCount')
  if (typeof droppedEventsCount !== 'number') return droppedEventsCount
  const links = linksFrom(wire['links'], 'links')
  if (links instanceof Refused) return links
  const droppedLinksCount = uint32From(wire['droppedLinksCount'], 'droppedLinksCount')
  if (typeof droppedLinksCount !== 'number') return droppedLinksCount
  const status = statusFrom(wire['status'])
  if (status instanceof Refused) return status
  return {
    traceId,
    spanId,
    parentSpanId,
    traceState,
    flags,
    name,
    kind,
    start,
    end,
    attributes,
    droppedAttributesCount,
    events,
    droppedEventsCount,
    links,
    droppedLinksCount,
    status,
  }
}

function statusFrom(value: unknown): OtlpStatus | Refused {
  if (!isGiven(value)) return NO_STATUS
  const members = membersOf(value)
  if (members === undefined) return notAnObject('status', value)
  const code = enumFrom(members['code'], 'STATUS_CODE_', STATUS_NAMES, 'status.code')
  if (typeof code !== 'number') return code
  const message = textFrom(members['message'], 'status.message')
  return typeof message === 'string' ? { code, message } : message
}

/** A number, any of 32 bits, as OTLP asks for; or a name, as protobuf's JSON would have it. Absent is 0. */
function enumFrom(value: unknown, prefix: string, names: readonly string[], field: string): number | Refused {
  if (!isGiven(value)) return 0
  const number =
    typeof value === 'string' && value.startsWith(prefix)
      ? names.indexOf(value.slice(prefix.length))
      : wholeNumberFrom(value)
  return number >= 0 && number < 0x8000_0000
    ? number + 0
    : new Refused(field, `${shown(value)} is not known.`)
}
