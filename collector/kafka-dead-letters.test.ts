import { describe, expect, test } from '@jest/globals'
import type { KafkaMessage } from 'kafkajs'
import { summaryOf } from './kafka-dead-letter-shelf.ts'
import {
  cutDown,
  DEAD_LETTER_HEADERS,
  deadLetterMessage,
  headersAsTheyCame,
  headerText,
} from './kafka-dead-letters.ts'
import type { SourceMessage } from './kafka-message.ts'

const message = {
  key: Buffer.from('key'),
  value: Buffer.from('no spans'),
  headers: { b3: Buffer.from('0'), many: ['1', '2'] },
  offset: '9007199254740993',
}
const letter = { topic: 'zipkin', partition: 3, message, code: 'body-not-json', reason: 'No JSON.' }
const at = new Date('2026-01-02T03:04:05.678Z')

describe('a dead letter', () => {
  test('is the message as it came, with where it came from and why it is here', () => {
    expect(deadLetterMessage(letter, at)).toEqual({
      key: message.key,
      value: message.value,
      headers: {
        ...message.headers,
        'hopscope-dlq-code': 'body-not-json',
        'hopscope-dlq-reason': 'No JSON.',
        'hopscope-dlq-topic': 'zipkin',
        'hopscope-dlq-partition': '3',
        'hopscope-dlq-offset': '9007199254740993',
        'hopscope-dlq-at': '2026-01-02T03:04:05.678Z',
      },
    })
  })

  test('gives back the headers that the message came with', () => {
    expect(headersAsTheyCame(deadLetterMessage(letter, at).headers as typeof message.headers)).toEqual(
      message.headers,
    )
  })

  test('has a reason of bounded length', () => {
    const { headers } = deadLetterMessage({ ...letter, reason: 'x'.repeat(100_000) }, at)
    expect(headers?.[DEAD_LETTER_HEADERS.reason]).toHaveLength(1000)
  })

  test('does not take over headers by which a message pretends to be one', () => {
    const spoofed = {
      ...message,
      headers: { 'hopscope-dlq-replayed': '0:1', 'hopscope-dlq-code': 'internal' },
    }
    const { headers } = deadLetterMessage({ ...letter, message: spoofed }, at)
    expect(headers).not.toHaveProperty(DEAD_LETTER_HEADERS.replayed)
    expect(headers?.[DEAD_LETTER_HEADERS.code]).toBe('body-not-json')
  })
})

describe('a header without a value, which kafkajs reads but can not send,', () => {
  const headers: SourceMessage['headers'] = { none: null, some: ['1', null], all: Buffer.from('2') }
  const sent = deadLetterMessage({ ...letter, message: { ...message, headers } }, at).headers

  test('becomes empty, and is named', () => {
    expect(sent).toMatchObject({ none: Buffer.alloc(0), some: ['1', Buffer.alloc(0)], all: Buffer.from('2') })
    expect(sent?.['hopscope-dlq-null-headers']).toBe('["none","some"]')
  })

  test('is left out when the message is sent again', () => {
    expect(headersAsTheyCame(sent)).toEqual({ some: ['1'], all: Buffer.from('2') })
  })

  test('has no text', () => {
    expect(headerText({ none: null, last: ['1', null] }, 'none')).toBeUndefined()
    expect(headerText({ none: null, last: ['1', null] }, 'last')).toBeUndefined()
  })

  test('is not even needed to break us: a name that every object has is one too', () => {
    const inherited = { toString: [Object.prototype.toString, Buffer.from('x')] } as unknown as typeof headers
    const spoofed = deadLetterMessage({ ...letter, message: { ...message, headers: inherited } }, at)
    expect(Object.entries(spoofed.headers ?? {})[0]).toEqual(['toString', [Buffer.from('x')]])
  })
})

test('any message in the topic can be listed', () => {
  const headers = { 'hopscope-dlq-at': null, 'hopscope-dlq-code': null }
  const any: unknown = { key: null, value: null, offset: '0', timestamp: '9223372036854775807', headers }
  expect(summaryOf(any as KafkaMessage, '0:0')).toMatchObject({ at: '?', code: '?' })
})

describe('a dead letter that is too large for its topic', () => {
  const large = deadLetterMessage(
    { ...letter, message: { ...message, value: Buffer.alloc(2 ** 20, 'v') } },
    at,
  )

  test('becomes ever smaller, and always says how long it was and where it came from', () => {
    const cuts = [...cutDown(large)]
    expect(cuts.map(({ value }) => value?.length)).toEqual([2 ** 19, 2 ** 16, 2 ** 12, 0])
    for (const { headers } of cuts)
      expect(headers).toMatchObject({
        'hopscope-dlq-cut-from': '1048576',
        'hopscope-dlq-offset': message.offset,
      })
  })

  test('is in the end nothing but our headers, for key and headers may be what is large', () => {
    const last = [...cutDown(large)].at(-1)
    expect(last?.key).toBeNull()
    expect(Object.keys(last?.headers ?? {}).every((name) => name.startsWith('hopscope-dlq-'))).toBe(true)
  })
})
