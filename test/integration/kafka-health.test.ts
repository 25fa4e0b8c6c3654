// What the Kafka intake says of itself while it can't find where to begin.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import {
  type CollectorMetrics,
  type KafkaIntake,
  type KafkaIntakeOptions,
  openKafkaIntake,
  Pipeline,
} from '@hopscope/collector'
import kafkajs from 'kafkajs'
import { describeWithKafka, sharedKafka } from '../backends/describe.ts'

const { Kafka, logLevel } = kafkajs
const NAME = `h7-health-${process.pid}-${Date.now().toString(36)}`

async function eventually(intake: KafkaIntake, up: boolean, detail: string): Promise<void> {
  const until = Date.now() + 15_000
  const fits = () => intake.health().up === up && intake.health().detail.includes(detail)
  while (Date.now() < until && !fits()) await sleep(20)
  expect(intake.health()).toEqual({ up, detail: expect.stringContaining(detail) })
}

describeWithKafka('the health of the Kafka intake', () => {
  test('is down, with the reason, from a rebalance until it is known where to begin', async () => {
    const brokers = (await sharedKafka()).split(',')
    const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic: NAME, numPartitions: 2 }] })
    let gate: Promise<never> | undefined
    let fail: (error: Error) => void = () => {}
    const open = (positions?: KafkaIntakeOptions['positions']) => {
      const metrics = { register() {}, count() {}, message() {} } as unknown as CollectorMetrics
      const writer = { write: () => Promise.resolve([]) }
      return openKafkaIntake({
        brokers,
        clientId: NAME,
        pipeline: new Pipeline({ writer, sampler: () => true, metrics }),
        metrics,
        log: { info: () => {}, warn: () => {}, error: () => {} },
        topics: [NAME],
        groupId: NAME,
        streams: 2,
        deadLetterTopic: `${NAME}-dlq`,
        maxPendingBytes: 2 ** 20,
        ...(positions && { positions }),
      })
    }
    const first = open(() => gate ?? Promise.resolve([]))
    let second: KafkaIntake | undefined
    try {
      await eventually(first, true, '2 partitions')
      gate = new Promise((_, reject) => (fail = reject))
      second = open()
      await eventually(second, true, '1 partitions')
      await eventually(first, false, 'joining group')
      fail(new Error('No store.'))
      await eventually(first, false, "can't find where to begin: No store.")
      gate = undefined
      await eventually(first, true, '1 partitions')
    } finally {
      await Promise.all([first.close(), second?.close()])
      await admin.deleteTopics({ topics: [NAME] })
      await admin.deleteGroups([NAME]).catch(() => {})
      await admin.disconnect()
    }
  })
})
