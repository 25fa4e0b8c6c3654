// Messages that can't be stored, kept whole in a topic of their own with the reason, so that nothing is lost and
// nothing is held up.
import kafkajs, { type Admin, type Kafka, type Message, type Producer } from 'kafkajs'
import { cutDown, type DeadLetter, deadLetterMessage, withoutSource } from './kafka-dead-letters.ts'
import { type Outage, untilDone } from './kafka-retry.ts'

// Node.js finds no name for these in a CommonJS module.
const { CompressionTypes, Partitioners } = kafkajs

export interface DeadLetterTopicOptions {
  readonly kafka: Kafka
  readonly topic: string
  readonly outage: Outage
  /** Called with the code of each letter that the topic has taken. */
  readonly onKept: (code: string) => void
}

/** Dead letters are for people, who may be away; whoever wants another period creates the topic or alters it. */
const RETENTION_MS = 30 * 24 * 3_600_000
/** A broker that closes the connection on less than this is not saying that it was too much. */
const HUGE_BYTES = 10 * 2 ** 20

/** What became of messages; neither kind of refusal is mended by trying again. */
type Answer = 'taken' | 'too-large' | 'unsendable'

export class DeadLetterTopic {
  readonly #options: DeadLetterTopicOptions
  readonly #producer: Producer
  #connected: Promise<void> | undefined
  #exists = false

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

  /** Halves what is refused together; a single message that is too large for the topic is cut down. */
  async #send(messages: Message[], send: (messages: Message[]) => Promise<Answer>): Promise<void> {
    const answer = await send(messages)
    if (answer === 'taken') return
    const [first] = messages
    if (first !== undefined && messages.length === 1) {
      const standIns = answer === 'unsendable' ? [withoutSource(first)] : cutDown(first)
      for (const each of standIns) if ((await send([each])) === 'taken') return
      // Ours is then the only thing in it, below 4 KiB: a topic that refuses it refuses everything.
      throw new Error(`The dead-letter topic ${this.#options.topic} takes no message at all.`)
    }
    const half = messages.length >> 1
    await this.#send(messages.slice(0, half), send)
    await this.#send(messages.slice(half), send)
  }

  async #sendOnce(messages: Message[]): Promise<Answer> {
    const { topic } = this.#options
    try {
      this.#connected ??= this.#producer.connect()
      await this.#connected
    } catch (error) {
      this.#connected = undefined
      throw error
    }
    if (!this.#exists) await this.#createTopic()
    try {
      // Compressed as what came may have been: else it could be too large for a topic with the same limit.
      await this.#producer.send({ topic, messages, acks: -1, compression: CompressionTypes.GZIP })
      this.#exists = true
      return 'taken'
    } catch (error) {
      if (isOneOf(error, 'type', TOO_LARGE)) return 'too-large'
      if (isOneOf(error, 'name', UNSENDABLE)) return 'unsendable'
      // To a request beyond its limit a broker says nothing: it closes the connection.
      if (bytesOf(messages) > HUGE_BYTES && isOneOf(error, 'name', CUT_OFF) && (await this.#isReachable()))
        return 'too-large'
      throw error
    }
  }

  /** Where that isn't allowed, the broker may still create it by itself with the first letter. */
  async #createTopic(): Promise<void> {
    const { topic } = this.#options
    await this.#asAdmin(async (admin) => {
      if ((await admin.listTopics()).includes(topic)) return
      const configEntries = [{ name: 'retention.ms', value: String(RETENTION_MS) }]
      await admin.createTopics({
        topics: [{ topic, numPartitions: 1, replicationFactor: -1, configEntries }],
      })
    }).catch(() => {})
  }

  async #isReachable(): Promise<boolean> {
    return this.#asAdmin((admin) => admin.describeCluster()).then(
      () => true,
      () => false,
    )
  }

  async #asAdmin(use: (admin: Admin) => Promise<unknown>): Promise<void> {
    const admin = this.#options.kafka.admin()
    try {
      await admin.connect()
      await use(admin)
    } finally {
      await admin.disconnect()
    }
  }
}

/** A message goes where its key says, as Kafka's own clients do it. */
export function producerOf(kafka: Kafka): Producer {
  return kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
}

const TOO_LARGE: ReadonlySet<unknown> = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])
/** What kafkajs throws when it can't write a message in Kafka's format; it doesn't try again by itself then. */
const UNSENDABLE: ReadonlySet<unknown> = new Set(['TypeError', 'RangeError'])
const CUT_OFF: ReadonlySet<unknown> = new Set([
  'KafkaJSConnectionClosedError',
  'KafkaJSConnectionError',
  'KafkaJSRequestTimeoutError',
])

/** @returns whether that is the cause, however deep kafkajs has wrapped it */
function isOneOf(error: unknown, field: 'type' | 'name', values: ReadonlySet<unknown>): boolean {
  for (let each = error; typeof each === 'object' && each !== null;) {
    if (field in each && values.has((each as Record<string, unknown>)[field])) return true
    each = 'cause' in each ? each.cause : undefined
  }
  return false
}

function bytesOf(messages: readonly Message[]): number {
  return messages.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
}
