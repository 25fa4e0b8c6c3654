// Zipkin v1 spans in Thrift's binary protocol → spans, for tracers from before 2017 and what still imitates them.
// Fields: zipkinCore.thrift of openzipkin/zipkin-api. Leniency: zipkin2.internal.V1ThriftSpanReader; unlike it, no
// value of a binary annotation is dropped for its type.
import type { Endpoint, EpochMicros, SpanId, TraceId } from '@hopscope/model'
import { Refused } from '../decoded.ts'
import { spanIdFrom, traceIdFrom } from '../ids.ts'
import { ipFromBytes, ipFromQuad } from '../ip-bytes.ts'
import { BOOL, fieldOf, I16, I32, I64, LIST, STRING, STRUCT, ThriftReader } from '../wire/thrift-reader.ts'
import { isAddress, type V1Annotation, type V1BinaryAnnotation, type V1Span } from './v1.ts'
import { type DecodedV1, V1Spans } from './v1-spans.ts'
import { refusedMicros } from './v2-json-values.ts'

const SPAN = {
  traceId: fieldOf(I64, 1),
  name: fieldOf(STRING, 3),
  id: fieldOf(I64, 4),
  parentId: fieldOf(I64, 5),
  annotations: fieldOf(LIST, 6),
  binaryAnnotations: fieldOf(LIST, 8),
  debug: fieldOf(BOOL, 9),
  timestamp: fieldOf(I64, 10),
  duration: fieldOf(I64, 11),
  traceIdHigh: fieldOf(I64, 12),
} as const

const ANNOTATION = {
  timestamp: fieldOf(I64, 1),
  value: fieldOf(STRING, 2),
  endpoint: fieldOf(STRUCT, 3),
} as const

const BINARY_ANNOTATION = {
  key: fieldOf(STRING, 1),
  value: fieldOf(STRING, 2),
  type: fieldOf(I32, 3),
  endpoint: fieldOf(STRUCT, 4),
} as const

const ENDPOINT = {
  ipv4: fieldOf(I32, 1),
  port: fieldOf(I16, 2),
  serviceName: fieldOf(STRING, 3),
  ipv6: fieldOf(STRING, 4),
} as const

/** Of a binary annotation's value. */
const TYPE = { bool: 0, i16: 2, i32: 3, i64: 4, double: 5, string: 6 } as const

const NO_ID = '0'.repeat(16)
const NO_TRACE_ID = new Refused('traceId', 'It is missing or zero.')
const NO_SPAN_ID = new Refused('id', 'It is missing or zero.')
const NONE: readonly never[] = []

/**
 * Reads a list of Zipkin v1 spans, or one by itself, each as the v2 spans that Zipkin makes of it. Spans that can't be
 * kept are refused one by one; what follows the last is, as by Zipkin, not looked at.
 * @throws HopscopeError body-malformed when the bytes are no such list
 */
export function decodeZipkinThrift(bytes: Uint8Array): DecodedV1 {
  const reader = new ThriftReader(bytes)
  const size = isList(bytes) ? reader.structs(STRING) : 1
  const spans = new V1Spans()
  for (let index = 0; index < size; index++) spans.add(index, spanFrom(reader))
  return spans.decoded()
}

/**
 * A list begins with the type of its elements, a span with that of its first field. No field of a span is a struct. One
 * is a string, the name, and there was a reporter (zipkin-reporter-java#133) that gave its lists that type: the two
 * bytes that follow are the id of the name or the high half of the list's size.
 */
function isList(bytes: Uint8Array): boolean {
  return bytes[0] === STRUCT || (bytes[0] === STRING && bytes[1] === 0 && bytes[2] === 0)
}

function spanFrom(reader: ThriftReader): V1Span | Refused {
  let traceIdLow = NO_ID
  let traceIdHigh = NO_ID
  let spanId = NO_ID
  let parentId: SpanId | undefined
  let name: string | undefined
  let timestamp = 0
  let duration = 0
  let debug = false
  let annotations: V1Annotation[] | undefined
  let binaryAnnotations: V1BinaryAnnotation[] | undefined
  let refused: Refused | undefined

  for (let field = reader.field(); field !== 0; field = reader.field()) {
    switch (field) {
      case SPAN.traceId:
        traceIdLow = reader.hex64()
        break
      case SPAN.traceIdHigh:
        traceIdHigh = reader.hex64()
        break
      case SPAN.id:
        spanId = reader.hex64()
        break
      case SPAN.parentId:
        parentId = spanIdFrom(reader.hex64())
        break
      case SPAN.name:
        name = nameFrom(reader)
        break
      case SPAN.timestamp:
        timestamp = reader.i64()
        break
      case SPAN.duration:
        duration = reader.i64()
        break
      case SPAN.debug:
        debug = reader.byte() === 1
        break
      case SPAN.annotations:
        annotations ??= []
        for (let left = reader.structs(); left > 0; left--) {
          const annotation = annotationFrom(reader, annotations.length)
          if (annotation instanceof Refused) refused ??= annotation
          else if (annotation !== undefined) annotations.push(annotation)
        }
        break
      case SPAN.binaryAnnotations:
        binaryAnnotations ??= []
        for (let left = reader.structs(); left > 0; left--) {
          const annotation = binaryAnnotationFrom(reader)
          if (annotation !== undefined) binaryAnnotations.push(annotation)
        }
        break
      default:
        reader.skip(field >> 16)
    }
  }

  const traceId: TraceId | undefined =
    traceIdLow === NO_ID
      ? undefined
      : traceIdFrom(traceIdHigh === NO_ID ? traceIdLow : traceIdHigh + traceIdLow)
  if (traceId === undefined) return NO_TRACE_ID
  const id = spanIdFrom(spanId)
  if (id === undefined) return NO_SPAN_ID
  if (timestamp > Number.MAX_SAFE_INTEGER) return refusedMicros('timestamp', timestamp, timestamp)
  if (duration > Number.MAX_SAFE_INTEGER) return refusedMicros('duration', duration, duration)
  return (
    refused ?? {
      traceId,
      id,
      parentId,
      name,
      timestamp: Math.max(timestamp, 0),
      duration: Math.max(duration, 0),
      annotations: annotations ?? NONE,
      binaryAnnotations: binaryAnnotations ?? NONE,
      debug,
    }
  )
}

/** Undefined for one without a time or text. */
function annotationFrom(reader: ThriftReader, index: number): V1Annotation | undefined | Refused {
  let timestamp = 0
  let value: string | undefined
  let endpoint: Endpoint | undefined
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    switch (field) {
      case ANNOTATION.timestamp:
        timestamp = reader.i64()
        break
      case ANNOTATION.value:
        value = reader.text()
        break
      case ANNOTATION.endpoint:
        endpoint = endpointFrom(reader)
        break
      default:
        reader.skip(field >> 16)
    }
  }
  if (timestamp === 0 || value === undefined) return undefined
  if (!Number.isSafeInteger(timestamp))
    return refusedMicros(`annotations[${index}].timestamp`, timestamp, timestamp)
  return { timestamp: timestamp as EpochMicros, value, endpoint }
}

/** Undefined for one without a key or value, and for an address that isn't marked as one or has none. */
function binaryAnnotationFrom(reader: ThriftReader): V1BinaryAnnotation | undefined {
  let key: string | undefined
  let start = -1
  let end = 0
  let type: number | undefined
  let endpoint: Endpoint | undefined
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    switch (field) {
      case BINARY_ANNOTATION.key:
        key = reader.text()
        break
      case BINARY_ANNOTATION.value:
        start = reader.string()
        end = reader.position
        break
      case BINARY_ANNOTATION.type:
        type = reader.i32()
        break
      case BINARY_ANNOTATION.endpoint:
        endpoint = endpointFrom(reader)
        break
      default:
        reader.skip(field >> 16)
    }
  }
  if (key === undefined || start < 0) return undefined
  const value = textFrom(reader.bytes, start, end, type) // only now: the type comes after the value
  if (isAddress(key) && type !== TYPE.string && (value !== 'true' || endpoint === undefined)) return undefined
  return { key, value, endpoint }
}

/** As v1 JSON writes it: numbers in decimal, and in base64 whatever is bytes or not as long as its type. */
function textFrom(bytes: Buffer, start: number, end: number, type: number | undefined): string {
  const length = end - start
  if (type === TYPE.string) return bytes.toString('utf8', start, end)
  if (type === TYPE.bool && length === 1) return String(bytes[start] === 1)
  if (type === TYPE.i16 && length === 2) return String(bytes.readInt16BE(start))
  if (type === TYPE.i32 && length === 4) return String(bytes.readInt32BE(start))
  if (type === TYPE.i64 && length === 8) return String(bytes.readBigInt64BE(start))
  if (type === TYPE.double && length === 8) return String(bytes.readDoubleBE(start))
  return bytes.toString('base64', start, end)
}

function endpointFrom(reader: ThriftReader): Endpoint | undefined {
  let serviceName: string | undefined
  let ipv4: string | undefined
  let ipv6: string | undefined
  let port: number | undefined
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    switch (field) {
      case ENDPOINT.ipv4: {
        const address = reader.i32()
        if (address !== 0) ipv4 = ipFromQuad(address)
        break
      }
      case ENDPOINT.ipv6: {
        const start = reader.string()
        const ip = ipFromBytes(reader.bytes.subarray(start, reader.position))
        if (ip?.includes(':')) ipv6 = ip
        else ipv4 = ip ?? ipv4
        break
      }
      case ENDPOINT.port:
        port = reader.unsigned16() || undefined
        break
      case ENDPOINT.serviceName:
        serviceName = nameFrom(reader)
        break
      default:
        reader.skip(field >> 16)
    }
  }
  if (serviceName === undefined && ipv4 === undefined && ipv6 === undefined && port === undefined)
    return undefined
  return { serviceName, ipv4, ipv6, port }
}

function nameFrom(reader: ThriftReader): string | undefined {
  const name = reader.text()
  return name === '' ? undefined : name.toLowerCase()
}
