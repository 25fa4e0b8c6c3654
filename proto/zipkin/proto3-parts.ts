// What a span in Zipkin's protobuf is made of beside plain fields: endpoints, annotations and tags.
import type { Annotation, Endpoint, EpochMicros } from '@hopscope/model'
import { Refused } from '../decoded.ts'
import { ipFromBytes, ipFromQuad } from '../ip-bytes.ts'
import { setTag } from '../tags.ts'
import { FIXED64, LENGTH_DELIMITED, type ProtobufReader, VARINT } from '../wire/protobuf-reader.ts'

const ENDPOINT_FIELDS = ['serviceName', 'ipv4', 'ipv6', 'port']
const ANNOTATION_FIELDS = ['timestamp', 'value']
const TAG_FIELDS = ['key', 'value']

/** @param before the same field of the same span, when it comes again: what is not given anew stays. */
export function readEndpoint(
  reader: ProtobufReader,
  field: string,
  before: Endpoint | undefined,
): Endpoint | undefined | Refused {
  let serviceName = before?.serviceName
  let ipv4 = before?.ipv4
  let ipv6 = before?.ipv6
  let port = before?.port
  const outerEnd = reader.enter()
  while (reader.next() !== 0) {
    switch (reader.tag) {
      case (1 << 3) | LENGTH_DELIMITED: {
        const text = reader.text()
        serviceName = text === '' ? undefined : text.toLowerCase()
        break
      }
      // Either field may hold either family, and what is no address is no reason to lose the span.
      case (2 << 3) | LENGTH_DELIMITED:
      case (3 << 3) | LENGTH_DELIMITED: {
        const ip = readIp(reader)
        if (ip?.includes(':')) ipv6 = ip
        else ipv4 = ip ?? ipv4
        break
      }
      case (4 << 3) | VARINT: {
        const number = reader.int32()
        if (number > 65_535) return new Refused(`${field}.port`, `${number} is not a port, up to 65535.`)
        // Reporters write 0 or -1 for a port they don't know.
        port = number > 0 ? number : undefined
        break
      }
      default: {
        const refused = skipUnknown(reader, ENDPOINT_FIELDS, `${field}.`)
        if (refused !== undefined) return refused
      }
    }
  }
  reader.leave(outerEnd)
  if (serviceName === undefined && ipv4 === undefined && ipv6 === undefined && port === undefined)
    return undefined
  return { serviceName, ipv4, ipv6, port }
}

function readIp(reader: ProtobufReader): string | undefined {
  const { position } = reader
  const outerEnd = reader.enter()
  if (reader.end - reader.position === 4) {
    const quad = reader.fixed32()
    reader.leave(outerEnd)
    return ipFromQuad((quad << 24) | ((quad & 0xff00) << 8) | ((quad >>> 8) & 0xff00) | (quad >>> 24))
  }
  reader.end = outerEnd
  reader.position = position
  return ipFromBytes(reader.bytes())
}

/** Like Zipkin, drops one without a time; protobuf can't tell an empty value from none, so that one stays. */
export function addAnnotation(reader: ProtobufReader, annotations: Annotation[]): Refused | undefined {
  let timestamp = 0
  let value = ''
  const outerEnd = reader.enter()
  while (reader.next() !== 0) {
    switch (reader.tag) {
      case (1 << 3) | FIXED64:
        timestamp = reader.sfixed64()
        break
      case (2 << 3) | LENGTH_DELIMITED:
        value = reader.text()
        break
      default: {
        const refused = skipUnknown(reader, ANNOTATION_FIELDS, `annotations[${annotations.length}].`)
        if (refused !== undefined) return refused
      }
    }
  }
  reader.leave(outerEnd)
  if (!Number.isSafeInteger(timestamp))
    return refusedMicros(`annotations[${annotations.length}].timestamp`, timestamp)
  if (timestamp !== 0) annotations.push({ timestamp: timestamp as EpochMicros, value })
  return undefined
}

/** @param tags gets the tag as a plain own property, whatever its key; the last of equal keys wins. */
export function addTag(reader: ProtobufReader, tags: Record<string, string>): Refused | undefined {
  let key = ''
  let value = ''
  const outerEnd = reader.enter()
  while (reader.next() !== 0) {
    switch (reader.tag) {
      case (1 << 3) | LENGTH_DELIMITED:
        key = reader.text()
        break
      case (2 << 3) | LENGTH_DELIMITED:
        value = reader.text()
        break
      default: {
        const refused = skipUnknown(reader, TAG_FIELDS, 'tags.')
        if (refused !== undefined) return refused
      }
    }
  }
  reader.leave(outerEnd)
  setTag(tags, key, value)
  return undefined
}

/** Passes over a field that nobody knows; one that is known and has a wire type of its own is refused by name. */
export function skipUnknown(
  reader: ProtobufReader,
  known: readonly string[],
  prefix: string,
): Refused | undefined {
  const field = known[(reader.tag >>> 3) - 1]
  if (field !== undefined)
    return new Refused(prefix + field, `It has wire type ${reader.wireType}, which it never has.`)
  reader.skip()
  return undefined
}

export function refusedMicros(field: string, value: number): Refused {
  return new Refused(field, `${value} is out of range: the unit must be microseconds.`)
}
