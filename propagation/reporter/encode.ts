// A span's JSON written straight into a buffer: no string, no garbage, and half of what JSON.stringify takes.
import type { Span } from '../spans/span.ts'

const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text))

const TRACE_ID = bytesOf(',"traceId":')
const ID = bytesOf(',"id":')
const PARENT_ID = bytesOf(',"parentId":')
const KIND = bytesOf(',"kind":')
const NAME = bytesOf(',"name":')
const TIMESTAMP = bytesOf(',"timestamp":')
const DURATION = bytesOf(',"duration":')
const LOCAL_ENDPOINT = bytesOf(',"localEndpoint":')
const REMOTE_ENDPOINT = bytesOf(',"remoteEndpoint":')
const ANNOTATIONS = bytesOf(',"annotations":')
const TAGS = bytesOf(',"tags":')
const DEBUG = bytesOf(',"debug":')

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN = 0x7b
const CLOSE = 0x7d
const ZERO = 0x30

/** 1 for the characters that JSON has as they are. */
const PLAIN = new Uint8Array(128).map((_, code) =>
  code >= 0x20 && code < 0x7f && code !== QUOTE && code !== 0x5c ? 1 : 0,
)
/** Beyond these many characters one native call and a look at its bytes are quicker than a loop over the text. */
const LONG = 32

// All that follows writes nothing where the buffer ends, and counts on: the end tells how much room was needed.

const put = (into: Buffer, at: number, bytes: Uint8Array): number => {
  for (let from = 0; from < bytes.length; from++) into[at++] = bytes[from] ?? 0
  return at
}

const putJson = (into: Buffer, at: number, value: unknown): number => {
  const json = JSON.stringify(value)
  if (at + json.length * 3 <= into.length) return at + into.write(json, at)
  const end = at + Buffer.byteLength(json)
  if (end <= into.length) into.write(json, at)
  return end
}

const putLong = (into: Buffer, at: number, text: string): number => {
  const end = at + 1 + text.length
  // As many bytes as characters: each is one of ASCII.
  if (at + 2 + text.length * 3 > into.length || into.write(text, at + 1) !== text.length) {
    return putJson(into, at, text)
  }
  for (let from = at + 1; from < end; from++) {
    if (PLAIN[into[from] ?? 0] === 0) return putJson(into, at, text)
  }
  into[at] = QUOTE
  into[end] = QUOTE
  return end + 1
}

const putText = (into: Buffer, at: number, text: string): number => {
  const { length } = text
  if (length > LONG) return putLong(into, at, text)
  into[at] = QUOTE
  for (let from = 0; from < length; from++) {
    const code = text.charCodeAt(from)
    if (code > 127 || PLAIN[code] === 0) return putJson(into, at, text)
    into[at + 1 + from] = code
  }
  into[at + length + 1] = QUOTE
  return at + length + 2
}

/** `value` is at most 8 digits. */
const putDigits = (into: Buffer, at: number, value: number, digits: number): number => {
  let rest = value
  for (let to = at + digits - 1; to >= at; to--) {
    const tens = (rest / 10) | 0
    into[to] = ZERO + rest - tens * 10
    rest = tens
  }
  return at + digits
}

const putNumber = (into: Buffer, at: number, value: number): number => {
  if (!Number.isSafeInteger(value) || value < 0) return putJson(into, at, value)
  if (value >= 1e8) {
    const high = Math.floor(value / 1e8)
    return putDigits(into, putNumber(into, at, high), value - high * 1e8, 8)
  }
  let digits = 1
  for (let beyond = 10; value >= beyond; beyond *= 10) digits++
  return putDigits(into, at, value, digits)
}

type Fields = Readonly<Record<string, unknown>>

/** Whether it has no prototype of its own, and with it no `toJSON` that is not among its fields. */
const isPlain = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype

/** The JSON of endpoints that can't change: the same few over and over, see `endpointOf`. */
const endpoints = new WeakMap<object, Uint8Array>()

const putEndpoint = (into: Buffer, at: number, endpoint: object): number => {
  const known = endpoints.get(endpoint)
  if (known) return put(into, at, known)
  if (!isPlain(endpoint) || !Object.isFrozen(endpoint)) return putJson(into, at, endpoint)
  if (Object.values(endpoint).some((value) => typeof value !== 'string' && typeof value !== 'number')) {
    return putJson(into, at, endpoint)
  }
  const bytes = bytesOf(JSON.stringify(endpoint))
  endpoints.set(endpoint, bytes)
  return put(into, at, bytes)
}

const putTags = (into: Buffer, at: number, tags: object): number => {
  if (!isPlain(tags)) return putJson(into, at, tags)
  let to = at
  for (const key in tags) {
    const value = tags[key]
    if (typeof value !== 'string') return putJson(into, at, tags)
    into[to] = COMMA
    to = putText(into, to + 1, key)
    into[to] = COLON
    to = putText(into, to + 1, value)
  }
  if (to === at) to++
  into[at] = OPEN
  into[to] = CLOSE
  return to + 1
}

const keyOf = (field: string): Uint8Array | undefined => {
  switch (field) {
    case 'traceId':
      return TRACE_ID
    case 'id':
      return ID
    case 'parentId':
      return PARENT_ID
    case 'kind':
      return KIND
    case 'name':
      return NAME
    case 'timestamp':
      return TIMESTAMP
    case 'duration':
      return DURATION
    case 'localEndpoint':
      return LOCAL_ENDPOINT
    case 'remoteEndpoint':
      return REMOTE_ENDPOINT
    case 'annotations':
      return ANNOTATIONS
    case 'tags':
      return TAGS
    case 'debug':
      return DEBUG
    default:
      return undefined
  }
}

/** -1 for what is no span of ours: another field, a value of a type that JSON leaves out. */
const putSpan = (into: Buffer, at: number, span: Fields): number => {
  let to = at
  for (const field in span) {
    const value = span[field]
    if (value === undefined) continue
    const key = keyOf(field)
    if (!key) return -1
    to = put(into, to, key)
    if (typeof value === 'string') to = putText(into, to, value)
    else if (typeof value === 'number') to = putNumber(into, to, value)
    else if (typeof value === 'boolean' || value === null) to = putJson(into, to, value)
    else if (typeof value !== 'object' || 'toJSON' in value) return -1
    else if (key === TAGS) to = putTags(into, to, value)
    else if (key === ANNOTATIONS) to = putJson(into, to, value)
    else to = putEndpoint(into, to, value)
  }
  if (to === at) to++
  into[at] = OPEN
  into[to] = CLOSE
  return to + 1
}

/**
 * Writes what JSON.stringify gives of a span, in UTF-8, from `at`; returns where it ends. An end beyond the buffer's
 * says how much room it needs: then what was written is of no use.
 * @throws TypeError for what is no object, or can't be written as JSON (a cycle, a BigInt).
 */
export const encodeSpan = (span: Span, into: Buffer, at: number): number => {
  const given: unknown = span
  if (isPlain(given)) {
    const end = putSpan(into, at, given)
    if (end !== -1) return end
  }
  const json = JSON.stringify(given) as string | undefined
  if (!json?.startsWith('{')) throw new TypeError('it is no object')
  return putJson(into, at, given)
}
