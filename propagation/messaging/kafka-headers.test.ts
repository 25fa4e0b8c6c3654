// Headers of a Kafka message are anyone's to write: what does not fit is as good as absent, as over HTTP.
import { describe, expect, test } from '@jest/globals'
import { currentContext, type KafkaHeaders } from '../index.ts'
import { spans, tracerOf } from '../testing/services.ts'

describe('a message whose headers are', () => {
  const two = [Buffer.from('r-1'), Buffer.from('r-2')]
  const hostile: [string, KafkaHeaders | undefined][] = [
    ['missing', undefined],
    ['none', {}],
    ['empty', { 'X-Request-ID': Buffer.alloc(0), 'X-Trace-ID': Buffer.alloc(0) }],
    ['too long', { 'X-Request-ID': Buffer.alloc(129, 'a'), 'X-Trace-ID': Buffer.alloc(33, 'a') }],
    ['huge', { 'X-Request-ID': Buffer.alloc(900_000, 'a'), 'X-Trace-ID': 'a'.repeat(900_000) }],
    ['of the wrong characters', { 'X-Request-ID': '<script>', 'X-Trace-ID': 'xyz', 'X-Peer-Service': 'a b' }],
    ['no UTF-8', { 'X-Request-ID': Buffer.from([0xff, 0xfe]), 'X-Trace-ID': Buffer.alloc(32, 0xff) }],
    ['there twice', { 'X-Request-ID': two, 'X-Trace-ID': [Buffer.alloc(32, 'a'), Buffer.alloc(32, 'b')] }],
    ['there a thousand times', { 'X-Request-ID': Array<string>(1000).fill('a') }],
    ['all zero', { 'X-Trace-ID': '0'.repeat(32), 'X-Span-ID': '0'.repeat(16) }],
    ['a span without a trace', { 'X-Span-ID': 'b'.repeat(16) }],
    ['of another type', { 'X-Request-ID': 5, 'X-Trace-ID': { a: 1 } } as unknown as KafkaHeaders],
    ['inherited', Object.create({ 'X-Request-ID': 'r-1' }) as KafkaHeaders],
  ]

  test.each(hostile)('%s starts a new request and a new trace', async (_what, headers) => {
    let seen = ''
    await tracerOf('a').kafkaEachMessage(async () => {
      seen = currentContext()?.requestId ?? ''
    })({ topic: 'orders', partition: 0, message: headers ? { headers } : {} })
    const [span] = spans()
    expect(seen).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/)
    expect(span?.traceId).toMatch(/^[0-9a-f]{32}$/)
    expect(span?.traceId).not.toMatch(/^(.)\1+$/)
    expect(span?.parentId).toBeUndefined()
    expect(span?.tags['request_id']).toBe(seen)
    expect(span?.tags['peer.service']).toBeUndefined()
  })
})
