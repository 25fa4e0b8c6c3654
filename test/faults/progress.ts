// How far a consumer group is, asked of Kafka again and again: what it has committed, and when that last moved.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Admin, Kafka, logLevel } from 'kafkajs'

interface Sample {
  /** Milliseconds. */
  readonly at: number
  /** By partition: the next offset that the group would read. */
  readonly committed: readonly number[]
}

const EVERY_MS = 250

export class GroupProgress {
  readonly #kafka: Kafka
  readonly #topic: string
  readonly #groupId: string
  readonly #running: Promise<void>
  readonly #samples: Sample[] = []
  readonly #onCommitted: (committed: readonly number[]) => void
  #ends: readonly number[] = []
  #stopped = false

  constructor(options: {
    readonly bootstrap: string
    readonly topic: string
    readonly groupId: string
    /** Called with every look: offsets below these are done. */
    readonly onCommitted: (committed: readonly number[]) => void
  }) {
    this.#kafka = new Kafka({
      brokers: [options.bootstrap],
      logLevel: logLevel.NOTHING,
      retry: { retries: 2, initialRetryTime: 100 },
      connectionTimeout: 2_000,
      requestTimeout: 5_000,
    })
    this.#topic = options.topic
    this.#groupId = options.groupId
    this.#onCommitted = options.onCommitted
    this.#running = this.#run()
  }

  /** Messages that are done, over all partitions. */
  get done(): number {
    return sum(this.#samples.at(-1)?.committed ?? [])
  }

  /** Messages that were written, as of the last look. */
  get written(): number {
    return sum(this.#ends)
  }

  /** The offsets after the last message of each partition. */
  get ends(): readonly number[] {
    return this.#ends
  }

  /** Everything that was written is done. */
  get isCaughtUp(): boolean {
    const committed = this.#samples.at(-1)?.committed
    return committed !== undefined && this.#ends.every((end, partition) => (committed[partition] ?? 0) >= end)
  }

  /** Looks once more, by all means. */
  async look(): Promise<void> {
    const before = this.#samples.length
    while (!this.#stopped && this.#samples.length < before + 2) await sleep(EVERY_MS / 2)
  }

  /** Seconds from a time to the first commit after the longest pause that followed. */
  standstill(since: number): number {
    return this.#standstill(since, sum)
  }

  /** The same for the partition that stood still longest. */
  longestStandstill(since: number): number {
    return Math.max(
      ...this.#ends.map((_, partition) => this.#standstill(since, (committed) => committed[partition] ?? 0)),
    )
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  #standstill(since: number, value: (committed: readonly number[]) => number): number {
    const before = this.#samples.findLast(({ at }) => at <= since)
    let last = { at: since, value: before === undefined ? 0 : value(before.committed) }
    let longest = 0
    let ended = since
    for (const { at, committed } of this.#samples) {
      if (at <= since || value(committed) <= last.value) continue
      if (at - last.at > longest) [longest, ended] = [at - last.at, at]
      last = { at, value: value(committed) }
    }
    return (ended - since) / 1000
  }

  async #run(): Promise<void> {
    let admin: Admin | undefined
    while (!this.#stopped) {
      try {
        if (admin === undefined) await (admin = this.#kafka.admin()).connect()
        const [ends, [group]] = await Promise.all([
          admin.fetchTopicOffsets(this.#topic),
          admin.fetchOffsets({ groupId: this.#groupId, topics: [this.#topic] }),
        ])
        this.#ends = byPartition(ends)
        const committed = byPartition(group?.partitions ?? [])
        this.#samples.push({ at: Date.now(), committed })
        this.#onCommitted(committed)
      } catch {
        // The broker is away, perhaps as a part of the play.
        await admin?.disconnect().catch(() => undefined)
        admin = undefined
      }
      await sleep(EVERY_MS)
    }
    await admin?.disconnect().catch(() => undefined)
  }
}

function byPartition(offsets: readonly { readonly partition: number; readonly offset: string }[]): number[] {
  const values: number[] = Array.from({ length: offsets.length }, () => 0)
  for (const { partition, offset } of offsets) values[partition] = Math.max(0, Number(offset))
  return values
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
