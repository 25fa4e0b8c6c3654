import { describe, expect, test } from '@jest/globals'
import { inflateLz4, inflateSnappy } from './kafka-compression.ts'

const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))))

describe('Snappy', () => {
  // 3 literals, then 9 bytes from 3 back: the copy reads what it has just written.
  const block = bytes([12, 2 << 2], 'abc', [(5 << 2) | 1, 3])

  test('is read as a bare block', () => {
    expect(inflateSnappy(block).toString()).toBe('abcabcabcabc')
  })

  test("is read as the stream of blocks that Java's client sends", () => {
    const header = bytes([0x82], 'SNAPPY', [0, 0, 0, 0, 1, 0, 0, 0, 1])
    const stream = bytes(
      [...header],
      [0, 0, 0, block.length],
      [...block],
      [0, 0, 0, block.length],
      [...block],
    )
    expect(inflateSnappy(stream).toString()).toBe('abcabcabcabc'.repeat(2))
  })

  test('has literals and copies of every width', () => {
    const literal = 'x'.repeat(300)
    const long = bytes(
      [0xd8, 0x02, 61 << 2, 299 & 255, 299 >> 8],
      literal,
      [(39 << 2) | 2, 44, 1],
      [(3 << 2) | 3, 1, 0, 0, 0],
    )
    expect(inflateSnappy(long).toString()).toBe('x'.repeat(344))
  })

  test.each([
    ['a copy from before the beginning', bytes([8, 0], 'a', [(3 << 2) | 1, 9])],
    ['a literal that is cut off', bytes([9, 8 << 2], 'abc')],
    ['another length than it says', bytes([9, 2 << 2], 'abc')],
    ['more than any batch may hold', bytes([0xff, 0xff, 0xff, 0xff, 0x0f, 0], 'a')],
  ])('is refused with %s', (_, broken) => {
    expect(() => inflateSnappy(broken)).toThrow()
  })
})

describe('LZ4', () => {
  const frame = (flags: number, ...parts: (string | number[])[]) =>
    bytes([0x04, 0x22, 0x4d, 0x18, flags, 0x40, 0], ...parts, [0, 0, 0, 0])
  // 3 literals, a copy of 4 + 5 from 3 back, then 1 literal.
  const block: (string | number[])[] = [[0x35], 'abc', [3, 0, 0x10], '!']

  test('is read as a frame of compressed and of stored blocks', () => {
    expect(inflateLz4(frame(0x60, [8, 0, 0, 0], ...block, [2, 0, 0, 0x80], 'ok')).toString()).toBe(
      'abcabcabcabc!ok',
    )
  })

  test('is read with a checksum after each block, which is passed over', () => {
    const checked = frame(0x70, [8, 0, 0, 0], ...block, [9, 9, 9, 9], [8, 0, 0, 0], ...block, [9, 9, 9, 9])
    expect(inflateLz4(checked).toString()).toBe('abcabcabcabc!'.repeat(2))
  })

  test('has lengths beyond what a token holds', () => {
    const literal = 'y'.repeat(15 + 255 + 3)
    const long = frame(0x60, [280 & 255, 280 >> 8, 0, 0], [0xff, 255, 3], literal, [1, 0, 200], [0x00])
    expect(inflateLz4(long).toString()).toBe('y'.repeat(273 + 15 + 200 + 4))
  })

  test.each([
    ['another beginning', bytes('no frame of LZ4')],
    ['a block that is cut off', bytes([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0, 99, 0, 0, 0], 'abc')],
    ['no end', bytes([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0])],
    ['a copy from before the beginning', frame(0x60, [4, 0, 0, 0], [0x10], 'a', [9, 0])],
  ])('is refused with %s', (_, broken) => {
    expect(() => inflateLz4(broken)).toThrow()
  })
})
