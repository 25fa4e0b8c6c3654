// From the bytes of a JSON body to a parsed list, with the two repairs that must happen to the text before
// parsing because they can't be done after it: half surrogates, and numbers whose digits matter.
import { HopscopeError, messageOf } from '../errors.ts'

const MESSAGE_LENGTH = 200
/** Skips a byte order mark. As fast as a Buffer's toString, and there in browsers too. */
const UTF8 = new TextDecoder()

/**
 * What `read` makes of a JSON body. Where it gives undefined, a number stood where text is wanted, and JSON.parse has lost
 * its digits: then it reads again, with every number as text.
 * @throws HopscopeError body-malformed, or what `read` throws
 */
export function readJson<Read>(bytes: Uint8Array, read: (json: string) => Read | undefined): Read {
  const json = jsonFromUtf8(bytes)
  const decoded = read(json) ?? read(withNumbersQuoted(json))
  if (decoded === undefined)
    throw new HopscopeError('internal', 'A number was left in a body without numbers.')
  return decoded
}

/**
 * The text of a JSON body, ready to be parsed. Bytes that aren't UTF-8 become U+FFFD; a byte order mark is skipped.
 * @throws HopscopeError body-malformed
 */
function jsonFromUtf8(bytes: Uint8Array): string {
  const json = UTF8.decode(bytes)
  if (json.length > ALWAYS_PARSED) requireSpanLike(json)
  return withoutHalfSurrogates(json)
}

/** Characters. Whatever is in a smaller body can't take much time or memory. */
const ALWAYS_PARSED = 2 ** 20
/** Lists and objects in each other; OTLP's values take three levels for one of theirs. */
const DEEPEST = 500
/** Characters for each list or object, and for each comma: spans have more of both, even those of one-letter attributes. */
const FEWEST_AN_OPENING = 8
const FEWEST_A_COMMA = 6

/**
 * JSON.parse makes 50 bytes of each of ten million brackets. A large body that can't be spans is refused before that, for a
 * tenth of the time that parsing takes.
 */
function requireSpanLike(json: string): void {
  let openings = 0
  let commas = 0
  let depth = 0
  let deepest = 0
  for (let at = 0; at < json.length; at++) {
    switch (json.charCodeAt(at)) {
      case 34:
        at = endOfString(json, at) - 1
        break
      case 44:
        commas++
        break
      case 91:
      case 123:
        openings++
        if (++depth > deepest) deepest = depth
        break
      case 93:
      case 125:
        depth--
    }
  }
  if (deepest > DEEPEST)
    throw new HopscopeError(
      'body-malformed',
      `The body has ${deepest} lists and objects in each other: no spans do.`,
    )
  if (openings > json.length / FEWEST_AN_OPENING || commas > json.length / FEWEST_A_COMMA)
    throw new HopscopeError(
      'body-malformed',
      `The body has ${openings} lists and objects and ${commas} commas in ${json.length} characters: no spans are so small.`,
    )
}

/** @throws HopscopeError body-not-json */
export function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    throw new HopscopeError('body-not-json', messageOf(error).slice(0, MESSAGE_LENGTH), { cause: error })
  }
}

/** @throws HopscopeError body-not-json, body-not-a-list */
export function parseList(json: string): unknown[] {
  const parsed = parseJson(json)
  if (Array.isArray(parsed)) return parsed
  const what =
    typeof parsed === 'object' && parsed !== null ? 'a single object: put it into a list, [{…}]' : 'no list'
  throw new HopscopeError('body-not-a-list', `The body must be a list of spans, but is ${what}.`)
}

const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/
/** One escape, or the two that make up a character: read in sequence, so that `\\ud800` stays the text it is. */
const ESCAPES =
  /\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2}|[^])/g

/**
 * Half a surrogate pair can enter only as a `\ud800` escape, and no store can keep it: such an escape becomes
 * U+FFFD. Text without any costs two searches.
 */
function withoutHalfSurrogates(json: string): string {
  if (!json.includes('\\u') || !SURROGATE_ESCAPE.test(json)) return json
  return json.replace(ESCAPES, (escape) => (escape.length === 6 ? '\\ufffd' : escape))
}

/**
 * Puts every number of a valid JSON text into quotes, so that 12345678901234567890 or 1.0 can be kept as text
 * with the digits that were sent.
 */
function withNumbersQuoted(json: string): string {
  let quoted = ''
  let copied = 0
  let at = 0
  while (at < json.length) {
    const c = json.charCodeAt(at)
    if (c === 34) {
      at = endOfString(json, at)
    } else if (c === 45 || (c > 47 && c < 58)) {
      const start = at
      while (isOfNumber(json.charCodeAt(at))) at++
      quoted += `${json.slice(copied, start)}"${json.slice(start, at)}"`
      copied = at
    } else {
      at++
    }
  }
  return quoted + json.slice(copied)
}

function endOfString(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at++) {
    const c = json.charCodeAt(at)
    if (c === 92) at++
    else if (c === 34) return at + 1
  }
  return json.length
}

/** Digits, `+`, `-`, `.`, `e`, `E`. */
function isOfNumber(c: number): boolean {
  return (c > 47 && c < 58) || c === 43 || c === 45 || c === 46 || c === 69 || c === 101
}
