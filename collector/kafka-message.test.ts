import { expect, test } from '@jest/globals'
import { sizeOf } from './kafka-message.ts'

test('the size of a message counts key, value and headers, and a tombstone is not free', () => {
  const bare = sizeOf({ key: null, value: null, offset: '0' })
  expect(bare).toBeGreaterThan(0)
  const headers = { a: Buffer.from('12'), b: ['3', Buffer.from('45')] }
  expect(sizeOf({ key: Buffer.from('key'), value: Buffer.from('value'), headers, offset: '0' })).toBe(
    bare + 13,
  )
})
