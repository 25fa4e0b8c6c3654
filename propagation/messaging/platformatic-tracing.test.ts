// What @platformatic/kafka sends, scripted: headers fit the producer’s serializers, and nothing the service gave changes.
import { channel, tracingChannel } from 'node:diagnostics_channel'
import { describe, expect, test } from '@jest/globals'
import { propagatorOf } from '../formats/formats.ts'
import { currentContext, runUntraced, runWithContext, type Span } from '../index.ts'
import { coreOf } from '../testing/core.ts'
import { type PlatformaticKafkaOptions, tracePlatformaticProducer } from './platformatic-producer.ts'
import type { PlatformaticSent } from './platformatic-types.ts'

type Callback = (error: Error | null, result?: unknown) => void
interface Options {
  messages: PlatformaticSent[]
}

const OPTIONS = Symbol('plt.kafka.base.options')
const sends = tracingChannel('plt:kafka:producer:sends')
const context = { requestId: 'r-1', traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true }

/** Publishes, checks nothing, and answers when told to; `sent` is what it would have serialized. */
class ScriptedProducer {
  readonly producerId = undefined
  readonly streamsCount = 0
  readonly sent: PlatformaticSent[] = []
  answers: Callback[] = []
  thrown: Error | undefined;
  [OPTIONS]: unknown

  constructor(options: unknown = {}) {
    this[OPTIONS] = options
  }
  asStream(): object {
    return {}
  }
  send(options: Options, callback: Callback = () => undefined): void {
    const event = { client: this, operation: 'send', options }
    sends.traceCallback(this.#send, 1, event, this, options, callback)
  }
  answer(error: Error | null = null): void {
    this.answers.shift()?.(error, {})
  }
  #send({ messages }: Options, callback: Callback): void {
    if (this.thrown) throw this.thrown
    this.sent.push(...messages)
    this.answers.push(callback)
  }
}

const tracedOf = (
  given: ConstructorParameters<typeof ScriptedProducer>[0],
  options?: PlatformaticKafkaOptions,
) => {
  const spans: Span[] = []
  const logged: string[] = []
  const core = coreOf(spans, {
    log: (line) => logged.push(line),
    propagator: propagatorOf({ inject: ['x'] }),
  })
  const producer = new ScriptedProducer(given)
  expect(tracePlatformaticProducer(core, producer, options)).toBe(producer)
  return { spans, logged, core, producer }
}

const headersOf = (sent: PlatformaticSent | undefined): [unknown, unknown][] => {
  const headers = sent?.headers
  return headers instanceof Map ? [...headers] : Object.entries(headers ?? {})
}
const written = (span: Span | undefined): [string, string][] => [
  ['X-Request-ID', 'r-1'],
  ['X-Trace-ID', context.traceId],
  ['X-Span-ID', span?.id ?? ''],
  ['X-Parent-Span-ID', context.spanId],
  ['X-Sampled', '1'],
  ['X-Peer-Service', 'test'],
]
const bytes = (entries: [string, string][]) => entries.map((each) => each.map((text) => Buffer.from(text)))
const toText = (data?: string): Buffer | undefined =>
  typeof data === 'string' ? Buffer.from(data) : undefined
const toJson = (data?: unknown): Buffer => Buffer.from(JSON.stringify(data))
const texts = { headerKey: toText, headerValue: toText }

describe('headers for a producer', () => {
  const send = (producer: ScriptedProducer, message: PlatformaticSent): PlatformaticSent | undefined => {
    runWithContext(context, () => producer.send({ messages: [message] }))
    producer.answer()
    return producer.sent.at(-1)
  }

  test('without serializers are Buffers, beside those the service set', () => {
    const { spans, producer } = tracedOf({})
    const kind: [unknown, unknown] = [Buffer.from('kind'), Buffer.from('order')]
    const forged: [unknown, unknown] = [Buffer.from('x-request-id'), Buffer.from('forged')]
    const given = new Map([kind, forged])
    const sent = send(producer, { topic: 't', headers: given })
    expect(headersOf(sent)).toEqual([kind, ...bytes(written(spans[0]))])
    expect([...given]).toEqual([kind, forged])
    expect(headersOf(send(producer, { topic: 't' }))).toEqual(bytes(written(spans[1])))
    // A record's names are text, which this producer can't send.
    expect(send(producer, { topic: 't', headers: {} })?.headers).toBeInstanceOf(Map)
  })

  test('of text are text, in a record or a map as the service has them', () => {
    const { spans, producer } = tracedOf({ serializers: texts })
    const record = send(producer, { topic: 't', headers: { kind: 'order', 'X-Sampled': '0' } })
    expect(record?.headers).toEqual(Object.fromEntries([['kind', 'order'], ...written(spans[0])]))
    const map = send(producer, { topic: 't', headers: new Map([['kind', 'order']]) })
    expect(headersOf(map)).toEqual([['kind', 'order'], ...written(spans[1])])
  })

  test('of JSON, of text and Buffers, and of a registry are what those take', () => {
    const mixed = { headerKey: toText, headerValue: (data?: unknown) => data as Buffer }
    for (const [given, key, value] of [
      [{ serializers: { headerKey: toJson, headerValue: toJson } }, String, String],
      [{ registry: { getSerializers: () => ({ headerKey: toText, headerValue: toJson }) } }, String, String],
      [{ serializers: mixed }, String, Buffer.from],
    ] as const) {
      const { spans, producer } = tracedOf(given)
      const sent = send(producer, { topic: 't' })
      expect(headersOf(sent)).toEqual(written(spans[0]).map(([name, text]) => [key(name), value(text)]))
    }
  })

  test('whose serializers can’t be found out are left as they are, unless those are given', () => {
    const unknown = tracedOf(null)
    const headers = new Map([['kind', 'order']])
    expect(send(unknown.producer, { topic: 't', headers })?.headers).toBe(headers)
    send(unknown.producer, { topic: 't' })
    expect(unknown.spans).toHaveLength(2)
    expect(unknown.logged).toHaveLength(1)
    const told = tracedOf(null, { serializers: texts })
    expect(headersOf(send(told.producer, { topic: 't' }))).toEqual(written(told.spans[0]))
  })

  test('that fit a message’s schema alone are left as they are', () => {
    const strict = (_data?: unknown, metadata?: unknown): Buffer => {
      if (metadata) throw new Error('does not fit the schema')
      return toJson(_data)
    }
    const { spans, logged, producer } = tracedOf({ serializers: { headerKey: toText, headerValue: strict } })
    expect(headersOf(send(producer, { topic: 't' }))).toEqual(written(spans[0]))
    expect(send(producer, { topic: 't', metadata: { schema: 1 } })?.headers).toBeUndefined()
    expect(spans).toHaveLength(2)
    expect(logged).toHaveLength(1)
  })
})

describe('a traced producer', () => {
  test('names and tags its spans as one of kafkajs', () => {
    const { spans, producer } = tracedOf({}, { remoteService: 'events' })
    runWithContext(context, () => producer.send({ messages: [{ topic: 'orders' }] }))
    expect(spans).toEqual([])
    producer.answer()
    expect(spans).toHaveLength(1)
    expect(spans[0]).toMatchObject({
      traceId: context.traceId,
      parentId: context.spanId,
      kind: 'PRODUCER',
      name: 'send orders',
      remoteEndpoint: { serviceName: 'events' },
    })
    expect(spans[0]?.tags).toEqual({
      request_id: 'r-1',
      'messaging.system': 'kafka',
      'messaging.destination.name': 'orders',
      'kafka.topic': 'orders',
      outcome: 'success',
    })
  })

  test('has the service’s options back when it is called back, also those sent twice at a time', () => {
    const { spans, producer } = tracedOf({})
    const messages: PlatformaticSent[] = [{ topic: 't' }, { topic: 'u' }]
    const options: Options = { messages }
    const seen: unknown[] = []
    for (const id of ['r-1', 'r-2']) {
      runWithContext({ ...context, requestId: id }, () =>
        producer.send(options, () => seen.push(currentContext()?.requestId)),
      )
    }
    expect(currentContext()).toBeUndefined()
    producer.answer()
    producer.answer()
    expect(currentContext()).toBeUndefined()
    expect(options.messages).toBe(messages)
    expect(messages).toEqual([{ topic: 't' }, { topic: 'u' }])
    expect(seen).toEqual(['r-1', 'r-2'])
    expect(spans.map((span) => [span.name, span.tags['request_id']])).toEqual(
      ['r-1', 'r-2'].flatMap((id) => ['send t', 'send u'].map((name) => [name, id])),
    )
    expect(producer.sent.map((sent) => headersOf(sent).length)).toEqual([6, 6, 6, 6])
  })

  test('records the error of a send that fails, told or thrown', () => {
    const { spans, producer } = tracedOf({})
    const options: Options = { messages: [{ topic: 't' }] }
    const { messages } = options
    let told: unknown
    producer.send(options, (error) => (told = error))
    const error = new Error('broker is away')
    producer.answer(error)
    expect(told).toBe(error)
    producer.thrown = new TypeError('no topic')
    expect(() => producer.send(options)).toThrow(producer.thrown)
    expect(options.messages).toBe(messages)
    expect(spans.map(({ tags }) => [tags['outcome'], tags['error']])).toEqual([
      ['error', 'broker is away'],
      ['error', 'no topic'],
    ])
  })

  test('given twice has one span for each message, and one not given has none', () => {
    const { spans, core, producer } = tracedOf({})
    tracePlatformaticProducer(core, producer)
    producer.send({ messages: [{ topic: 't' }] })
    producer.answer()
    const other = new ScriptedProducer()
    const message = { topic: 't' }
    other.send({ messages: [message] })
    other.answer()
    expect(spans).toHaveLength(1)
    expect(other.sent[0]).toBe(message)
  })

  test('leaves untraced what is', () => {
    const { spans, producer } = tracedOf({})
    const message = { topic: 't' }
    runUntraced(() => producer.send({ messages: [message] }))
    producer.answer()
    expect(producer.sent[0]).toBe(message)
    expect(spans).toEqual([])
  })

  test('sends untraced what a fault of tracing meets, and tells once', () => {
    const logged: string[] = []
    const inject = (): never => {
      throw new Error('propagator is broken')
    }
    const core = coreOf([], {
      log: (line) => logged.push(line),
      propagator: { fields: [], extract: () => ({}), inject },
    })
    const producer = tracePlatformaticProducer(core, new ScriptedProducer())
    const message = { topic: 't' }
    let told = 0
    for (let at = 0; at < 2; at++) {
      producer.send({ messages: [message] }, () => told++)
      producer.answer()
    }
    expect(producer.sent).toEqual([message, message])
    expect(producer.sent[0]).toBe(message)
    expect(told).toBe(2)
    expect(logged).toEqual([expect.stringContaining('a Kafka send failed and went on untraced')])
  })

  test('stays as it is where it can’t be traced', () => {
    for (const given of [{ serializers: 5 as never }, undefined]) {
      const registry = {
        getSerializers: (): never => {
          throw new Error('no registry')
        },
      }
      const { logged, producer } = tracedOf({ registry }, given)
      const message = { topic: 't' }
      producer.send({ messages: [message] })
      expect(producer.sent).toEqual([message])
      expect(logged).toHaveLength(1)
    }
  })

  test('is not disturbed by what others publish', () => {
    tracedOf({})
    for (const event of [
      undefined,
      null,
      5,
      {},
      { client: null },
      { type: 'producer-stream', instance: 1 },
    ]) {
      for (const stage of ['start', 'error', 'asyncStart', 'asyncEnd']) {
        channel(`tracing:plt:kafka:producer:sends:${stage}`).publish(event)
      }
      channel('plt:kafka:instances').publish(event)
    }
  })
})
