import { describe, expect, test } from '@jest/globals'
import { idOf, makeSpan } from '@hopscope/model/testing'
import { encodeZipkinV2Json, HopscopeError } from '@hopscope/proto'
import { detectDecoder, sizeOf } from './kafka-message.ts'

const spans = [1, 2].map((id) => makeSpan({ id: idOf(id) }))
const list = Buffer.from(encodeZipkinV2Json(spans))

const decoded = (value: string | Buffer) => {
  const bytes = Buffer.from(value)
  return detectDecoder(bytes)(bytes)
}
const codeOf = (value: string | Buffer) => {
  try {
    decoded(value)
  } catch (error) {
    return error instanceof HopscopeError ? error.code : error
  }
}

describe('the codec for a message', () => {
  test.each([
    ['by itself', list],
    ['after white space', `\r\n\t ${list.toString()}`],
    ['after a byte order mark', `\ufeff${list.toString()}`],
  ])('reads a list of spans %s', (_, value) => {
    expect(decoded(value).spans).toEqual(spans)
  })

  test('reads a span that is not in a list', () => {
    const one = encodeZipkinV2Json(spans.slice(0, 1)).slice(1, -1)
    expect(decoded(one).spans).toEqual([spans[0]])
    expect(decoded(`\ufeff \n${one}\n`).spans).toEqual([spans[0]])
  })

  test('names what is wrong with such a span', () => {
    expect(decoded('{"traceId":"zz","id":"1"}').refused).toMatchObject([{ index: 0, field: 'traceId' }])
  })

  test.each([
    ['nothing', '', 'body-not-json'],
    ['white space', ' \n ', 'body-not-json'],
    ['text', 'hello', 'body-not-json'],
    ['another format', Buffer.of(0x0a, 0x05), 'body-not-json'],
    ['half a list', '[{"traceId":"1"', 'body-not-json'],
    ['half a span', '{"traceId":"1"', 'body-not-json'],
    ['spans without a list', '{"traceId":"1","id":"1"},{"traceId":"2","id":"2"}', 'body-not-a-list'],
  ])('refuses %s by an entry of the table of errors', (_, value, code) => {
    expect(codeOf(value)).toBe(code)
  })
})

test('the size of a message counts key, value and headers, and a tombstone is not free', () => {
  const bare = sizeOf({ key: null, value: null, offset: '0' })
  expect(bare).toBeGreaterThan(0)
  const headers = { a: Buffer.from('12'), b: ['3', Buffer.from('45')] }
  expect(sizeOf({ key: Buffer.from('key'), value: Buffer.from('value'), headers, offset: '0' })).toBe(
    bare + 13,
  )
})
