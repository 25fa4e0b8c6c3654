// Zipkin v1 JSON → spans, for tracers from before 2017 and what still imitates them.
// Leniency: zipkin2.internal.V1JsonSpanReader on gson; unlike it, no value of a binary annotation is dropped for its type.
import type { EpochMicros, SpanId } from '@hopscope/model'
import { Refused, shown } from '../decoded.ts'
import { isZeroId, refusedId, spanIdFrom, traceIdFrom } from '../ids.ts'
import { parseList, readJson } from '../wire/json-text.ts'
import {
  flagFrom,
  isGiven,
  isObject,
  NUMBER_FOR_TEXT,
  textFrom,
  wholeNumberFrom,
} from '../wire/json-values.ts'
import { isAddress, type V1Annotation, type V1BinaryAnnotation, type V1Span } from './v1.ts'
import { type DecodedV1, V1Spans } from './v1-spans.ts'
import { endpointFrom } from './v2-json-parts.ts'
import { microsFrom, nameFrom, refusedMicros } from './v2-json-values.ts'

/** A span as it may have been sent: any of these may be anything. */
interface WireSpan {
  readonly traceId?: unknown
  readonly id?: unknown
  readonly parentId?: unknown
  readonly name?: unknown
  readonly timestamp?: unknown
  readonly duration?: unknown
  readonly annotations?: unknown
  readonly binaryAnnotations?: unknown
  readonly debug?: unknown
}

interface WireAnnotation {
  readonly timestamp?: unknown
  readonly value?: unknown
  readonly endpoint?: unknown
}

interface WireBinaryAnnotation {
  readonly key?: unknown
  readonly value?: unknown
  readonly endpoint?: unknown
}

/**
 * Reads a UTF-8 JSON list of Zipkin v1 spans, each as the v2 spans that Zipkin makes of it. Spans that can't be read
 * are refused one by one.
 * @throws HopscopeError body-not-json, body-not-a-list
 */
export function decodeZipkinV1Json(bytes: Uint8Array): DecodedV1 {
  return readJson(bytes, (json) => spansFrom(parseList(json)))
}

function spansFrom(list: readonly unknown[]): DecodedV1 | undefined {
  const spans = new V1Spans()
  for (let index = 0; index < list.length; index++) {
    const read = spanFrom(list[index])
    if (read === NUMBER_FOR_TEXT) return undefined
    spans.add(index, read)
  }
  return spans.decoded()
}

function spanFrom(entry: unknown): V1Span | Refused {
  if (!isObject(entry)) return new Refused('', `A span must be an object, not ${shown(entry)}.`)
  const wire: WireSpan = entry

  const traceIdText = textFrom(wire.traceId, 'traceId')
  if (typeof traceIdText === 'object') return traceIdText
  const traceId = traceIdFrom(traceIdText)
  if (traceId === undefined) return refusedId('traceId', traceIdText, 32)

  const idText = textFrom(wire.id, 'id')
  if (typeof idText === 'object') return idText
  const id = lowSpanIdFrom(idText)
  if (id === undefined) return refusedId('id', idText, 32)

  let parentId: SpanId | undefined
  if (isGiven(wire.parentId)) {
    const text = textFrom(wire.parentId, 'parentId')
    if (typeof text === 'object') return text
    parentId = lowSpanIdFrom(text)
    if (parentId === undefined && !isZeroId(text.slice(-16))) return refusedId('parentId', text, 32)
  }

  const name = nameFrom(wire.name, 'name')
  if (typeof name === 'object') return name
  const timestamp = microsFrom(wire.timestamp, 'timestamp') ?? 0
  if (typeof timestamp === 'object') return timestamp
  const duration = microsFrom(wire.duration, 'duration') ?? 0
  if (typeof duration === 'object') return duration
  const annotations = listFrom(wire.annotations, 'annotations', annotationFrom)
  if (annotations instanceof Refused) return annotations
  const binaryAnnotations = listFrom(wire.binaryAnnotations, 'binaryAnnotations', binaryAnnotationFrom)
  if (binaryAnnotations instanceof Refused) return binaryAnnotations
  const debug = flagFrom(wire.debug, 'debug')
  if (typeof debug === 'object') return debug

  return { traceId, id, parentId, name, timestamp, duration, annotations, binaryAnnotations, debug }
}

/** v1 takes the low 64 bits where tracers give a span an id as long as the trace's. */
function lowSpanIdFrom(text: string): SpanId | undefined {
  return text.length > 32 ? undefined : spanIdFrom(text.slice(-16))
}

/** Entries that say nothing are left out. */
function listFrom<Entry>(
  value: unknown,
  field: string,
  entryFrom: (entry: object, field: string) => Entry | undefined | Refused,
): Entry[] | Refused {
  const entries: Entry[] = []
  if (!isGiven(value)) return entries
  if (!Array.isArray(value)) return new Refused(field, `It must be a list, not ${shown(value)}.`)
  for (let i = 0; i < value.length; i++) {
    const wire: unknown = value[i]
    const place = `${field}[${i}]`
    if (!isObject(wire)) return new Refused(place, `It must be an object, not ${shown(wire)}.`)
    const entry = entryFrom(wire, place)
    if (entry instanceof Refused) return entry
    if (entry !== undefined) entries.push(entry)
  }
  return entries
}

function annotationFrom(wire: WireAnnotation, field: string): V1Annotation | Refused {
  const timestamp = wholeNumberFrom(wire.timestamp)
  if (!Number.isSafeInteger(timestamp)) return refusedMicros(`${field}.timestamp`, wire.timestamp, timestamp)
  const value = textFrom(wire.value, `${field}.value`)
  if (typeof value === 'object') return value
  const endpoint = endpointFrom(wire.endpoint, `${field}.endpoint`)
  if (endpoint instanceof Refused) return endpoint
  return { timestamp: (timestamp + 0) as EpochMicros, value, endpoint } // -0 + 0 is 0
}

function binaryAnnotationFrom(
  wire: WireBinaryAnnotation,
  field: string,
): V1BinaryAnnotation | undefined | Refused {
  const key = textFrom(wire.key, `${field}.key`)
  if (typeof key === 'object') return key
  const endpoint = endpointFrom(wire.endpoint, `${field}.endpoint`)
  if (endpoint instanceof Refused) return endpoint
  const { value } = wire
  if (typeof value === 'string') return { key, value, endpoint }
  if (typeof value === 'number') return NUMBER_FOR_TEXT
  // Zipkin passes over any other value, too; a flag it knows only as the mark of an address.
  if (typeof value !== 'boolean') return undefined
  if (isAddress(key) && (!value || endpoint === undefined)) return undefined
  return { key, value: String(value), endpoint }
}
