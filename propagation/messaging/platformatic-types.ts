// @platformatic/kafka as far as it is used here, by shape: the service brings it, this library does not.

/** What makes an object a `Producer`. Nothing of it is called: it tells by diagnostics channels what it sends. */
export interface PlatformaticProducer {
  readonly producerId: bigint | undefined
  readonly streamsCount: number
  asStream(): object
}

/** A message of a `MessagesStream`, as far as it is looked at. */
export interface PlatformaticMessage {
  readonly topic: string
  readonly partition: number
  /** Keys and values are what the consumer's deserializers make of them; by default Buffers. */
  readonly headers: ReadonlyMap<unknown, unknown>
}

type Serialize = (data?: never, metadata?: unknown) => Uint8Array | undefined

/** Those of a producer that its headers pass through; without one, Buffers go out as they are. */
export interface PlatformaticSerializers {
  headerKey?: Serialize | undefined
  headerValue?: Serialize | undefined
}

/** A message to be sent, once the library has checked it. */
export interface PlatformaticSent {
  topic: string
  headers?: ReadonlyMap<unknown, unknown> | Readonly<Record<string, unknown>>
  metadata?: unknown
}

/** What is published on `tracing:plt:kafka:producer:sends:*`, one object for all the events of a send. */
export interface PlatformaticSend {
  client: object
  options: { messages: PlatformaticSent[] }
  error?: unknown
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

export const sendIn = (event: unknown): PlatformaticSend | undefined =>
  isObject(event) &&
  'client' in event &&
  isObject(event.client) &&
  'options' in event &&
  isObject(event.options) &&
  'messages' in event.options &&
  Array.isArray(event.options.messages)
    ? (event as PlatformaticSend)
    : undefined

interface ProducerStream {
  readonly producer: object
  write: (message: unknown, ...rest: unknown[]) => unknown
  end: (message: unknown, ...rest: unknown[]) => unknown
}

/** What is published on `plt:kafka:instances`, where it is of a producer's stream. */
export const producerStreamIn = (event: unknown): ProducerStream | undefined =>
  isObject(event) &&
  'type' in event &&
  event.type === 'producer-stream' &&
  'instance' in event &&
  isObject(event.instance) &&
  'producer' in event.instance &&
  isObject(event.instance.producer) &&
  'write' in event.instance &&
  typeof event.instance.write === 'function' &&
  'end' in event.instance &&
  typeof event.instance.end === 'function'
    ? (event.instance as ProducerStream)
    : undefined
