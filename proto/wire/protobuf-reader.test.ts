// The wire format as protobufjs writes it, and what is not of that format.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import protobuf from 'protobufjs'
import { HopscopeError } from '../errors.ts'
import { LENGTH_DELIMITED, ProtobufReader } from './protobuf-reader.ts'

const { Writer } = protobuf
const key = (number: number, wireType: number) => (number << 3) | wireType
const of = (...bytes: number[]) => new ProtobufReader(Uint8Array.from(bytes))

function errorOf(read: () => unknown): string {
  try {
    read()
  } catch (error) {
    if (error instanceof HopscopeError && error.code === 'body-malformed') return error.detail
    throw error
  }
  throw new Error('was read')
}

const uint64 = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.nat().map(BigInt),
  fc.constantFrom(
    ...[7n, 28n, 32n, 35n, 53n, 63n, 64n].flatMap((bits) => [2n ** bits - 1n, 2n ** (bits - 1n)]),
  ),
)
/** protobufjs takes a whole number of 64 bits as its two halves. */
const long = (value: bigint) => ({
  low: Number(value & 0xffffffffn),
  high: Number(value >> 32n),
  unsigned: true,
})

describe('numbers', () => {
  test('of 64 bits are read as numbers and as text with every digit', () => {
    fc.assert(
      fc.property(uint64, (value) => {
        const bytes = Writer.create().uint64(long(value)).fixed64(long(value)).finish()
        const signed = BigInt.asIntN(64, value)
        const at = (start: number) => new ProtobufReader(bytes, start)
        const fixed = bytes.length - 8
        expect(at(0).varint()).toBe(value < 2n ** 53n ? Number(value) : Infinity)
        expect(at(0).int64Text()).toBe(String(signed))
        expect(at(0).int64()).toBe(Number(signed))
        expect(at(0).int32()).toBe(Number(BigInt.asIntN(32, value)))
        expect(at(0).bool()).toBe(value !== 0n)
        expect(at(fixed).fixed64()).toBe(Number(value))
        expect(at(fixed).sfixed64()).toBe(Number(signed))
        expect(at(fixed).fixed64Text()).toBe(String(value))
      }),
      { numRuns: 500 },
    )
  })

  test('of other sizes are read as they were written', () => {
    fc.assert(
      fc.property(fc.nat({ max: 0xffffffff }), fc.double(), fc.integer(), (fixed, double, int) => {
        const reader = new ProtobufReader(Writer.create().fixed32(fixed).double(double).int32(int).finish())
        expect([reader.fixed32(), reader.double(), reader.int32()]).toEqual([fixed, double, int])
        expect(reader.next()).toBe(0)
      }),
    )
  })
})

describe('texts', () => {
  test('of any length are what they were, however often they come', () => {
    const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 120 }), fc.string({ maxLength: 40 }))
    fc.assert(
      fc.property(fc.array(text), (texts) => {
        const writer = Writer.create()
        for (const one of texts) writer.string(one).string(one)
        const reader = new ProtobufReader(writer.finish())
        for (const one of texts) expect([reader.text(), reader.text()]).toEqual([one, one])
      }),
    )
  })

  test('that differ only where the look-up does not look are told apart', () => {
    const texts = ['aaaaaaaaaaaaaaaa', 'abaaaaaaaaaaaaaa', 'aabaaaaaaaaaaaaa', 'aaaaaaaaaaaaabaa']
    for (let round = 0; round < 3; round++) {
      for (const text of texts) {
        const reader = new ProtobufReader(Writer.create().string(text).string(text).finish())
        expect([reader.text(), reader.text()]).toEqual([text, text])
      }
    }
  })

  test('that are no UTF-8 have U+FFFD, and no text that was read before', () => {
    expect(of(2, 0xc3, 0xa9).text()).toBe('é')
    expect(of(1, 0xe9).text()).toBe('\ufffd')
    expect(of(1, 0xe9).text()).toBe('\ufffd')
    expect(of(3, 0xef, 0xbf, 0xbd).text()).toBe('\ufffd')
    expect(of(5, 0xef, 0xbb, 0xbf, 0x61, 0xff).text()).toBe('\ufeffa\ufffd')
  })
})

test('bytes are a view of the body, and hex is theirs, whatever the length', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (value) => {
      const body = Writer.create().bytes(value).finish()
      const bytes = new ProtobufReader(body).bytes()
      expect([...bytes]).toEqual([...value])
      expect(bytes.buffer).toBe(body.buffer)
      expect(new ProtobufReader(body).hex()).toBe(Buffer.from(value).toString('hex'))
    }),
  )
})

describe('fields', () => {
  test('that nobody knows are passed over, groups within groups too', () => {
    const body = Writer.create()
      .uint32(key(100, 3))
      .uint32(key(7, 3))
      .uint32(key(1, 0))
      .uint32(300)
      .uint32(key(7, 4))
      .uint32(key(2, 2))
      .string('x')
      .uint32(key(100, 4))
    body.uint32(key(2, 1)).double(1).uint32(key(3, 5)).float(1).uint32(key(536870911, 0)).uint32(5)
    const reader = new ProtobufReader(body.finish())
    const numbers: number[] = []
    for (let number = reader.next(); number !== 0; number = reader.next()) {
      numbers.push(number)
      reader.skip()
    }
    expect(numbers).toEqual([100, 2, 3, 536870911])
  })

  test('of a message end where it ends, and behind it the outer message goes on, read to the end or not', () => {
    const body = Writer.create()
      .uint32(key(1, 2))
      .fork()
      .uint32(key(5, 0))
      .uint32(6)
      .ldelim()
      .uint32(key(2, 0))
      .uint32(9)
    const bytes = body.finish()
    for (const readAll of [true, false]) {
      const reader = new ProtobufReader(bytes)
      expect([reader.next(), reader.tag]).toEqual([1, key(1, LENGTH_DELIMITED)])
      const outerEnd = reader.enter()
      expect(reader.next()).toBe(5)
      if (readAll) expect([reader.varint(), reader.next()]).toEqual([6, 0])
      reader.leave(outerEnd)
      expect([reader.next(), reader.varint(), reader.next()]).toEqual([2, 9, 0])
    }
  })

  test('may be read from a part of the bytes', () => {
    const reader = new ProtobufReader(Uint8Array.of(99, 8, 1, 99), 1, 3)
    expect([reader.next(), reader.varint(), reader.next()]).toEqual([1, 1, 0])
  })
})

describe('what is no protobuf is refused with its place', () => {
  const whole = (reader: ProtobufReader) => () => {
    while (reader.next() !== 0) reader.skip()
  }

  test.each([
    ['a field number of 0', [0, 1], 'a field number of 0 at byte 1'],
    ['a varint without an end', [8, 0x80], 'a number that does not end at byte 1'],
    [
      'a varint of 11 bytes',
      [8, ...Array<number>(11).fill(0x80), 0],
      'a number of more than ten bytes at byte 1',
    ],
    ['a length beyond the end', [10, 5, 1], 'a length of 5 with only 1 bytes left at byte 1'],
    [
      'a length beyond 2^53',
      [10, ...Array<number>(9).fill(0xff), 1],
      'a length of Infinity with only 0 bytes left at byte 1',
    ],
    ['half a fixed64', [9, 1, 2], 'a number of 8 bytes with only 2 left at byte 1'],
    ['half a fixed32', [13, 1, 2], 'a number of 4 bytes with only 2 left at byte 1'],
    ['a wire type of 6', [14], 'a wire type of 6 at byte 1'],
    ['a wire type of 7', [15], 'a wire type of 7 at byte 1'],
    ['a group that has not begun', [12], 'the end of a group that never began at byte 1'],
    ['a group without an end', [11, 8, 1], 'a group without an end at byte 3'],
    ['a field number too large', [0x80, 0x80, 0x80, 0x80, 0x10, 1], 'a field number beyond 2^29 at byte 5'],
  ])('%s', (_, bytes, what) => {
    expect(errorOf(whole(of(...bytes)))).toBe(`The body is not protobuf: ${what}.`)
  })

  test('also where a message inside ends too early', () => {
    const reader = of(10, 2, 10, 5, 1, 1, 1, 1, 1)
    reader.next()
    reader.enter()
    reader.next()
    expect(errorOf(() => reader.text())).toMatch(/a length of 5 with only 0 bytes left at byte 3/)
  })

  test('a million groups within each other take no stack', () => {
    const reader = new ProtobufReader(new Uint8Array(1_000_000).fill(11))
    expect(errorOf(whole(reader))).toMatch(/a group without an end/)
  })

  test('random bytes are read or refused, never anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const reader = new ProtobufReader(bytes)
        try {
          whole(reader)()
          expect(reader.position).toBe(bytes.length)
        } catch (error) {
          expect(error).toBeInstanceOf(HopscopeError)
        }
      }),
      { numRuns: 2_000 },
    )
  })
})
