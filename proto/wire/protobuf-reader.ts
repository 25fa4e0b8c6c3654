// The protobuf wire format, read front to back: a cursor over bytes that knows nothing of any schema. Nothing is
// copied but texts, nothing is read twice, nothing recurses. Format: https://protobuf.dev/programming-guides/encoding/
import { HopscopeError } from '../errors.ts'
import { hexFrom, textFrom } from './protobuf-text.ts'

export const VARINT = 0
export const FIXED64 = 1
export const LENGTH_DELIMITED = 2
const START_GROUP = 3
const END_GROUP = 4
const FIXED32 = 5

const TWO_32 = 0x1_0000_0000
/** From here on a high half makes a number beyond 2^53 - 1. */
const UNSAFE_HIGH = 0x20_0000
const LONGEST_VARINT = 10

/**
 * Reads the fields of one message: `next` announces a field, and one of the others reads or skips its value.
 * Which method fits which wire type is the caller's to check: each reads what it is named for.
 * All but `next`, `leave` and the fields throw HopscopeError body-malformed where the bytes end too early or are no protobuf; so does `next`.
 */
export class ProtobufReader {
  /** Of the next byte to read, from the start of the bytes. */
  position: number
  /** Where the current message ends. */
  end: number
  /** Of the field just announced: 0 varint, 1 fixed64, 2 length-delimited, 3 group, 5 fixed32. */
  wireType = 0
  /** Number and wire type in one, `number << 3 | wireType`, for a switch that knows both; of the field just announced. */
  tag = 0
  /** How many messages were refused because their own bytes are wrong: see messageFrom. */
  broken = 0
  readonly #buffer: Buffer
  /** The two halves of the 64-bit number just read, unsigned. */
  #low = 0
  #high = 0

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.position = start
    this.end = end
  }

  /** The number of the next field; 0 at the end of the message. */
  next(): number {
    if (this.position >= this.end) return 0
    let tag = this.#buffer[this.position] as number
    if (tag < 0x80) {
      this.position++
    } else {
      tag = this.varint()
      if (tag >= TWO_32) this.#fail('a field number beyond 2^29')
    }
    this.tag = tag | 0
    this.wireType = tag & 7
    const number = tag >>> 3
    return number > 0 ? number : this.#fail('a field number of 0')
  }

  /** Unsigned; Infinity if beyond 2^53 - 1. */
  varint(): number {
    if (this.position < this.end) {
      const byte = this.#buffer[this.position] as number
      if (byte < 0x80) {
        this.position++
        return byte
      }
    }
    this.#readVarint()
    return this.#high < UNSAFE_HIGH ? this.#high * TWO_32 + this.#low : Infinity
  }

  /** A signed 64-bit varint in decimal. */
  int64Text(): string {
    this.#readVarint()
    return this.#high < UNSAFE_HIGH
      ? String(this.#high * TWO_32 + this.#low)
      : String(BigInt.asIntN(64, this.#halves()))
  }

  /** Signed; rounded if beyond ±2^53. */
  int64(): number {
    this.#readVarint()
    return (this.#high | 0) * TWO_32 + this.#low
  }

  int32(): number {
    this.#readVarint()
    return this.#low | 0
  }

  bool(): boolean {
    this.#readVarint()
    return (this.#low | this.#high) !== 0
  }

  /** Unsigned; rounded if beyond 2^53. */
  fixed64(): number {
    this.#readFixed64()
    return this.#high * TWO_32 + this.#low
  }

  /** Signed; rounded if beyond ±2^53. */
  sfixed64(): number {
    this.#readFixed64()
    return (this.#high | 0) * TWO_32 + this.#low
  }

  /** Unsigned, in decimal, every digit. */
  fixed64Text(): string {
    this.#readFixed64()
    return this.#high < UNSAFE_HIGH ? String(this.#high * TWO_32 + this.#low) : String(this.#halves())
  }

  fixed32(): number {
    return this.#uint32(this.#take(4))
  }

  double(): number {
    return this.#buffer.readDoubleLE(this.#take(8))
  }

  /** A view, not a copy. */
  bytes(): Uint8Array {
    const start = this.#takeLengthDelimited()
    return this.#buffer.subarray(start, this.position)
  }

  /** Bytes that aren't UTF-8 become U+FFFD. */
  text(): string {
    const start = this.#takeLengthDelimited()
    return textFrom(this.#buffer, start, this.position)
  }

  /** Bytes as lower hex, two characters each. */
  hex(): string {
    const start = this.#takeLengthDelimited()
    return hexFrom(this.#buffer, start, this.position)
  }

  /** Goes into a message; `end` becomes its end. Gives what {@link leave} wants back. */
  enter(): number {
    const outerEnd = this.end
    const start = this.#takeLengthDelimited()
    this.end = this.position
    this.position = start
    return outerEnd
  }

  /** Goes behind the message that was entered, wherever in it reading stopped. */
  leave(outerEnd: number): void {
    this.position = this.end
    this.end = outerEnd
  }

  /** Passes over the value of the field just announced, a group with all that is in it. */
  skip(): void {
    let depth = 0
    do {
      switch (this.wireType) {
        case VARINT:
          this.#readVarint()
          break
        case FIXED64:
          this.#take(8)
          break
        case LENGTH_DELIMITED:
          this.#takeLengthDelimited()
          break
        case START_GROUP:
          depth++
          break
        case END_GROUP:
          if (--depth < 0) this.#fail('the end of a group that never began')
          break
        case FIXED32:
          this.#take(4)
          break
        default:
          this.#fail(`a wire type of ${this.wireType}`)
      }
    } while (depth > 0 && (this.next() > 0 || this.#fail('a group without an end')))
  }

  #readVarint(): void {
    const buffer = this.#buffer
    const start = this.position
    const last = Math.min(this.end, start + LONGEST_VARINT)
    let low = 0
    let high = 0
    for (let at = start, shift = 0; at < last; at++, shift += 7) {
      const byte = buffer[at] as number
      const bits = byte & 0x7f
      if (shift < 28) {
        low |= bits << shift
      } else if (shift === 28) {
        low |= bits << 28
        high = bits >>> 4
      } else {
        high |= bits << (shift - 32)
      }
      if (byte < 0x80) {
        this.#low = low >>> 0
        this.#high = high >>> 0
        this.position = at + 1
        return
      }
    }
    this.#fail(last === this.end ? 'a number that does not end' : 'a number of more than ten bytes')
  }

  #readFixed64(): void {
    const at = this.#take(8)
    this.#low = this.#uint32(at)
    this.#high = this.#uint32(at + 4)
  }

  #uint32(at: number): number {
    const buffer = this.#buffer
    return (
      ((buffer[at] as number) |
        ((buffer[at + 1] as number) << 8) |
        ((buffer[at + 2] as number) << 16) |
        ((buffer[at + 3] as number) << 24)) >>>
      0
    )
  }

  #halves(): bigint {
    return (BigInt(this.#high) << 32n) | BigInt(this.#low)
  }

  /** Where the content begins; `position` is then its end. */
  #takeLengthDelimited(): number {
    const before = this.position
    const length = this.varint()
    if (length > this.end - this.position) {
      const left = this.end - this.position
      this.position = before
      this.#fail(`a length of ${length} with only ${left} bytes left`)
    }
    const start = this.position
    this.position = start + length
    return start
  }

  #take(size: number): number {
    const start = this.position
    if (size > this.end - start) this.#fail(`a number of ${size} bytes with only ${this.end - start} left`)
    this.position = start + size
    return start
  }

  #fail(what: string): never {
    throw new HopscopeError('body-malformed', `The body is not protobuf: ${what} at byte ${this.position}.`)
  }
}
