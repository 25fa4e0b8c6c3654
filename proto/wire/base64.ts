// Base64 and hex, without what only Node has: browsers read files with the same code.

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const NO_DIGIT = 64
const VALUES = new Uint8Array(256).fill(NO_DIGIT)
for (let i = 0; i < DIGITS.length; i++) VALUES[DIGITS.charCodeAt(i)] = i
// The alphabet for URLs.
VALUES[0x2d] = 62
VALUES[0x5f] = 63

/** Of either alphabet, with or without padding. Other characters are passed over, and so is a digit too many at the end. */
export function bytesFromBase64(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((text.length * 3) / 4))
  let length = 0
  let bits = 0
  let held = 0
  for (let i = 0; i < text.length; i++) {
    const value = VALUES[text.charCodeAt(i)] ?? NO_DIGIT
    if (value === NO_DIGIT) continue
    bits = ((bits << 6) | value) & 0xffff
    held += 6
    if (held < 8) continue
    held -= 8
    bytes[length++] = bits >> held
  }
  return bytes.subarray(0, length)
}

/** The same bytes in the one spelling that encoders give them. */
export function uniformBase64(text: string): string {
  return isUniform(text) ? text : base64From(bytesFromBase64(text))
}

/** False with padding, too: then bits may be left over that mean nothing. */
function isUniform(text: string): boolean {
  if (text.length % 4 !== 0) return false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 0x2d || code === 0x5f || (VALUES[code] ?? NO_DIGIT) === NO_DIGIT) return false
  }
  return true
}

function base64From(bytes: Uint8Array): string {
  const parts: string[] = []
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(at, at + 3)
    const left = bytes.length - at
    parts.push(
      DIGITS.charAt(a >> 2),
      DIGITS.charAt(((a & 3) << 4) | (b >> 4)),
      left > 1 ? DIGITS.charAt(((b & 15) << 2) | (c >> 6)) : '=',
      left > 2 ? DIGITS.charAt(c & 63) : '=',
    )
  }
  return parts.join('')
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

export function hexFrom(bytes: Uint8Array): string {
  let hex = ''
  for (const byte of bytes) hex += HEX[byte] ?? ''
  return hex
}
