// What a span in OTLP's protobuf is made of: attributes and their values, events, links, status, times.
import {
  EMPTY_VALUE,
  LONGEST_LINKED_ID,
  NO_ATTRIBUTES,
  NO_TIME,
  type OtlpEvent,
  type OtlpKeyValue,
  type OtlpLink,
  type OtlpStatus,
  type OtlpTime,
  type OtlpValue,
  timeFromHalves,
} from './otlp.ts'
import { DEEPEST_VALUE, doubleOf } from './value.ts'
import type { ProtobufReader } from '../wire/protobuf-reader.ts'

export function timeFrom(reader: ProtobufReader): OtlpTime {
  const low = reader.fixed32()
  return timeFromHalves(low, reader.fixed32())
}

/** Of a varint; protobuf cuts off what is beyond 32 bits. */
export function uint32From(reader: ProtobufReader): number {
  return reader.int32() >>> 0
}

/** Adds the KeyValue that the reader stands before; false if its value is too deep. */
export function addAttribute(reader: ProtobufReader, attributes: OtlpKeyValue[], depth = 0): boolean {
  const outer = reader.enter()
  let key = ''
  let value: OtlpValue | undefined = EMPTY_VALUE
  while (reader.next() !== 0) {
    if (reader.tag === 10) key = reader.text()
    else if (reader.tag === 18) value = valueFrom(reader, depth)
    else reader.skip()
    if (value === undefined) return false
  }
  reader.leave(outer)
  attributes.push({ key, value })
  return true
}

/** Reads the AnyValue that the reader stands before. Undefined if it is too deep: recurses at most {@link DEEPEST_VALUE} times. */
function valueFrom(reader: ProtobufReader, depth: number): OtlpValue | undefined {
  if (depth > DEEPEST_VALUE) return undefined
  const outer = reader.enter()
  let value = EMPTY_VALUE
  while (reader.next() !== 0) {
    switch (reader.tag) {
      case 10:
        value = { stringValue: reader.text() }
        break
      case 16:
        value = { boolValue: reader.bool() }
        break
      case 24:
        value = { intValue: reader.int64Text() }
        break
      case 33:
        value = { doubleValue: doubleOf(reader.double()) }
        break
      case 42: {
        const values = listFrom(reader, depth)
        if (values === undefined) return undefined
        value = { arrayValue: { values } }
        break
      }
      case 50: {
        const values = mapFrom(reader, depth)
        if (values === undefined) return undefined
        value = { kvlistValue: { values } }
        break
      }
      case 58: {
        const bytes = reader.bytes()
        value = { bytesValue: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64') }
        break
      }
      default:
        reader.skip()
    }
  }
  reader.leave(outer)
  return value
}

function listFrom(reader: ProtobufReader, depth: number): OtlpValue[] | undefined {
  const outer = reader.enter()
  const values: OtlpValue[] = []
  while (reader.next() !== 0) {
    if (reader.tag === 10) {
      const value = valueFrom(reader, depth + 1)
      if (value === undefined) return undefined
      values.push(value)
    } else {
      reader.skip()
    }
  }
  reader.leave(outer)
  return values
}

function mapFrom(reader: ProtobufReader, depth: number): OtlpKeyValue[] | undefined {
  const outer = reader.enter()
  const values: OtlpKeyValue[] = []
  while (reader.next() !== 0) {
    if (reader.tag !== 10) reader.skip()
    else if (!addAttribute(reader, values, depth + 1)) return undefined
  }
  reader.leave(outer)
  return values
}

/** Undefined where an attribute is too deep; so is {@link linkFrom}. */
export function eventFrom(reader: ProtobufReader): OtlpEvent | undefined {
  let time = NO_TIME
  let name = ''
  let attributes = NO_ATTRIBUTES as OtlpKeyValue[]
  let droppedAttributesCount = 0
  while (reader.next() !== 0) {
    if (reader.tag === 9) time = timeFrom(reader)
    else if (reader.tag === 18) name = reader.text()
    else if (reader.tag === 26) {
      if (attributes === NO_ATTRIBUTES) attributes = []
      if (!addAttribute(reader, attributes)) return undefined
    } else if (reader.tag === 32) droppedAttributesCount = uint32From(reader)
    else reader.skip()
  }
  return { time, name, attributes, droppedAttributesCount }
}

export function linkFrom(reader: ProtobufReader): OtlpLink | undefined {
  let traceId = ''
  let spanId = ''
  let traceState = ''
  let attributes = NO_ATTRIBUTES as OtlpKeyValue[]
  let droppedAttributesCount = 0
  let flags = 0
  while (reader.next() !== 0) {
    if (reader.tag === 10) traceId = reader.hex().slice(0, LONGEST_LINKED_ID)
    else if (reader.tag === 18) spanId = reader.hex().slice(0, LONGEST_LINKED_ID)
    else if (reader.tag === 26) traceState = reader.text()
    else if (reader.tag === 34) {
      if (attributes === NO_ATTRIBUTES) attributes = []
      if (!addAttribute(reader, attributes)) return undefined
    } else if (reader.tag === 40) droppedAttributesCount = uint32From(reader)
    else if (reader.tag === 53) flags = reader.fixed32()
    else reader.skip()
  }
  return { traceId, spanId, traceState, attributes, droppedAttributesCount, flags }
}

export function statusFrom(reader: ProtobufReader): OtlpStatus {
  let code = 0
  let message = ''
  while (reader.next() !== 0) {
    if (reader.tag === 18) message = reader.text()
    else if (reader.tag === 24) code = reader.int32()
    else reader.skip()
  }
  return { code, message }
}
