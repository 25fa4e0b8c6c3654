// Base64 of short binary values held as hex or as numbers, twelve bits at a time: Buffer takes three times as long.
import { hashText } from '@hopscope/model'

const STANDARD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const URL_SAFE = STANDARD.replace('+/', '-_')

const pairsOf = (alphabet: string): readonly string[] =>
  Array.from({ length: 4096 }, (_, bits) => `${alphabet[bits >> 6] ?? ''}${alphabet[bits & 63] ?? ''}`)
const PAIRS = pairsOf(STANDARD)
const URL_PAIRS = pairsOf(URL_SAFE)

const DIGITS = new Uint8Array(128)
for (let digit = 0; digit < 16; digit++) DIGITS[digit.toString(16).charCodeAt(0)] = digit

/** @param hex 16 lower-hex digits */
export function base64FromHex(hex: string): string {
  let text = ''
  for (let i = 0; i < 15; i += 3)
    text += PAIRS[(digit(hex, i) << 8) | (digit(hex, i + 1) << 4) | digit(hex, i + 2)]
  return `${text}${STANDARD[digit(hex, 15) << 2] ?? ''}=`
}

export function hexFromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('hex')
}

/** 20 characters, URL-safe, of 120 bits: 32 of each of three numbers and the upper 24 of the last. */
export function base64UrlFromWords(a: number, b: number, c: number, d: number): string {
  return (
    pair(a >>> 20) +
    pair(a >>> 8) +
    pair((a << 4) | (b >>> 28)) +
    pair(b >>> 16) +
    pair(b >>> 4) +
    pair((b << 8) | (c >>> 24)) +
    pair(c >>> 12) +
    pair(c) +
    pair(d >>> 20) +
    pair(d >>> 8)
  )
}

const words = new Uint32Array(4)

/** An id made of a text's hash: at most 20 characters of 6 bits, URL-safe. */
export function textId(text: string, length: number): string {
  hashText(text, words)
  return base64UrlFromWords(words[0] ?? 0, words[1] ?? 0, words[2] ?? 0, words[3] ?? 0).slice(0, length)
}

const digit = (hex: string, at: number): number => DIGITS[hex.charCodeAt(at)] as number
const pair = (bits: number): string => URL_PAIRS[bits & 4095] as string
