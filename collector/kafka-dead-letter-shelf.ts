// What lies in the dead-letter topic, for people: list it, look at one, send some again.
// That a letter was replayed is remembered in the topic itself, by a message without value that names it: it outlives
// the letter, every reader sees it, and unlike a committed offset it can say so of any letter.
import { randomUUID } from 'node:crypto'
import kafkajs, { type Admin, type Kafka, type KafkaMessage } from 'kafkajs'
import { type KafkaConnection, kafkaFrom } from './kafka-client.ts'
import { producerOf } from './kafka-dead-letter-topic.ts'
import { DEAD_LETTER_HEADERS, headerText } from './kafka-dead-letters.ts'
import type { SourceMessage } from './kafka-message.ts'
import { messagesOf } from './kafka-replay.ts'
import { messageOf } from '@hopscope/proto'

// Node.js finds no name for these in a CommonJS module.
const { CompressionTypes } = kafkajs

/** What a list shows of a dead letter. */
export interface DeadLetterSummary {
  /** `partition:offset` in the dead-letter topic. */
  readonly id: string
  /** ISO 8601. */
  readonly at: string
  readonly code: string
  readonly reason: string
  /** Where it came from. */
  readonly topic: string
  readonly partition: string
  readonly offset: string
  /** Its value was too large for the topic, and only its beginning is kept. */
  readonly isCut: boolean
  /** Its value is a whole batch of records, compressed. */
  readonly isBatch: boolean
  readonly isReplayed: boolean
}

export interface DeadLetterShelfOptions extends KafkaConnection {
  readonly deadLetterTopic: string
  /** The collectors' group; readers of dead letters take names below it. */
  readonly groupId: string
}

/** Its message is for the one who typed the command. */
export class DeadLetterError extends Error {
  override readonly name = 'DeadLetterError'
}

export interface Replay {
  readonly ids: readonly string[]
  /** Where letters may be sent that came from there: what a header says anyone may have written. */
  readonly topics: readonly string[]
  /** Where all are sent instead. */
  readonly toTopic?: string | undefined
  /** Called for each one that its topic has taken and that is marked. */
  readonly onReplayed: (id: string, topic: string) => void
  /** Called for each one that came from another topic, and is not sent. */
  readonly onSkipped: (id: string, topic: string) => void
}

type Visit = (message: KafkaMessage, id: string) => void | Promise<void>

const ID = /^(\d{1,9}):(\d{1,18})$/

export class DeadLetterShelf {
  readonly #options: DeadLetterShelfOptions
  readonly #kafka: Kafka
  readonly #admin: Admin

  private constructor(options: DeadLetterShelfOptions, kafka: Kafka) {
    this.#options = options
    this.#kafka = kafka
    this.#admin = kafka.admin()
  }

  /** @throws DeadLetterError when Kafka can't be reached */
  static async open(options: DeadLetterShelfOptions): Promise<DeadLetterShelf> {
    // What kafkajs logs comes back as the error of the call.
    const shelf = new DeadLetterShelf(
      options,
      kafkaFrom(options, () => {}),
    )
    try {
      await shelf.#admin.connect()
    } catch (error) {
      throw new DeadLetterError(
        `Kafka at ${options.brokers.join(', ')} can't be reached: ${messageOf(error)}`,
        {
          cause: error,
        },
      )
    }
    return shelf
  }

  /**
   * Oldest first. What was delivered twice, as after a crash, is there once.
   * @throws DeadLetterError when there is no such topic
   */
  async list(): Promise<DeadLetterSummary[]> {
    const bySource = new Map<string, DeadLetterSummary>()
    const sourceOf = new Map<string, string>()
    const replayed = new Set<string>()
    await this.#read((message, id) => {
      const marked = headerText(message.headers, DEAD_LETTER_HEADERS.replayed)
      if (marked !== undefined) return void replayed.add(marked)
      const letter = summaryOf(message, id)
      const source = `${letter.partition}:${letter.offset}:${letter.topic}`
      sourceOf.set(id, source)
      if (!bySource.has(source)) bySource.set(source, letter)
    })
    const replayedSources = new Set([...replayed].map((id) => sourceOf.get(id)))
    return [...bySource]
      .map(([source, letter]) => ({ ...letter, isReplayed: replayedSources.has(source) }))
      .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
  }

  /** The whole message. @throws DeadLetterError when the id is malformed or names none */
  async find(id: string): Promise<SourceMessage> {
    let found: SourceMessage | undefined
    await this.#read(
      (message) => {
        found = message
      },
      new Set([id]),
    )
    if (found === undefined || headerText(found.headers, DEAD_LETTER_HEADERS.replayed) !== undefined)
      throw new DeadLetterError(`There is no dead letter ${id} in ${this.#options.deadLetterTopic}.`)
    return found
  }

  /**
   * Sends messages to the topics they came from, as they came.
   * @throws DeadLetterError for an id that is malformed, names none, or whose value is not the message's
   */
  async replay({ ids, topics, toTopic, onReplayed, onSkipped }: Replay): Promise<void> {
    const { deadLetterTopic } = this.#options
    if (toTopic === deadLetterTopic)
      throw new DeadLetterError(`${deadLetterTopic} is where dead letters are, and can't be where they go.`)
    const producer = producerOf(this.#kafka)
    const missing = new Set(ids)
    await producer.connect()
    try {
      await this.#read(async (message, id) => {
        missing.delete(id)
        const source = headerText(message.headers, DEAD_LETTER_HEADERS.topic)
        if (source === undefined) throw new DeadLetterError(`${id} is no dead letter: it names no topic.`)
        if (headerText(message.headers, DEAD_LETTER_HEADERS.cutFrom) !== undefined)
          throw new DeadLetterError(`${id} was too large for ${deadLetterTopic}: only its beginning is kept.`)
        const topic = toTopic ?? source
        if (toTopic === undefined && !topics.includes(topic)) return onSkipped(id, topic)
        const compression = CompressionTypes.GZIP
        const groups = await messagesOf(message).catch((error: unknown) => {
          throw new DeadLetterError(`${id} can't be read here: ${messageOf(error)}`, { cause: error })
        })
        for (const messages of groups) await producer.send({ topic, messages, acks: -1, compression })
        const mark = { [DEAD_LETTER_HEADERS.replayed]: id }
        await producer.send({ topic: deadLetterTopic, messages: [{ value: null, headers: mark }], acks: -1 })
        onReplayed(id, topic)
      }, new Set(ids))
    } finally {
      await producer.disconnect()
    }
    if (missing.size > 0)
      throw new DeadLetterError(`There is no dead letter ${[...missing].join(', ')} in ${deadLetterTopic}.`)
  }

  async close(): Promise<void> {
    await this.#admin.disconnect()
  }

  /** From the oldest message to the newest there is now; or only those with the given ids. */
  async #read(visit: Visit, only?: ReadonlySet<string>): Promise<void> {
    const spans = await this.#spansOf(only)
    if (spans.size === 0) return
    const { deadLetterTopic: topic } = this.#options
    const groupId = `${this.#options.groupId}-dead-letters-${randomUUID()}`
    const consumer = this.#kafka.consumer({ groupId, maxWaitTimeInMs: 200 })
    const left = new Set(spans.keys())
    // Before a seek takes effect there may be messages from elsewhere: each is visited once, and in order.
    const next = new Map<number, bigint>()
    try {
      await consumer.connect()
      await consumer.subscribe({ topics: [topic], fromBeginning: true })
      await new Promise<void>((resolve, reject) => {
        const reached = (partition: number, last: string) => {
          if (BigInt(last) + 1n >= (spans.get(partition)?.end ?? 0n)) left.delete(partition)
          if (left.size === 0) resolve()
        }
        consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
        // Of the marks of transactions there is no batch, but this event.
        consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) =>
          reached(payload.partition, payload.lastOffset),
        )
        consumer
          .run({
            autoCommit: false,
            eachBatch: async (payload) => {
              const { partition, messages } = payload.batch
              for (const message of messages) {
                const id = `${partition}:${message.offset}`
                const offset = BigInt(message.offset)
                if (offset < (next.get(partition) ?? 0n) || offset >= (spans.get(partition)?.end ?? 0n))
                  continue
                next.set(partition, offset + 1n)
                if (only?.has(id) === false) continue
                try {
                  await visit(message, id)
                } catch (error) {
                  // Thrown to kafkajs, it would be tried again.
                  return reject(error)
                }
                await payload.heartbeat()
              }
            },
          })
          .then(() => {
            for (const [partition, { start }] of spans)
              consumer.seek({ topic, partition, offset: String(start) })
          })
          .catch(reject)
      })
    } finally {
      await consumer.disconnect()
      // Only tidies up: a group without members and offsets is forgotten by the broker anyway.
      await this.#admin.deleteGroups([groupId]).catch(() => {})
    }
  }

  /** What to read of each partition that has anything to read. */
  async #spansOf(only?: ReadonlySet<string>): Promise<Map<number, { start: bigint; end: bigint }>> {
    const spans = new Map<number, { start: bigint; end: bigint }>()
    const ends = new Map((await this.#ends()).map((each) => [each.partition, each]))
    if (only === undefined) {
      for (const [partition, { low, high }] of ends)
        if (BigInt(low) < BigInt(high)) spans.set(partition, { start: BigInt(low), end: BigInt(high) })
      return spans
    }
    for (const id of only) {
      const [, partitionText, offsetText] = ID.exec(id) ?? []
      if (partitionText === undefined || offsetText === undefined)
        throw new DeadLetterError(`${JSON.stringify(id)} is no id of a dead letter: those are like 0:42.`)
      const partition = Number(partitionText)
      const offset = BigInt(offsetText)
      const there = ends.get(partition)
      if (there === undefined || offset < BigInt(there.low) || offset >= BigInt(there.high)) continue
      const { start, end } = spans.get(partition) ?? { start: offset, end: offset }
      spans.set(partition, {
        start: offset < start ? offset : start,
        end: offset + 1n > end ? offset + 1n : end,
      })
    }
    return spans
  }

  async #ends(): Promise<{ partition: number; low: string; high: string }[]> {
    const { deadLetterTopic, brokers } = this.#options
    // Asked for by name, a topic that isn't there may come to be.
    if (!(await this.#admin.listTopics()).includes(deadLetterTopic))
      throw new DeadLetterError(
        `There is no topic ${deadLetterTopic} at ${brokers.join(', ')}: no dead letter was ever written to it.`,
      )
    return await this.#admin.fetchTopicOffsets(deadLetterTopic)
  }
}

/** What a header says, or else what the message's own time is; neither need be a time. */
function timeOf({ headers, timestamp }: KafkaMessage): string {
  const written = new Date(Number(timestamp))
  const own = Number.isNaN(written.getTime()) ? '?' : written.toISOString()
  return headerText(headers, DEAD_LETTER_HEADERS.at) ?? own
}

/** Anyone may have written the message. */
export function summaryOf(message: KafkaMessage, id: string): DeadLetterSummary {
  const { headers } = message
  const text = (name: string) => headerText(headers, name) ?? '?'
  return {
    id,
    at: timeOf(message),
    code: text(DEAD_LETTER_HEADERS.code),
    reason: text(DEAD_LETTER_HEADERS.reason),
    topic: text(DEAD_LETTER_HEADERS.topic),
    partition: text(DEAD_LETTER_HEADERS.partition),
    offset: text(DEAD_LETTER_HEADERS.offset),
    isCut: headerText(headers, DEAD_LETTER_HEADERS.cutFrom) !== undefined,
    isBatch: headerText(headers, DEAD_LETTER_HEADERS.batch) !== undefined,
    isReplayed: false,
  }
}
