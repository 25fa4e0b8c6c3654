import type { EpochMicros, TraceId, TraceSort } from '@hopscope/model'
import { describe, expect, test } from '@jest/globals'
import { decodeCursor, encodeCursor } from './cursor.ts'

describe('a cursor', () => {
  test.each([
    [0, '000000000000000a', 'time', undefined],
    [1_790_000_000_000_001, 'f'.repeat(32), 'time', undefined],
    [Number.MAX_SAFE_INTEGER, '0000000000000001000000000000000a', 'time', undefined],
    [5, '000000000000000a', 'duration', 2 * Number.MAX_SAFE_INTEGER],
    [5, '000000000000000a', 'spans', 1],
    [5, '000000000000000a', 'errors', 0],
  ] as const)(
    'for start %d and trace %s by %s comes back as it was, and needs no escape in a URL',
    (start, traceId, sort, value) => {
      const place = { start: start as EpochMicros, traceId: traceId as TraceId }
      const cursor = value === undefined ? place : { ...place, value }
      const text = encodeCursor(cursor, sort)
      expect(encodeURIComponent(text)).toBe(text)
      expect(decodeCursor(text, sort)).toEqual(cursor)
    },
  )

  test('is no place in a listing that is sorted otherwise', () => {
    const sorts: TraceSort[] = ['time', 'duration', 'spans', 'errors']
    const cursor = { start: 5 as EpochMicros, traceId: '000000000000000a' as TraceId, value: 7 }
    for (const sort of sorts)
      for (const other of sorts.filter((each) => each !== sort))
        expect(decodeCursor(encodeCursor(cursor, sort), other)).toBeUndefined()
  })

  test.each([
    '',
    'x',
    '====',
    'nonsense',
    ...['1', '1.', '.000000000000000a', '-1.000000000000000a', '1.000000000000000A', '1.0a', '1.000000000000000a.', '1.000000000000000a.time.1'].map(
      (text) => Buffer.from(text).toString('base64url'),
    ),
    Buffer.from(`${'9'.repeat(17)}.000000000000000a`).toString('base64url'),
  ])('is not %j', (text) => {
    expect(decodeCursor(text)).toBeUndefined()
  }) // prettier-ignore

  test.each(['', '.duration', '.duration.', '.duration.-1', '.duration.x', '.duration.1.5'])(
    'by duration does not end with %j',
    (end) => {
      const text = Buffer.from(`1.000000000000000a${end}`).toString('base64url')
      expect(decodeCursor(text, 'duration')).toBeUndefined()
    },
  )
})
