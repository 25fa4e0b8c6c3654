// Which characters may stand where in a header, as tables of ASCII, and scans by them: linear in time whatever comes.

/** A set of characters: 1 at the codes of those in it. */
export type Chars = Uint8Array

const charsOf = (chars: string): Chars => {
  // All that node:http gives: a read past its end is slow.
  const table = new Uint8Array(256)
  for (const char of chars) table[char.charCodeAt(0)] = 1
  return table
}

const DIGITS = '0123456789'
const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const LETTERS = LOWER + LOWER.toUpperCase()

/** All of ASCII from `!` to `~`, without some. */
const printableBut = (...without: string[]): string =>
  Array.from({ length: 0x7e - 0x20 }, (_, at) => String.fromCharCode(0x21 + at))
    .filter((char) => !without.includes(char))
    .join('')

export const LOWER_HEX = charsOf(`${DIGITS}abcdef`)
export const REQUEST_ID_CHAR = charsOf(`${DIGITS}${LETTERS}_.:/+=@-`)
export const SERVICE_CHAR = charsOf(`${DIGITS}${LETTERS}_.:/+@-`)
export const HOST_CHAR = charsOf(`${DIGITS}${LETTERS}_.-`)
export const DIGIT = charsOf(DIGITS)
/** tracestate: what a key begins with, what follows, and what a value is made of. */
export const STATE_KEY_START = charsOf(DIGITS + LOWER)
export const STATE_KEY = charsOf(`${DIGITS}${LOWER}_-*/@`)
export const STATE_VALUE = charsOf(` ${printableBut(',', '=')}`)
/** RFC 9110's `token`, a key of baggage; and baggage's `baggage-octet`. */
export const TOKEN = charsOf(`${DIGITS}${LETTERS}!#$%&'*+-.^_\`|~`)
export const BAGGAGE_OCTET = charsOf(printableBut('"', ',', ';', '\\'))

/** The first place from `from` on, before `to`, whose character is not of the set; `to` where all are. */
export const skip = (set: Chars, value: string, from: number, to: number): number => {
  for (let at = from; at < to; at++) if (set[value.charCodeAt(at)] !== 1) return at
  return to
}

/** Whether a value is 1 to `most` characters long, and all of them of the set. */
export const isMadeOf = (set: Chars, value: string, most: number): boolean =>
  value.length > 0 && value.length <= most && skip(set, value, 0, value.length) === value.length

const SPACE = 0x20
const TAB = 0x09

/** Past the spaces and tabs at `from`: RFC 9110's optional white space. */
export const skipBlanks = (value: string, from: number, to: number): number => {
  let at = from
  while (at < to && isBlank(value, at)) at++
  return at
}

/** Before the spaces and tabs that end at `to`. */
export const dropBlanks = (value: string, from: number, to: number): number => {
  let at = to
  while (at > from && isBlank(value, at - 1)) at--
  return at
}

const isBlank = (value: string, at: number): boolean => {
  const code = value.charCodeAt(at)
  return code === SPACE || code === TAB
}

const ZERO = 0x30

/**
 * An id of `length` lower-case hex digits at `from`, not all zero; anything else is `undefined`. The value may go on
 * behind it.
 */
export const idAt = (value: string, from: number, length: number): string | undefined => {
  const to = from + length
  if (to > value.length || skip(LOWER_HEX, value, from, to) !== to) return undefined
  return isZero(value, from, to) ? undefined : value.slice(from, to)
}

export const isZero = (value: string, from: number, to: number): boolean => {
  let at = from
  while (at < to && value.charCodeAt(at) === ZERO) at++
  return at === to
}
