import { describe, expect, test } from '@jest/globals'
import type { Admin, Kafka, Producer, ProducerRecord } from 'kafkajs'
import { DeadLetterTopic } from './kafka-dead-letter-topic.ts'
import { Outage } from './kafka-retry.ts'

const noLog = { info: () => {}, warn: () => {}, error: () => {} }
const MIB = 2 ** 20

/** @param refuse gives what a send fails with, or nothing */
function topicWhere(
  refuse: (record: ProducerRecord, attempt: number) => Error | undefined,
  { existing = [] as string[], reachable = true, mayCreate = true } = {},
) {
  const sent: ProducerRecord[] = []
  const created: unknown[] = []
  let attempts = 0
  const producer: Pick<Producer, 'connect' | 'send'> = {
    connect: () => Promise.resolve(),
    send: (record) => {
      const error = refuse(record, ++attempts)
      if (error !== undefined) return Promise.reject(error)
      sent.push(record)
      return Promise.resolve([])
    },
  }
  const admin = {
    connect: () => (reachable ? Promise.resolve() : Promise.reject(new Error('away'))),
    disconnect: () => Promise.resolve(),
    listTopics: () => Promise.resolve(existing),
    describeCluster: () => Promise.resolve(),
    createTopics: (options: unknown) => {
      created.push(options)
      return mayCreate ? Promise.resolve(true) : Promise.reject(new Error('CLUSTER_AUTHORIZATION_FAILED'))
    },
  }
  const kafka: Pick<Kafka, 'producer' | 'admin'> = {
    producer: () => producer as Producer,
    admin: () => admin as unknown as Admin,
  }
  const topic = new DeadLetterTopic({
    kafka: kafka as Kafka,
    topic: 'dlq',
    outage: new Outage(noLog, 'Writing dead letters'),
    onKept: () => {},
  })
  const keep = (bytes: number, count = 1) =>
    topic.keep(
      Array.from({ length: count }, (_, offset) => ({
        topic: 'zipkin',
        partition: 0,
        message: { key: null, value: Buffer.alloc(bytes), headers: { own: '1' }, offset: String(offset) },
        code: 'body-not-json',
        reason: 'No JSON.',
      })),
      new AbortController().signal,
    )
  const lengths = () => sent.flatMap(({ messages }) => messages.map(({ value }) => value?.length))
  return { keep, sent, created, lengths, attempts: () => attempts }
}

const closed = () =>
  Object.assign(new Error('Retries exceeded'), {
    cause: Object.assign(new Error('Closed connection'), { name: 'KafkaJSConnectionClosedError' }),
  })
const tooLarge = () => Object.assign(new Error('Too large'), { type: 'MESSAGE_TOO_LARGE' })

describe('the dead-letter topic', () => {
  test('is sent what is compressed, and gets it cut only if that is refused too', async () => {
    const { keep, sent, lengths } = topicWhere(({ messages: [first] }) =>
      (first?.value?.length ?? 0) > 4 * MIB ? tooLarge() : undefined,
    )
    await keep(3 * MIB)
    await keep(5 * MIB)
    expect(lengths()).toEqual([3 * MIB, MIB / 2])
    expect(sent.map(({ compression }) => compression)).toEqual([1, 1])
  })

  test('is created for 30 days before the first letter, once', async () => {
    const { keep, created } = topicWhere(() => undefined)
    await keep(1)
    await keep(1)
    const configEntries = [{ name: 'retention.ms', value: '2592000000' }]
    expect(created).toEqual([
      { topics: [{ topic: 'dlq', numPartitions: 1, replicationFactor: -1, configEntries }] },
    ])
  })

  test('is not created where it is there, and needs no right to create it', async () => {
    const there = topicWhere(() => undefined, { existing: ['dlq'] })
    await there.keep(1)
    expect(there.created).toEqual([])
    const forbidden = topicWhere(() => undefined, { mayCreate: false })
    await forbidden.keep(1)
    expect(forbidden.lengths()).toEqual([1])
  })

  test('gets, of what kafkajs can not send, at least where it was; its neighbours whole', async () => {
    const { keep, sent } = topicWhere(({ messages }) =>
      messages.some(({ headers }) => headers?.['own'] && headers['hopscope-dlq-offset'] === '1')
        ? Object.assign(new TypeError('not a string'), { retriable: false })
        : undefined,
    )
    await keep(10, 3)
    const kept = sent.flatMap(({ messages }) => messages)
    expect(kept.map(({ value, headers }) => [headers?.['hopscope-dlq-offset'], value?.length])).toEqual([
      ['0', 10],
      ['1', 0],
      ['2', 10],
    ])
  })

  test('has a huge letter cut when the broker closes the connection on it', async () => {
    const { keep, lengths } = topicWhere(({ messages: [first] }) =>
      (first?.value?.length ?? 0) > 10 * MIB ? closed() : undefined,
    )
    await keep(11 * MIB)
    expect(lengths()).toEqual([MIB / 2])
  })

  test.each([
    ['the letter is not huge', MIB, true],
    ['the broker is away', 11 * MIB, false],
  ])(
    'is tried again with the whole letter when the connection is closed and %s',
    async (_, bytes, reachable) => {
      const { keep, lengths } = topicWhere((_record, attempt) => (attempt < 3 ? closed() : undefined), {
        reachable,
      })
      await keep(bytes)
      expect(lengths()).toEqual([bytes])
    },
  )
})
