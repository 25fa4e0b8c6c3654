// Zipkin's rules for protobuf, on bodies that protobufjs writes from zipkin.proto.
import { describe, expect, test } from '@jest/globals'
import type { Span } from '@hopscope/model'
import protobuf from 'protobufjs'
import { HopscopeError } from '../errors.ts'
import { ListOfSpans } from '../testing/zipkin-proto.ts'
import { decodeZipkinProto3 } from './proto3.ts'
import { encodeZipkinProto3 } from './proto3-writer.ts'

const { Writer } = protobuf
const hex = (text: string) => Buffer.from(text, 'hex')
const IDS = { traceId: hex('000000000000000a'), id: hex('000000000000000b') }
type Fields = Record<string, unknown>

const body = (...spans: Fields[]) => ListOfSpans.encode(ListOfSpans.fromObject({ spans })).finish()

function span(fields: Fields): Span {
  const { spans, refused } = decodeZipkinProto3(body({ ...IDS, ...fields }))
  const [first] = spans
  if (first === undefined || refused.length > 0) throw new Error(`was refused: ${JSON.stringify(refused)}`)
  return first
}

/** `field: reason` of the span that is the second of three; the others must be read. */
function refusal(fields: Fields): string {
  const { spans, refused } = decodeZipkinProto3(body(IDS, { ...IDS, ...fields }, IDS))
  const [first] = refused
  if (spans.length !== 2 || refused.length !== 1 || first?.index !== 1)
    throw new Error(`was not refused alone: ${JSON.stringify({ spans, refused })}`)
  return `${first.field}: ${first.reason}`
}

/** A span whose bytes these are, behind its ids, between two others. */
function raw(write: (writer: protobuf.Writer) => protobuf.Writer) {
  const inner = write(Writer.create().uint32(10).bytes(IDS.traceId).uint32(26).bytes(IDS.id)).finish()
  const other = body(IDS)
  return decodeZipkinProto3(Buffer.concat([other, Writer.create().uint32(10).bytes(inner).finish(), other]))
}

test('a body of no bytes holds no spans', () => {
  expect(decodeZipkinProto3(new Uint8Array(0))).toEqual({ spans: [], refused: [], refusedCount: 0 })
  expect(encodeZipkinProto3([])).toHaveLength(0)
})

test('what is absent or has its default value is absent, and all fields are there in the one order', () => {
  const bare = span({
    kind: 0,
    name: '',
    timestamp: 0,
    duration: 0,
    localEndpoint: {},
    tags: {},
    debug: false,
  })
  expect(Object.keys(bare).join(' ')).toBe(
    'traceId id parentId kind name timestamp duration localEndpoint remoteEndpoint annotations tags debug shared otel',
  )
  expect(bare).toEqual({
    traceId: '000000000000000a',
    id: '000000000000000b',
    annotations: [],
    tags: {},
    debug: false,
    shared: false,
  })
})

describe('ids', () => {
  const traceId = (text: string) => span({ traceId: hex(text) }).traceId
  test('of fewer bytes are padded, and a high half of zeros is dropped', () => {
    expect(traceId('01')).toBe('0000000000000001')
    expect(traceId('0102030405060708090a')).toBe('0000000000000102030405060708090a')
    expect(traceId('00000000000000000000000000000001')).toBe('0000000000000001')
    expect(span({ id: hex('ff') }).id).toBe('00000000000000ff')
  })

  test('of a parent are absent if zeros or the id itself', () => {
    expect(span({ parentId: hex('0c') }).parentId).toBe('000000000000000c')
    expect(span({ parentId: hex('0000000000000000') }).parentId).toBeUndefined()
    expect(span({ parentId: hex('000000000000000b') }).parentId).toBeUndefined()
  })

  test('that are missing, zeros or too long are refused', () => {
    expect(refusal({ traceId: [] })).toBe('traceId: "" is empty.')
    expect(refusal({ id: [] })).toBe('id: "" is empty.')
    expect(refusal({ id: hex('00') })).toBe('id: "00" is all zeros.')
    expect(refusal({ id: hex('010203040506070809') })).toMatch(/^id: .* is longer than 16 characters\.$/)
    expect(refusal({ traceId: new Uint8Array(16) })).toMatch(/^traceId: .* is all zeros\.$/)
    expect(refusal({ traceId: Buffer.alloc(17, 1) })).toMatch(/^traceId: .* is longer than 32 characters\.$/)
    expect(refusal({ parentId: Buffer.alloc(9, 1) })).toMatch(/^parentId: .* is longer than 16 characters\.$/)
  })
})

test('kinds are the four of Zipkin, and one of the future is absent', () => {
  const kinds = [0, 1, 2, 3, 4, 5, 99, -1].map((kind) => span({ kind }).kind)
  const none = undefined
  expect(kinds).toEqual([none, 'CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER', none, none, none])
  expect(span({ kind: 1, shared: true }).shared).toBe(false)
  expect(span({ kind: 2, shared: true, debug: true })).toMatchObject({ shared: true, debug: true })
})

test('names become lower case', () => {
  expect(span({ name: 'GET /Ä', localEndpoint: { serviceName: 'Web' } })).toMatchObject({
    name: 'get /ä',
    localEndpoint: { serviceName: 'web' },
  })
})

test('times are microseconds of up to 53 bits; what is less than 1 is absent, what is more is refused', () => {
  expect(span({ timestamp: Number.MAX_SAFE_INTEGER, duration: 1 })).toMatchObject({
    timestamp: 2 ** 53 - 1,
    duration: 1,
  })
  expect(raw((writer) => writer.uint32(49).sfixed64(-5).uint32(56).int64(-5)).spans[1]).toMatchObject({
    timestamp: undefined,
    duration: undefined,
  })
  const nanos = '1700000000000000000'
  expect(refusal({ timestamp: nanos })).toBe(
    `timestamp: ${nanos} is out of range: the unit must be microseconds.`,
  )
  expect(refusal({ duration: nanos })).toBe(
    `duration: ${nanos} is out of range: the unit must be microseconds.`,
  )
})

describe('endpoints', () => {
  const endpoint = (fields: Fields) => span({ remoteEndpoint: fields }).remoteEndpoint
  test('have each address in the field of its family; what is no address is dropped', () => {
    const v6 = hex('20010db8000000000000000000000001')
    expect(endpoint({ ipv4: v6, ipv6: [1, 2, 3, 4] })).toMatchObject({ ipv4: '1.2.3.4', ipv6: '2001:db8::1' })
    expect(endpoint({ ipv6: hex('00000000000000000000ffff01020304') })?.ipv4).toBe('1.2.3.4')
    expect(endpoint({ ipv4: [1, 2, 3], ipv6: [1], port: 80 })).toEqual({ port: 80 })
    expect(endpoint({ ipv4: [1, 2, 3] })).toBeUndefined()
  })

  test('have a port of 1 to 65535; what is less is absent, what is more is refused', () => {
    expect(endpoint({ port: 65_535 })?.port).toBe(65_535)
    for (const port of [0, -1]) expect(endpoint({ port, serviceName: 'a' })?.port).toBeUndefined()
    expect(refusal({ remoteEndpoint: { port: 65_536 } })).toBe(
      'remoteEndpoint.port: 65536 is not a port, up to 65535.',
    )
  })
})

describe('annotations', () => {
  test('are sorted by time and value, and unique', () => {
    const at = (timestamp: number, value: string) => ({ timestamp, value })
    expect(span({ annotations: [at(2, 'b'), at(2, 'a'), at(1, 'z'), at(2, 'b')] }).annotations).toEqual([
      at(1, 'z'),
      at(2, 'a'),
      at(2, 'b'),
    ])
  })

  test('without a time are dropped, without a value kept, beyond microseconds refused', () => {
    expect(span({ annotations: [{ value: 'x' }] }).annotations).toEqual([])
    expect(span({ annotations: [{ timestamp: 5 }] }).annotations).toEqual([{ timestamp: 5, value: '' }])
    expect(refusal({ annotations: [{ timestamp: 1 }, { timestamp: '1700000000000000000' }] })).toMatch(
      /^annotations\[1\]\.timestamp: .* the unit must be microseconds\.$/,
    )
  })
})

describe('tags', () => {
  test('may lack key or value, and the last of equal keys wins', () => {
    const tag = (key: string, value: string) =>
      Writer.create().uint32(10).string(key).uint32(18).string(value).finish()
    const read = raw(
      (writer) =>
      writer
        .uint32(90).bytes(tag('a', '1')) // prettier-ignore
        .uint32(90).bytes(tag('b', '2')) // prettier-ignore
        .uint32(90).bytes(tag('a', '3')) // prettier-ignore
        .uint32(90).bytes(new Uint8Array(0)), // prettier-ignore
    )
    expect(Object.entries(read.spans[1]?.tags ?? {})).toEqual([['a', '3'], ['b', '2'], ['', '']]) // prettier-ignore
  })

  test('named __proto__ or constructor are tags like any other and change no prototype', () => {
    const sent = Object.fromEntries([['__proto__', 'p'], ['constructor', 'c'], ['toString', 't']]) // prettier-ignore
    const tags = raw((writer) => {
      for (const [key, value] of Object.entries(sent))
        writer.uint32(90).fork().uint32(10).string(key).uint32(18).string(value).ldelim()
      return writer
    }).spans[1]?.tags
    expect(Object.entries(tags ?? {})).toEqual(Object.entries(sent))
    expect(Object.getPrototypeOf(tags)).toBe(Object.prototype)
    expect(Object.keys(Object.prototype)).toEqual([])
  })
})

describe('fields', () => {
  test('that come again count by their last value, and endpoints in parts are one', () => {
    const read = raw(
      (writer) =>
      writer.uint32(42).string('first').uint32(66).fork().uint32(10).string('web').uint32(32).int32(1).ldelim()
        .uint32(42).string('last').uint32(66).fork().uint32(32).int32(2).ldelim(), // prettier-ignore
    )
    expect(read.spans[1]).toMatchObject({ name: 'last', localEndpoint: { serviceName: 'web', port: 2 } })
  })

  test('that nobody knows are passed over, of every wire type, at every level', () => {
    const unknown = (writer: protobuf.Writer) =>
      writer.uint32(800).uint32(300).uint32(801).double(1).uint32(802).string('x').uint32(805).float(1)
        .uint32(803).uint32(8).uint32(1).uint32(804) // prettier-ignore
    const read = raw((writer) => {
      unknown(unknown(writer).uint32(74).fork()).uint32(32).int32(8).ldelim()
      return unknown(unknown(writer).uint32(82).fork()).uint32(9).fixed64(7).ldelim()
    })
    expect(read.spans[1]).toMatchObject({ remoteEndpoint: { port: 8 }, annotations: [{ timestamp: 7 }] })
    const between = Buffer.concat([body(IDS), unknown(Writer.create()).finish(), body(IDS)])
    expect(decodeZipkinProto3(between)).toMatchObject({ spans: [{}, {}], refused: [] })
  })

  test.each<[string, (writer: protobuf.Writer) => protobuf.Writer]>([
    ['timestamp', (writer) => writer.uint32(48).uint32(5)],
    ['kind', (writer) => writer.uint32(34).string('CLIENT')],
    ['localEndpoint.port', (writer) => writer.uint32(66).fork().uint32(34).string('80').ldelim()],
    ['annotations[0].timestamp', (writer) => writer.uint32(82).fork().uint32(8).uint32(5).ldelim()],
    ['tags.value', (writer) => writer.uint32(90).fork().uint32(16).uint32(5).ldelim()],
  ])(
    '%s of a wire type that is not its own is refused by name, and the neighbours are read',
    (field, write) => {
      const { spans, refused } = raw((writer) => write(writer).uint32(42).string('not reached'))
      expect(spans).toHaveLength(2)
      expect(refused).toEqual([
        { index: 1, field, reason: expect.stringMatching(/^It has wire type \d, which/) },
      ])
    },
  )
})

describe('a span whose own bytes are broken', () => {
  // The tag of a name, and no name.
  const broken = Buffer.of(0x0a, 1, 0x2a)

  test('is refused alone', () => {
    const { spans, refused } = decodeZipkinProto3(Buffer.concat([body(IDS), broken, body(IDS)]))
    expect(spans).toHaveLength(2)
    expect(refused).toEqual([
      { index: 1, field: '', reason: expect.stringContaining('a number that does not end') },
    ])
  })

  test('refuses the body once there are ten thousand of them, for each costs more than reading a span', () => {
    const bodyOf = (count: number) => Buffer.alloc(3 * count, broken)
    expect(decodeZipkinProto3(bodyOf(10_000)).refusedCount).toBe(10_000)
    expect(() => decodeZipkinProto3(bodyOf(10_001))).toThrow('body-malformed')
  })
})

test('a body that ends too early is refused as a whole', () => {
  const bytes = body({ ...IDS, name: 'a name' })
  for (let end = 1; end < bytes.length; end++) {
    expect(() => decodeZipkinProto3(bytes.subarray(0, end))).toThrow(HopscopeError)
  }
})

test('a span has Zipkin’s order of fields, and nothing that is zero, empty or false', () => {
  const bytes = encodeZipkinProto3([span({ name: 'a', kind: 4, duration: 300, tags: { a: '' } })])
  expect(Buffer.from(bytes).toString('hex')).toBe(
    '0a23' +
      '0a08000000000000000a' +
      '1a08000000000000000b' +
      '2004' +
      '2a0161' +
      '38ac02' +
      '5a05' +
      '0a0161' +
      '1200',
  )
})
