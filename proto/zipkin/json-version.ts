// Whether Zipkin's JSON is of version 1 or 2, which nothing in it says: found in the bytes, before they are parsed.

const LIST = 0x5b
const OBJECT = 0x7b
const QUOTE = 0x22
const COLON = 0x3a
const WHITESPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d])

interface Mark {
  /** A key and its closing quote, as bytes. */
  readonly key: Uint8Array
  /** The first byte of its value. */
  readonly value: number
  readonly version: 'v1' | 'v2'
}

const UTF8 = new TextEncoder()
const mark = (key: string, value: number, version: Mark['version']): Mark => ({
  key: UTF8.encode(`${key}"`),
  value,
  version,
})
const MARKS: readonly Mark[] = [
  mark('localEndpoint', OBJECT, 'v2'),
  mark('tags', OBJECT, 'v2'),
  mark('remoteEndpoint', OBJECT, 'v2'),
  mark('binaryAnnotations', LIST, 'v1'),
  mark('endpoint', OBJECT, 'v1'),
]
/** By the first byte of their key, each of which is another. */
const MARK_OF: readonly (Mark | undefined)[] = Array.from({ length: 256 }, (_, byte) =>
  MARKS.find(({ key }) => key[0] === byte),
)

/**
 * Zipkin takes JSON for v2 if it holds `Endpoint"` or `"tags"` anywhere, else for v1. Those may be the text of an
 * annotation, and then v1's binary annotations would be lost; so they must be keys with such values as no text can
 * have.
 * @returns undefined without any mark. Then read v2: v1 would find nothing more in such a span, but lose `kind` and `shared`
 */
export function zipkinJsonVersion(bytes: Uint8Array): 'v1' | 'v2' | undefined {
  let version: 'v1' | undefined
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== QUOTE) continue
    const found = MARK_OF[bytes[at + 1] ?? 0]
    if (found === undefined || !isAt(bytes, at + 1, found)) continue
    if (found.version === 'v2') return 'v2'
    version = 'v1'
  }
  return version
}

/** Within text a key can't stand so: there quotes are escaped. */
function isAt(bytes: Uint8Array, start: number, { key, value }: Mark): boolean {
  for (let i = 0; i < key.length; i++) if (bytes[start + i] !== key[i]) return false
  const colon = afterWhitespace(bytes, start + key.length)
  return bytes[colon] === COLON && bytes[afterWhitespace(bytes, colon + 1)] === value
}

export function afterWhitespace(bytes: Uint8Array, start: number): number {
  let at = start
  while (WHITESPACE.has(bytes[at] ?? 0)) at++
  return at
}
