// A message as Kafka gives it, and which codec reads its value: the bytes alone tell, as Zipkin's senders name no format.
import { type Decoded, decodeZipkinV2Json, HopscopeError } from '@hopscope/proto'

/** Null is legal in Kafka, and kafkajs gives it whatever its types say. */
export type HeaderValue = Buffer | string | null | undefined

/** What of a Kafka message the intake needs; kafkajs' messages are of this shape. */
export interface SourceMessage {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers?: Readonly<Record<string, HeaderValue | HeaderValue[]>>
  /** In decimal. */
  readonly offset: string
  /** Only where the value is a whole batch of records that could not be inflated: how that is compressed. */
  readonly batchCodec?: string
}

/** What a message costs beside its bytes: its objects, and those of its spans at the least. */
const OVERHEAD_BYTES = 200

/** How much memory a message may hold, roughly. */
export function sizeOf({ key, value, headers }: SourceMessage): number {
  let bytes = OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0)
  if (headers !== undefined)
    for (const header of Object.values(headers))
      for (const each of Array.isArray(header) ? header : [header]) bytes += each?.length ?? 0
  return bytes
}

const LIST = 0x5b
const OBJECT = 0x7b
const WHITESPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d])
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]

/**
 * Finds the codec for the value of a message: a JSON list of Zipkin v2 spans, or one such span by itself.
 * @throws HopscopeError body-not-json when no codec knows such bytes
 */
export function detectDecoder(bytes: Uint8Array): (bytes: Uint8Array) => Decoded {
  let at = BYTE_ORDER_MARK.every((byte, i) => bytes[i] === byte) ? BYTE_ORDER_MARK.length : 0
  while (WHITESPACE.has(bytes[at] ?? 0)) at++
  const first = bytes[at]
  if (first === LIST) return decodeZipkinV2Json
  if (first === OBJECT) return (each) => decodeSingleSpan(each.subarray(at))
  const what =
    first === undefined ? 'is empty' : `begins with the byte 0x${first.toString(16).padStart(2, '0')}`
  throw new HopscopeError(
    'body-not-json',
    `The message ${what}: no format of spans that the collector reads. Send Zipkin v2 JSON.`,
  )
}

/** Zipkin's collector takes a span without a list around it, as some senders put each span into a message of its own. */
function decodeSingleSpan(bytes: Uint8Array): Decoded {
  const decoded = decodeZipkinV2Json(Buffer.concat([Buffer.of(LIST), bytes, Buffer.from(']')]))
  if (decoded.spans.length + decoded.refusedCount === 1) return decoded
  throw new HopscopeError('body-not-a-list', 'The message holds several spans that are not in a list, [{…}].')
}
