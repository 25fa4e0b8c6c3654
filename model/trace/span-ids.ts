// Numbers the span ids of a trace. As pairs of 32-bit words in one table: a Map has to hash each text and to follow a pointer
// for each comparison, which was a third of the time that a large trace took.
import { int } from '../columns.ts'
import type { SpanId } from '../span.ts'

/** The value of each hex digit by its char code. */
const DIGITS = new Uint8Array(128)
for (let value = 0; value < 16; value++) DIGITS[value.toString(16).charCodeAt(0)] = value

/** Odd, and other in each process: ids that are made to collide here can't be made beforehand. */
const [FIRST, SECOND] = [randomOdd(), randomOdd()]

function randomOdd(): number {
  return Math.floor(Math.random() * 2 ** 32) | 1
}

export class SpanIds {
  readonly #high: Int32Array
  readonly #low: Int32Array
  /** By hash, with linear probing: 1 + the number, 0 for none. */
  readonly #places: Int32Array
  readonly #mask: number
  #count = 0

  /** @param most ids that will be added at most */
  constructor(most: number) {
    const size = 2 ** Math.ceil(Math.log2(2 * most + 2))
    this.#high = new Int32Array(most)
    this.#low = new Int32Array(most)
    this.#places = new Int32Array(size)
    this.#mask = size - 1
  }

  get count(): number {
    return this.#count
  }

  /** The id's number, in the order in which ids were first added. */
  add(id: SpanId): number {
    const high = wordAt(id, 0)
    const low = wordAt(id, 8)
    const place = this.#placeOf(high, low)
    const known = int(this.#places, place)
    if (known > 0) return known - 1
    this.#high[this.#count] = high
    this.#low[this.#count] = low
    this.#places[place] = ++this.#count
    return this.#count - 1
  }

  /** -1 if it was never added. */
  numberOf(id: SpanId): number {
    return int(this.#places, this.#placeOf(wordAt(id, 0), wordAt(id, 8))) - 1
  }

  /** Where it is, or would be. */
  #placeOf(high: number, low: number): number {
    let mixed = Math.imul(high, FIRST) ^ Math.imul(low ^ (high >>> 15), SECOND)
    mixed = Math.imul(mixed ^ (mixed >>> 16), FIRST)
    let place = (mixed ^ (mixed >>> 15)) & this.#mask
    for (let number = int(this.#places, place); number > 0; number = int(this.#places, place)) {
      if (int(this.#low, number - 1) === low && int(this.#high, number - 1) === high) break
      place = (place + 1) & this.#mask
    }
    return place
  }
}

/** Eight hex digits from `from` on. */
export function wordAt(text: string, from: number): number {
  let value = 0
  for (let i = from; i < from + 8; i++) value = (value << 4) | (DIGITS[text.charCodeAt(i) & 127] ?? 0)
  return value
}
