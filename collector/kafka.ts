// The Kafka intake: reads spans from topics as a member of a consumer group, and goes on whatever happens to the
// broker, the store or the messages. Offsets are committed only for what is stored or dead-lettered.
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '@hopscope/proto'
import type { Health, Store } from '@hopscope/storage'
import { type KafkaConnection, kafkaFrom, kafkaLogWriter } from './kafka-client.ts'
import { DeadLetterTopic } from './kafka-dead-letter-topic.ts'
import { showKafka } from './kafka-metrics.ts'
import { backOffMs, type IntakeLog, Outage } from './kafka-retry.ts'
import { Room } from './kafka-room.ts'
import { Session } from './kafka-session.ts'
import type { CollectorMetrics } from './metrics.ts'
import type { Pipeline } from './pipeline.ts'

export interface KafkaIntakeOptions extends KafkaConnection {
  readonly pipeline: Pipeline
  readonly metrics: CollectorMetrics
  readonly log: IntakeLog
  readonly topics: readonly string[]
  readonly groupId: string
  /** Partitions processed at once. */
  readonly streams: number
  readonly deadLetterTopic: string
  /** Bytes of messages, of all partitions together, that may be held until stored. */
  readonly maxPendingBytes: number
  /** Messages with longer values are not decoded; default 10 MiB. */
  readonly maxBodyBytes?: number
  /** Chunks of one partition that may be written at once; 1 if the store keeps positions. */
  readonly depth?: number
  /** Where the store says that it has them, partitions are read from there, and each write carries its position. */
  readonly positions?: Store['positions']
}

export interface KafkaIntake {
  /** Takes nothing more, finishes what is under way, commits it and leaves the group. */
  close(): Promise<void>
  health(): Health
}

const DEPTH = 4
const MAX_BODY_BYTES = 10 * 2 ** 20
/** How long what is under way may take at the end; what is not done by then is read again after the next start. */
const FINISH_MS = 4_000
const PRODUCER_END_MS = 1_000
/** A group that didn't hear of us for so long has given our partitions away. */
const SILENT_MS = 10_000

/** Doesn't wait for the broker: while that is away, {@link KafkaIntake.health} tells. */
export function openKafkaIntake(options: KafkaIntakeOptions): KafkaIntake {
  return new Intake(options)
}

class Intake implements KafkaIntake {
  readonly #options: KafkaIntakeOptions
  readonly #room: Room
  readonly #storeOutage: Outage
  readonly #deadLetterOutage: Outage
  readonly #startOutage: Outage
  readonly #deadLetters: DeadLetterTopic
  readonly #closing = new AbortController()
  readonly #running: Promise<void>
  #session: Session | undefined
  /** How many partitions are read; undefined until the first fetch has worked, and while Kafka is lost. */
  #assigned: number | undefined
  #trouble: string | undefined

  constructor(options: KafkaIntakeOptions) {
    this.#options = options
    this.#room = new Room(options.maxPendingBytes)
    this.#storeOutage = new Outage(options.log, 'Storing spans from Kafka')
    this.#deadLetterOutage = new Outage(options.log, 'Writing dead letters')
    this.#startOutage = new Outage(options.log, 'Finding where to begin in Kafka')
    const onKept = showKafka(options.metrics, {
      pendingBytes: () => this.#room.heldBytes,
      lags: () =>
        (this.#session?.partitions ?? []).map(({ topic, id, lag }) => ({ topic, partition: id, lag })),
    })
    this.#deadLetters = new DeadLetterTopic({
      // Of its failures the outage tells, once.
      kafka: kafkaFrom(options, () => {}),
      topic: options.deadLetterTopic,
      outage: this.#deadLetterOutage,
      onKept,
    })
    this.#running = this.#run()
  }

  health(): Health {
    const { brokers, topics, groupId, deadLetterTopic } = this.#options
    const where = `kafka at ${brokers.join(',')}`
    const silentMs = this.#session?.silentMs ?? 0
    if (this.#trouble !== undefined) return { up: false, detail: `${where}: ${this.#trouble}` }
    if (this.#startOutage.reason !== undefined)
      return { up: false, detail: `${where}: can't find where to begin: ${this.#startOutage.reason}` }
    if (this.#assigned === undefined) return { up: false, detail: `${where}: joining group ${groupId}` }
    if (silentMs > SILENT_MS)
      return { up: false, detail: `${where}: no answer for ${Math.round(silentMs / 1000)} s` }
    if (this.#deadLetterOutage.reason !== undefined)
      return {
        up: false,
        detail: `${where}: can't write to ${deadLetterTopic}: ${this.#deadLetterOutage.reason}`,
      }
    return { up: true, detail: `${where}: ${this.#assigned} partitions of ${topics.join(',')} as ${groupId}` }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#session?.close(FINISH_MS)
    await this.#running
    const late = sleep(PRODUCER_END_MS, undefined, { ref: false })
    await Promise.race([this.#deadLetters.close().catch(() => {}), late])
  }

  /** One session after the other: kafkajs' consumers may end at any error, and some errors end them for good. */
  async #run(): Promise<void> {
    const { signal } = this.#closing
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        this.#session = this.#newSession(() => (failures = 0))
        await this.#session.run()
      } catch (error) {
        if (signal.aborted) return
        this.#lost(error)
      }
      // Rejects only because the intake is closing, and then the loop ends.
      await sleep(backOffMs(failures), undefined, { signal }).catch(() => {})
    }
  }

  #newSession(onReading: () => void): Session {
    const { pipeline, log, topics, groupId, streams, positions } = this.#options
    const { depth = DEPTH, maxBodyBytes = MAX_BODY_BYTES } = this.#options
    return new Session({
      // A client of its own: kafkajs shares what it knows of offsets between the consumers of one.
      kafka: kafkaFrom(
        this.#options,
        kafkaLogWriter(log, () => this.#assigned === undefined),
      ),
      groupId,
      topics,
      streams,
      positions,
      context: {
        pipeline,
        deadLetters: this.#deadLetters,
        room: this.#room,
        depth: positions === undefined ? depth : 1,
        maxBodyBytes,
        keepsPositions: positions !== undefined,
        storeOutage: this.#storeOutage,
      },
      startOutage: this.#startOutage,
      commitOutage: new Outage(log, 'Committing offsets to Kafka'),
      onJoined: () => (this.#assigned = undefined),
      onReading: (assigned) => {
        onReading()
        this.#works(assigned)
      },
    })
  }

  #works(assigned: number): void {
    const { log, topics, groupId } = this.#options
    this.#assigned = assigned
    this.#trouble = undefined
    log.info({ topics, groupId, partitions: assigned }, `Reading ${assigned} partitions from Kafka.`)
  }

  #lost(error: unknown): void {
    const { log, brokers } = this.#options
    const isNews = this.#trouble === undefined
    this.#assigned = undefined
    this.#trouble = messageOf(error)
    if (isNews)
      log.error({ err: error, brokers }, `Kafka can't be read, trying again until it can: ${this.#trouble}`)
  }
}
