// Text to UTF-8 and back, by hand: for short texts faster than the platform's encoders, which this room does without.

const REPLACEMENT = 0xfffd
/** UTF-16 units made into text at once; the call takes them as arguments. */
const UNITS = 4096
const units = new Uint16Array(UNITS)

/** Half a surrogate pair becomes U+FFFD. `bytes` must have room: three bytes a UTF-16 unit. @returns where the text ends */
export function writeUtf8(text: string, bytes: Uint8Array, start: number): number {
  let at = start
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i)
    if (code < 0x80) {
      bytes[at++] = code
      continue
    }
    if (code < 0x800) {
      bytes[at++] = 0xc0 | (code >> 6)
      bytes[at++] = 0x80 | (code & 63)
      continue
    }
    if (code >= 0xd800 && code < 0xe000) {
      const low = code < 0xdc00 && i + 1 < text.length ? text.charCodeAt(i + 1) : 0
      if (low >= 0xdc00 && low < 0xe000) {
        i++
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
        bytes[at++] = 0xf0 | (code >> 18)
        bytes[at++] = 0x80 | ((code >> 12) & 63)
        bytes[at++] = 0x80 | ((code >> 6) & 63)
        bytes[at++] = 0x80 | (code & 63)
        continue
      }
      code = REPLACEMENT
    }
    bytes[at++] = 0xe0 | (code >> 12)
    bytes[at++] = 0x80 | ((code >> 6) & 63)
    bytes[at++] = 0x80 | (code & 63)
  }
  return at
}

/** For bytes that {@link writeUtf8} wrote; of any others it makes some text, and never throws. */
export function readUtf8(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  let count = 0
  const next = (at: number) => (bytes[at] ?? 0) & 63
  for (let at = start; at < end;) {
    const first = bytes[at++] ?? 0
    if (first < 0x80) units[count++] = first
    else if (first < 0xe0) units[count++] = ((first & 31) << 6) | next(at++)
    else if (first < 0xf0) units[count++] = ((first & 15) << 12) | (next(at++) << 6) | next(at++)
    else {
      const code = ((first & 7) << 18) | (next(at++) << 12) | (next(at++) << 6) | next(at++)
      units[count++] = 0xd800 + ((code - 0x10000) >> 10)
      units[count++] = 0xdc00 + (code & 0x3ff)
    }
    if (count < UNITS - 1) continue
    text += textOf(count)
    count = 0
  }
  return text + textOf(count)
}

function textOf(count: number): string {
  return String.fromCharCode.apply(null, units.subarray(0, count) as unknown as number[])
}
