// Zipkin's protobuf, a ListOfSpans of zipkin.proto, to spans: the same spans as the same content in v2 JSON gives.
// Leniency: zipkin2.internal.Proto3ZipkinFields. Where fields come again, protobuf's rules: the last value, messages merged.
import {
  type Annotation,
  type DurationMicros,
  type Endpoint,
  type EpochMicros,
  NO_ANNOTATIONS,
  NO_TAGS,
  type Span,
  SPAN_KINDS,
  type SpanId,
} from '@hopscope/model'
import { byTimeAndValue, sortedAndUnique } from '../annotations.ts'
import { type Decoded, Refusals, Refused } from '../decoded.ts'
import { isZeroId, refusedId, spanIdFrom, traceIdFrom } from '../ids.ts'
import { messageFrom } from '../wire/protobuf-message.ts'
import { FIXED64, LENGTH_DELIMITED, ProtobufReader, VARINT } from '../wire/protobuf-reader.ts'
import { addAnnotation, addTag, readEndpoint, refusedMicros, skipUnknown } from './proto3-parts.ts'

const SPAN_FIELDS = [
  'traceId',
  'parentId',
  'id',
  'kind',
  'name',
  'timestamp',
  'duration',
  'localEndpoint',
  'remoteEndpoint',
  'annotations',
  'tags',
  'debug',
  'shared',
]

/**
 * Reads a ListOfSpans. Spans that can't be read are refused one by one, by their place among the spans.
 * @throws HopscopeError body-malformed where the bytes around the spans are not protobuf
 */
export function decodeZipkinProto3(bytes: Uint8Array): Decoded {
  const reader = new ProtobufReader(bytes)
  const spans: Span[] = []
  const refusals = new Refusals()
  for (let index = 0; reader.next() !== 0;) {
    if (reader.tag !== ((1 << 3) | LENGTH_DELIMITED)) {
      reader.skip()
      continue
    }
    const span = messageFrom(reader, spanFrom)
    if (span instanceof Refused) refusals.add(index, span)
    else spans.push(span)
    index++
  }
  return { spans, refused: refusals.kept, refusedCount: refusals.count }
}

function spanFrom(reader: ProtobufReader): Span | Refused {
  let traceIdText = ''
  let parentIdText = ''
  let idText = ''
  let kind = 0
  let name = ''
  let timestamp = 0
  let duration = 0
  let localEndpoint: Endpoint | undefined
  let remoteEndpoint: Endpoint | undefined
  let annotations: Annotation[] | undefined
  let tags: Record<string, string> | undefined
  let debug = false
  let shared = false

  while (reader.next() !== 0) {
    switch (reader.tag) {
      case (1 << 3) | LENGTH_DELIMITED:
        traceIdText = reader.hex()
        break
      case (2 << 3) | LENGTH_DELIMITED:
        parentIdText = reader.hex()
        break
      case (3 << 3) | LENGTH_DELIMITED:
        idText = reader.hex()
        break
      case (4 << 3) | VARINT:
        kind = reader.int32()
        break
      case (5 << 3) | LENGTH_DELIMITED:
        name = reader.text()
        break
      case (6 << 3) | FIXED64:
        timestamp = reader.sfixed64()
        break
      case (7 << 3) | VARINT:
        duration = reader.int64()
        break
      case (8 << 3) | LENGTH_DELIMITED: {
        const read = readEndpoint(reader, 'localEndpoint', localEndpoint)
        if (read instanceof Refused) return read
        localEndpoint = read
        break
      }
      case (9 << 3) | LENGTH_DELIMITED: {
        const read = readEndpoint(reader, 'remoteEndpoint', remoteEndpoint)
        if (read instanceof Refused) return read
        remoteEndpoint = read
        break
      }
      case (10 << 3) | LENGTH_DELIMITED: {
        annotations ??= []
        const refused = addAnnotation(reader, annotations)
        if (refused !== undefined) return refused
        break
      }
      case (11 << 3) | LENGTH_DELIMITED: {
        tags ??= {}
        const refused = addTag(reader, tags)
        if (refused !== undefined) return refused
        break
      }
      case (12 << 3) | VARINT:
        debug = reader.bool()
        break
      case (13 << 3) | VARINT:
        shared = reader.bool()
        break
      default: {
        const refused = skipUnknown(reader, SPAN_FIELDS, '')
        if (refused !== undefined) return refused
      }
    }
  }

  const traceId = traceIdFrom(traceIdText)
  if (traceId === undefined) return refusedId('traceId', traceIdText, 32)
  const id = spanIdFrom(idText)
  if (id === undefined) return refusedId('id', idText, 16)
  let parentId: SpanId | undefined
  if (parentIdText !== '') {
    parentId = spanIdFrom(parentIdText)
    if (parentId === undefined && (parentIdText.length > 16 || !isZeroId(parentIdText)))
      return refusedId('parentId', parentIdText, 16)
    if (parentId === id) parentId = undefined
  }
  if (timestamp > Number.MAX_SAFE_INTEGER) return refusedMicros('timestamp', timestamp)
  if (duration > Number.MAX_SAFE_INTEGER) return refusedMicros('duration', duration)
  // A kind of the future is no reason to lose the span.
  const spanKind = SPAN_KINDS[kind - 1]

  return {
    traceId,
    id,
    parentId,
    kind: spanKind,
    name: name === '' ? undefined : name.toLowerCase(),
    timestamp: timestamp > 0 ? (timestamp as EpochMicros) : undefined,
    duration: duration > 0 ? (duration as DurationMicros) : undefined,
    localEndpoint,
    remoteEndpoint,
    annotations: annotations === undefined ? NO_ANNOTATIONS : inOrder(annotations),
    tags: tags ?? NO_TAGS,
    debug,
    // Only the called side can share a span that its caller began.
    shared: shared && spanKind !== 'CLIENT',
    otel: undefined,
  }
}

function inOrder(annotations: Annotation[]): readonly Annotation[] {
  if (annotations.length === 0) return NO_ANNOTATIONS
  for (let i = 1; i < annotations.length; i++) {
    if (byTimeAndValue(annotations[i - 1] as Annotation, annotations[i] as Annotation) >= 0)
      return sortedAndUnique(annotations)
  }
  return annotations
}
