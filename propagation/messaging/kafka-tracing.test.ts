// A message carries its request over Kafka: sent in one span, processed in another below it, whatever is in its headers.
import { describe, expect, test } from '@jest/globals'
import {
  currentContext,
  type KafkaHeaders,
  type KafkaMessage,
  runUntraced,
  runWithContext,
  type Span,
} from '../index.ts'
import { get, listen } from '../testing/harness.ts'
import { fakeProducer, type SentMessage } from '../testing/kafka.ts'
import { spans, tracerOf } from '../testing/services.ts'

const context = { requestId: 'r-1', traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true }
const message = (value: string, headers?: KafkaHeaders): SentMessage => ({
  value,
  ...(headers && { headers }),
})
/** As kafkajs gives them to a consumer. */
const received = (sent: KafkaMessage | undefined): KafkaMessage => ({
  headers: Object.fromEntries(
    Object.entries(sent?.headers ?? {}).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map((each) => Buffer.from(each)) : Buffer.from(value ?? ''),
    ]),
  ),
})
const payload = (headers: KafkaHeaders, topic = 'orders') => ({ topic, partition: 3, message: { headers } })
const nothing = (): Promise<void> => Promise.resolve()
const kindOf = (kind: Span['kind']): Span[] => spans().filter((span) => span.kind === kind)

describe('a traced producer', () => {
  test('puts a span and the headers of its own on each message, beside the headers the service set', async () => {
    const fake = fakeProducer()
    const producer = tracerOf('checkout', { formats: { inject: ['x'] } }).kafkaProducer(fake)
    const messages = [message('1', { kind: 'order', 'x-request-id': 'forged' }), message('2')]
    const given = structuredClone(messages)
    const answer = await runWithContext(context, () => producer.send({ topic: 'orders', messages }))
    expect(answer).toEqual(['orders'])
    expect(messages).toEqual(given)
    expect(spans()).toHaveLength(2)
    expect(fake.sent[0]?.messages).toEqual(
      spans().map((span, at) => ({
        value: String(at + 1),
        headers: {
          ...(at === 0 && { kind: 'order' }),
          'X-Request-ID': 'r-1',
          'X-Trace-ID': context.traceId,
          'X-Span-ID': span.id,
          'X-Parent-Span-ID': context.spanId,
          'X-Sampled': '1',
          'X-Peer-Service': 'checkout',
        },
      })),
    )
    expect(spans()[0]).toMatchObject({
      traceId: context.traceId,
      parentId: context.spanId,
      kind: 'PRODUCER',
      name: 'send orders',
      localEndpoint: { serviceName: 'checkout' },
      remoteEndpoint: { serviceName: 'kafka' },
      tags: {
        request_id: 'r-1',
        'messaging.system': 'kafka',
        'messaging.destination.name': 'orders',
        'kafka.topic': 'orders',
        outcome: 'success',
      },
    })
  })

  test('has its spans last until the broker has acknowledged', async () => {
    const answers: Promise<void>[] = []
    const producer = tracerOf('a').kafkaProducer(fakeProducer(answers))
    answers.push(new Promise((resolve) => setTimeout(resolve, 30)))
    await producer.send({ topic: 't', messages: [message('1')] })
    expect(spans()[0]?.duration).toBeGreaterThanOrEqual(25_000)
  })

  test('traces sendBatch and what is sent in a transaction, and leaves the rest as it is', async () => {
    const fake = fakeProducer()
    const producer = tracerOf('a').kafkaProducer(fake, { remoteService: 'Events' })
    await producer.sendBatch({
      topicMessages: [
        { topic: 't', messages: [message('1')] },
        { topic: 'u', messages: [message('2'), message('3')] },
      ],
    })
    await producer.sendBatch({})
    const transaction = await producer.transaction()
    await transaction.send({ topic: 'v', messages: [message('4')] })
    await transaction.sendBatch({ topicMessages: [{ topic: 'w', messages: [message('5')] }] })
    expect(transaction.commit()).toBe('committed')
    await producer.connect()
    expect(fake.calls.at(-1)).toBe('connect')
    expect(spans().map((span) => span.name)).toEqual(['send t', 'send u', 'send u', 'send v', 'send w'])
    expect(spans()[0]?.remoteEndpoint).toEqual({ serviceName: 'events' })
    expect(fake.sent.flatMap((record) => record.messages).map((sent) => sent.headers?.['X-Span-ID'])).toEqual(
      spans().map((span) => span.id),
    )
    // Outside of any request each message starts one.
    expect(new Set(spans().map((span) => span.traceId)).size).toBe(5)
  })

  test('records the error of a send that fails in every span of it, and throws it on', async () => {
    const error = new Error('broker is away')
    const producer = tracerOf('a').kafkaProducer(fakeProducer([error]))
    const messages = [message('1'), message('2')]
    await expect(producer.send({ topic: 't', messages })).rejects.toBe(error)
    expect(spans().map((span) => [span.tags['outcome'], span.tags['error']])).toEqual(
      ['error', 'error'].map((outcome) => [outcome, 'broker is away']),
    )
    const broken = {
      ...fakeProducer(),
      send: (_record: unknown): Promise<unknown> => {
        throw error
      },
    }
    expect(() => tracerOf('a').kafkaProducer(broken).send({ topic: 't', messages })).toThrow(error)
    expect(spans().at(-1)?.tags['error']).toBe('broker is away')
  })

  test('wrapped twice has one span for each message', async () => {
    const tracer = tracerOf('a')
    const producer = tracer.kafkaProducer(tracer.kafkaProducer(fakeProducer()))
    await producer.send({ topic: 't', messages: [message('1')] })
    expect(spans()).toHaveLength(1)
  })

  test('tells those who consume that a trace is not sampled, and records nothing of it', async () => {
    const fake = fakeProducer()
    const producer = tracerOf('a', { sampleRate: 0 }).kafkaProducer(fake)
    await producer.send({ topic: 't', messages: [message('1')] })
    expect(fake.sent[0]?.messages[0]?.headers?.['X-Sampled']).toBe('0')
    expect(spans()).toEqual([])
  })
})

describe('a fault of tracing', () => {
  test('is told once, and messages are sent and processed untraced', async () => {
    const logged: string[] = []
    const broken = (): never => {
      throw new Error('propagator is broken')
    }
    const tracer = tracerOf('a', {
      propagator: { fields: [], extract: broken, inject: broken },
      log: (line) => logged.push(line),
    })
    const fake = fakeProducer()
    const record = { topic: 't', messages: [message('1')] }
    expect(await tracer.kafkaProducer(fake).send(record)).toEqual(['t'])
    expect(fake.sent).toEqual([record])
    let handled = 0
    await tracer.kafkaEachMessage(async () => void handled++)(payload({}))
    expect(handled).toBe(1)
    expect(spans()).toEqual([])
    expect(logged).toEqual([expect.stringContaining('a Kafka send failed and went on untraced')])
  })

  test('does not come of what plain JavaScript passes in: kafkajs has its own words for that', async () => {
    const logged: string[] = []
    const fake = fakeProducer()
    const producer = tracerOf('a', { log: (line) => logged.push(line) }).kafkaProducer(fake)
    const send = producer.send as (record: unknown) => Promise<unknown>
    for (const record of [{ topic: 't' }, { topic: 't', messages: [null] }, { topic: 5, messages: [{}] }]) {
      await send(record)
    }
    expect(fake.sent).toHaveLength(3)
    expect(logged).toHaveLength(1)
  })
})

test('what is untraced stays so, on either side', async () => {
  const fake = fakeProducer()
  const tracer = tracerOf('a')
  await runUntraced(async () => {
    await tracer.kafkaProducer(fake).send({ topic: 't', messages: [message('1')] })
    await tracer.kafkaEachMessage(nothing)(payload({}))
  })
  expect(fake.sent[0]?.messages).toEqual([message('1')])
  expect(spans()).toEqual([])
})

describe('a traced handler', () => {
  test('runs below the producer’s span, in a span of its own that starts after it, and so do the calls it makes', async () => {
    const fake = fakeProducer()
    await runWithContext(context, () =>
      tracerOf('checkout')
        .kafkaProducer(fake)
        .send({ topic: 'orders', messages: [message('1')] }),
    )
    const port = await listen((_request, response) => void response.end())
    await new Promise((resolve) => setTimeout(resolve, 20))
    const [sent] = fake.sent.flatMap((record) => record.messages)
    await tracerOf('shipping').kafkaEachMessage(async () => {
      await get(port, '/stock')
    })({ ...payload({}), message: received(sent) })
    const [producer, call, consumer] = spans()
    expect(consumer).toMatchObject({
      traceId: context.traceId,
      parentId: producer?.id,
      kind: 'CONSUMER',
      name: 'process orders',
      localEndpoint: { serviceName: 'shipping' },
      remoteEndpoint: { serviceName: 'kafka' },
      tags: {
        request_id: 'r-1',
        'messaging.system': 'kafka',
        'messaging.destination.name': 'orders',
        'kafka.topic': 'orders',
        'kafka.partition': '3',
        'peer.service': 'checkout',
        outcome: 'success',
      },
    })
    expect(call).toMatchObject({ kind: 'CLIENT', parentId: consumer?.id, tags: { request_id: 'r-1' } })
    expect(consumer?.id).not.toBe(producer?.id)
    const ended = (producer?.timestamp ?? 0) + (producer?.duration ?? 0)
    expect((consumer?.timestamp ?? 0) - ended).toBeGreaterThanOrEqual(15_000)
  })

  test('that throws has its error recorded and thrown on, for kafkajs to deliver the message again', async () => {
    const error = new Error('no such order')
    const handle = tracerOf('a').kafkaEachMessage(() => Promise.reject(error))
    await expect(handle(payload({}))).rejects.toBe(error)
    await expect(handle(payload({}))).rejects.toBe(error)
    expect(spans().map((span) => [span.tags['outcome'], span.tags['error']])).toEqual(
      ['error', 'error'].map((outcome) => [outcome, 'no such order']),
    )
  })

  test('of a batch runs each message in the context of that message', async () => {
    const ids = ['r-1', 'r-2']
    const messages = ids.map((id) => ({ headers: { 'X-Request-ID': Buffer.from(id) } }))
    const seen: (string | undefined)[] = []
    await tracerOf('a').kafkaEachBatch(
      async ({ batch }, processMessage) => {
        for (const each of batch.messages) {
          const result = processMessage(each, () => seen.push(currentContext()?.requestId))
          expect(result).toBe(seen.length)
        }
        seen.push(currentContext()?.requestId)
      },
      { remoteService: 'events' },
    )({ batch: { topic: 'orders', partition: 0, messages } })
    expect(seen).toEqual([...ids, undefined])
    expect(spans().map((span) => [span.name, span.tags['request_id'], span.remoteEndpoint])).toEqual(
      ids.map((id) => ['process orders', id, { serviceName: 'events' }]),
    )
  })

  test('keeps the decision made upstream not to sample', async () => {
    let sampled: boolean | undefined
    await tracerOf('a').kafkaEachMessage(async () => {
      sampled = currentContext()?.sampled
    })(payload({ 'X-Trace-ID': Buffer.from('c'.repeat(32)), 'X-Sampled': Buffer.from('0') }))
    expect(sampled).toBe(false)
    expect(kindOf('CONSUMER')).toEqual([])
  })

  test('takes headers in lower case too, and as text', async () => {
    await tracerOf('a').kafkaEachMessage(nothing)(payload({ 'x-request-id': 'r-9' }))
    expect(spans()[0]?.tags['request_id']).toBe('r-9')
  })
})
