// The demo's side of Kafka, in distributed mode: how a service reports its spans, and the topic that orders go through.
import { KafkaReporter, type SpanReporter, type Tracer } from '@hopscope/propagation'
import { Kafka, logLevel } from 'kafkajs'
import type { KafkaSettings } from './settings.ts'

const GROUP = 'hopscope-demo-shipping'
// What a crashed run leaves in the group holds up the next one for this long.
const SESSION_MS = 10_000
// How long a fetch waits for messages: an end is held up by it.
const FETCH_WAIT_MS = 500

export const kafkaOf = (service: string, { brokers }: KafkaSettings): Kafka =>
  new Kafka({ clientId: service, brokers, logLevel: logLevel.ERROR })

export const reporterOver = (kafka: Kafka, { spansTopic }: KafkaSettings): SpanReporter =>
  new KafkaReporter({ kafka, topic: spansTopic, intervalMs: 300 })

export interface Orders {
  publish(order: unknown): Promise<void>
  /** Settles once messages are sure to be received. */
  consume(handle: (order: unknown) => Promise<void>): Promise<void>
  close(): Promise<void>
}

export const ordersOver = (kafka: Kafka, { ordersTopic: topic }: KafkaSettings, tracer: Tracer): Orders => {
  const closers: (() => Promise<void>)[] = []
  const producer = tracer.kafkaProducer(kafka.producer())
  let connected: Promise<void> | undefined

  const connect = async (): Promise<void> => {
    closers.push(() => producer.disconnect())
    await producer.connect()
  }
  const makeTopic = async (): Promise<void> => {
    const admin = kafka.admin()
    await admin.connect()
    try {
      await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true })
    } finally {
      await admin.disconnect()
    }
  }

  return {
    publish: async (order) => {
      await (connected ??= connect())
      await producer.send({ topic, messages: [{ value: JSON.stringify(order) }] })
    },
    consume: async (handle) => {
      await makeTopic()
      const consumer = kafka.consumer({
        groupId: GROUP,
        sessionTimeout: SESSION_MS,
        maxWaitTimeInMs: FETCH_WAIT_MS,
      })
      closers.push(() => consumer.disconnect())
      const joined = new Promise<void>((resolve) => {
        consumer.on(consumer.events.GROUP_JOIN, () => resolve())
      })
      await consumer.connect()
      // From the beginning where the group is new: it takes its place in the topic only with its first fetch.
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({
        eachMessage: tracer.kafkaEachMessage(({ message }) =>
          handle(JSON.parse(message.value?.toString() ?? 'null')),
        ),
      })
      await joined
    },
    close: async () => {
      await Promise.all(closers.map((close) => close()))
    },
  }
}
