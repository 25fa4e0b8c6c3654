// What is written by hand is what JSON.stringify would have written, of our spans and of anyone's.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { spanNamed } from '../testing/harness.ts'
import type { Span } from '../index.ts'
import { encodeSpan } from './encode.ts'

const ROOM = Buffer.alloc(64 * 1024)
const written = (span: unknown, at = 0): string =>
  ROOM.toString('utf8', at, encodeSpan(span as Span, ROOM, at))

/** UTF-16 as it comes, lone surrogates and control characters among it; plain text; and long text. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'binary-ascii', maxLength: 80 }),
  fc.string({ unit: 'grapheme-ascii', minLength: 30, maxLength: 300 }),
  fc.string({ unit: fc.integer({ max: 0xff_ff }).map((code) => String.fromCharCode(code)) }),
)
const number = fc.oneof(
  fc.nat(),
  fc.maxSafeNat(),
  fc.integer(),
  fc.double(),
  fc.constantFrom(-0, 1e8, 2 ** 53),
)
const tags = fc.dictionary(fc.oneof(text, fc.constant('__proto__'), fc.constant('1')), text, {
  noNullPrototype: true,
})
const endpoint = fc
  .record({ serviceName: text, ipv4: text, port: number }, { requiredKeys: [], noNullPrototype: true })
  .chain((found) => fc.constantFrom(found, Object.freeze({ ...found })))
const ours = fc.record(
  {
    traceId: text,
    id: text,
    parentId: fc.option(text, { nil: undefined }),
    kind: fc.constantFrom('SERVER', undefined),
    name: text,
    timestamp: number,
    duration: number,
    localEndpoint: endpoint,
    remoteEndpoint: fc.option(endpoint, { nil: undefined }),
    annotations: fc.option(fc.array(fc.record({ timestamp: number, value: text })), { nil: undefined }),
    tags,
    debug: fc.constantFrom(true, undefined),
  },
  { noNullPrototype: true },
)
const anything = fc.anything({
  withBigInt: false,
  withDate: true,
  withNullPrototype: true,
  withSparseArray: true,
})
const KEYS = [
  'traceId',
  'name',
  'timestamp',
  'localEndpoint',
  'tags',
  'annotations',
  'debug',
  'toJSON',
  '__proto__',
]
const foreign = fc.dictionary(fc.oneof(fc.constantFrom(...KEYS), text), anything)

describe('a span', () => {
  test('of ours is written as JSON.stringify has it', () => {
    fc.assert(
      fc.property(ours, (span) => {
        expect(written(span)).toBe(JSON.stringify(span))
      }),
      { numRuns: 1000 },
    )
  })

  test('of anyone’s too, whatever is in its fields', () => {
    fc.assert(
      fc.property(foreign, (span) => {
        expect(written(span)).toBe(JSON.stringify(span))
      }),
      { numRuns: 1000 },
    )
  })

  class Own {
    readonly name = 'a class'
    toJSON(): object {
      return { name: 'its own form' }
    }
  }
  const withProto: Record<string, string> = {}
  Object.defineProperty(withProto, '__proto__', { value: 'a tag', enumerable: true })
  test.each([
    ['with toJSON in its class', new Own()],
    ['with toJSON of its own', { ...spanNamed('a'), toJSON: () => ({ b: 1 }) }],
    ['with toJSON in a field', { ...spanNamed('a'), tags: { toJSON: () => ['x'] } }],
    ['with toJSON in a frozen endpoint', { localEndpoint: Object.freeze({ toJSON: () => 'x' }) }],
    ['with a date, a symbol and a function', { timestamp: new Date(0), name: Symbol('x'), tags: () => 1 }],
    ['with a tag named __proto__', { ...spanNamed('a'), tags: withProto }],
    ['with tags that are none', { ...spanNamed('a'), tags: { a: undefined, b: 1, c: null, d: {} } }],
    ['without a prototype', Object.assign(Object.create(null), { name: 'x' })],
    ['with nothing', {}],
  ])('%s is', (_, span) => {
    expect(written(span)).toBe(JSON.stringify(span))
  })

  test('has its endpoint written anew where that can change', () => {
    const inner = Object.freeze({ deep: { a: 1 } })
    const localEndpoint = { serviceName: 'a', inner }
    const frozen = { ...spanNamed('a'), localEndpoint: inner }
    const span = { ...spanNamed('a'), localEndpoint }
    const before = [written(span), written(frozen)]
    localEndpoint.serviceName = 'b'
    inner.deep.a = 2
    const after = [written(span), written(frozen)]
    expect(after).toEqual([JSON.stringify(span), JSON.stringify(frozen)])
    expect(after).not.toEqual(before)
  })

  test('that finds too little room tells how much it needs, and writes nothing beyond it', () => {
    fc.assert(
      fc.property(fc.oneof(ours, foreign), fc.nat(200), fc.nat(600), (span, at, size) => {
        const bytes = Buffer.byteLength(JSON.stringify(span))
        const around = Buffer.alloc(size + 64, 1)
        expect(encodeSpan(span as unknown as Span, around.subarray(0, size), at)).toBe(at + bytes)
        expect(around.subarray(size)).toEqual(Buffer.alloc(64, 1))
        expect(around.subarray(0, Math.min(at, size))).toEqual(Buffer.alloc(Math.min(at, size), 1))
      }),
      { numRuns: 500 },
    )
  })

  test.each([
    ['undefined', undefined],
    ['null', null],
    ['a text', 'span'],
    ['a list', []],
    ['a BigInt in it', { timestamp: 1n }],
    [
      'a getter that throws',
      Object.defineProperty({}, 'name', { enumerable: true, get: () => JSON.parse('') as string }),
    ],
  ])('that is %s is refused', (_, span) => {
    expect(() => written(span)).toThrow()
  })
})
