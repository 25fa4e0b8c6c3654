// Which codec reads a body that comes without the name of its format, as Kafka's messages do: its bytes alone tell.
// After zipkin2.SpanBytesDecoderDetector and Zipkin's Kafka collector; where we decide otherwise, it says why.
import type { Decoded } from '../decoded.ts'
import { HopscopeError } from '../errors.ts'
import { afterWhitespace, zipkinJsonVersion } from './json-version.ts'
import { decodeZipkinProto3 } from './proto3.ts'
import { decodeZipkinV1Json } from './v1-json.ts'
import { decodeZipkinThrift } from './v1-thrift.ts'
import { decodeZipkinV2Json } from './v2-json.ts'

type Decode = (bytes: Uint8Array) => Decoded

const LIST = 0x5b
const OBJECT = 0x7b
const QUOTE = 0x22
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]
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

/**
 * A line feed and `[` may also be proto3's first span, of 91 bytes (and 123 are a `{`). What follows decides: neither
 * `{"`, `[{` nor `[]` goes on as a span's first field would.
 */
function isJson(bytes: Uint8Array, at: number): boolean {
  const next = bytes[afterWhitespace(bytes, at + 1)]
  return bytes[at] === OBJECT ? next === QUOTE || next === OBJECT + 2 : next === OBJECT || next === LIST + 2
}

/** Zipkin's collector takes a span without a list around it, as some senders put each span into a message of its own. */
function decodeSingle(bytes: Uint8Array, decode: Decode): Decoded {
  const decoded = decode(Buffer.concat([Buffer.of(LIST), bytes, Buffer.from(']')]))
  // A v1 span may have become several.
  const read = decoded.places === undefined ? decoded.spans.length : new Set(decoded.places).size
  if (read + decoded.refusedCount === 1) return decoded
  throw new HopscopeError('body-not-a-list', 'The message holds several spans that are not in a list, [{…}].')
}
