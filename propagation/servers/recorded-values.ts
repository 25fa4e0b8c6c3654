// The query parameters, headers and fields of bodies that the service has named, as tags; nothing else of them is.
import { textOf } from '../spans/span.ts'

/** What is recorded of requests served: nothing but what is named here. */
export interface RecordOptions {
  /** Query parameters: `http.query.<name>`. Case counts. */
  readonly query?: readonly string[]
  /** `http.request.header.<name in lower case>`. */
  readonly requestHeaders?: readonly string[]
  /** `http.response.header.<name in lower case>`. */
  readonly responseHeaders?: readonly string[]
  /**
   * Fields of the request's body, as a parser has left it in `request.body`: `http.request.body.<name>`. `order.id` is a
   * field of a field, `items.0.id` one of an item. The body itself is never read here.
   */
  readonly body?: readonly string[]
}

/** A request at its end, as far as it may be recorded. */
export interface Recordable {
  /** With its query string: `/orders?page=2`. */
  readonly target: string | undefined
  /** By names in lower case. */
  requestHeader(name: string): unknown
  responseHeader(name: string): unknown
  /** Parsed, or `undefined`. */
  readonly body: unknown
}

interface Tagged {
  tag(key: string, value: string): void
}

/** Tags a span with what is named and there. Throws nothing, and runs no getter of the service's own objects. */
export type RecordValues = (span: Tagged, request: Recordable) => void

const MAX_VALUE = 1024
const MAX_ITEMS = 32
// Node takes 16 KiB of headers, the request's line among them.
const MAX_TARGET = 16 * 1024
const MAX_NAMES = 32
const MAX_NAME = 100

/** Options' text for what {@link isRecordOptions} wants. */
export const RECORD_MUST =
  'an object of lists of at most 32 names: query, requestHeaders, responseHeaders, body'

export const isRecordOptions = (value: unknown): value is RecordOptions =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(value).every(
    ([key, names]: [string, unknown]) =>
      ['query', 'requestHeaders', 'responseHeaders', 'body'].includes(key) &&
      (names === undefined ||
        (Array.isArray(names) &&
          names.length <= MAX_NAMES &&
          names.every((name) => typeof name === 'string' && name.length > 0 && name.length <= MAX_NAME))),
  )

/** `undefined` where nothing is named, which is the default and costs nothing. Options have been checked. */
export const recordValuesOf = ({
  query = [],
  requestHeaders = [],
  responseHeaders = [],
  body = [],
}: RecordOptions = {}): RecordValues | undefined => {
  const parameters = query.map((name) => ({ name, key: `http.query.${name}` }))
  const headersIn = headersOf(requestHeaders, 'http.request.header.')
  const headersOut = headersOf(responseHeaders, 'http.response.header.')
  const fields = body.map((name) => ({ name, path: name.split('.'), key: `http.request.body.${name}` }))
  if (parameters.length + headersIn.length + headersOut.length + fields.length === 0) return undefined
  return (span, request) => {
    if (parameters.length > 0) {
      const values = parametersOf(quietly(() => request.target))
      if (values) for (const { name, key } of parameters) put(span, key, () => values.getAll(name))
    }
    for (const { name, key } of headersIn) put(span, key, () => request.requestHeader(name))
    for (const { name, key } of headersOut) put(span, key, () => request.responseHeader(name))
    for (const { name, path, key } of fields) put(span, key, () => fieldOf(request.body, name, path))
  }
}

const headersOf = (names: readonly string[], prefix: string): { name: string; key: string }[] =>
  names.map((name) => ({ name: name.toLowerCase(), key: prefix + name.toLowerCase() }))

const quietly = <T>(read: () => T): T | undefined => {
  try {
    return read()
  } catch {
    // A proxy or a getter of the framework's that fails: what can't be read is not there.
    return undefined
  }
}

const put = (span: Tagged, key: string, read: () => unknown): void => {
  const text = quietly(() => valueOf(read()))
  if (text !== undefined) span.tag(key, text)
}

/** As forms are read: what is wrongly encoded stays as it came, and nothing is thrown. */
const parametersOf = (target: string | undefined): URLSearchParams | undefined => {
  if (typeof target !== 'string') return undefined
  const start = target.indexOf('?')
  if (start === -1) return undefined
  const end = target.indexOf('#', start)
  return new URLSearchParams(
    target.slice(start + 1, Math.min(end === -1 ? target.length : end, start + MAX_TARGET)),
  )
}

/** Scalars as text, lists of them joined, at most 1024 characters; of an object no part was named. */
const valueOf = (value: unknown): string | undefined => {
  if (!Array.isArray(value)) return scalarOf(value)
  const texts: string[] = []
  for (let at = 0; at < value.length && at < MAX_ITEMS; at++) {
    const text = scalarOf(own(value, String(at)))
    if (text !== undefined) texts.push(text)
  }
  return texts.length > 0 ? texts.join(', ').slice(0, MAX_VALUE) : undefined
}

const scalarOf = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value.slice(0, MAX_VALUE)
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint'
    ? textOf(value)
    : undefined
}

/** An own value, and no getter's. */
const own = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, key)?.value : undefined

/** A field whose name has dots goes before a field of a field. */
const fieldOf = (body: unknown, name: string, path: readonly string[]): unknown => {
  const whole = own(body, name)
  if (whole !== undefined || path.length === 1) return whole
  let value = body
  for (const key of path) value = own(value, key)
  return value
}

interface NodeRequest {
  readonly url?: string | undefined
  readonly originalUrl?: string | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body?: unknown
}
interface NodeResponse {
  getHeader(name: string): unknown
}

/** What node:http and what is built on it has of a request; `body` where the framework keeps it elsewhere. */
export const recordableOf = (
  request: NodeRequest,
  response: NodeResponse,
  body: unknown = own(request, 'body'),
): Recordable => ({
  target: request.originalUrl ?? request.url,
  requestHeader: (name) => own(request.headers, name),
  responseHeader: (name) => response.getHeader(name),
  body,
})
