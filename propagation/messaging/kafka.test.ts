// Against a real broker: spans arrive, and a request crosses a topic.
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Admin, type Consumer, Kafka, logLevel, type Producer } from 'kafkajs'
import { describeWithKafka, sharedKafka } from '../../test/backends/describe.ts'
import { createTracer, currentContext, KafkaReporter, runWithContext, type Span } from '../index.ts'
import { inMemory, spanNamed, until } from '../testing/harness.ts'

const run = `hopscope-test-${Date.now().toString(36)}-${process.pid}`

describeWithKafka('with a real broker', () => {
  let kafka: Kafka
  const topics = { spans: `${run}-spans`, small: `${run}-small`, orders: `${run}-orders` }
  let admin: Admin
  let producer: Producer
  const consumers: Consumer[] = []

  const consumerOf = async (topic: string): Promise<Consumer> => {
    const consumer = kafka.consumer({ groupId: `${run}-${consumers.length}` })
    consumers.push(consumer)
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    return consumer
  }

  beforeAll(async () => {
    kafka = new Kafka({ brokers: (await sharedKafka()).split(','), logLevel: logLevel.NOTHING })
    admin = kafka.admin()
    await admin.connect()
    await admin.createTopics({
      waitForLeaders: true,
      topics: [
        { topic: topics.spans, numPartitions: 2 },
        { topic: topics.orders, numPartitions: 1 },
        {
          topic: topics.small,
          numPartitions: 1,
          configEntries: [{ name: 'max.message.bytes', value: '2000' }],
        },
      ],
    })
    producer = kafka.producer()
    await producer.connect()
  })
  afterAll(async () => {
    await Promise.all(consumers.map((consumer) => consumer.disconnect()))
    await admin.deleteTopics({ topics: Object.values(topics) })
    await Promise.all([admin.disconnect(), producer.disconnect()])
  })

  test('every span reported can be consumed, from lists of Zipkin JSON on all partitions', async () => {
    const reporter = new KafkaReporter({ kafka, topic: topics.spans, batchSpans: 100 })
    for (let at = 0; at < 1000; at++) reporter.report(spanNamed(`s${at}`))
    expect(await reporter.flush(10_000)).toBe(true)
    expect(reporter.stats()).toMatchObject({ accepted: 1000, sent: 1000, queued: 0, retries: 0 })
    await reporter.close()
    const names = new Set<string>()
    const partitions = new Set<number>()
    const consumer = await consumerOf(topics.spans)
    await consumer.run({
      eachMessage: async ({ message, partition }) => {
        partitions.add(partition)
        for (const span of JSON.parse(message.value?.toString() ?? '[]') as Span[]) names.add(span.name)
      },
    })
    await until('all spans', () => names.size === 1000)
    expect(partitions.size).toBe(2)
  })

  test('a span too large for the topic is refused, and its neighbours are stored', async () => {
    const reporter = new KafkaReporter({
      producer,
      topic: topics.small,
      batchBytes: 1000,
      log: () => undefined,
    })
    for (const size of [1, 5000, 1])
      reporter.report({ ...spanNamed('s'), tags: { a: randomBytes(size).toString('hex') } })
    expect(await reporter.flush(10_000)).toBe(true)
    expect(reporter.stats()).toMatchObject({ sent: 2, refused: 1, retries: 0 })
    await reporter.close()
  })

  test('a request crosses a topic: the consumer’s span is a child of the producer’s, after its end', async () => {
    const reporter = inMemory()
    const tracer = createTracer({ service: 'both', reporter, enableHttpTracing: false })
    const context = { requestId: 'r-1', traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true }
    let seen: string | undefined
    const consumer = await consumerOf(topics.orders)
    await consumer.run({
      eachMessage: tracer.kafkaEachMessage(async () => {
        seen = currentContext()?.requestId
      }),
    })
    await runWithContext(context, () =>
      tracer.kafkaProducer(producer).send({ topic: topics.orders, messages: [{ value: 'order' }] }),
    )
    await until('both spans', () => reporter.spans.length === 2)
    const sent = reporter.spans.find((span) => span.kind === 'PRODUCER')
    const processed = reporter.spans.find((span) => span.kind === 'CONSUMER')
    expect(seen).toBe('r-1')
    expect(sent).toMatchObject({ parentId: context.spanId, tags: { outcome: 'success' } })
    expect(processed).toMatchObject({
      traceId: context.traceId,
      parentId: sent?.id,
      tags: { request_id: 'r-1', 'peer.service': 'both' },
    })
    await tracer.close()
  })
})
