import { expect, test } from '@jest/globals'
import type { Admin } from 'kafkajs'
import { startsOf } from './kafka-assignment.ts'

/** Of one partition: what the store and the group say, and what there is. */
async function startOf(known: { stored?: string; committed?: string; low?: string; high?: string }) {
  const { stored, committed = '-1', low = '10', high = '100' } = known
  const admin: Pick<Admin, 'fetchOffsets' | 'fetchTopicOffsets'> = {
    fetchOffsets: ({ topics = [] }: { topics?: string[] }) =>
      Promise.resolve(
        topics.map((topic) => ({ topic, partitions: [{ partition: 0, offset: committed, metadata: null }] })),
      ),
    fetchTopicOffsets: () => Promise.resolve([{ partition: 0, offset: high, low, high }]),
  }
  const positions =
    stored === undefined
      ? undefined
      : (topic: string) => Promise.resolve([{ topic, partition: 0, offset: stored }])
  const sources = { admin: admin as Admin, groupId: 'us', positions }
  const [start] = await startsOf([{ topic: 'zipkin', partition: 0 }], sources)
  return start?.start
}

test.each([
  ['at the oldest message, where nobody knows the partition', {}, 10n],
  ['where the group says', { committed: '50' }, 50n],
  ['where the store says, if that is before', { stored: '40', committed: '50' }, 40n],
  ['where the group says, if the store says more', { stored: '60', committed: '50' }, 50n],
  ['at the oldest message, where only the store knows the partition', { stored: '60' }, 10n],
  ['at the oldest message, where what was wanted is gone', { committed: '5' }, 10n],
  ['at the oldest message of a topic that was made again', { stored: '500', committed: '500' }, 10n],
  ['at the end, if all was read', { stored: '100', committed: '100' }, 100n],
])('a partition begins %s', async (_, known, start) => {
  expect(await startOf(known)).toBe(start)
})
