import { describe, expect, test } from '@jest/globals'
import type { Span } from '@hopscope/model'
import { idOf, makeSpan } from '@hopscope/model/testing'
import { encodeZipkinV2Json, type Refusal } from '@hopscope/proto'
import type { LogPosition } from '@hopscope/storage'
import { Registry } from 'prom-client'
import type { DeadLetterTopic } from './kafka-dead-letter-topic.ts'
import type { DeadLetter } from './kafka-dead-letters.ts'
import type { SourceMessage } from './kafka-message.ts'
import { Partition } from './kafka-partition.ts'
import { Outage } from './kafka-retry.ts'
import { Room } from './kafka-room.ts'
import { CollectorMetrics } from './metrics.ts'
import { Pipeline } from './pipeline.ts'

const noLog = { info: () => {}, warn: () => {}, error: () => {} }
const settled = () => new Promise((resolve) => setImmediate(resolve))

/** A write that waits to be told how it ends. */
interface Write {
  readonly spans: readonly Span[]
  readonly position: LogPosition | undefined
  readonly store: (refused?: readonly Refusal[]) => void
  readonly fail: (error: Error) => void
}

function setUp({
  start = 0n,
  depth = 4,
  maxBytes = 2 ** 30,
  maxBodyBytes = 2 ** 22,
  keepsPositions = false,
} = {}) {
  const writes: Write[] = []
  const letters: DeadLetter[] = []
  const acknowledge: (() => void)[] = []
  const failures: unknown[] = []
  const writer = {
    write: (spans: readonly Span[], position?: LogPosition) =>
      new Promise<readonly Refusal[]>((resolve, reject) =>
        writes.push({ spans, position, store: (refused = []) => resolve(refused), fail: reject }),
      ),
  }
  const deadLetters: Pick<DeadLetterTopic, 'keep'> = {
    keep: (kept) => {
      letters.push(...kept)
      return kept.length === 0 ? Promise.resolve() : new Promise((resolve) => acknowledge.push(resolve))
    },
  }
  const metrics = new CollectorMetrics(new Registry(), ['kafka'])
  const room = new Room(maxBytes)
  const abort = new AbortController()
  const context = {
    pipeline: new Pipeline({ writer, sampler: () => true, metrics }),
    deadLetters: deadLetters as DeadLetterTopic,
    room,
    depth,
    maxBodyBytes,
    keepsPositions,
    storeOutage: new Outage(noLog, 'Storing'),
    onFailure: (error: unknown) => void failures.push(error),
  }
  const partition = new Partition({ topic: 'zipkin', partition: 2, start }, context, abort.signal)
  const taken: string[] = []
  const handover = {
    heartbeats: 0,
    current: true,
    heartbeat: () => Promise.resolve(void handover.heartbeats++),
    isCurrent: () => handover.current,
    taken: (offset: string) => void taken.push(offset),
  }
  const take = (messages: SourceMessage[]) => {
    const lastOffset = BigInt(messages.at(-1)?.offset ?? -1)
    return partition.take({ messages, lastOffset, logEnd: lastOffset + 1n }, handover)
  }
  return { partition, writes, letters, acknowledge, failures, room, abort, taken, handover, take }
}

const message = (offset: number, value: Buffer | string | null = good(offset)): SourceMessage => ({
  key: null,
  value: value === null ? null : Buffer.from(value),
  headers: {},
  offset: String(offset),
})
const good = (id: number, tag = '') => encodeZipkinV2Json([makeSpan({ id: idOf(id + 1), tags: { tag } })])
const large = (id: number) => good(id, 'x'.repeat(2 ** 20))

describe('a partition', () => {
  test('writes the spans of many messages at once, and is done with them only when they are stored', async () => {
    const { partition, writes, taken, take } = setUp()
    await take([message(0), message(1), message(2)])
    expect(writes.map(({ spans }) => spans.length)).toEqual([3])
    expect([taken, partition.position, partition.lag]).toEqual([['2'], 0n, 3])
    writes[0]?.store()
    await settled()
    expect([partition.position, partition.lag, partition.isIdle]).toEqual([3n, 0, true])
  })

  test('has a bounded number of writes under way, and keeps its heartbeat while it waits', async () => {
    const { writes, taken, handover, take } = setUp({ depth: 2 })
    const taking = take([0, 1, 2].map((id) => message(id, large(id))))
    await settled()
    expect([writes.length, taken]).toEqual([2, ['0', '1']])
    const before = handover.heartbeats
    writes[1]?.store()
    await taking
    expect(handover.heartbeats).toBeGreaterThan(before)
    expect([writes.length, taken]).toEqual([3, ['0', '1', '2']])
  })

  test('takes no more than there is room for, and gives all of it back', async () => {
    const { writes, room, take } = setUp({ maxBytes: 3_000_000 })
    const taking = take([0, 1, 2, 3].map((id) => message(id, large(id))))
    await settled()
    expect(writes).toHaveLength(2)
    expect(room.heldBytes).toBeLessThanOrEqual(3_000_000)
    for (let next = 0; next < 4; next++) {
      writes[next]?.store()
      await settled()
    }
    await taking
    await settled()
    expect(room.heldBytes).toBe(0)
  })

  test('takes over nothing more once it is not ours, and forgets what it had not handed on', async () => {
    const { writes, taken, room, handover, take } = setUp({ depth: 1 })
    const taking = take([0, 1].map((id) => message(id, large(id))))
    await settled()
    handover.current = false
    writes[0]?.store()
    await taking
    await settled()
    expect([writes.length, taken, room.heldBytes]).toEqual([1, ['0'], 0])
  })

  test('dead-letters what it can not read, stores the rest, and is done only when both are', async () => {
    const { partition, writes, letters, acknowledge, take } = setUp()
    const mixed = `[${good(3).slice(1, -1)},{"traceId":"zz"}]`
    await take([message(0), message(1, 'no json'), message(2, null), message(3, mixed)])
    expect(letters.map(({ message: { offset }, code }) => [offset, code])).toEqual([
      ['1', 'body-malformed'],
      ['2', 'body-unreadable'],
      ['3', 'spans-refused'],
    ])
    expect(writes).toEqual([])
    acknowledge[0]?.()
    await settled()
    expect(writes.map(({ spans }) => spans.length)).toEqual([2])
    expect(partition.position).toBe(0n)
    writes[0]?.store()
    await settled()
    expect(partition.position).toBe(4n)
  })

  test('dead-letters the message of a span that the store refuses, and is done when that is kept', async () => {
    const { partition, writes, letters, acknowledge, take } = setUp()
    await take([message(0), message(1)])
    writes[0]?.store([{ index: 1, field: 'tags', reason: 'Too large.' }])
    await settled()
    expect(letters).toMatchObject([
      { topic: 'zipkin', partition: 2, message: { offset: '1' }, code: 'spans-refused' },
    ])
    expect(letters[0]?.reason).toContain('[0] tags: Too large.')
    expect(partition.position).toBe(0n)
    acknowledge[0]?.()
    await settled()
    expect(partition.position).toBe(2n)
  })

  test('tells a store that keeps positions where each write ends, also when there is nothing to store', async () => {
    const { writes, take } = setUp({ start: 5n, keepsPositions: true })
    await take([message(5, '[]')])
    expect(writes).toMatchObject([{ spans: [], position: { topic: 'zipkin', partition: 2, offset: '6' } }])
  })

  test('goes back at a gap once, for it may be a batch from before a rebalance, and then believes it', () => {
    const { partition } = setUp({ start: 5n })
    expect(partition.follows(5n)).toBe('yes')
    expect(partition.follows(9n)).toBe('gap')
    expect(partition.follows(9n)).toBe('yes')
  })

  test('dead-letters a value over the limit without decoding it', async () => {
    const { writes, letters, take } = setUp({ maxBodyBytes: 100 })
    await take([message(0, `[${' '.repeat(99)}]`)])
    expect(writes).toEqual([])
    expect(letters).toMatchObject([{ code: 'body-too-large', message: { offset: '0' } }])
  })

  test('hands on nothing more once a chunk has failed, lest a later position say that it is stored', async () => {
    const { writes, failures, taken, abort, take } = setUp({ depth: 1, keepsPositions: true })
    const taking = take([0, 1].map((id) => message(id, large(id))))
    await settled()
    abort.abort()
    writes[0]?.fail(new Error('gone'))
    await taking
    expect([writes.length, taken, failures]).toEqual([1, ['0'], []])
    await take([message(2)])
    expect(writes).toHaveLength(1)
  })

  test('begins anew when the log does', async () => {
    const { partition, writes, take } = setUp({ start: 50n })
    expect(partition.follows(0n)).toBe('yes')
    await take([message(0)])
    writes[0]?.store()
    await settled()
    expect(partition.position).toBe(1n)
  })
})
