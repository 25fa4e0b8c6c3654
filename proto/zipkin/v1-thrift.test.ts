// Zipkin v1 thrift: types, endpoints, what is skipped and refused, and spans as zipkin-js encodes them.
import { createRequire } from 'node:module'
import { describe, expect, test } from '@jest/globals'
import type { HopscopeError } from '../errors.ts'
import { bool, bytes, hex64, i16, i32, i64, list, nested, struct, structs } from '../testing/thrift.ts'
import { decodeZipkinThrift } from './v1-thrift.ts'

const ids = [hex64(1, '1'), hex64(4, '2')]
const span = (...fields: Buffer[]) => {
  const { spans, refused } = decodeZipkinThrift(structs([struct(...ids, ...fields)]))
  expect(refused).toEqual([])
  return spans[0]
}
const errorOf = (body: Uint8Array): HopscopeError | undefined => {
  try {
    decodeZipkinThrift(body)
  } catch (error) {
    return error as HopscopeError
  }
}

describe('a binary annotation', () => {
  const number = (length: number, write: (bytes: Buffer) => void) => {
    const value = Buffer.alloc(length)
    write(value)
    return value
  }
  test.each([
    ['text', 6, Buffer.from('löve'), 'löve'],
    ['true', 0, Buffer.of(1), 'true'],
    ['false', 0, Buffer.of(0), 'false'],
    ['bytes', 1, Buffer.of(0, 1, 2, 255), 'AAEC/w=='],
    ['an i16', 2, number(2, (to) => to.writeInt16BE(-2)), '-2'],
    ['an i32', 3, number(4, (to) => to.writeInt32BE(-70_000)), '-70000'],
    ['an i64', 4, number(8, (to) => to.writeBigInt64BE(2n ** 62n)), '4611686018427387904'],
    ['a double', 5, number(8, (to) => to.writeDoubleBE(0.1)), '0.1'],
    ['a number of the wrong length, which is bytes', 3, Buffer.of(1), 'AQ=='],
    ['an unknown type, which is bytes', 99, Buffer.of(1), 'AQ=='],
  ])('of %s is a tag', (_, type, value, tag) => {
    expect(span(list(8, [struct(bytes(1, 'k'), bytes(2, value), i32(3, type))]))?.tags).toEqual({ k: tag })
  })

  test('that is an address counts only if marked true, or as text, and with an endpoint', () => {
    const endpoint = nested(4, struct(bytes(3, 'Shop')))
    const remote = (...fields: Buffer[]) => span(list(8, [struct(bytes(1, 'sa'), ...fields)]))
    expect(remote(bytes(2, '\x01'), i32(3, 0), endpoint)?.remoteEndpoint?.serviceName).toBe('shop')
    expect(remote(bytes(2, 'true'), i32(3, 6), endpoint)?.remoteEndpoint?.serviceName).toBe('shop')
    expect(remote(bytes(2, '\x00'), i32(3, 0), endpoint)).toMatchObject({
      remoteEndpoint: undefined,
      tags: {},
    })
    expect(remote(bytes(2, '\x01'), i32(3, 0))).toMatchObject({ remoteEndpoint: undefined, tags: {} })
  })

  test('without key or value, and an annotation without time or value, is passed over', () => {
    expect(
      span(
        list(8, [struct(bytes(1, 'k')), struct(bytes(2, 'v'), i32(3, 6)), struct()]),
        list(6, [struct(i64(1, 5)), struct(bytes(2, 'v')), struct(i64(1, 0), bytes(2, 'v'))]),
      ),
    ).toMatchObject({ tags: {}, annotations: [] })
  })
})

describe('an endpoint', () => {
  const endpoint = (...fields: Buffer[]) =>
    span(list(6, [struct(i64(1, 5), bytes(2, 'x'), nested(3, struct(...fields)))]))?.localEndpoint
  const none = { serviceName: undefined, ipv4: undefined, ipv6: undefined, port: undefined }
  const ipv6 = (hex: string) => Buffer.from(hex.replaceAll(':', ''), 'hex')

  test.each([
    ['ipv4 as a signed number', [i32(1, 0xc0a80001 | 0)], { ipv4: '192.168.0.1' }],
    ['a port above 32767', [i16(2, 65_535)], { port: 65_535 }],
    ['ipv6', [bytes(4, ipv6('20010db8000000000000000000000001'))], { ipv6: '2001:db8::1' }],
    ['a mapped ipv4', [bytes(4, ipv6('00000000000000000000ffff01020304'))], { ipv4: '1.2.3.4' }],
    ['an address of no known length', [bytes(4, 'abc'), i16(2, 1)], { port: 1 }],
    ['a name', [bytes(3, 'Web')], { serviceName: 'web' }],
  ])('of %s', (_, fields, read) => {
    expect(endpoint(...fields)).toEqual({ ...none, ...read })
  })

  test('of zeros and nothing is none', () => {
    expect(endpoint(i32(1, 0), i16(2, 0), bytes(3, ''))).toBeUndefined()
  })
})

describe('what nobody knows is skipped', () => {
  const inner = struct(i64(1, 1), bytes(2, 'x'), list(3, [struct(bool(1, true))]))
  const ofSize = (size: number) => Buffer.of(0, 0, 0, size)
  test.each([
    [
      'fields of every plain type',
      [
        bool(90, true),
        Buffer.of(3, 0, 91, 7),
        i16(92, 1),
        i32(93, 1),
        i64(94, 1),
        Buffer.from([4, 0, 95, ...Buffer.alloc(8)]),
      ],
    ],
    ['structs within structs', [nested(90, struct(nested(1, inner), nested(2, inner)))]],
    ['a map', [Buffer.concat([Buffer.of(13, 0, 90, 11, 12), ofSize(1), ofSize(1), Buffer.from('k'), inner])]],
    [
      'a set of lists',
      [Buffer.concat([Buffer.of(14, 0, 90, 15), ofSize(1), Buffer.of(2), ofSize(2), Buffer.of(1, 0)])],
    ],
    ['an empty list of unknown type', [Buffer.concat([Buffer.of(15, 0, 90, 0), ofSize(0)])]],
    ['a known field of another type', [bytes(10, 'noon'), i32(3, 1), nested(6, inner)]],
    ['annotations that are no structs', [Buffer.concat([Buffer.of(15, 0, 6, 8), ofSize(1), ofSize(7)])]],
  ])('%s', (_, fields) => {
    expect(span(...fields, bool(9, true))).toMatchObject({
      debug: true,
      annotations: [],
      timestamp: undefined,
    })
  })

  test('bytes after the last span', () => {
    expect(
      decodeZipkinThrift(Buffer.concat([structs([struct(...ids)]), Buffer.alloc(9)])).spans,
    ).toHaveLength(1)
  })
})

describe('a span is refused alone, by name, for', () => {
  test.each([
    ['no trace id', [hex64(4, '1')], 'traceId', /missing or zero/],
    ['only a high trace id', [hex64(12, '1'), hex64(4, '1')], 'traceId', /missing or zero/],
    ['a span id of zero', [hex64(1, '1'), hex64(4, '0')], 'id', /missing or zero/],
    [
      'a timestamp in nanoseconds',
      [...ids, i64(10, 1_700_000_000_000_000_000n)],
      'timestamp',
      /^1700000000000000000 .*microseconds/,
    ],
    ['a duration beyond 2^53', [...ids, i64(11, 2n ** 53n)], 'duration', /microseconds/],
    [
      'an annotation in nanoseconds',
      [...ids, list(6, [struct(i64(1, 2n ** 60n), bytes(2, 'x'))])],
      'annotations[0].timestamp',
      /microseconds/,
    ],
  ])('%s', (_, fields, field, reason) => {
    const good = struct(...ids)
    const { places, refused, refusedCount } = decodeZipkinThrift(structs([good, struct(...fields), good]))
    expect(places).toEqual([0, 2])
    expect(refusedCount).toBe(1)
    expect(refused).toEqual([{ index: 1, field, reason: expect.stringMatching(reason) }])
  })
})

describe('a body is refused as a whole', () => {
  const whole = structs([struct(...ids, bytes(3, 'name'), list(6, [struct(i64(1, 5), bytes(2, 'x'))]))])

  test('wherever it is cut', () => {
    expect(decodeZipkinThrift(whole).spans).toHaveLength(1)
    for (let length = 0; length < whole.length; length++) {
      const error = errorOf(whole.subarray(0, length))
      expect(error).toMatchObject({
        code: 'body-malformed',
        detail: expect.stringMatching(/ends too early/),
      })
    }
  })

  test.each([
    ['a negative size', Buffer.of(12, 255, 255, 255, 255), /negative length, -1/],
    ['a size it does not have', Buffer.of(12, 127, 255, 255, 255), /ends too early/],
    [
      'an endless list of nothing',
      Buffer.of(12, 0, 0, 0, 1, 15, 0, 90, 1, 127, 255, 255, 255),
      /unknown type 1/,
    ],
    [
      'structs nested without end',
      Buffer.concat([Buffer.of(12, 0, 0, 0, 1), Buffer.alloc(3_000, Buffer.of(12, 0, 90))]),
      /nested deeper than 64/,
    ],
  ])('for %s', (_, body, detail) => {
    expect(errorOf(body)).toMatchObject({
      code: 'body-malformed',
      detail: expect.stringMatching(detail),
    })
  })
})

test('zipkin-js and we mean the same by v1 thrift', () => {
  const require = createRequire(import.meta.url)
  const encoder = require('zipkin-encoder-thrift') as { encode(span: object): Buffer }
  const client = {
    traceId: '463ac35c9f6413ad48485a3953bb6124',
    parentId: '0000000000000001',
    id: 'fffffffffffffff2',
    kind: 'CLIENT',
    name: 'get',
    timestamp: 1_700_000_000_000_100,
    duration: 900,
    localEndpoint: { serviceName: 'web', ipv4: '192.168.0.1', port: 80 },
    remoteEndpoint: { serviceName: 'shop', ipv4: '10.0.0.2', port: 8080 },
    annotations: [{ timestamp: 1_700_000_000_000_500, value: 'retry' }],
    tags: { error: '', 'http.path': '/' },
    debug: true,
    shared: false,
  }
  const server = { ...client, kind: 'SERVER', shared: true, debug: false }
  for (const each of [client, server])
    expect(decodeZipkinThrift(encoder.encode(each)).spans).toMatchObject([each])
})
