// The protobuf wire format, written back to front: what a message holds is there before its length, which is then
// known without counting or moving anything. Format: https://protobuf.dev/programming-guides/encoding/
import { FIXED64, LENGTH_DELIMITED, VARINT } from './protobuf-reader.ts'

const TWO_32 = 0x1_0000_0000
const FIRST_SIZE = 16_384
const LONGEST_VARINT = 10
const SHORT_TEXT = 48

/**
 * Write the last field first. A message: remember {@link mark}, write its fields, then `message(number, mark)`.
 * Fields are written whatever they hold: leaving out defaults is the caller's.
 */
export class ProtobufWriter {
  #buffer = Buffer.allocUnsafe(FIRST_SIZE)
  /** Of the byte written last; what was written is from here to the end. */
  #position = FIRST_SIZE

  /** How much is written, in bytes. */
  mark(): number {
    return this.#buffer.length - this.#position
  }

  /** Makes all that was written since the mark a message. */
  message(number: number, mark: number): void {
    this.#reserve(2 * LONGEST_VARINT)
    this.#varint(this.mark() - mark)
    this.#varint((number << 3) | LENGTH_DELIMITED)
  }

  /** @param value whole, up to ±2^53; a negative one as its two's complement of 64 bits */
  varint(number: number, value: number): void {
    this.#reserve(2 * LONGEST_VARINT)
    this.#varint(value)
    this.#varint((number << 3) | VARINT)
  }

  /** @param value whole, up to ±2^53; a negative one as its two's complement */
  fixed64(number: number, value: number): void {
    this.#reserve(8 + LONGEST_VARINT)
    this.#position -= 8
    this.#buffer.writeUInt32LE(value >>> 0, this.#position)
    this.#buffer.writeUInt32LE(Math.floor(value / TWO_32) >>> 0, this.#position + 4)
    this.#varint((number << 3) | FIXED64)
  }

  /** Half surrogates become U+FFFD. */
  text(number: number, value: string): void {
    const size = this.#ascii(value) ? value.length : this.#utf8(value)
    this.#lengthDelimited(number, size)
  }

  /** @param value lower hex, an even number of digits */
  hex(number: number, value: string): void {
    const size = value.length >> 1
    this.#reserve(size + 2 * LONGEST_VARINT)
    const start = this.#position - size
    const buffer = this.#buffer
    for (let i = 0; i < size; i++) {
      buffer[start + i] = (nibble(value.charCodeAt(2 * i)) << 4) | nibble(value.charCodeAt(2 * i + 1))
    }
    this.#position = start
    this.#lengthDelimited(number, size)
  }

  bytes(number: number, value: Uint8Array | readonly number[]): void {
    this.#reserve(value.length + 2 * LONGEST_VARINT)
    this.#position -= value.length
    this.#buffer.set(value, this.#position)
    this.#lengthDelimited(number, value.length)
  }

  /** A view of all that was written; the writer must not be used afterwards. */
  finish(): Uint8Array {
    return this.#buffer.subarray(this.#position)
  }

  #lengthDelimited(number: number, size: number): void {
    this.#varint(size)
    this.#varint((number << 3) | LENGTH_DELIMITED)
  }

  /** False, with nothing written, if the text is long or holds more than ASCII; a call into native code costs more than 48 steps. */
  #ascii(value: string): boolean {
    const length = value.length
    if (length > SHORT_TEXT) return false
    this.#reserve(length + 2 * LONGEST_VARINT)
    const buffer = this.#buffer
    const start = this.#position - length
    let bits = 0
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i)
      bits |= code
      buffer[start + i] = code
    }
    if (bits > 0x7f) return false
    this.#position = start
    return true
  }

  #utf8(value: string): number {
    const size = Buffer.byteLength(value)
    this.#reserve(size + 2 * LONGEST_VARINT)
    this.#position -= size
    this.#buffer.write(value, this.#position, size, 'utf8')
    return size
  }

  #varint(value: number): void {
    if (value >= 0 && value < 0x80) {
      this.#buffer[--this.#position] = value
      return
    }
    this.#longVarint(value)
  }

  #longVarint(value: number): void {
    let low = value >>> 0
    let high = Math.floor(value / TWO_32) >>> 0
    let size = 1
    for (let l = low, h = high; h > 0 || l > 0x7f; size++) {
      l = ((l >>> 7) | (h << 25)) >>> 0
      h >>>= 7
    }
    this.#position -= size
    const last = this.#position + size - 1
    for (let at = this.#position; at < last; at++) {
      this.#buffer[at] = low | 0x80
      low = ((low >>> 7) | (high << 25)) >>> 0
      high >>>= 7
    }
    this.#buffer[last] = low
  }

  #reserve(size: number): void {
    if (size <= this.#position) return
    const written = this.mark()
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#buffer.length, written + size))
    this.#buffer.copy(larger, larger.length - written, this.#position)
    this.#buffer = larger
    this.#position = larger.length - written
  }
}

function nibble(code: number): number {
  return code < 58 ? code - 48 : code - 87
}
