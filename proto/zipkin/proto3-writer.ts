// Spans to Zipkin's protobuf, a ListOfSpans of zipkin.proto. Everything is written last to first, as ProtobufWriter wants.
import { type Endpoint, type Span, SPAN_KINDS } from '@hopscope/model'
import { bytesFromIp } from '../ip-bytes.ts'
import { ProtobufWriter } from '../wire/protobuf-writer.ts'

/** Zero, empty and false are left out, as Zipkin does; tags are in their own order. */
export function encodeZipkinProto3(spans: readonly Span[]): Uint8Array {
  const writer = new ProtobufWriter()
  for (let i = spans.length - 1; i >= 0; i--) writeSpan(writer, spans[i] as Span)
  return writer.finish()
}

function writeSpan(writer: ProtobufWriter, span: Span): void {
  const mark = writer.mark()
  if (span.shared) writer.varint(13, 1)
  if (span.debug) writer.varint(12, 1)
  const keys = Object.keys(span.tags)
  for (let i = keys.length - 1; i >= 0; i--) {
    const key = keys[i] as string
    const entry = writer.mark()
    writer.text(2, span.tags[key] as string)
    writer.text(1, key)
    writer.message(11, entry)
  }
  const { annotations } = span
  for (let i = annotations.length - 1; i >= 0; i--) {
    const annotation = annotations[i] as (typeof annotations)[number]
    const entry = writer.mark()
    writer.text(2, annotation.value)
    writer.fixed64(1, annotation.timestamp)
    writer.message(10, entry)
  }
  if (span.remoteEndpoint !== undefined) writeEndpoint(writer, 9, span.remoteEndpoint)
  if (span.localEndpoint !== undefined) writeEndpoint(writer, 8, span.localEndpoint)
  if (span.duration) writer.varint(7, span.duration)
  if (span.timestamp) writer.fixed64(6, span.timestamp)
  if (span.name) writer.text(5, span.name)
  if (span.kind !== undefined) writer.varint(4, SPAN_KINDS.indexOf(span.kind) + 1)
  writer.hex(3, span.id)
  if (span.parentId !== undefined) writer.hex(2, span.parentId)
  writer.hex(1, span.traceId)
  writer.message(1, mark)
}

function writeEndpoint(writer: ProtobufWriter, number: number, endpoint: Endpoint): void {
  const mark = writer.mark()
  if (endpoint.port) writer.varint(4, endpoint.port)
  if (endpoint.ipv6) writer.bytes(3, bytesFromIp(endpoint.ipv6))
  if (endpoint.ipv4) writer.bytes(2, bytesFromIp(endpoint.ipv4))
  if (endpoint.serviceName) writer.text(1, endpoint.serviceName)
  writer.message(number, mark)
}
