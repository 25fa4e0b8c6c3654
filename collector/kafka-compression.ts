// Reads record batches as Kafka's other clients compress them: kafkajs knows only gzip by itself, and inflates that
// without a limit; one batch that it can't read would stop all. Formats: google/snappy format_description.txt,
// xerial/snappy-java's blocks around it, lz4 lz4_Block_format.md and lz4_Frame_format.md.
import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import kafkajs from 'kafkajs'
import { messageOf } from '@hopscope/proto'
import { standInsFor } from './kafka-unreadable.ts'

/** A batch is at most a few MiB compressed; what claims to inflate to more is broken or hostile. */
const LONGEST = 2 ** 26

// Node.js finds no name for these in a CommonJS module.
const { CompressionCodecs, CompressionTypes } = kafkajs

type Inflate = (buffer: Buffer) => Promise<Buffer>

const unzip = promisify<Buffer, { maxOutputLength: number }, Buffer>(zlib.unzip)
const gzip = promisify<Buffer, Buffer>(zlib.gzip)

/** By their numbers in a batch, with names for people. */
const CODECS: readonly {
  readonly type: keyof typeof CompressionCodecs
  readonly name: string
  readonly inflate: Inflate
}[] = [
  {
    type: CompressionTypes.GZIP,
    name: 'gzip',
    inflate: (bytes) => unzip(bytes, { maxOutputLength: LONGEST }),
  },
  { type: CompressionTypes.Snappy, name: 'snappy', inflate: async (bytes) => inflateSnappy(bytes) },
  { type: CompressionTypes.LZ4, name: 'lz4', inflate: async (bytes) => inflateLz4(bytes) },
  { type: CompressionTypes.ZSTD, name: 'zstd', inflate: zstdInflate() },
]

type Compress = (encoder: { readonly buffer: Buffer }) => Promise<Buffer>

/** Teaches kafkajs to read Snappy and LZ4, Zstandard where Node.js can (22.15 and later), and gzip with a limit. */
export function readEveryCompression(): void {
  const compressGzip: Compress = ({ buffer }) => gzip(buffer)
  const unsent: Compress = () => Promise.reject(new Error('Hopscope sends nothing in this compression.'))
  for (const { type, name, inflate } of CODECS) {
    const decompress: Inflate = (bytes) =>
      inflate(bytes).catch((error: unknown) => {
        const standIns = standInsFor(bytes, name, messageOf(error))
        if (standIns === undefined) throw error
        return standIns
      })
    const compress = type === CompressionTypes.GZIP ? compressGzip : unsent
    CompressionCodecs[type] = () => ({ compress, decompress })
  }
}

/** @throws Error when this Node.js can't inflate it */
export async function inflateBatch(bytes: Buffer, codec: string): Promise<Buffer> {
  const found = CODECS.find(({ name }) => name === codec)
  if (found === undefined) throw new Error(`There is no compression ${codec}.`)
  return await found.inflate(bytes)
}

function zstdInflate(): Inflate {
  // Not in the types of the oldest Node.js we run on.
  const { zstdDecompress } = zlib as { zstdDecompress?: ZstdDecompress }
  if (zstdDecompress === undefined)
    return () => Promise.reject(new Error('To read Zstandard takes Node.js 22.15 or later.'))
  const inflate = promisify(zstdDecompress)
  return (buffer) => inflate(buffer, { maxOutputLength: LONGEST })
}

type ZstdDecompress = (
  buffer: Buffer,
  options: { maxOutputLength: number },
  callback: (error: Error | null, inflated: Buffer) => void,
) => void

/** What comes out, with copies from what has come out already. */
class Output {
  #bytes: Buffer
  #length = 0

  constructor(expected: number) {
    this.#bytes = Buffer.allocUnsafe(Math.min(expected, LONGEST))
  }

  append(source: Buffer, start: number, length: number): void {
    if (start + length > source.length) throw new Error('The compressed batch is cut off.')
    this.#makeRoom(length)
    source.copy(this.#bytes, this.#length, start, start + length)
    this.#length += length
  }

  /** Byte by byte, as what is copied may be what this very copy writes. */
  repeat(distance: number, length: number): void {
    if (distance === 0 || distance > this.#length) throw new Error('The compressed batch refers to nothing.')
    this.#makeRoom(length)
    const bytes = this.#bytes
    for (let to = this.#length, end = to + length; to < end; to++) bytes[to] = bytes[to - distance] ?? 0
    this.#length += length
  }

  whole(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  #makeRoom(length: number): void {
    const needed = this.#length + length
    if (needed <= this.#bytes.length) return
    if (needed > LONGEST) throw new Error(`The compressed batch is larger than ${LONGEST} bytes.`)
    const larger = Buffer.allocUnsafe(Math.min(LONGEST, Math.max(needed, 2 * this.#bytes.length)))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }
}

/** Beyond the end there are zeros, which the lengths then show to be too few. */
const at = (bytes: Buffer, index: number): number => bytes[index] ?? 0

const XERIAL_MAGIC = Buffer.from('\x82SNAPPY\0', 'latin1')
const XERIAL_HEADER = 16

/** Java's client puts blocks into a stream of its own, others send one bare block. */
export function inflateSnappy(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return snappyBlock(bytes)
  const blocks: Buffer[] = []
  for (let start = XERIAL_HEADER; start < bytes.length;) {
    const end = start + 4 + bytes.readUInt32BE(start)
    blocks.push(snappyBlock(bytes.subarray(start + 4, end)))
    start = end
  }
  return Buffer.concat(blocks)
}

function snappyBlock(bytes: Buffer): Buffer {
  let from = 0
  let length = 0
  for (let shift = 0; ; shift += 7) {
    const byte = at(bytes, from++)
    length += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80 || shift > 28) break
  }
  const output = new Output(length)
  while (from < bytes.length) {
    const tag = at(bytes, from++)
    const kind = tag & 3
    if (kind === 0) {
      let size = tag >> 2
      if (size >= 60) {
        const width = size - 59
        size = bytes.readUIntLE(from, width)
        from += width
      }
      output.append(bytes, from, size + 1)
      from += size + 1
    } else if (kind === 1) {
      output.repeat(((tag >> 5) << 8) | at(bytes, from++), ((tag >> 2) & 7) + 4)
    } else {
      const width = kind === 2 ? 2 : 4
      output.repeat(bytes.readUIntLE(from, width), (tag >> 2) + 1)
      from += width
    }
  }
  if (output.whole().length !== length) throw new Error('The Snappy block is not as long as it says.')
  return output.whole()
}

const LZ4_MAGIC = 0x184d2204
const STORED = 0x80000000

/** Checksums are not looked at: Kafka has its own over the batch, which the broker has checked. */
export function inflateLz4(bytes: Buffer): Buffer {
  if (bytes.readUInt32LE(0) !== LZ4_MAGIC) throw new Error('The LZ4 batch does not begin as one.')
  const flags = at(bytes, 4)
  const hasBlockChecksums = (flags & 0x10) !== 0
  let from = 7 + ((flags & 0x08) === 0 ? 0 : 8) + ((flags & 0x01) === 0 ? 0 : 4)
  const output = new Output(bytes.length * 4)
  for (;;) {
    const size = bytes.readUInt32LE(from)
    from += 4
    if (size === 0) return output.whole()
    const length = size % STORED
    if (from + length > bytes.length) throw new Error('The LZ4 batch is cut off.')
    if (size >= STORED) output.append(bytes, from, length)
    else lz4Block(bytes.subarray(from, from + length), output)
    from += length + (hasBlockChecksums ? 4 : 0)
  }
}

function lz4Block(bytes: Buffer, output: Output): void {
  let from = 0
  const longer = (length: number): number => {
    if (length < 15) return length
    let byte
    do {
      if (from >= bytes.length) throw new Error('The LZ4 block is cut off.')
      byte = at(bytes, from++)
      length += byte
    } while (byte === 255)
    return length
  }
  while (from < bytes.length) {
    const token = at(bytes, from++)
    const literals = longer(token >> 4)
    output.append(bytes, from, literals)
    from += literals
    // The last sequence is literals only.
    if (from >= bytes.length) return
    const distance = bytes.readUInt16LE(from)
    from += 2
    output.repeat(distance, longer(token & 15) + 4)
  }
}
