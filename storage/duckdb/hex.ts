// Ids between hex text and pairs of uint32, without a BigInt or a substring on the way in.

/** The value of each hex digit by its char code; other characters count as 0 (codecs let none through). */
const DIGITS = new Uint8Array(128)
for (let value = 0; value < 16; value++) DIGITS[value.toString(16).charCodeAt(0)] = value

const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Reads 16 hex characters of `text` from `from` into `words[at]` (low) and `words[at + 1]` (high). */
export function wordsFromHex(text: string, from: number, words: Uint32Array, at: number): void {
  words[at + 1] = wordAt(text, from)
  words[at] = wordAt(text, from + 8)
}

function wordAt(text: string, from: number): number {
  let value = 0
  for (let i = from; i < from + 8; i++) value = (value << 4) | (DIGITS[text.charCodeAt(i) & 127] ?? 0)
  return value >>> 0
}

/** 16 hex characters, or undefined for zero. */
export function hexFromWords(words: Uint32Array, at: number): string | undefined {
  const low = words[at] ?? 0
  const high = words[at + 1] ?? 0
  return low === 0 && high === 0 ? undefined : hexOfWord(high) + hexOfWord(low)
}

function hexOfWord(word: number): string {
  return (
    (BYTES[word >>> 24] ?? '') +
    (BYTES[(word >>> 16) & 255] ?? '') +
    (BYTES[(word >>> 8) & 255] ?? '') +
    (BYTES[word & 255] ?? '')
  )
}

/** DuckDB's bytes of a column as uint32: one a value for a 32-bit column, two for a 64-bit one. */
export function wordsOfBytes(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
}
