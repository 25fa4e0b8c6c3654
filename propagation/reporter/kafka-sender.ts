// One batch as one Kafka message, untraced, and what the broker's answer means for the batch.
import { runUntraced } from '../context/context.ts'
import type { KafkaSpanProducer } from '../messaging/kafka-types.ts'
import type { Log } from './log.ts'
import type { Answer, Sender } from './sender.ts'
import { messageOf } from '../spans/span.ts'

/**
 * Errors of the protocol that come of the batch, so that it would meet them again; not of rights and passwords, which
 * operators mend while spans wait: https://kafka.apache.org/protocol#protocol_error_codes
 */
const REFUSALS =
  /^(MESSAGE_TOO_LARGE|RECORD_LIST_TOO_LARGE|INVALID_RECORD|INVALID_TIMESTAMP|INVALID_TOPIC_EXCEPTION|POLICY_VIOLATION|UNSUPPORTED_(?!SASL)\w+)$/
/** kafkajs' `CompressionTypes.GZIP`. */
const GZIP = 1
const MAX_CAUSES = 8
const IDLE_MS = 2000

/** Whether the broker refused for good: kafkajs wraps its answer in errors of its own. */
const isRefusal = (error: unknown): boolean => {
  let cause = error
  for (let depth = 0; depth < MAX_CAUSES && typeof cause === 'object' && cause !== null; depth++) {
    if ('type' in cause && typeof cause.type === 'string' && REFUSALS.test(cause.type)) return true
    cause = 'cause' in cause ? cause.cause : undefined
  }
  return false
}

/** What the promise gives, or `undefined` where that takes longer. */
const within = async <T>(limitMs: number, promise: Promise<T>): Promise<T | undefined> => {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limitMs)
    timer.unref()
  })
  try {
    return await Promise.race([promise, limit])
  } finally {
    clearTimeout(timer)
  }
}

interface KafkaSenderOptions {
  producer: KafkaSpanProducer
  /** Whether the producer is ours alone: then it is disconnected when idle, for kafkajs keeps a process running. */
  owned: boolean
  topic: string
  compress: boolean
  log: Log
}

export class KafkaSender implements Sender {
  readonly place: string
  readonly framing = 'list'
  readonly #options: KafkaSenderOptions
  #connected = false
  #released: Promise<void> = Promise.resolve()
  #idle: NodeJS.Timeout | undefined
  #underWay: { body: Buffer; answer: Promise<Answer> } | undefined

  constructor(options: KafkaSenderOptions) {
    this.#options = options
    this.place = `kafka topic ${options.topic}`
  }

  async send(body: Buffer, timeoutMs: number): Promise<Answer> {
    // kafkajs can't be told to give up: what took too long is waited for again, and not sent a second time beside it.
    if (this.#underWay?.body !== body) {
      this.#underWay = { body, answer: runUntraced(() => this.#deliver(body)) }
    }
    const answer = await within(timeoutMs, this.#underWay.answer)
    if (!answer) return { kind: 'again', reason: `no answer within ${timeoutMs} ms` }
    this.#underWay = undefined
    return answer
  }

  async release(timeoutMs: number): Promise<void> {
    clearTimeout(this.#idle)
    if (!this.#options.owned) return
    this.#connected = false
    this.#released = this.#options.producer
      .disconnect()
      .catch((error: unknown) =>
        this.#options.log(`hopscope: disconnecting from ${this.place} failed: ${messageOf(error)}`),
      )
    await within(timeoutMs, this.#released)
  }

  async #deliver(body: Buffer): Promise<Answer> {
    const { producer, topic, compress } = this.#options
    clearTimeout(this.#idle)
    try {
      if (!this.#connected) {
        await this.#released
        await producer.connect()
        this.#connected = true
      }
      // No key: a batch holds many traces, so there is no key that is right for it, and without one the batches are
      // spread over all partitions. A trace's spans need no order: the store puts them together by trace id.
      await producer.send({
        topic,
        acks: -1,
        ...(compress && { compression: GZIP }),
        // A copy: how long a producer keeps it is not known, and ours is written over.
        messages: [{ value: Buffer.from(body) }],
      })
      return { kind: 'stored' }
    } catch (error) {
      // What was refused, or could not be sent for want of a connection, is surely not in the topic.
      const unsure = this.#connected
      this.#connected = false
      const reason = messageOf(error)
      return isRefusal(error) ? { kind: 'refused', reason } : { kind: 'again', reason, unsure }
    } finally {
      this.#idle = setTimeout(() => void this.release(IDLE_MS), IDLE_MS)
      this.#idle.unref()
    }
  }
}
