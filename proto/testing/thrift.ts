// Zipkin v1 spans as thrift, for tests: written from plain data by hand, field after field as zipkinCore.thrift has them.
import { ipFrom } from '../ip.ts'
import { bytesFromIp } from '../ip-bytes.ts'

interface PlainEndpoint {
  readonly serviceName?: string
  readonly ipv4?: string
  readonly ipv6?: string
  readonly port?: number
}

/** As the entries of fixtures/zipkin-v1.json. */
export interface PlainV1Span {
  readonly traceId: string
  readonly id: string
  readonly parentId?: string
  readonly name: string
  readonly timestamp?: number
  readonly duration?: number
  readonly debug?: boolean
  readonly annotations?: readonly { timestamp: number; value: string; endpoint?: PlainEndpoint }[]
  readonly binaryAnnotations?: readonly { key: string; value: string | true; endpoint?: PlainEndpoint }[]
}

const STOP = Buffer.of(0)

const u16 = (value: number) => Buffer.of(value >> 8, value & 255)
const u32 = (value: number) => Buffer.concat([u16(value >>> 16), u16(value & 0xffff)])
const field = (type: number, id: number, value: Buffer) => Buffer.concat([Buffer.of(type), u16(id), value])

export const struct = (...fields: readonly (Buffer | undefined)[]): Buffer =>
  Buffer.concat([...fields.filter((each) => each !== undefined), STOP])
/** A list without the header of a field. */
export const structs = (each: readonly Buffer[], elementType = 12): Buffer =>
  Buffer.concat([Buffer.of(elementType), u32(each.length), ...each])

export const bool = (id: number, value: boolean): Buffer => field(2, id, Buffer.of(value ? 1 : 0))
export const i16 = (id: number, value: number): Buffer => field(6, id, u16(value))
export const i32 = (id: number, value: number): Buffer => field(8, id, u32(value))
export const i64 = (id: number, value: number | bigint): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return field(10, id, bytes)
}
export const hex64 = (id: number, hex: string): Buffer =>
  field(10, id, Buffer.from(hex.slice(-16).padStart(16, '0'), 'hex'))
export const bytes = (id: number, value: Uint8Array | string): Buffer => {
  const content = Buffer.from(value)
  return field(11, id, Buffer.concat([u32(content.length), content]))
}
export const nested = (id: number, value: Buffer): Buffer => field(12, id, value)
export const list = (id: number, each: readonly Buffer[]): Buffer => field(15, id, structs(each))

const maybe = <T>(value: T | undefined, write: (value: T) => Buffer) =>
  value === undefined ? undefined : write(value)

export function endpointOf({ serviceName, ipv4, ipv6, port }: PlainEndpoint): Buffer {
  return struct(
    i32(1, ipv4 === undefined ? 0 : Buffer.from(bytesFromIp(ipv4)).readInt32BE()),
    i16(2, port ?? 0),
    bytes(3, serviceName ?? ''),
    maybe(ipv6, (ip) => bytes(4, bytesFromIp(ipFrom(ip) ?? ''))),
  )
}

export function thriftOf(span: PlainV1Span): Buffer {
  const { annotations, binaryAnnotations } = span
  return struct(
    hex64(1, span.traceId),
    bytes(3, span.name),
    hex64(4, span.id),
    maybe(span.parentId, (id) => hex64(5, id)),
    maybe(annotations, (all) =>
      list(
        6,
        all.map(({ timestamp, value, endpoint }) =>
          struct(
            i64(1, timestamp),
            bytes(2, value),
            maybe(endpoint, (host) => nested(3, endpointOf(host))),
          ),
        ),
      ),
    ),
    maybe(binaryAnnotations, (all) =>
      list(
        8,
        all.map(({ key, value, endpoint }) =>
          struct(
            bytes(1, key),
            bytes(2, value === true ? Buffer.of(1) : value),
            i32(3, value === true ? 0 : 6),
            maybe(endpoint, (host) => nested(4, endpointOf(host))),
          ),
        ),
      ),
    ),
    maybe(span.debug, (debug) => bool(9, debug)),
    maybe(span.timestamp, (time) => i64(10, time)),
    maybe(span.duration, (time) => i64(11, time)),
    span.traceId.length > 16 ? hex64(12, span.traceId.slice(0, -16)) : undefined,
  )
}
