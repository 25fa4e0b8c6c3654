// How texts become terms of the index. Lucene refuses terms beyond 32,766 bytes, and long ones cost much; so a text
// longer than LONGEST_TERM is indexed as its digest, and a search for it looks for the digest.
import { hash } from 'node:crypto'
import { LONGEST_MATCHED } from '@hopscope/model'

/** UTF-16 units. The mappings ignore longer values, which leaves them in the document only. */
export const LONGEST_TERM = 1000

/** Tags whose key makes a longer token aren't searched by expressions. UTF-16 units, with the `=`. */
export const LONGEST_KEY_TOKEN = 300

/** Begins a digest. No tag token does: there a backslash is followed by a backslash or by `=`. */
const DIGEST_MARK = '\\#'
const DIGEST = /^\\#[A-Za-z0-9+/]{27}=$/
/** Begins the term of a request id that no tag token gives. */
const REQUEST_MARK = '\\@'
/** Begins the term that says a tag is there, where its token is too long to say so. */
const KEY_MARK = '\\?'

/** The term that finds this text. */
export function termOf(text: string): string {
  return text.length > LONGEST_TERM ? digestOf(text) : text
}

/** A field's value in a document: the text, with its digest where it is too long for a term. */
export function fieldOf(text: string | undefined): string | readonly [string, string] | undefined {
  return text === undefined || text.length <= LONGEST_TERM ? text : [text, digestOf(text)]
}

export function textOfField(field: string | readonly string[] | undefined): string | undefined {
  return typeof field === 'object' ? field[0] : field
}

export function isDigest(term: string): boolean {
  return term.startsWith(DIGEST_MARK) && DIGEST.test(term)
}

/** Whether it stands beside the tokens of tags, and is none. */
export function isMark(term: string): boolean {
  return isDigest(term) || term.startsWith(REQUEST_MARK) || term.startsWith(KEY_MARK)
}

/** Found among a span's tag tokens where the token of this tag is too long for a term. */
export function keyMark(key: string): string {
  return termOf(KEY_MARK + key)
}

/** Found among a span's tag tokens where its request id isn't, as it was sent, the value of a tag. */
export function requestMark(request: string): string {
  return termOf(REQUEST_MARK + request)
}

/** Whether an expression looks at the value though the token is too long for a term; see {@link LONGEST_MATCHED}. */
export function isWide(token: string, value: string): boolean {
  const isSearched = value.length <= LONGEST_MATCHED && token.length <= LONGEST_KEY_TOKEN + LONGEST_MATCHED
  return isSearched && token.length > LONGEST_TERM
}

function digestOf(text: string): string {
  return DIGEST_MARK + hash('sha1', Buffer.from(text, 'utf16le'), 'base64')
}

/** `key=value`, with `\` and `=` in the key escaped, so that the first bare `=` ends it. */
export function tagToken(key: string, value: string): string {
  return `${keyToken(key)}${value}`
}

/** What the tokens of a tag begin with. */
export function keyToken(key: string): string {
  return `${/[\\=]/.test(key) ? key.replace(/[\\=]/g, '\\$&') : key}=`
}

/** The key and the value of a token. */
export function tagOfToken(token: string): readonly [key: string, value: string] {
  let end = token.indexOf('=')
  if (token.lastIndexOf('\\', end) < 0) return [token.slice(0, end), token.slice(end + 1)]
  end = 0
  while (token[end] !== '=') end += token[end] === '\\' ? 2 : 1
  return [token.slice(0, end).replace(/\\(.)/gs, '$1'), token.slice(end + 1)]
}

/** A text close before all that begin so, in the order of code points; undefined if there is none. */
export function textBefore(beginning: string): string | undefined {
  const last = Array.from(beginning).at(-1)
  if (last === undefined) return undefined
  const start = beginning.slice(0, -last.length)
  const code = last.codePointAt(0) ?? 0
  if (code === 0) return start
  // No code point is a surrogate.
  const before = code === 0xe000 ? 0xd7ff : code - 1
  return `${start}${String.fromCodePoint(before)}\u{10ffff}`
}
