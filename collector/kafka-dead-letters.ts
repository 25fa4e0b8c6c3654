// Messages that can't be stored, kept whole in a topic of their own with the reason, so that nothing is lost and
// nothing is held up. What the topic's messages look like is decided here, for those who write and who read them.
import { type Kafka, type Message, Partitioners, type Producer } from 'kafkajs'
import type { HeaderValue, SourceMessage } from './kafka-message.ts'
import { type Outage, untilDone } from './kafka-retry.ts'

/** Headers that a dead letter has beside those of the message as it came. */
export const DEAD_LETTER_HEADERS = {
  /** An entry of the table of errors. */
  code: 'hopscope-dlq-code',
  reason: 'hopscope-dlq-reason',
  topic: 'hopscope-dlq-topic',
  partition: 'hopscope-dlq-partition',
  offset: 'hopscope-dlq-offset',
  /** ISO 8601. */
  at: 'hopscope-dlq-at',
  /** Only when the message was too large for the topic: bytes of its value as it came, of which the first are kept. */
  cutFrom: 'hopscope-dlq-cut-from',
  /** Only on a message without value, that says which dead letter (`partition:offset`) was replayed. */
  replayed: 'hopscope-dlq-replayed',
} as const

const OURS: ReadonlySet<string> = new Set(Object.values(DEAD_LETTER_HEADERS))
const REASON_LENGTH = 1_000

export interface DeadLetter {
  readonly topic: string
  readonly partition: number
  readonly message: SourceMessage
  readonly code: string
  readonly reason: string
}

/** The headers of a message without those that dead letters add. */
export function headersAsTheyCame(headers: SourceMessage['headers'] = {}): NonNullable<Message['headers']> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OURS.has(name)))
}

export function deadLetterMessage(letter: DeadLetter, at: Date): Message {
  const { topic, partition, message, code, reason } = letter
  return {
    key: message.key,
    value: message.value,
    headers: {
      ...headersAsTheyCame(message.headers),
      [DEAD_LETTER_HEADERS.code]: code,
      [DEAD_LETTER_HEADERS.reason]:
        reason.length > REASON_LENGTH ? `${reason.slice(0, REASON_LENGTH - 1)}…` : reason,
      [DEAD_LETTER_HEADERS.topic]: topic,
      [DEAD_LETTER_HEADERS.partition]: String(partition),
      [DEAD_LETTER_HEADERS.offset]: message.offset,
      [DEAD_LETTER_HEADERS.at]: at.toISOString(),
    },
  }
}

/** Values are cut to these lengths in turn, if the topic takes no longer ones; at last, nothing but our headers is sent. */
const CUTS = [2 ** 19, 2 ** 16, 2 ** 12]

/** Ever smaller stand-ins for a message that is too large for the topic, each of which says how long it was. */
export function* cutDown(message: Message): Generator<Message> {
  const value = message.value === null ? Buffer.alloc(0) : Buffer.from(message.value)
  const cutFrom = { [DEAD_LETTER_HEADERS.cutFrom]: String(value.length) }
  for (const length of CUTS)
    if (length < value.length)
      yield { ...message, value: value.subarray(0, length), headers: { ...message.headers, ...cutFrom } }
  const ours = Object.entries(message.headers ?? {}).filter(([name]) => OURS.has(name))
  yield { key: null, value: Buffer.alloc(0), headers: { ...Object.fromEntries(ours), ...cutFrom } }
}

export interface DeadLetterTopicOptions {
  readonly kafka: Kafka
  readonly topic: string
  readonly outage: Outage
  /** Called with the code of each letter that the topic has taken. */
  readonly onKept: (code: string) => void
}

export class DeadLetterTopic {
  readonly #options: DeadLetterTopicOptions
  readonly #producer: Producer
  #connected: Promise<void> | undefined

  constructor(options: DeadLetterTopicOptions) {
    this.#options = options
    this.#producer = producerOf(options.kafka)
  }

  /** Settles when the topic has every letter; tries for ever. @throws only when `signal` is aborted */
  async keep(letters: readonly DeadLetter[], signal: AbortSignal): Promise<void> {
    if (letters.length === 0) return
    const { outage, onKept } = this.#options
    const now = new Date()
    const messages = letters.map((letter) => deadLetterMessage(letter, now))
    await this.#send(messages, (each) => untilDone(() => this.#sendOnce(each), { outage, signal }))
    for (const { code } of letters) onKept(code)
  }

  async close(): Promise<void> {
    await this.#producer.disconnect()
  }

  /** Halves what is too large for one request; a single message that is too large for the topic is cut down. */
  async #send(messages: Message[], send: (messages: Message[]) => Promise<boolean>): Promise<void> {
    if (await send(messages)) return
    const [first] = messages
    if (first !== undefined && messages.length === 1) {
      for (const cut of cutDown(first)) if (await send([cut])) return
      // Ours is then the only thing in it, below 4 KiB: a topic that refuses it refuses everything.
      throw new Error(`The dead-letter topic ${this.#options.topic} takes no message at all.`)
    }
    const half = messages.length >> 1
    await this.#send(messages.slice(0, half), send)
    await this.#send(messages.slice(half), send)
  }

  /** @returns false if it is too large to be sent at once */
  async #sendOnce(messages: Message[]): Promise<boolean> {
    try {
      this.#connected ??= this.#producer.connect()
      await this.#connected
    } catch (error) {
      this.#connected = undefined
      throw error
    }
    try {
      await this.#producer.send({ topic: this.#options.topic, messages, acks: -1 })
      return true
    } catch (error) {
      if (isTooLarge(error)) return false
      throw error
    }
  }
}

/** A message goes where its key says, as Kafka's own clients do it. */
export function producerOf(kafka: Kafka): Producer {
  return kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
}

const TOO_LARGE: ReadonlySet<unknown> = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])

/** @returns whether Kafka refused it for its size, however deep kafkajs has wrapped that */
function isTooLarge(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause)
    if ('type' in each && TOO_LARGE.has(each.type)) return true
  return false
}

/** A header's text; the last one if there are several, none if it isn't there. */
export function headerText(headers: SourceMessage['headers'], name: string): string | undefined {
  const header: HeaderValue | (Buffer | string)[] = headers?.[name]
  const value = Array.isArray(header) ? header.at(-1) : header
  return value === undefined ? undefined : value.toString()
}
