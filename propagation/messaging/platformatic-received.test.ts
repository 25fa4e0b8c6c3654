// What @platformatic/kafka receives: headers are what the service's deserializers made of what anyone may have written.
import { describe, expect, test } from '@jest/globals'
import { currentContext, type Span } from '../index.ts'
import { coreOf } from '../testing/core.ts'
import { processPlatformaticMessage } from './kafka-consumer.ts'

describe('a message processed', () => {
  const messageOf = (headers: Map<unknown, unknown>) => ({ topic: 'orders', partition: 3, headers, value: 7 })
  const received = (entries: [string, string][]) =>
    messageOf(new Map(entries.map(([name, value]) => [Buffer.from(name), Buffer.from(value)])))

  test('is in its context, in a span named and tagged as one of kafkajs', async () => {
    const spans: Span[] = []
    const core = coreOf(spans)
    const entries: [string, string][] = [
      ['X-Request-ID', 'r-1'],
      ['X-Trace-ID', 'a'.repeat(32)],
      ['X-Span-ID', 'c'.repeat(16)],
      ['X-Peer-Service', 'test'],
    ]
    const result = await processPlatformaticMessage(core, received(entries), async ({ value }) => {
      await Promise.resolve()
      return [value, currentContext()?.requestId]
    })
    expect(result).toEqual([7, 'r-1'])
    expect(spans).toHaveLength(1)
    expect(spans[0]).toMatchObject({
      traceId: 'a'.repeat(32),
      parentId: 'c'.repeat(16),
      kind: 'CONSUMER',
      name: 'process orders',
      remoteEndpoint: { serviceName: 'kafka' },
    })
    expect(spans[0]?.tags).toEqual({
      request_id: 'r-1',
      'messaging.system': 'kafka',
      'messaging.destination.name': 'orders',
      'kafka.topic': 'orders',
      'kafka.partition': '3',
      'peer.service': 'test',
      outcome: 'success',
    })
  })

  test('with an error has it recorded and thrown on', async () => {
    const spans: Span[] = []
    const core = coreOf(spans)
    const error = new Error('no such order')
    const message = received([])
    await expect(processPlatformaticMessage(core, message, () => Promise.reject(error))).rejects.toBe(error)
    const thrower = (): never => {
      throw error
    }
    expect(() => processPlatformaticMessage(core, message, thrower)).toThrow(error)
    expect(spans.map(({ tags }) => [tags['outcome'], tags['error']])).toEqual(
      [1, 2].map(() => ['error', 'no such order']),
    )
  })

  const id = Buffer.from('r-9')
  test.each<[string, Map<unknown, unknown>]>([
    ['text', new Map([['X-Request-ID', 'r-9']])],
    ['lower case', new Map([[Buffer.from('x-request-id'), id]])],
    ['bytes that are no Buffer', new Map([['X-Request-ID', new Uint8Array(id)]])],
    ['JSON left as it was', new Map([[Buffer.from('"X-Request-ID"'), Buffer.from('"r-9"')]])],
    [
      'a large message',
      new Map([...Array.from({ length: 200 }, (_, at) => [`h${at}`, id] as const), ['X-Request-ID', id]]),
    ],
  ])('reads ids of %s', (_what, headers) => {
    const core = coreOf([])
    expect(processPlatformaticMessage(core, messageOf(headers), () => currentContext()?.requestId)).toBe(
      'r-9',
    )
  })

  test.each<[string, unknown]>([
    ['none', undefined],
    ['null', null],
    ['no map', 'X-Request-ID'],
    [
      'ids twice',
      new Map([
        [Buffer.from('X-Request-ID'), id],
        [Buffer.from('X-Request-ID'), id],
      ]),
    ],
    [
      'ids behind a thousand others',
      new Map([...Array.from({ length: 1000 }, (_, at) => [`h${at}`, id] as const), ['X-Request-ID', id]]),
    ],
    ['huge values', new Map([['X-Request-ID', Buffer.alloc(900_000, 'a')]])],
    ['huge names', new Map([[Buffer.alloc(900_000, 'a'), id]])],
    [
      'other types',
      new Map<unknown, unknown>([
        [5, 5],
        [null, undefined],
        ['X-Request-ID', { toString: 1 }],
        ['X-Trace-ID', 7n],
      ]),
    ],
    ['names of prototypes', new Map<unknown, unknown>([['__proto__', { 'X-Request-ID': 'r-9' }]])],
  ])('with headers of %s starts a new request and a new trace', (_what, headers) => {
    const spans: Span[] = []
    const logged: string[] = []
    const core = coreOf(spans, { log: (line) => logged.push(line) })
    const message = { topic: 't', partition: 0, headers: headers as Map<unknown, unknown> }
    const seen = processPlatformaticMessage(core, message, () => currentContext()?.requestId)
    expect(seen).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/)
    expect(spans[0]).toMatchObject({
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      tags: { request_id: seen },
    })
    expect(spans[0]?.parentId).toBeUndefined()
    expect(logged).toEqual([])
  })

  test('that is none is given to its function as it is', () => {
    const fn = (message: unknown): unknown => message
    expect(processPlatformaticMessage(coreOf([]), null as never, fn)).toBeNull()
  })
})
