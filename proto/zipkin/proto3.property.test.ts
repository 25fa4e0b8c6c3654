// Zipkin's protobuf against whatever a generator comes up with: protobufjs agrees both ways, JSON gives the same spans,
// and no bytes do harm.
import { describe, expect, test } from '@jest/globals'
import type { Endpoint, Span } from '@hopscope/model'
import fc from 'fast-check'
import { HopscopeError } from '../errors.ts'
import { bytesFromIp } from '../ip-bytes.ts'
import { arbitrarySpan } from '../testing/arbitrary.ts'
import { ListOfSpans } from '../testing/zipkin-proto.ts'
import { decodeZipkinProto3 } from './proto3.ts'
import { encodeZipkinProto3 } from './proto3-writer.ts'
import { decodeZipkinV2Json } from './v2-json.ts'
import { encodeZipkinV2Json } from './v2-json-writer.ts'

const spans = fc.array(arbitrarySpan, { maxLength: 4 })
const read = (list: readonly Span[]) => ({ spans: list, refused: [], refusedCount: 0 })
const bytes = (hex: string | undefined) => (hex === undefined ? undefined : Buffer.from(hex, 'hex'))
const ip = (text: string | undefined) => (text === undefined ? undefined : bytesFromIp(text))
/** protobufjs leaves this key out of its own maps. */
const hasNoProto = ({ tags }: Span) => !Object.hasOwn(tags, '__proto__')

function messageOf(span: Span): object {
  const endpoint = (one: Endpoint | undefined) => one && { ...one, ipv4: ip(one.ipv4), ipv6: ip(one.ipv6) }
  return {
    ...span,
    traceId: bytes(span.traceId),
    parentId: bytes(span.parentId),
    id: bytes(span.id),
    localEndpoint: endpoint(span.localEndpoint),
    remoteEndpoint: endpoint(span.remoteEndpoint),
  }
}

describe('a span', () => {
  test('is read from its own protobuf as it was', () => {
    fc.assert(
      fc.property(spans, (list) => {
        const decoded = decodeZipkinProto3(encodeZipkinProto3(list))
        expect(decoded).toEqual(read(list))
        for (const [i, { tags }] of decoded.spans.entries())
          expect(Object.entries(tags)).toEqual(Object.entries(list[i]?.tags ?? {}))
      }),
      { numRuns: 500 },
    )
  })

  test('is the same as what v2 JSON makes of the same content', () => {
    fc.assert(
      fc.property(spans, (list) => {
        const fromJson = decodeZipkinV2Json(new TextEncoder().encode(encodeZipkinV2Json(list)))
        expect(decodeZipkinProto3(encodeZipkinProto3(list))).toEqual(fromJson)
      }),
    )
  })

  test('is read from what protobufjs writes', () => {
    fc.assert(
      fc.property(spans, (list) => {
        fc.pre(list.every(hasNoProto))
        const body = ListOfSpans.encode(ListOfSpans.fromObject({ spans: list.map(messageOf) })).finish()
        expect(decodeZipkinProto3(body)).toEqual(read(list))
      }),
      { numRuns: 300 },
    )
  })

  test('is written as protobufjs reads it', () => {
    fc.assert(
      fc.property(spans, (list) => {
        fc.pre(list.every(hasNoProto))
        const theirs = ListOfSpans.decode(encodeZipkinProto3(list))
        const plain = ListOfSpans.toObject(theirs, {
          longs: Number,
          enums: String,
          arrays: true,
          objects: true,
        })
        const again = ListOfSpans.encode(ListOfSpans.fromObject(plain)).finish()
        expect(plain['spans']).toHaveLength(list.length)
        expect(decodeZipkinProto3(again)).toEqual(read(list))
      }),
      { numRuns: 300 },
    )
  })
})

describe('no body crashes the reader', () => {
  /** Spans or an error of the table, and what was read is read the same from its own protobuf. */
  function readAnything(body: Uint8Array): void {
    let list: readonly Span[]
    try {
      const decoded = decodeZipkinProto3(body)
      list = decoded.spans
      for (const { field, reason } of decoded.refused) expect((field + reason).length).toBeLessThan(600)
    } catch (error) {
      expect(error).toBeInstanceOf(HopscopeError)
      return
    }
    expect(decodeZipkinProto3(encodeZipkinProto3(list))).toEqual(read(list))
  }

  test('made of real ones with bytes changed, added or lost', () => {
    const change = fc.record({
      at: fc.nat({ max: 2_000 }),
      remove: fc.nat({ max: 3 }),
      add: fc.array(fc.nat({ max: 255 }), { maxLength: 3 }),
    })
    fc.assert(
      fc.property(spans, fc.array(change, { minLength: 1, maxLength: 3 }), (list, changes) => {
        const body = [...encodeZipkinProto3(list)]
        for (const { at, remove, add } of changes) body.splice(at % (body.length + 1), remove, ...add)
        readAnything(Uint8Array.from(body))
      }),
      { numRuns: 2_000 },
    )
  })

  test('made of random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), readAnything), { numRuns: 1_000 })
  })
})
