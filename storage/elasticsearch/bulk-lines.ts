// The lines of a bulk request, encoded as they are made. Texts joined into one long string first would be copied
// many times over before they are bytes: that took longer than all the rest of a write.

/** Documents to create, each with the line that says so before it. */
export interface BulkLines {
  readonly bytes: Buffer
  /** Where each document's lines end; they begin where the one before ends. */
  readonly ends: readonly number[]
}

const FIRST_SIZE = 2 ** 16
/** Bytes of UTF-8 that a UTF-16 unit can take. */
const WIDEST = 3

export class BulkEncoder {
  #bytes = Buffer.allocUnsafeSlow(FIRST_SIZE)
  #length = 0
  #ends: number[] = []

  /** @param action and @param document: a line of JSON each */
  add(action: string, document: string): void {
    this.#line(action)
    this.#line(document)
    this.#ends.push(this.#length)
  }

  /** What was added since the last time. */
  take(): BulkLines {
    const lines = { bytes: Buffer.from(this.#bytes.subarray(0, this.#length)), ends: this.#ends }
    this.clear()
    // One giant must not be kept for ever.
    if (this.#bytes.length > LARGEST_KEPT) this.#bytes = Buffer.allocUnsafeSlow(FIRST_SIZE)
    return lines
  }

  clear(): void {
    this.#length = 0
    this.#ends = []
  }

  #line(text: string): void {
    const most = this.#length + WIDEST * text.length + 1
    if (most > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(2 * most)
      this.#bytes.copy(larger, 0, 0, this.#length)
      this.#bytes = larger
    }
    this.#length += this.#bytes.write(text, this.#length)
    this.#bytes[this.#length++] = NEWLINE
  }
}

const LARGEST_KEPT = 8 * 2 ** 20
const NEWLINE = 10
