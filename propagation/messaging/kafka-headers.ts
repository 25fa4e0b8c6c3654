// Contexts on Kafka messages: the headers of HTTP under the same names, written as UTF-8 and read from whatever a
// library makes of its bytes.
import { types } from 'node:util'
import type { Context } from '../context/context.ts'
import type { Core } from '../spans/core.ts'
import { PEER_HOST, PEER_PORT, PEER_SERVICE } from '../formats/headers.ts'
import type { KafkaHeaders } from './kafka-types.ts'
import type { Getter, Setter } from '../formats/propagator.ts'

/** What Node accepts of all the headers of an HTTP request. */
const MAX_BYTES = 16_384
const MAX_VALUES = 16
/** Of a message whose headers have to be gone through one by one. */
const MAX_HEADERS = 256
const MAX_NAME = 128

/** Headers as a library gives them: a record, or a map whose keys are text or bytes. */
export type ReceivedHeaders = KafkaHeaders | ReadonlyMap<unknown, unknown> | null | undefined

/** Headers by name. */
type Named = Readonly<Record<string, unknown>> | Map<string, unknown>

/** One header, as written or in lower case. Bytes that are no UTF-8 turn into what no form accepts. */
export const headerOf: Getter<Named> = (headers, name) => {
  const value = valueOf(headers, name) ?? valueOf(headers, name.toLowerCase())
  if (!Array.isArray(value)) return textOf(value)
  // As node:http has it for a header that came more than once: no form of an id accepts a comma.
  return value.length > MAX_VALUES ? undefined : value.map((each) => textOf(each) ?? '').join(', ')
}

const valueOf = (headers: Named, name: string): unknown => {
  if (headers instanceof Map) return headers.get(name)
  return Object.hasOwn(headers, name) ? headers[name] : undefined
}

const textOf = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value.length > MAX_BYTES ? undefined : unquoted(value)
  if (!types.isUint8Array(value) || value.byteLength > MAX_BYTES) return undefined
  return unquoted(bufferOf(value).toString())
}

const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** What a service's JSON serializer made of text of ours; nothing we send is in quotes by itself. */
const unquoted = (text: string): string =>
  text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text

/** What {@link headerOf} reads. A map keyed by bytes finds nothing by name, so a map is gone through once. */
export const carrierOf = (headers: ReceivedHeaders): Named => {
  if (!types.isMap(headers)) return headers ?? {}
  const carrier = new Map<string, unknown>()
  let left = MAX_HEADERS
  for (const [key, value] of headers) {
    if (left-- === 0) break
    const name = nameOf(key)
    if (name === undefined) continue
    // Keys of bytes are told apart by identity: a name can be there more than once.
    const before = carrier.get(name)
    carrier.set(name, before === undefined ? value : [before, value].flat())
  }
  return carrier
}

/** Names of ours are ASCII: what is not can be read as anything. */
const nameOf = (key: unknown): string | undefined => {
  if (typeof key === 'string') return key.length > MAX_NAME ? undefined : unquoted(key)
  if (!types.isUint8Array(key) || key.byteLength > MAX_NAME) return undefined
  return unquoted(bufferOf(key).toString('latin1'))
}

/** Makes of text what the service's library takes for a header's name or value. */
export type Encode = (text: string) => unknown
export const asText: Encode = (text) => text
export const asBytes: Encode = (text) => Buffer.from(text)
export const TEXT: Encoding = { key: asText, value: asText }

/** How names and values are written. */
export interface Encoding {
  key: Encode
  value: Encode
}

interface Writing<Carrier> {
  carrier: Carrier
  encoding: Encoding
}

const setInRecord: Setter<Writing<Record<string, unknown>>> = ({ carrier, encoding }, name, value) => {
  carrier[name] = encoding.value(value)
}

const setInMap: Setter<Writing<Map<unknown, unknown>>> = ({ carrier, encoding }, name, value) => {
  carrier.set(encoding.key(name), encoding.value(value))
}

/** What gives a message's headers a context; those of the service under our names are replaced, others kept. */
export const injectorOf = ({ options: { propagator, self } }: Core) => {
  const ours = new Set(
    [...propagator.fields, PEER_SERVICE, PEER_HOST, PEER_PORT].map((name) => name.toLowerCase()),
  )
  const isOurs = (key: unknown): boolean => ours.has(nameOf(key)?.toLowerCase() ?? '')
  const write = <C>(context: Context, writing: Writing<C>, set: Setter<Writing<C>>): C => {
    propagator.inject(context, writing, set)
    // No host and port: the consumer has no connection to the producer.
    set(writing, PEER_SERVICE, self.service)
    return writing.carrier
  }
  return {
    intoRecord: (
      context: Context,
      headers: Readonly<Record<string, unknown>> | undefined,
      encoding: Encoding,
    ): Record<string, unknown> => {
      const carrier: Record<string, unknown> = { ...headers }
      for (const name of Object.keys(carrier)) if (isOurs(name)) delete carrier[name]
      return write(context, { carrier, encoding }, setInRecord)
    },
    intoMap: (
      context: Context,
      headers: Iterable<readonly [unknown, unknown]>,
      encoding: Encoding,
    ): Map<unknown, unknown> => {
      const carrier = new Map<unknown, unknown>()
      for (const [key, value] of headers) if (!isOurs(key)) carrier.set(key, value)
      return write(context, { carrier, encoding }, setInMap)
    },
  }
}
