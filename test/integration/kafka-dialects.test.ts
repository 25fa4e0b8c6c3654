// Messages of every format that Zipkin's Kafka senders have written over the years, in one topic: told apart by their bytes.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import kafkajs from 'kafkajs'
import { decodeZipkinV2Json, encodeZipkinProto3 } from '@hopscope/proto'
import { type PlainV1Span, structs, thriftOf } from '@hopscope/proto/testing/thrift'
import { describeWithKafka, sharedKafka } from '../backends/describe.ts'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { idFrom, storedSpans, type WireSpan } from './client.ts'

const { Kafka, logLevel, Partitioners } = kafkajs

const TOPIC = `dialects-${process.pid}-${Date.now().toString(36)}`
const T0 = 1_700_000_000_000_000

const v1 = (traceId: string): PlainV1Span => ({
  traceId,
  id: traceId,
  name: 'get',
  timestamp: T0,
  duration: 5,
  annotations: [{ timestamp: T0, value: 'sr', endpoint: { serviceName: 'web' } }],
  binaryAnnotations: [{ key: 'a', value: 'b', endpoint: { serviceName: 'web' } }],
})
const v2 = (traceId: string): WireSpan => ({
  traceId,
  id: traceId,
  kind: 'SERVER',
  name: 'get',
  timestamp: T0,
  duration: 5,
  localEndpoint: { serviceName: 'web' },
  tags: { a: 'b' },
})
const text = (value: unknown) => Buffer.from(JSON.stringify(value))

const MESSAGES: Readonly<Record<string, (id: string) => Uint8Array>> = {
  'v2 JSON': (id) => text([v2(id)]),
  'one span in v2 JSON': (id) => text(v2(id)),
  'v2 proto3': (id) => encodeZipkinProto3(decodeZipkinV2Json(text([v2(id)])).spans),
  'v1 JSON': (id) => text([v1(id)]),
  'one span in v1 JSON': (id) => text(v1(id)),
  'v1 thrift': (id) => structs([thriftOf(v1(id))]),
  'one span in v1 thrift': (id) => thriftOf(v1(id)),
}

describeWithKafka('a topic with messages of all formats', () => {
  let server: ServerProcess
  let kafka: InstanceType<typeof Kafka>
  beforeAll(async () => {
    const bootstrap = await sharedKafka()
    kafka = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING })
    server = await startServer({
      env: { KAFKA_BOOTSTRAP_SERVERS: bootstrap, KAFKA_TOPIC: TOPIC, KAFKA_GROUP_ID: TOPIC, HOPSCOPE_KAFKA_DEAD_LETTER_TOPIC: `${TOPIC}-dlq` },
    })
  }, 60_000) // prettier-ignore
  afterAll(async () => {
    await server.stop()
    const admin = kafka.admin()
    await admin.connect()
    await admin.deleteTopics({ topics: [TOPIC] })
    await admin.disconnect()
  })

  test('has each stored as the span that it is', async () => {
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
    await producer.connect()
    const messages = Object.entries(MESSAGES).map(([name, write]) => ({
      value: Buffer.from(write(idFrom(name))),
    }))
    await producer.send({ topic: TOPIC, acks: -1, messages })
    await producer.disconnect()

    const read = async () => {
      const stored = await Promise.all(Object.keys(MESSAGES).map(async (name) => [name, await storedSpans(server.url, idFrom(name))] as const)) // prettier-ignore
      return Object.fromEntries(stored)
    }
    const until = Date.now() + 40_000
    while (Date.now() < until && Object.values(await read()).some((spans) => spans.length === 0))
      await sleep(100)
    expect(await read()).toEqual(
      Object.fromEntries(Object.keys(MESSAGES).map((name) => [name, [v2(idFrom(name))]])),
    )
  }, 60_000)
})
