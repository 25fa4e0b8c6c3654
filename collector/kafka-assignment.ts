// The partitions that one generation of the consumer group gave us, from the join to the next: where each begins, and
// how far each is committed.
import type { Admin } from 'kafkajs'
import type { LogPosition } from '@hopscope/storage'
import { setMaxListeners } from 'node:events'
import type { Partition } from './kafka-partition.ts'

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** Commits exactly these, once, as a member of the generation it was made in. */
export type Commit = (offsets: {
  topics: { topic: string; partitions: { partition: number; offset: string }[] }[]
}) => Promise<void>

export class Assignment {
  readonly assigned: readonly TopicPartition[]
  /** Known once the consumer has handed something over; before, there is nothing to commit. */
  commit: Commit | undefined
  readonly #abort = new AbortController()
  readonly #partitions = new Map<string, Partition>()
  readonly #committed = new Map<Partition, bigint>()

  constructor(assigned: readonly TopicPartition[]) {
    this.assigned = assigned
    // Every chunk under way listens: that many are no leak.
    setMaxListeners(0, this.signal)
  }

  /** Aborted by the next rebalance. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get partitions(): Partition[] {
    return [...this.#partitions.values()]
  }

  get isIdle(): boolean {
    return this.partitions.every(({ isIdle }) => isIdle)
  }

  begin(partitions: readonly Partition[]): void {
    for (const partition of partitions) {
      this.#partitions.set(keyOf(partition.topic, partition.id), partition)
      this.#committed.set(partition, partition.position)
    }
  }

  /** Undefined while it isn't known where to begin. */
  find(topic: string, partition: number): Partition | undefined {
    return this.#partitions.get(keyOf(topic, partition))
  }

  /** What is under way goes on at most until it fails, and counts for nothing here. */
  revoke(): void {
    this.#abort.abort()
  }

  /** Commits how far each partition is done, where that has changed. */
  async commitDone(): Promise<void> {
    const changed = this.partitions.flatMap((partition) => {
      const { position } = partition
      return position === this.#committed.get(partition) ? [] : [{ partition, position }]
    })
    if (changed.length === 0 || this.commit === undefined || this.signal.aborted) return
    const topics = new Map<string, { partition: number; offset: string }[]>()
    for (const { partition, position } of changed) {
      const offsets = topics.get(partition.topic) ?? []
      offsets.push({ partition: partition.id, offset: String(position) })
      topics.set(partition.topic, offsets)
    }
    await this.commit({ topics: [...topics].map(([topic, partitions]) => ({ topic, partitions })) })
    for (const { partition, position } of changed) this.#committed.set(partition, position)
  }
}

function keyOf(topic: string, partition: number): string {
  return `${partition}:${topic}`
}

export interface StartSources {
  readonly admin: Admin
  readonly groupId: string
  /** What the store has written in one transaction with spans. */
  readonly positions: ((topic: string) => Promise<LogPosition[]>) | undefined
}

/**
 * Where to begin: where the group says, or before it where the store has less, as after it was restored. A position of
 * the store alone may be of a topic that was made again or of another cluster, which nothing tells: the partition is
 * then read from the oldest message, as are those that nobody knows. Too much is harmless, for the store knows spans
 * by content.
 */
export async function startsOf(
  assigned: readonly TopicPartition[],
  { admin, groupId, positions }: StartSources,
): Promise<(TopicPartition & { start: bigint })[]> {
  const starts: (TopicPartition & { start: bigint })[] = []
  for (const topic of new Set(assigned.map((each) => each.topic))) {
    const [stored, [committed], ends] = await Promise.all([
      positions?.(topic) ?? [],
      admin.fetchOffsets({ groupId, topics: [topic] }),
      admin.fetchTopicOffsets(topic),
    ])
    for (const { partition } of assigned.filter((each) => each.topic === topic)) {
      const of = <T extends { partition: number }>(list: readonly T[]) =>
        list.find((each) => each.partition === partition)
      const oldest = BigInt(of(ends)?.low ?? 0)
      const end = BigInt(of(ends)?.high ?? 0)
      // -1 where there is none.
      const ours = BigInt(of(committed?.partitions ?? [])?.offset ?? -1)
      const theStores = BigInt(of(stored)?.offset ?? ours)
      const wanted = theStores < ours ? theStores : ours
      starts.push({ topic, partition, start: wanted < oldest || wanted > end ? oldest : wanted })
    }
  }
  return starts
}
