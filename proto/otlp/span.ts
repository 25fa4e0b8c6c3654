// An OTLP span to a span: OpenTelemetry's own rules (specification/trace/sdk_exporters/zipkin.md and
// specification/common/mapping-to-non-otlp.md), and all they leave out as the span's detail (detail.ts).
import type { DurationMicros, EpochMicros, Span, SpanKind } from '@hopscope/model'
import { Refused, shown } from '../decoded.ts'
import { isZeroId, refusedId, SPAN_ID_LENGTH, spanIdFrom, TRACE_ID_LENGTH, traceIdFrom } from '../ids.ts'
import { type AttributesAsTags, joined, tagsFromAttributes } from './attributes.ts'
import { localEndpointFrom, remoteEndpointFrom } from './endpoints.ts'
import { DROPPED_ATTRIBUTES, DROPPED_EVENTS, DROPPED_LINKS, ERROR, STATUS_CODE } from './entries.ts'
import { annotationsFromEvents } from './events.ts'
import { linkObject } from './objects.ts'
import { NEVER, type OtlpSpan, otlpKindOf, spanKindOf, STATUS_ERROR, STATUS_OK, timeText } from './otlp.ts'
import type { ScopeBase } from './scope.ts'
import { quoted } from './value.ts'

export function spanFromOtlp(wire: OtlpSpan, base: ScopeBase): Span | Refused {
  const traceId = wire.traceId.length === TRACE_ID_LENGTH ? traceIdFrom(wire.traceId) : undefined
  if (traceId === undefined) return wrongId('traceId', wire.traceId, TRACE_ID_LENGTH)
  const id = wire.spanId.length === SPAN_ID_LENGTH ? spanIdFrom(wire.spanId) : undefined
  if (id === undefined) return wrongId('spanId', wire.spanId, SPAN_ID_LENGTH)
  const parentText = wire.parentSpanId
  const parentId = parentText.length === SPAN_ID_LENGTH ? spanIdFrom(parentText) : undefined
  if (parentId === undefined && parentText !== '' && !isZeroId(parentText))
    return wrongId('parentSpanId', parentText, SPAN_ID_LENGTH)

  const { start, end } = wire
  if (!Number.isSafeInteger(start.micros)) return refusedTime('startTimeUnixNano')
  if (!Number.isSafeInteger(end.micros) && end !== NEVER) return refusedTime('endTimeUnixNano')
  const timestamp = start.micros > 0 ? (start.micros as EpochMicros) : undefined
  const events = annotationsFromEvents(wire.events, timestamp)
  if (events instanceof Refused) return events

  const attributes = tagsFromAttributes(wire, base)
  const { tags } = attributes
  const kind = spanKindOf(wire.kind)
  // Before the tags that aren't attributes are added.
  const remoteEndpoint = attributes.hasRemote ? remoteEndpointFrom(tags, kind) : undefined
  const localEndpoint = attributes.hasLocal ? localEndpointFrom(tags, base.serviceName) : base.localEndpoint
  const name = wire.name.toLowerCase()
  const duration = durationOf(wire)
  let detail = joined(attributes.detail, events.detail)
  if (name !== wire.name) detail = joined(detail, `"name":${quoted(wire.name)}`)
  detail = joined(detail, timesDetailJson(wire, duration))
  detail = joined(detail, statusAsTags(wire, attributes))
  detail = joined(detail, droppedAsTags(wire, attributes))
  detail = joined(detail, restDetailJson(wire, kind))
  return {
    traceId,
    id,
    parentId: parentId === id ? undefined : parentId,
    kind,
    name: name === '' ? undefined : name,
    timestamp,
    duration: duration as DurationMicros | undefined,
    localEndpoint,
    remoteEndpoint,
    annotations: events.annotations,
    tags,
    debug: false,
    shared: false,
    otel: detail === base.detail ? base.otel : `{${detail}}`,
  }
}

/** Whole microseconds, at least 1; undefined unless the span has both times, in order. */
function durationOf({ start, end }: OtlpSpan): number | undefined {
  if (start.micros === 0 || end === NEVER) return undefined
  const micros = end.micros - start.micros - (end.nanos < start.nanos ? 1 : 0)
  return micros < 0 ? undefined : Math.max(1, micros)
}

/** `nanos`: what to add to the timestamp, and to the duration; or `times`: both times, where the span has no such times. */
function timesDetailJson({ start, end }: OtlpSpan, duration: number | undefined): string {
  const hasEnd = end.micros > 0 || end.nanos > 0
  if (duration === undefined && (hasEnd || start.micros === 0)) {
    return hasEnd || start.nanos > 0 ? `"times":["${timeText(start)}","${timeText(end)}"]` : ''
  }
  const startNanos = start.nanos
  const durationNanos =
    duration === undefined ? 0 : (end.micros - start.micros - duration) * 1000 + end.nanos - start.nanos
  return startNanos === 0 && durationNanos === 0 ? '' : `"nanos":[${startNanos},${durationNanos}]`
}

/**
 * The tags `otel.status_code` and `error`, and the detail's member where these don't tell the status. Zipkin takes a span with
 * any tag `error` as failed, so only one whose status says so gets it: with the message, or else the span's own attribute.
 */
function statusAsTags(
  { status: { code, message } }: OtlpSpan,
  { tags, hasReserved, error }: AttributesAsTags,
): string {
  if (code === STATUS_OK) {
    tags[STATUS_CODE] = 'OK'
  } else if (code === STATUS_ERROR) {
    tags[STATUS_CODE] = 'ERROR'
    tags[ERROR] = message === '' && error !== undefined && error !== 'false' ? error : message
  }
  const isTold = code === STATUS_ERROR || ((code === 0 || code === STATUS_OK) && message === '')
  return isTold && !hasReserved ? '' : `"status":${JSON.stringify([code, message])}`
}

function droppedAsTags(wire: OtlpSpan, { tags, hasReserved }: AttributesAsTags): string {
  const { droppedAttributesCount, droppedEventsCount, droppedLinksCount } = wire
  if (droppedAttributesCount > 0) tags[DROPPED_ATTRIBUTES] = String(droppedAttributesCount)
  if (droppedEventsCount > 0) tags[DROPPED_EVENTS] = String(droppedEventsCount)
  if (droppedLinksCount > 0) tags[DROPPED_LINKS] = String(droppedLinksCount)
  return hasReserved ? `"dropped":[${droppedAttributesCount},${droppedEventsCount},${droppedLinksCount}]` : ''
}

/** What no field of a span has a place for. */
function restDetailJson(wire: OtlpSpan, kind: SpanKind | undefined): string {
  let members = ''
  if (wire.kind !== otlpKindOf(kind)) members = `"kind":${wire.kind}`
  if (wire.parentSpanId !== '' && wire.parentSpanId === wire.spanId)
    members = joined(members, '"isOwnParent":true')
  if (wire.flags > 0) members = joined(members, `"flags":${wire.flags}`)
  if (wire.traceState !== '') members = joined(members, `"traceState":${JSON.stringify(wire.traceState)}`)
  if (wire.links.length > 0)
    members = joined(members, `"links":${JSON.stringify(wire.links.map(linkObject))}`)
  return members
}

function wrongId(field: string, text: string, length: 16 | 32): Refused {
  return text.length === length || text === ''
    ? refusedId(field, text, length)
    : new Refused(field, `${shown(text)} is not of ${length / 2} bytes.`)
}

function refusedTime(field: string): Refused {
  return new Refused(field, 'It is out of range: the unit must be nanoseconds.')
}
