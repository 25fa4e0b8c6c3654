// @platformatic/kafka against a real broker, with kafkajs at the other end and with itself.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  type Deserializers,
  jsonDeserializer,
  jsonSerializer,
  Consumer,
  deserializersFrom,
  type MessagesStream,
  MessagesStreamModes,
  Producer,
  serializersFrom,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka'
import { type Admin, type Consumer as KafkajsConsumer, Kafka, logLevel } from 'kafkajs'
import { describeWithKafka, sharedKafka } from '../../test/backends/describe.ts'
import { currentContext, runWithContext, type Span } from '../index.ts'
import { coreOf } from '../testing/core.ts'
import { until } from '../testing/harness.ts'
import { eachMessageOf, processPlatformaticMessage } from './kafka-consumer.ts'
import { traceProducer } from './kafka-producer.ts'
import { tracePlatformaticProducer } from './platformatic-producer.ts'

const run = `hopscope-plt-${Date.now().toString(36)}-${process.pid}`
const contextOf = (requestId: string) => ({
  requestId,
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  sampled: true,
})

describeWithKafka('with a real broker', () => {
  let kafka: Kafka
  let admin: Admin
  let bootstrapBrokers: string[]
  const topics: string[] = []
  const ends: (() => unknown)[] = []

  const newTopic = async (): Promise<string> => {
    const topic = `${run}-${topics.length}`
    topics.push(topic)
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 2 }] })
    return topic
  }

  const streamOf = async <K, V, HK, HV>(
    topic: string,
    deserializers: Partial<Deserializers<K, V, HK, HV>>,
  ): Promise<MessagesStream<K, V, HK, HV>> => {
    const consumer = new Consumer({ bootstrapBrokers, groupId: `${topic}-plt`, clientId: 'c', deserializers })
    ends.push(() => consumer.close(true))
    return consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST, autocommit: true })
  }

  const kafkajsConsumerOf = async (topic: string): Promise<KafkajsConsumer> => {
    const consumer = kafka.consumer({ groupId: `${topic}-kafkajs` })
    ends.push(() => consumer.disconnect())
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    return consumer
  }

  beforeAll(async () => {
    bootstrapBrokers = (await sharedKafka()).split(',')
    kafka = new Kafka({ brokers: bootstrapBrokers, logLevel: logLevel.NOTHING })
    admin = kafka.admin()
    await admin.connect()
  })
  afterAll(async () => {
    await Promise.all(ends.map((end) => end()))
    await admin.deleteTopics({ topics })
    await admin.disconnect()
  })

  /** One message crossed, and these are all spans: the consumer's is below the producer's. */
  const expectCrossed = (spans: readonly Span[], topic: string, requestId: string): void => {
    expect(spans).toHaveLength(2)
    const sent = spans.find((span) => span.kind === 'PRODUCER')
    const processed = spans.find((span) => span.kind === 'CONSUMER')
    const tags = { request_id: requestId, 'kafka.topic': topic, outcome: 'success' }
    const both = { traceId: 'a'.repeat(32), remoteEndpoint: { serviceName: 'kafka' } }
    expect(sent).toMatchObject({ ...both, parentId: 'b'.repeat(16), name: `send ${topic}`, tags })
    expect(processed).toMatchObject({
      ...both,
      parentId: sent?.id,
      name: `process ${topic}`,
      tags: { ...tags, 'peer.service': 'test' },
    })
    expect(processed?.id).not.toBe(sent?.id)
  }

  test('a request crosses from kafkajs, read as Buffers', async () => {
    const spans: Span[] = []
    const core = coreOf(spans)
    const topic = await newTopic()
    const producer = traceProducer(core, kafka.producer())
    await producer.connect()
    ends.push(() => producer.disconnect())
    await runWithContext(contextOf('r-1'), () => producer.send({ topic, messages: [{ value: 'order' }] }))
    for await (const message of await streamOf(topic, {})) {
      const seen = await processPlatformaticMessage(core, message, async ({ value }) => {
        await Promise.resolve()
        return `${String(value)} ${currentContext()?.requestId}`
      })
      expect(seen).toBe('order r-1')
      break
    }
    expectCrossed(spans, topic, 'r-1')
  })

  test('a request crosses to kafkajs', async () => {
    const spans: Span[] = []
    const core = coreOf(spans)
    const topic = await newTopic()
    const producer = tracePlatformaticProducer(core, new Producer({ bootstrapBrokers, clientId: 'p' }))
    ends.push(() => producer.close(true))
    const seen: unknown[] = []
    const consumer = await kafkajsConsumerOf(topic)
    await runWithContext(contextOf('r-2'), () =>
      producer.send({
        messages: [
          {
            topic,
            value: Buffer.from('order'),
            headers: new Map([[Buffer.from('kind'), Buffer.from('new')]]),
          },
        ],
      }),
    )
    await consumer.run({
      eachMessage: eachMessageOf(core, async ({ message }) => {
        seen.push(currentContext()?.requestId, message.headers?.['kind']?.toString())
      }),
    })
    await until('both spans', () => spans.length === 2)
    expect(seen).toEqual(['r-2', 'new'])
    expectCrossed(spans, topic, 'r-2')
  })

  const json = {
    serializers: serializersFrom<unknown>(jsonSerializer),
    deserializers: deserializersFrom<unknown>(jsonDeserializer),
  }
  const pairs = [
    ['text', { serializers: stringSerializers, deserializers: stringDeserializers }],
    ['JSON', json],
  ] as const
  test.each(pairs)('a request crosses between producer and consumer of %s', async (_what, serdes) => {
    const spans: Span[] = []
    const core = coreOf(spans)
    const topic = await newTopic()
    const { serializers, deserializers } = serdes as (typeof pairs)[0][1]
    const producer = tracePlatformaticProducer(
      core,
      new Producer({ bootstrapBrokers, clientId: 'p', serializers }),
    )
    ends.push(() => producer.close(true))
    await runWithContext(contextOf('r-3'), () =>
      producer.send({ messages: [{ topic, key: 'k', value: 'order', headers: { kind: 'new' } }] }),
    )
    for await (const message of await streamOf(topic, deserializers)) {
      const seen = processPlatformaticMessage(core, message, ({ value, headers }) => [
        value,
        headers.get('kind'),
        currentContext()?.requestId,
      ])
      expect(seen).toEqual(['order', 'new', 'r-3'])
      break
    }
    expectCrossed(spans, topic, 'r-3')
  })

  test('messages sent and processed in parallel, by send and by stream, keep their contexts apart', async () => {
    const spans: Span[] = []
    const core = coreOf(spans)
    const topic = await newTopic()
    const producer = tracePlatformaticProducer(
      core,
      new Producer({ bootstrapBrokers, clientId: 'p', serializers: stringSerializers }),
    )
    ends.push(() => producer.close(true))
    const stream = producer.asStream({ batchTime: 5 })
    const ids = Array.from({ length: 20 }, (_, at) => `r-${at}`)
    await Promise.all(
      ids.map((id, at) =>
        runWithContext(contextOf(id), async () => {
          if (at % 2) await producer.send({ messages: [{ topic, value: id }] })
          else stream.write({ topic, value: id })
        }),
      ),
    )
    await new Promise<void>((resolve) => {
      ids.push('r-last')
      runWithContext(contextOf('r-last'), () => stream.end({ topic, value: 'r-last' }, resolve))
    })
    const seen: [string, string | undefined][] = []
    const working: Promise<void>[] = []
    for await (const message of await streamOf(topic, stringDeserializers)) {
      working.push(
        processPlatformaticMessage(core, message, async ({ value }) => {
          await new Promise((resolve) => setTimeout(resolve, 20 - seen.length))
          seen.push([value, currentContext()?.requestId])
        }),
      )
      if (working.length === ids.length) break
    }
    await Promise.all(working)
    expect(currentContext()).toBeUndefined()
    expect(seen.toSorted()).toEqual(ids.map((id) => [id, id]).toSorted())
    expect(spans).toHaveLength(2 * ids.length)
    for (const processed of spans.filter(({ kind }) => kind === 'CONSUMER')) {
      const sent = spans.find(({ id }) => id === processed.parentId)
      expect(sent).toMatchObject({ kind: 'PRODUCER', tags: { request_id: processed.tags['request_id'] } })
    }
  })

  test('what is sent in a transaction is traced, and a callback runs where send was called', async () => {
    const spans: Span[] = []
    const core = coreOf(spans)
    const topic = await newTopic()
    const producer = tracePlatformaticProducer(
      core,
      new Producer({ bootstrapBrokers, clientId: 'p', idempotent: true, serializers: stringSerializers }),
    )
    ends.push(() => producer.close(true))
    const seen: unknown[] = []
    const options = { messages: [{ topic, value: 'order' }] }
    const { messages } = options
    for (const id of ['r-4', 'r-5']) {
      await runWithContext(contextOf(id), async () => {
        const transaction = await producer.beginTransaction()
        await new Promise<void>((resolve) => {
          transaction.send(options, (error) => {
            seen.push(error, currentContext()?.requestId)
            resolve()
          })
        })
        await transaction.commit()
      })
    }
    expect(options).toEqual({ messages: [{ topic, value: 'order' }] })
    expect(options.messages).toBe(messages)
    expect(seen).toEqual([null, 'r-4', null, 'r-5'])
    const sent = spans.map(({ kind, tags }) => [kind, tags['request_id'], tags['outcome']])
    expect(sent).toEqual(['r-4', 'r-5'].map((id) => ['PRODUCER', id, 'success']))
  })

  test('the error of a send that fails is recorded and thrown on', async () => {
    const spans: Span[] = []
    const producer = tracePlatformaticProducer(
      coreOf(spans),
      new Producer({
        bootstrapBrokers: ['127.0.0.1:1'],
        clientId: 'p',
        retries: 0,
        serializers: stringSerializers,
      }),
    )
    ends.push(() => producer.close(true))
    const error: unknown = await producer
      .send({ messages: [{ topic: 't', value: 'v' }] })
      .catch((e: unknown) => e)
    expect(error).toBeInstanceOf(Error)
    expect(spans).toHaveLength(1)
    expect(spans[0]?.tags).toMatchObject({ outcome: 'error', error: (error as Error).message })
  })
})
