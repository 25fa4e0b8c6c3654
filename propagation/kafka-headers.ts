// Contexts on Kafka messages: the headers of HTTP under the same names, written as text and read from bytes.
import type { Context } from './context.ts'
import type { Core } from './core.ts'
import { PEER_HOST, PEER_PORT, PEER_SERVICE } from './headers.ts'
import type { KafkaHeaders } from './kafka-types.ts'
import type { Getter, Setter } from './propagator.ts'

/** What Node accepts of all the headers of an HTTP request. */
const MAX_BYTES = 16_384
const MAX_VALUES = 16

/** One header, as written or in lower case. Bytes that are no UTF-8 turn into what no form accepts. */
export const headerOf: Getter<KafkaHeaders> = (headers, name) => {
  const key = [name, name.toLowerCase()].find((each) => Object.hasOwn(headers, each))
  const value = key === undefined ? undefined : headers[key]
  if (!Array.isArray(value)) return textOf(value)
  // As node:http has it for a header that came more than once: no form of an id accepts a comma.
  return value.length > MAX_VALUES ? undefined : value.map((each) => textOf(each) ?? '').join(', ')
}

const textOf = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value.length > MAX_BYTES ? undefined : value
  return Buffer.isBuffer(value) && value.length <= MAX_BYTES ? value.toString() : undefined
}

const setHeader: Setter<KafkaHeaders> = (headers, name, value) => {
  headers[name] = value
}

/** What gives a message's headers a context; those of the service under our names are replaced, others kept. */
export const injectorOf = ({ options: { propagator, self } }: Core) => {
  const ours = new Set(
    [...propagator.fields, PEER_SERVICE, PEER_HOST, PEER_PORT].map((name) => name.toLowerCase()),
  )
  return (context: Context, headers: KafkaHeaders | undefined): KafkaHeaders => {
    const carrier: KafkaHeaders = { ...headers }
    for (const name of Object.keys(carrier)) if (ours.has(name.toLowerCase())) delete carrier[name]
    propagator.inject(context, carrier, setHeader)
    // No host and port: the consumer has no connection to the producer.
    setHeader(carrier, PEER_SERVICE, self.service)
    return carrier
  }
}
