// Which codec reads a body that comes without the name of its format, as Kafka's messages do: its bytes alone tell.
// After zipkin2.SpanBytesDecoderDetector and Zipkin's Kafka collector; where we decide otherwise, it says why.
import type { Decoded } from '../decoded.ts'
import { HopscopeError } from '../errors.ts'
import { decodeZipkinProto3 } from './proto3.ts'
import { decodeZipkinV1Json } from './v1-json.ts'
import { decodeZipkinThrift } from './v1-thrift.ts'
import { decodeZipkinV2Json } from './v2-json.ts'

type Decode = (bytes: Uint8Array) => Decoded

const LIST = 0x5b
const OBJECT = 0x7b
const QUOTE = 0x22
const WHITESPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d])
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]
const COLON = 0x3a
const V2_OBJECTS = ['"localEndpoint"', '"tags"', '"remoteEndpoint"'].map((key) => Buffer.from(key))
const V1_OBJECT = Buffer.from('"endpoint"')
const V1_LIST = Buffer.from('"binaryAnnotations"')
/** Of ListOfSpans, its one field: also JSON's line feed and thrift's type i64. */
const SPANS_FIELD = 0x0a
/** Thrift begins with a type: of a list's elements, or of the first field of a struct. */
const LAST_THRIFT_TYPE = 16

/**
 * Finds the codec for spans of any of Zipkin's formats: v2 and v1 JSON and v1 thrift, each as a list or one span by
 * itself, and v2 proto3, a list.
 * @throws HopscopeError body-malformed when no codec knows such bytes
 */
export function detectDecoder(bytes: Uint8Array): Decode {
  let at = BYTE_ORDER_MARK.every((byte, i) => bytes[i] === byte) ? BYTE_ORDER_MARK.length : 0
  at = afterWhitespace(bytes, at)
  const [first, second] = bytes
  if (bytes[at] === undefined) throw unknown('is empty')
  // Proto3 by Zipkin's rule. Without a span's length it would be thrift, with JSON behind it a line feed.
  const isProto3 = first === SPANS_FIELD && second !== 0 && bytes.length > 1
  if ((bytes[at] === LIST || bytes[at] === OBJECT) && !(isProto3 && !isJson(bytes, at))) {
    const decode = zipkinJsonVersion(bytes) === 'v1' ? decodeZipkinV1Json : decodeZipkinV2Json
    return bytes[at] === LIST ? decode : (each) => decodeSingle(each.subarray(at), decode)
  }
  if (isProto3) return decodeZipkinProto3
  if (first !== undefined && first <= LAST_THRIFT_TYPE) return decodeZipkinThrift
  throw unknown(`begins with the byte 0x${bytes[at]?.toString(16).padStart(2, '0')}`)
}

function unknown(what: string): HopscopeError {
  return new HopscopeError(
    'body-malformed',
    `The message ${what}: no format of spans that is read. Send Zipkin v2 JSON or proto3, or v1 JSON or thrift.`,
  )
}

function afterWhitespace(bytes: Uint8Array, start: number): number {
  let at = start
  while (WHITESPACE.has(bytes[at] ?? 0)) at++
  return at
}

/**
 * A line feed and `[` may also be proto3's first span, of 91 bytes (and 123 are a `{`). What follows decides: neither
 * `{"`, `[{` nor `[]` goes on as a span's first field would.
 */
function isJson(bytes: Uint8Array, at: number): boolean {
  const next = bytes[afterWhitespace(bytes, at + 1)]
  return bytes[at] === OBJECT ? next === QUOTE || next === OBJECT + 2 : next === OBJECT || next === LIST + 2
}

/**
 * Zipkin takes JSON for v2 if it holds `Endpoint"` or `"tags"` anywhere, else for v1. Those may be the text of an
 * annotation, and then v1's binary annotations would be lost; so they must be keys with such values as no text can
 * have.
 * @returns undefined without any mark. Then read v2: v1 would find nothing more in such a span, but lose `kind` and `shared`
 */
export function zipkinJsonVersion(bytes: Uint8Array): 'v1' | 'v2' | undefined {
  const json = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (V2_OBJECTS.some((key) => hasKey(json, key, OBJECT))) return 'v2'
  return hasKey(json, V1_LIST, LIST) || hasKey(json, V1_OBJECT, OBJECT) ? 'v1' : undefined
}

/** Whether a key, given in its quotes, has a value that begins so. Within text it can't: there quotes are escaped. */
function hasKey(json: Buffer, key: Buffer, value: number): boolean {
  for (let at = json.indexOf(key); at >= 0; at = json.indexOf(key, at + key.length)) {
    const colon = afterWhitespace(json, at + key.length)
    if (json[colon] === COLON && json[afterWhitespace(json, colon + 1)] === value) return true
  }
  return false
}

/** Zipkin's collector takes a span without a list around it, as some senders put each span into a message of its own. */
function decodeSingle(bytes: Uint8Array, decode: Decode): Decoded {
  const decoded = decode(Buffer.concat([Buffer.of(LIST), bytes, Buffer.from(']')]))
  // A v1 span may have become several.
  const read = decoded.places === undefined ? decoded.spans.length : new Set(decoded.places).size
  if (read + decoded.refusedCount === 1) return decoded
  throw new HopscopeError('body-not-a-list', 'The message holds several spans that are not in a list, [{…}].')
}
