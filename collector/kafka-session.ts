// One consumer from connect to its end: joins the group, hands messages to its partitions, commits what is done. When
// it breaks, kafka.ts begins the next.
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs'
import { Assignment, type StartSources, startsOf } from './kafka-assignment.ts'
import { Partition, type PartitionContext } from './kafka-partition.ts'
import { type Outage, untilDone } from './kafka-retry.ts'

export interface SessionOptions {
  readonly kafka: Kafka
  readonly groupId: string
  readonly topics: readonly string[]
  /** Partitions whose messages are handed over at once. */
  readonly streams: number
  readonly positions: StartSources['positions']
  readonly context: Omit<PartitionContext, 'onFailure'>
  readonly startOutage: Outage
  readonly commitOutage: Outage
  /** Called after each join of the group, when nothing is read yet. */
  readonly onJoined: () => void
  /** Called after that, once a fetch has worked: with the number of partitions that are read now. */
  readonly onReading: (assigned: number) => void
}

/** A collector that was killed is out of its group after this; its partitions idle until then. */
const SESSION_MS = 6_000
const HEARTBEAT_MS = 1_500
/** Members that don't come back within it are left out; no chunk is waited for, so that is soon. */
const REBALANCE_MS = 10_000
/** How long a fetch waits for messages: short, for only between fetches is there a heartbeat. */
const FETCH_WAIT_MS = 500
/**
 * kafkajs holds one answer per broker beside what we count: at most this, or one batch of records if that is larger.
 * A broker fills answers in the order of partitions, so 16 of them get their share of each.
 */
const FETCH_BYTES = 2 ** 23
const FETCH_PARTITION_BYTES = 2 ** 19
/** How soon new partitions of a topic are noticed. */
const METADATA_MS = 60_000
const COMMIT_MS = 500
/** Without a heartbeat for so long the consumer hangs, whatever it says. */
const SILENCE_MS = 30_000
const END_MS = 1_500

export class Session {
  readonly #options: SessionOptions
  readonly #consumer: Consumer
  readonly #broken: Promise<never>
  #break: (error: unknown) => void = () => {}
  #assignment: Assignment | undefined
  #committing: Promise<void> = Promise.resolve()
  /** Doesn't reject. */
  #beginning: Promise<void> = Promise.resolve()
  #heardAt = Date.now()
  /** Since when partitions are read of which that isn't told yet. */
  #resumedAt: number | undefined
  #isCommitting = false
  #isClosing = false
  #hasEnded = false

  constructor(options: SessionOptions) {
    this.#options = options
    const { kafka, groupId } = options
    this.#broken = new Promise((_, reject) => (this.#break = reject))
    // It may break when nobody waits for it yet, or any more.
    this.#broken.catch(() => {})
    this.#consumer = kafka.consumer({
      groupId,
      sessionTimeout: SESSION_MS,
      heartbeatInterval: HEARTBEAT_MS,
      rebalanceTimeout: REBALANCE_MS,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      maxBytes: FETCH_BYTES,
      maxBytesPerPartition: FETCH_PARTITION_BYTES,
      metadataMaxAge: METADATA_MS,
    })
  }

  get partitions(): Partition[] {
    return this.#assignment?.partitions ?? []
  }

  /** Milliseconds since the group last heard of us. */
  get silentMs(): number {
    return Date.now() - this.#heardAt
  }

  /** Consumes until it breaks. @throws always, with the cause */
  async run(): Promise<never> {
    const consumer = this.#consumer
    const { CRASH, FETCH, GROUP_JOIN, HEARTBEAT, REBALANCING } = consumer.events
    consumer.on(CRASH, ({ payload }) => this.#break(payload.error))
    consumer.on(HEARTBEAT, () => this.#heard())
    consumer.on(GROUP_JOIN, ({ payload }) => this.#join(payload.memberAssignment))
    consumer.on(FETCH, ({ payload }) => this.#fetched(payload.duration))
    // Sent before the request to join again, so it is still of the old generation.
    consumer.on(REBALANCING, () => void this.#commit())
    const ticking = setInterval(() => this.#tick(), COMMIT_MS)
    try {
      await Promise.race([this.#broken, this.#start()])
      return await this.#broken
    } finally {
      clearInterval(ticking)
      await this.#end()
    }
  }

  async #start(): Promise<void> {
    const { topics, streams } = this.#options
    const consumer = this.#consumer
    const steps = [
      () => consumer.connect(),
      () => consumer.subscribe({ topics: [...topics], fromBeginning: true }),
      () =>
        consumer.run({
          autoCommit: false,
          eachBatchAutoResolve: false,
          partitionsConsumedConcurrently: streams,
          eachBatch: (payload) => this.#handOver(payload),
        }),
    ]
    for (const step of steps) {
      await step()
      // It was told to end meanwhile, when there was less to disconnect.
      if (this.#hasEnded) return await this.#disconnect()
    }
  }

  /** Takes nothing more, waits for what is under way, commits it and leaves the group. */
  async close(withinMs: number): Promise<void> {
    this.#isClosing = true
    const assignment = this.#assignment
    if (assignment !== undefined && !this.#hasEnded) {
      try {
        this.#pause(assignment)
      } catch {
        // It has just crashed, and fetches nothing more anyway.
      }
      const { room } = this.#options.context
      for (const end = Date.now() + withinMs; !assignment.isIdle && Date.now() < end;)
        await room.freed(end - Date.now())
      await atMost(
        END_MS,
        this.#committing.then(() => this.#commit()),
      )
    }
    this.#break(new Error('The intake is closing.'))
    await this.#end()
  }

  #fetched(tookMs: number): void {
    if (this.#resumedAt === undefined || Date.now() - tookMs < this.#resumedAt) return
    this.#resumedAt = undefined
    this.#options.onReading(this.#assignment?.assigned.length ?? 0)
  }

  #heard(): void {
    this.#heardAt = Date.now()
  }

  #tick(): void {
    if (this.silentMs > SILENCE_MS)
      this.#break(new Error(`Kafka has not answered for ${SILENCE_MS / 1000} s.`))
    void this.#commit()
  }

  /** Everything begins anew: what is under way counts no more, and may be read by someone else at this moment. */
  #join(memberAssignment: Readonly<Record<string, number[]>>): void {
    this.#heard()
    this.#assignment?.revoke()
    this.#resumedAt = undefined
    this.#options.onJoined()
    const assigned = Object.entries(memberAssignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    )
    const assignment = (this.#assignment = new Assignment(assigned))
    this.#pause(assignment)
    if (this.#isClosing) return
    this.#beginning = this.#begin(assignment).catch((error: unknown) => {
      if (!assignment.signal.aborted) this.#break(error)
    })
  }

  /**
   * The start is sought even where kafkajs would begin there by itself: it then drops what it fetched before.
   */
  async #begin(assignment: Assignment): Promise<void> {
    const { context, startOutage: outage } = this.#options
    const { assigned, signal } = assignment
    const starts = await untilDone(() => this.#startsOf(assigned), { outage, signal })
    if (this.#isClosing || this.#hasEnded) return
    signal.throwIfAborted()
    const whole = { ...context, onFailure: (error: unknown) => this.#break(error) }
    assignment.begin(starts.map((each) => new Partition(each, whole, signal)))
    for (const { topic, partition, start } of starts)
      this.#consumer.seek({ topic, partition, offset: String(start) })
    this.#resumedAt = Date.now()
    this.#consumer.resume(assigned.map(({ topic, partition }) => ({ topic, partitions: [partition] })))
  }

  /** With a connection of its own each time, as the broker closes one that is idle until the next rebalance. */
  async #startsOf(assigned: Assignment['assigned']): ReturnType<typeof startsOf> {
    const { kafka, groupId, positions } = this.#options
    const admin = kafka.admin()
    try {
      await admin.connect()
      return await startsOf(assigned, { admin, groupId, positions })
    } finally {
      await admin.disconnect()
    }
  }

  #pause({ assigned }: Assignment): void {
    this.#consumer.pause(assigned.map(({ topic, partition }) => ({ topic, partitions: [partition] })))
  }

  async #handOver(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload
    // A consumer that could not be stopped must not keep its partitions from the next one.
    if (this.#hasEnded) throw new Error('The consumer has ended.')
    const assignment = this.#assignment
    const partition = assignment?.find(batch.topic, batch.partition)
    const first = batch.messages[0]
    if (assignment === undefined || partition === undefined || first === undefined) return
    const isCurrent = () =>
      assignment === this.#assignment && !this.#isClosing && !this.#hasEnded && !payload.isStale()
    if (!isCurrent()) return
    if (partition.follows(BigInt(first.offset)) === 'gap') {
      this.#consumer.seek({
        topic: batch.topic,
        partition: batch.partition,
        offset: String(partition.next),
      })
      return
    }
    // Not consumer.commitOffsets(): that tries again by itself, then perhaps in the name of the next generation.
    assignment.commit = (offsets) => payload.commitOffsetsIfNecessary(offsets)
    const { messages } = batch
    const fetched = { messages, lastOffset: BigInt(batch.lastOffset()), logEnd: BigInt(batch.highWatermark) }
    await partition.take(fetched, {
      heartbeat: () => payload.heartbeat(),
      taken: (offset) => payload.resolveOffset(offset),
      isCurrent,
    })
  }

  /** One at a time; what changes meanwhile is for the next. */
  async #commit(): Promise<void> {
    const assignment = this.#assignment
    if (assignment === undefined || this.#isCommitting) return
    this.#isCommitting = true
    const { commitOutage } = this.#options
    this.#committing = assignment
      .commitDone()
      .then(
        () => commitOutage.worked(),
        (error: unknown) => {
          // Refused because the group is rebalancing: what was not committed is read and found stored again.
          if (!isRebalance(error) && !assignment.signal.aborted) commitOutage.failed(error)
        },
      )
      .finally(() => (this.#isCommitting = false))
    await this.#committing
  }

  async #end(): Promise<void> {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#assignment?.revoke()
    await atMost(END_MS, Promise.all([this.#disconnect(), this.#beginning]))
  }

  async #disconnect(): Promise<void> {
    // A broker that is away can't be left; the group notices by the missing heartbeat.
    await this.#consumer.disconnect().catch(() => {})
  }
}

const REBALANCE_ERRORS: ReadonlySet<unknown> = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'NOT_COORDINATOR_FOR_GROUP',
])

function isRebalance(error: unknown): boolean {
  return error instanceof Error && 'type' in error && REBALANCE_ERRORS.has(error.type)
}

/** A broker that is away keeps kafkajs busy for longer than anybody may wait. */
async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))
  await Promise.race([work, late])
  clearTimeout(timer)
}
