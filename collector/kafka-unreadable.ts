// Batches of records that can't be inflated. kafkajs fails the whole fetch with one of them, and with it every
// partition; so it is given stand-ins for the records, of which the last holds the batch as it is. Format:
// kafka.apache.org, "Message Format".
import { randomBytes } from 'node:crypto'
import type { HeaderValue, SourceMessage } from './kafka-message.ts'

/** The key of the stand-ins: nobody else can know it. */
const MARK = randomBytes(16)

/** Lengths of a batch's header, and of its part that its own length doesn't count. */
const HEADER = 61
const UNCOUNTED = 12
const VERSION = 2
/** kafkajs wants one for each record, and a hostile batch may have more than there is memory for. */
const MOST_RECORDS = 2 ** 20
/** Where the fields are, from the end of the header. */
const AT = { firstOffset: -61, length: -53, version: -45, lastDelta: -38, count: -4 }

/**
 * @param compressed what of a batch kafkajs gives to a codec: a part of the answer, in which the header is before it
 * @returns what kafkajs takes for the records; undefined where this is no such batch, or has too many
 */
export function standInsFor(compressed: Buffer, codec: string, why: string): Buffer | undefined {
  const { buffer, byteOffset, length } = compressed
  if (byteOffset < HEADER) return undefined
  const header = new DataView(buffer, byteOffset - HEADER, HEADER)
  const at = (name: keyof typeof AT) => HEADER + AT[name]
  if (header.getInt8(at('version')) !== VERSION) return undefined
  if (header.getInt32(at('length')) !== HEADER - UNCOUNTED + length) return undefined
  const count = header.getInt32(at('count'))
  if (count > MOST_RECORDS) return undefined
  const first = header.getBigInt64(at('firstOffset'))
  const lastDelta = header.getInt32(at('lastDelta'))
  const last = first + BigInt(lastDelta)
  const reason =
    `The batch of ${count} messages from offset ${first} to ${last} is compressed with ${codec} and can not be ` +
    `inflated: ${why} The value is the batch as it was compressed.`
  // The last one, as a fetch from the middle of the batch has the others dropped.
  const records = Array.from({ length: count }, (_, i) =>
    i < count - 1 ? record(i, null, []) : record(lastDelta, compressed, [codec, reason]),
  )
  return Buffer.concat(records)
}

/** What the stand-in for a record says; undefined for any other message. */
export type StandIn = 'told by the last' | { readonly message: SourceMessage; readonly reason: string }

export function standInOf({ key, value, headers, offset }: SourceMessage): StandIn | undefined {
  if (key === null || !key.equals(MARK)) return undefined
  if (value === null) return 'told by the last'
  const batchCodec = String(headers?.['codec'])
  return {
    message: { key: null, value, headers: {}, offset, batchCodec },
    reason: String(headers?.['reason']),
  }
}

function record(
  offsetDelta: number,
  value: Buffer | null,
  headers: [codec: string, reason: string] | [],
): Buffer {
  const [codec = '', reason = ''] = headers
  const body = Buffer.concat([
    // No attributes, and the batch's time.
    Buffer.of(0, 0),
    varint(offsetDelta),
    bytesField(MARK),
    value === null ? varint(-1) : bytesField(value),
    ...(headers.length === 0
      ? [varint(0)]
      : [varint(2), ...['codec', codec, 'reason', reason].map((text) => bytesField(Buffer.from(text)))]),
  ])
  return Buffer.concat([varint(body.length), body])
}

function bytesField(bytes: Buffer): Buffer {
  return Buffer.concat([varint(bytes.length), bytes])
}

/** What is sent of a record when it is sent again. */
interface Read {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, HeaderValue | HeaderValue[]>>
}

/** Reads the records of a batch that somebody could inflate after all. @throws RangeError when they are cut off */
export function recordsOf(inflated: Buffer): Read[] {
  const records: Read[] = []
  let from = 0
  const number = (): number => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = inflated.readUInt8(from++)
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return Number((value >> 1n) ^ -(value & 1n))
    }
  }
  const bytes = (): Buffer | null => {
    const length = number()
    if (length < 0) return null
    if (from + length > inflated.length) throw new RangeError('The records are cut off.')
    return inflated.subarray(from, (from += length))
  }
  while (from < inflated.length) {
    const length = number()
    const end = from + length
    from++
    // How much later it is than the batch, and its place in it.
    number()
    number()
    const [key, value] = [bytes(), bytes()]
    const headers = new Map<string, (Buffer | null)[]>()
    for (let left = number(); left > 0; left--) {
      const name = String(bytes())
      headers.set(name, [...(headers.get(name) ?? []), bytes()])
    }
    records.push({ key, value, headers: Object.fromEntries(headers) })
    from = end
  }
  return records
}

/** Zigzag, seven bits to a byte. */
function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  return Buffer.from([...bytes, rest])
}
