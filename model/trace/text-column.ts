// The texts of a trace, each once: written while its columns are made, read one at a time.
import type { TextColumn } from './trace-columns.ts'
import { readUtf8, writeUtf8 } from './utf8.ts'

/** Longer texts are written as often as they come: engines hash a longer one by its length alone, and a table of such is a list. */
const LONGEST_SHARED = 16_000

export class TextWriter {
  readonly #places = new Map<string, number>()
  readonly #ends: number[] = [0]
  #bytes = new Uint8Array(2 ** 16)
  #length = 0

  /** The text's index; 0 for none, and for the empty one. */
  add(text: string | undefined): number {
    if (text === undefined || text === '') return 0
    if (text.length > LONGEST_SHARED) return this.#append(text)
    let place = this.#places.get(text)
    if (place === undefined) this.#places.set(text, (place = this.#append(text)))
    return place
  }

  finish(): TextColumn {
    return { bytes: this.#bytes.subarray(0, this.#length), ends: new Uint32Array(this.#ends) }
  }

  #append(text: string): number {
    const most = this.#length + 3 * text.length
    if (most > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(most, 2 * this.#bytes.length))
      larger.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = larger
    }
    this.#length = writeUtf8(text, this.#bytes, this.#length)
    return this.#ends.push(this.#length) - 1
  }
}

const SLOTS = 2 ** 14
/** Bytes. */
const LONGEST_KEPT = 1000

/** Texts by index; those that were read lately are kept. */
export class TextReader {
  readonly #column: TextColumn
  /** Each text has one slot to be in, the next one takes it. */
  readonly #kept = new Int32Array(SLOTS).fill(-1)
  readonly #texts: string[] = new Array<string>(SLOTS).fill('')

  constructor(column: TextColumn) {
    this.#column = column
  }

  text(index: number): string {
    if (index === 0) return ''
    const slot = index & (SLOTS - 1)
    if (this.#kept[slot] === index) return this.#texts[slot] as string
    const { bytes, ends } = this.#column
    const start = ends[index - 1] as number
    const end = ends[index] as number
    const text = readUtf8(bytes, start, end)
    if (end - start > LONGEST_KEPT) return text
    this.#kept[slot] = index
    this.#texts[slot] = text
    return text
  }

  /** Undefined for index 0. */
  optional(index: number): string | undefined {
    return index === 0 ? undefined : this.text(index)
  }
}
