// OTLP/JSON to spans: the body of POST /v1/traces with application/json.
// Format: "JSON Protobuf Encoding" in opentelemetry-proto's docs/specification.md.
import { type Decoded, Refused, shown } from '../decoded.ts'
import { HopscopeError } from '../errors.ts'
import { parseJson, readJson } from '../wire/json-text.ts'
import {
  attributedFrom,
  eventsFrom,
  idFrom,
  linksFrom,
  listFrom,
  type Members,
  membersOf,
  notAnObject,
  objectFrom,
  textFrom,
  timeFrom,
  uint32From,
} from './json-values.ts'
import { OtlpIntake } from './intake.ts'
import { NO_STATUS, type OtlpResource, type OtlpScope, type OtlpSpan, type OtlpStatus } from './otlp.ts'
import type { ScopeBase } from './scope.ts'
import { isGiven, NUMBER_FOR_TEXT, wholeNumberFrom } from '../wire/json-values.ts'

const NAMES_SHOWN = 3
/** Members of a ResourceSpans and a ScopeSpans. */
const KNOWN_BESIDE_LISTS: ReadonlySet<string> = new Set(['resource', 'scope', 'schemaUrl'])
const KIND_NAMES = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']
const STATUS_NAMES = ['UNSET', 'OK', 'ERROR']

/**
 * Reads a UTF-8 `{"resourceSpans":[…]}` (ExportTraceServiceRequest, TracesData). A refusal's index counts the spans of the
 * whole body.
 * @throws HopscopeError body-not-json, body-malformed
 */
export function decodeOtlpJson(bytes: Uint8Array): Decoded {
  return readJson(bytes, (json) => decodedFrom(json, bytes.length))
}

/** Undefined if a number stands where text is wanted: JSON.parse may have lost its digits. */
function decodedFrom(json: string, size: number): Decoded | undefined {
  const body = membersOf(parseJson(json))
  const list = body === undefined ? undefined : listFrom(body['resourceSpans'], 'resourceSpans')
  if (body === undefined || list === undefined || list instanceof Refused)
    throw new HopscopeError('body-malformed', 'The body must be an object with a list resourceSpans.')
  if (!Object.hasOwn(body, 'resourceSpans')) requireNoMembers(body)
  const intake = new OtlpIntake(size)
  for (let i = 0; i < list.length; i++) {
    if (!addResourceSpans(list[i], `resourceSpans[${i}]`, intake)) return undefined
  }
  return intake.decoded()
}

/** An empty request is an object without members; with others it is none of traces. */
function requireNoMembers(body: Members): void {
  const names = Object.keys(body)
  if (names.length === 0) return
  const more = names.length > NAMES_SHOWN ? ', …' : ''
  throw new HopscopeError(
    'body-malformed',
    `The body must be an object with a list resourceSpans, but has ${names.slice(0, NAMES_SHOWN).map(shown).join(', ')}${more}.`,
  )
}

/** False where the body must be read again with numbers as text. */
function addResourceSpans(value: unknown, field: string, intake: OtlpIntake): boolean {
  const members = membersOf(value)
  const scopes = members === undefined ? notAnObject(field, value) : entriesOf(members, 'scopeSpans', field)
  if (members === undefined || scopes instanceof Refused) return refuse(scopes as Refused, intake)
  const resource = resourceFrom(members)
  let isTold = false
  for (let i = 0; i < scopes.length; i++) {
    const told = addScopeSpans(scopes[i], `${field}.scopeSpans[${i}]`, resource, intake)
    if (told === undefined) return false
    isTold ||= told
  }
  return isTold || !(resource instanceof Refused) || refuse(resource, intake)
}

/** Whether anything was added or refused; undefined where the body must be read again with numbers as text. */
function addScopeSpans(
  value: unknown,
  field: string,
  resource: OtlpResource | Refused,
  intake: OtlpIntake,
): boolean | undefined {
  const members = membersOf(value)
  const spans = members === undefined ? notAnObject(field, value) : entriesOf(members, 'spans', field)
  if (members === undefined || spans instanceof Refused) return refuse(spans as Refused, intake) || undefined
  const scope = scopeFrom(members)
  if (spans.length === 0) return scope instanceof Refused && (refuse(scope, intake) || undefined)
  const base = intake.baseFrom(resource, scope)
  for (const entry of spans) {
    const span = base instanceof Refused ? base : spanFrom(entry)
    if (!(span instanceof Refused)) intake.add(span, base as ScopeBase)
    else if (!refuse(span, intake)) return undefined
  }
  return true
}

/** A list that may be absent, unless something that nobody knows is there in its stead. */
function entriesOf(members: Members, name: string, field: string): readonly unknown[] | Refused {
  if (!Object.hasOwn(members, name)) {
    const unknown = Object.keys(members).find((key) => !KNOWN_BESIDE_LISTS.has(key))
    if (unknown !== undefined)
      return new Refused(field, `It has ${shown(unknown)}, which is not known, and no ${name}.`)
  }
  return listFrom(members[name], `${field}.${name}`)
}

function refuse(refused: Refused, intake: OtlpIntake): boolean {
  if (refused === NUMBER_FOR_TEXT) return false
  intake.refuse(refused)
  return true
}

function resourceFrom(members: Members): OtlpResource | Refused {
  const resource = objectFrom(members['resource'], 'resource')
  if (resource instanceof Refused) return resource
  const attributed = attributedFrom(resource, 'resource.')
  if (attributed instanceof Refused) return attributed
  const schemaUrl = textFrom(members['schemaUrl'], 'resource.schemaUrl')
  if (typeof schemaUrl !== 'string') return schemaUrl
  return { ...attributed, schemaUrl }
}

function scopeFrom(members: Members): OtlpScope | Refused {
  const scope = objectFrom(members['scope'], 'scope')
  if (scope instanceof Refused) return scope
  const name = textFrom(scope['name'], 'scope.name')
  if (typeof name !== 'string') return name
  const version = textFrom(scope['version'], 'scope.version')
  if (typeof version !== 'string') return version
  const attributed = attributedFrom(scope, 'scope.')
  if (attributed instanceof Refused) return attributed
  const schemaUrl = textFrom(members['schemaUrl'], 'scope.schemaUrl')
  if (typeof schemaUrl !== 'string') return schemaUrl
  return { name, version, ...attributed, schemaUrl }
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
  const attributed = attributedFrom(wire, '')
  if (attributed instanceof Refused) return attributed
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
    attributes: attributed.attributes,
    droppedAttributesCount: attributed.droppedAttributesCount,
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
