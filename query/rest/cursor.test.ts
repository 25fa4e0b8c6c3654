import type { EpochMicros, TraceId } from '@hopscope/model'
import { describe, expect, test } from '@jest/globals'
import { decodeCursor, encodeCursor } from './cursor.ts'

describe('a cursor', () => {
  test.each([
    [0, '000000000000000a'],
    [1_790_000_000_000_001, 'f'.repeat(32)],
    [Number.MAX_SAFE_INTEGER, '0000000000000001000000000000000a'],
  ])('for start %d and trace %s comes back as it was, and needs no escape in a URL', (start, traceId) => {
    const cursor = { start: start as EpochMicros, traceId: traceId as TraceId }
    const text = encodeCursor(cursor)
    expect(encodeURIComponent(text)).toBe(text)
    expect(decodeCursor(text)).toEqual(cursor)
  })

  test.each([
    '',
    'x',
    '====',
    'nonsense',
    ...['1', '1.', '.000000000000000a', '-1.000000000000000a', '1.000000000000000A', '1.0a', '1.000000000000000a.'].map(
      (text) => Buffer.from(text).toString('base64url'),
    ),
    Buffer.from(`${'9'.repeat(17)}.000000000000000a`).toString('base64url'),
  ])('is not %j', (text) => {
    expect(decodeCursor(text)).toBeUndefined()
  }) // prettier-ignore
})
