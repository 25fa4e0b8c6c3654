// One partition while it is ours: its messages become chunks, each is stored and its bad messages dead-lettered, and
// the tracker knows how far all of that is done.
import { detectDecoder, HopscopeError, messageOf } from '@hopscope/proto'
import { Chunk, type ChunkEntry } from './kafka-chunk.ts'
import type { DeadLetterTopic } from './kafka-dead-letter-topic.ts'
import { sizeOf, type SourceMessage } from './kafka-message.ts'
import { OffsetTracker } from './kafka-offsets.ts'
import { type Outage, untilDone } from './kafka-retry.ts'
import type { Room } from './kafka-room.ts'
import { standInOf } from './kafka-unreadable.ts'
import type { Pipeline, ReadMessage } from './pipeline.ts'

/** What all partitions of an intake share. */
export interface PartitionContext {
  readonly pipeline: Pipeline
  readonly deadLetters: DeadLetterTopic
  /** Over all partitions. */
  readonly room: Room
  /** Chunks of one partition that may be under way at once. */
  readonly depth: number
  /** Values that are longer are not decoded. */
  readonly maxBodyBytes: number
  /** Whether each write carries the position that it reaches. */
  readonly keepsPositions: boolean
  readonly storeOutage: Outage
  /** Told of what trying again can't help: the partition must be read anew. */
  readonly onFailure: (error: unknown) => void
}

/** What one fetch gave of a partition. */
export interface FetchedMessages {
  readonly messages: readonly SourceMessage[]
  /** Of the last message, or of what comes after it and is none, such as the mark of a transaction. */
  readonly lastOffset: bigint
  /** The offset that the partition's next message will have. */
  readonly logEnd: bigint
}

/** What a consumer lends while it hands over messages. */
export interface Handover {
  /** Keeps the consumer in its group. @throws when the group is rebalancing: then nothing more may be taken */
  heartbeat(): Promise<void>
  /** The consumer goes on after this offset. */
  taken(offset: string): void
  /** Whether the partition is still ours, and still read from where it was. */
  isCurrent(): boolean
}

/** What is read of a message whose failure another one tells. */
const NOTHING: ReadMessage = { spans: [], kept: [], refused: [], refusedCount: 0 }

/** Longest wait without a look at the heartbeat. */
const HEARTBEAT_CHECK_MS = 500

export class Partition {
  readonly topic: string
  readonly id: number
  readonly #context: PartitionContext
  readonly #signal: AbortSignal
  #tracker: OffsetTracker
  #next: bigint
  #underWay = 0
  /** Something was not stored: nor must be what comes after, whose position would say that all before it is. */
  #hasFailed = false
  #probedGapAt: bigint | undefined
  #logEnd: bigint

  /** @param signal aborted when the partition is no longer ours */
  constructor(
    { topic, partition, start }: { topic: string; partition: number; start: bigint },
    context: PartitionContext,
    signal: AbortSignal,
  ) {
    this.topic = topic
    this.id = partition
    this.#context = context
    this.#signal = signal
    this.#tracker = new OffsetTracker(start)
    this.#next = start
    this.#logEnd = start
  }

  /** Everything below it is stored or dead-lettered. */
  get position(): bigint {
    return this.#tracker.position
  }

  /** The next offset to be taken over. */
  get next(): bigint {
    return this.#next
  }

  /** Messages, as of the last fetch, that are neither stored nor dead-lettered. */
  get lag(): number {
    return Number(this.#logEnd - this.position)
  }

  get isIdle(): boolean {
    return this.#underWay === 0
  }

  /**
   * Says whether a batch that begins here follows what was taken. A gap is believed only when it is seen twice: it may
   * be where transactions or compaction left none, but also a batch from before the last rebalance.
   * @returns 'gap' if the consumer must go back to {@link next} first
   */
  follows(first: bigint): 'yes' | 'gap' {
    if (first > this.#next && this.#probedGapAt !== this.#next) {
      this.#probedGapAt = this.#next
      return 'gap'
    }
    // The log begins anew: the topic was made again, or what we had read was lost with its broker.
    if (first < this.#next) {
      this.#next = first
      this.#tracker = new OffsetTracker(first)
    }
    return 'yes'
  }

  /** Takes messages over as room allows, and returns once it has them all or may take no more; storing goes on after. */
  async take({ messages, lastOffset, logEnd }: FetchedMessages, handover: Handover): Promise<void> {
    this.#logEnd = logEnd
    const { room, depth } = this.#context
    let chunk = new Chunk(this.topic, this.id)
    const handOver = async (end = BigInt(chunk.lastOffset) + 1n): Promise<boolean> => {
      while (this.#underWay >= depth) if (!(await this.#pause(handover))) return false
      if (this.#hasFailed) return false
      handover.taken(chunk.lastOffset)
      this.#next = end
      void this.#finish(chunk, end)
      chunk = new Chunk(this.topic, this.id)
      await handover.heartbeat()
      return handover.isCurrent()
    }
    try {
      for (const message of messages) {
        const bytes = sizeOf(message)
        while (!room.tryTake(bytes)) if (!(await (chunk.isEmpty ? this.#pause(handover) : handOver()))) return
        chunk.add(this.#read(message), bytes)
        if (chunk.isFull && message !== messages.at(-1) && !(await handOver())) return
      }
      if (!chunk.isEmpty) await handOver(lastOffset + 1n)
    } finally {
      room.free(chunk.bytes)
    }
  }

  /** Waits a while for room. @returns whether messages may still be taken */
  async #pause(handover: Handover): Promise<boolean> {
    await this.#context.room.freed(HEARTBEAT_CHECK_MS)
    await handover.heartbeat()
    return handover.isCurrent()
  }

  #read(message: SourceMessage): ChunkEntry {
    const { pipeline, maxBodyBytes } = this.#context
    const { value } = message
    const unread = (...why: ConstructorParameters<typeof HopscopeError>) => {
      pipeline.unread('kafka')
      return new HopscopeError(...why)
    }
    const standIn = standInOf(message)
    if (standIn === 'told by the last') return { message, read: NOTHING }
    if (standIn !== undefined)
      return { message: standIn.message, read: unread('body-unreadable', standIn.reason) }
    if (value === null)
      return {
        message,
        read: unread('body-unreadable', 'The message has no value, a tombstone carries no spans.'),
      }
    if (value.length > maxBodyBytes)
      return {
        message,
        read: unread(
          'body-too-large',
          `The message has ${value.length} bytes; no more than ${maxBodyBytes} are read of one.`,
        ),
      }
    try {
      return { message, read: pipeline.read(value, (bytes) => detectDecoder(bytes)(bytes), 'kafka') }
    } catch (error) {
      const read =
        error instanceof HopscopeError
          ? error
          : new HopscopeError('internal', `A codec failed: ${messageOf(error)}`, { cause: error })
      return { message, read }
    }
  }

  async #finish(chunk: Chunk, end: bigint): Promise<void> {
    const done = this.#tracker.begin(end)
    this.#underWay++
    try {
      await this.#store(chunk, end)
      done()
    } catch (error) {
      this.#hasFailed = true
      // Once the partition is no longer ours, whoever has it reads these messages again.
      if (!this.#signal.aborted) this.#context.onFailure(error)
    } finally {
      this.#underWay--
      this.#context.room.free(chunk.bytes)
    }
  }

  /** Unreadable messages go first: a position in the store says that everything below it is done. */
  async #store(chunk: Chunk, end: bigint): Promise<void> {
    const { pipeline, deadLetters, keepsPositions, storeOutage } = this.#context
    await deadLetters.keep(chunk.unreadable(), this.#signal)
    if (chunk.spans.length === 0 && !keepsPositions) return
    const position = keepsPositions
      ? { topic: this.topic, partition: this.id, offset: String(end) }
      : undefined
    const refusals = await untilDone(() => pipeline.store(chunk.spans, 'kafka', position), {
      outage: storeOutage,
      signal: this.#signal,
    })
    await deadLetters.keep(chunk.refusedByStore(refusals), this.#signal)
  }
}
