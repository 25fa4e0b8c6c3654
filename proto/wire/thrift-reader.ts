// A cursor over Thrift's binary protocol (TBinaryProtocol, without a message around it). It knows no schema, and
// each step consumes bytes: no claimed length or depth makes it work longer than its input is long.
// Format: https://github.com/apache/thrift/blob/master/doc/specs/thrift-binary-protocol.md
import { HopscopeError } from '../errors.ts'

export const BOOL = 2
const BYTE = 3
const DOUBLE = 4
export const I16 = 6
export const I32 = 8
export const I64 = 10
/** Text or bytes. */
export const STRING = 11
export const STRUCT = 12
const MAP = 13
const SET = 14
export const LIST = 15

const TWO_32 = 0x1_0000_0000
/** As Apache Thrift's own readers: nobody nests so deep but to break something. */
const DEEPEST = 64

/** What {@link ThriftReader.field} gives for a field of this type and id. */
export function fieldOf(type: number, id: number): number {
  return (type << 16) | id
}

/** A struct, list, set or map that is being skipped. */
interface Open {
  /** Undefined for a struct, whose fields name their types. */
  readonly types: readonly [odd: number, even: number] | undefined
  left: number
}

/** Every method throws HopscopeError body-malformed when the bytes end before the value. */
export class ThriftReader {
  readonly bytes: Buffer
  /** Of the next byte to read. */
  position = 0

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** The next field of a struct, as {@link fieldOf}; 0 at its end. */
  field(): number {
    const type = this.bytes[this.#take(1)] ?? 0
    return type === 0 ? 0 : fieldOf(type, this.bytes.readUInt16BE(this.#take(2)))
  }

  byte(): number {
    return this.bytes.readInt8(this.#take(1))
  }

  unsigned16(): number {
    return this.bytes.readUInt16BE(this.#take(2))
  }

  i32(): number {
    return this.bytes.readInt32BE(this.#take(4))
  }

  /** Beyond ±2^53 its last digits are lost. */
  i64(): number {
    const at = this.#take(8)
    return this.bytes.readInt32BE(at) * TWO_32 + this.bytes.readUInt32BE(at + 4)
  }

  /** An i64 as 16 lower-hex characters. */
  hex64(): string {
    const at = this.#take(8)
    return this.bytes.toString('hex', at, at + 8)
  }

  /** Bytes that aren't UTF-8 become U+FFFD. */
  text(): string {
    const start = this.string()
    return this.bytes.toString('utf8', start, this.position)
  }

  /** Passes over text or bytes: where in `bytes` they begin. They end at `position`. */
  string(): number {
    return this.#take(this.#size())
  }

  /**
   * Begins a list: how many structs follow. A list of anything else is skipped, and 0.
   * @param mistaken another type of element that stands for structs
   */
  structs(mistaken = STRUCT): number {
    const start = this.position
    const type = this.byte()
    const size = this.#size()
    if (size === 0 || type === STRUCT || type === mistaken) return size
    this.position = start
    this.skip(LIST)
    return 0
  }

  /** Passes over a value of any type, in a loop: its depth is the sender's choice. */
  skip(type: number): void {
    const open: Open[] = []
    let next: number | undefined = type
    while (next !== undefined) {
      const inner = this.#enter(next)
      if (inner !== undefined && open.push(inner) > DEEPEST)
        throw unreadable(`is nested deeper than ${DEEPEST}, at byte ${this.position}`)
      next = undefined
      for (let last = open.at(-1); last !== undefined && next === undefined; last = open.at(-1)) {
        next = this.#nextIn(last)
        if (next === undefined) open.pop()
      }
    }
  }

  /** Passes over a plain value; of any other, over what stands before its first member. */
  #enter(type: number): Open | undefined {
    switch (type) {
      case BOOL:
      case BYTE:
        this.#take(1)
        return undefined
      case I16:
        this.#take(2)
        return undefined
      case I32:
        this.#take(4)
        return undefined
      case I64:
      case DOUBLE:
        this.#take(8)
        return undefined
      case STRING:
        this.#take(this.#size())
        return undefined
      case STRUCT:
        return { types: undefined, left: 0 }
      case SET:
      case LIST: {
        const element = this.byte()
        return { types: [element, element], left: this.#size() }
      }
      case MAP: {
        const key = this.byte()
        const value = this.byte()
        return { types: [value, key], left: this.#size() * 2 }
      }
      default:
        // Its length is unknown, and a list of what takes no bytes could be endless.
        throw unreadable(`has a value of the unknown type ${type}, at byte ${this.position}`)
    }
  }

  /** The type of the next member; undefined when there is none. */
  #nextIn(open: Open): number | undefined {
    if (open.types === undefined) {
      const field = this.field()
      return field === 0 ? undefined : field >> 16
    }
    return open.left === 0 ? undefined : open.types[open.left-- & 1 ? 0 : 1]
  }

  #size(): number {
    const size = this.i32()
    if (size < 0) throw unreadable(`has a negative length, ${size}, at byte ${this.position - 4}`)
    return size
  }

  /** Where the next so many bytes begin. */
  #take(length: number): number {
    const at = this.position
    if (at + length > this.bytes.length)
      throw unreadable(
        `ends too early: at byte ${at} of ${this.bytes.length} a value of ${length} ${length === 1 ? 'byte' : 'bytes'} was expected`,
      )
    this.position = at + length
    return at
  }
}

function unreadable(why: string): HopscopeError {
  return new HopscopeError('body-malformed', `The thrift ${why}.`)
}
