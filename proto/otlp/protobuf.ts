// OTLP in protobuf to spans: the body of POST /v1/traces with application/x-protobuf, and the way most senders come.
// Messages: opentelemetry/proto/trace/v1/trace.proto and what it imports; a field's tag is `number << 3 | wire type`.
import { type Decoded, Refused } from '../decoded.ts'
import {
  NO_RESOURCE,
  NO_SCOPE,
  NO_STATUS,
  type OtlpEvent,
  type OtlpKeyValue,
  type OtlpLink,
  type OtlpResource,
  type OtlpScope,
  type OtlpSpan,
  MOST_PARTS,
  NO_ATTRIBUTES,
  NO_EVENTS,
  NO_LINKS,
  NO_TIME,
} from './otlp.ts'
import { HopscopeError } from '../errors.ts'
import { OtlpIntake } from './intake.ts'
import { addAttribute, eventFrom, linkFrom, statusFrom, timeFrom, uint32From } from './protobuf-values.ts'
import type { ScopeBase } from './scope.ts'
import { messageFrom } from '../wire/protobuf-message.ts'
import { ProtobufReader } from '../wire/protobuf-reader.ts'

/**
 * Reads an ExportTraceServiceRequest (or TracesData). What is wrong within one span refuses that span; a refusal's index counts the
 * spans of the whole body.
 * @throws HopscopeError body-malformed where the bytes around the spans are not protobuf
 */
export function decodeOtlpProtobuf(bytes: Uint8Array): Decoded {
  const reader = new ProtobufReader(bytes)
  const intake = new OtlpIntake(bytes.length)
  let isKnown = false
  let unknown = 0
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (reader.tag === 10) {
      isKnown = true
      const outer = reader.enter()
      readResourceSpans(reader, intake)
      reader.leave(outer)
    } else {
      unknown ||= field
      reader.skip()
    }
  }
  if (unknown > 0 && !isKnown)
    throw new HopscopeError('body-malformed', `The body has ${without('resource_spans', unknown)}`)
  return intake.decoded()
}

/** Fields may come in any order: the resource is looked for before the spans are read. */
function readResourceSpans(reader: ProtobufReader, intake: OtlpIntake): void {
  const start = reader.position
  let resource: OtlpResource | Refused = NO_RESOURCE
  let schemaUrl = ''
  let hasScopes = false
  let unknown = 0
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (reader.tag === 10) resource = messageFrom(reader, resourceFrom)
    else if (reader.tag === 26) schemaUrl = reader.text()
    else {
      if (reader.tag === 18) hasScopes = true
      else unknown ||= field
      reader.skip()
    }
  }
  if (!hasScopes) {
    if (resource instanceof Refused) intake.refuse(resource)
    else if (unknown > 0)
      intake.refuse(new Refused('resourceSpans', `It has ${without('scope_spans', unknown)}`))
    return
  }
  if (!(resource instanceof Refused)) resource = { ...resource, schemaUrl }
  let isTold = false
  reader.position = start
  while (reader.next() !== 0) {
    if (reader.tag === 18) {
      const outer = reader.enter()
      if (readScopeSpans(reader, resource, intake)) isTold = true
      reader.leave(outer)
    } else {
      reader.skip()
    }
  }
  if (!isTold && resource instanceof Refused) intake.refuse(resource)
}

/** Whether anything was added or refused. */
function readScopeSpans(
  reader: ProtobufReader,
  resource: OtlpResource | Refused,
  intake: OtlpIntake,
): boolean {
  const start = reader.position
  let scope: OtlpScope | Refused = NO_SCOPE
  let schemaUrl = ''
  while (reader.next() !== 0) {
    if (reader.tag === 10) scope = messageFrom(reader, scopeFrom)
    else if (reader.tag === 26) schemaUrl = reader.text()
    else reader.skip()
  }
  if (!(scope instanceof Refused)) scope = { ...scope, schemaUrl }
  let base: ScopeBase | Refused | undefined
  reader.position = start
  while (reader.next() !== 0) {
    if (reader.tag !== 18) {
      reader.skip()
      continue
    }
    base ??= intake.baseFrom(resource, scope)
    if (base instanceof Refused) {
      reader.skip()
      intake.refuse(base)
      continue
    }
    const span = messageFrom(reader, spanFrom)
    if (span instanceof Refused) intake.refuse(span)
    else intake.add(span, base)
  }
  if (base !== undefined) return true
  if (scope instanceof Refused) intake.refuse(scope)
  return scope instanceof Refused
}

function resourceFrom(reader: ProtobufReader): OtlpResource | Refused {
  let attributes = NO_ATTRIBUTES as OtlpKeyValue[]
  let droppedAttributesCount = 0
  while (reader.next() !== 0) {
    if (reader.tag === 10) {
      if (attributes === NO_ATTRIBUTES) attributes = []
      if (!addAttribute(reader, attributes)) return tooDeep('resource.attributes')
    } else if (reader.tag === 16) droppedAttributesCount = uint32From(reader)
    else reader.skip()
  }
  return { attributes, droppedAttributesCount, schemaUrl: '' }
}

function scopeFrom(reader: ProtobufReader): OtlpScope | Refused {
  let attributes = NO_ATTRIBUTES as OtlpKeyValue[]
  let name = ''
  let version = ''
  let droppedAttributesCount = 0
  while (reader.next() !== 0) {
    if (reader.tag === 10) name = reader.text()
    else if (reader.tag === 18) version = reader.text()
    else if (reader.tag === 26) {
      if (attributes === NO_ATTRIBUTES) attributes = []
      if (!addAttribute(reader, attributes)) return tooDeep('scope.attributes')
    } else if (reader.tag === 32) droppedAttributesCount = uint32From(reader)
    else reader.skip()
  }
  return { name, version, attributes, droppedAttributesCount, schemaUrl: '' }
}

function spanFrom(reader: ProtobufReader): OtlpSpan | Refused {
  let traceId = ''
  let spanId = ''
  let parentSpanId = ''
  let traceState = ''
  let flags = 0
  let name = ''
  let kind = 0
  let start = NO_TIME
  let end = NO_TIME
  let attributes = NO_ATTRIBUTES as OtlpKeyValue[]
  let droppedAttributesCount = 0
  let events = NO_EVENTS as OtlpEvent[]
  let droppedEventsCount = 0
  let links = NO_LINKS as OtlpLink[]
  let droppedLinksCount = 0
  let status = NO_STATUS
  while (reader.next() !== 0) {
    switch (reader.tag) {
      case 10:
        traceId = reader.hex()
        break
      case 18:
        spanId = reader.hex()
        break
      case 26:
        traceState = reader.text()
        break
      case 34:
        parentSpanId = reader.hex()
        break
      case 42:
        name = reader.text()
        break
      case 48:
        kind = reader.int32()
        break
      case 57:
        start = timeFrom(reader)
        break
      case 65:
        end = timeFrom(reader)
        break
      case 74:
        if (attributes === NO_ATTRIBUTES) attributes = []
        if (!addAttribute(reader, attributes)) return tooDeep('attributes')
        if (attributes.length > MOST_PARTS) return tooMany('attributes')
        break
      case 80:
        droppedAttributesCount = uint32From(reader)
        break
      case 90: {
        const outer = reader.enter()
        const event = eventFrom(reader)
        reader.leave(outer)
        if (event === undefined) return tooDeep(`events[${events.length}].attributes`)
        if (events === NO_EVENTS) events = []
        if (events.push(event) > MOST_PARTS) return tooMany('events')
        break
      }
      case 96:
        droppedEventsCount = uint32From(reader)
        break
      case 106: {
        const outer = reader.enter()
        const link = linkFrom(reader)
        reader.leave(outer)
        if (link === undefined) return tooDeep(`links[${links.length}].attributes`)
        if (links === NO_LINKS) links = []
        if (links.push(link) > MOST_PARTS) return tooMany('links')
        break
      }
      case 112:
        droppedLinksCount = uint32From(reader)
        break
      case 122: {
        const outer = reader.enter()
        status = statusFrom(reader)
        reader.leave(outer)
        break
      }
      case 133:
        flags = reader.fixed32()
        break
      default:
        reader.skip()
    }
  }
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

/** @param unknown the number of a field that stands where spans should be */
function without(name: string, unknown: number): string {
  return `the field ${unknown}, which is not known, and no ${name}.`
}

function tooMany(field: string): Refused {
  return new Refused(field, `There are more than ${MOST_PARTS}.`)
}

function tooDeep(field: string): Refused {
  return new Refused(field, 'A value lies in too many lists.')
}
