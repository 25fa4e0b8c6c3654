// What the writer writes is what protobufjs reads.
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import protobuf from 'protobufjs'
import { ProtobufWriter } from './protobuf-writer.ts'

const { Reader } = protobuf
const whole = fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.nat({ max: 300 }))

test('numbers, of up to 53 bits and a sign, are read as they were', () => {
  fc.assert(
    fc.property(whole, fc.integer({ min: 1, max: 536_870_911 }), (value, number) => {
      const writer = new ProtobufWriter()
      writer.fixed64(number, value)
      writer.varint(number, value)
      const reader = Reader.create(writer.finish())
      expect(reader.uint32()).toBe(((number << 3) | 0) >>> 0)
      expect(Number(reader.int64())).toBe(value)
      expect(reader.uint32()).toBe(((number << 3) | 1) >>> 0)
      expect(Number(reader.sfixed64())).toBe(value)
      expect(reader.pos).toBe(reader.len)
    }),
    { numRuns: 500 },
  )
})

test('texts, hex and bytes of any length are read as they were, last first', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 200 }),
    fc.string({ minLength: 20_000, maxLength: 40_000 }),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(text, fc.uint8Array({ maxLength: 300 })), { maxLength: 5 }), (pairs) => {
      const writer = new ProtobufWriter()
      for (const [one, bytes] of pairs) {
        writer.text(1, one)
        writer.bytes(2, bytes)
        writer.hex(3, Buffer.from(bytes).toString('hex'))
      }
      const reader = Reader.create(writer.finish())
      for (const [one, bytes] of pairs.reverse()) {
        expect([reader.uint32(), [...reader.bytes()]]).toEqual([26, [...bytes]])
        expect([reader.uint32(), [...reader.bytes()]]).toEqual([18, [...bytes]])
        expect([reader.uint32(), reader.string()]).toEqual([10, one])
      }
      expect(reader.pos).toBe(reader.len)
    }),
    { numRuns: 50 },
  )
})

test('half a surrogate pair becomes U+FFFD', () => {
  const writer = new ProtobufWriter()
  writer.text(1, 'a\ud800')
  expect(Reader.create(writer.finish().subarray(1)).string()).toBe('a\ufffd')
})

test('messages within messages have their lengths', () => {
  const writer = new ProtobufWriter()
  const outer = writer.mark()
  writer.varint(2, 1)
  const inner = writer.mark()
  writer.text(1, 'x'.repeat(200))
  writer.message(1, inner)
  writer.message(3, outer)
  const bytes = writer.finish()
  expect([...bytes.subarray(0, 9)]).toEqual([26, 208, 1, 10, 203, 1, 10, 200, 1])
  expect([...bytes.subarray(-2)]).toEqual([16, 1])
})
