// Zipkin v1, JSON and thrift, and the choice of a codec, against whatever a generator comes up with.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Decoded } from '../decoded.ts'
import { detectDecoder } from './detect.ts'
import { HopscopeError } from '../errors.ts'
import { fixture } from '../testing/decode.ts'
import { bytes, hex64, i64, nested, type PlainV1Span, struct, structs, thriftOf } from '../testing/thrift.ts'
import { decodeZipkinV1Json } from './v1-json.ts'
import { decodeZipkinThrift } from './v1-thrift.ts'
import { decodeZipkinV2Json } from './v2-json.ts'
import { encodeZipkinV2Json } from './v2-json-writer.ts'

const sent = JSON.parse(fixture('zipkin-v1.json')) as PlainV1Span[]
const json = Buffer.from(JSON.stringify(sent))
const thrift = structs(sent.map(thriftOf))

const detected = (body: Uint8Array): Decoded => detectDecoder(body)(body)

const endpoint = fc.option(
  fc.record({
    serviceName: fc.constantFrom('a', 'b', 'c', ''),
    ipv4: fc.constantFrom('10.0.0.1', '10.0.0.2'),
    port: fc.constantFrom(0, 80),
  }),
  { nil: undefined },
)
const time = fc.nat({ max: 8 }).map((offset) => 1_700_000_000_000_000 + offset)
const v1: fc.Arbitrary<PlainV1Span> = fc.record(
  {
    traceId: fc.constantFrom('000000000000000a', '463ac35c9f6413ad48485a3953bb6124'),
    id: fc.constantFrom('1', 'ffffffffffffffff'),
    parentId: fc.constantFrom('1', '2', '0'),
    name: fc.constantFrom('', 'GET'),
    timestamp: time,
    duration: fc.nat({ max: 8 }),
    debug: fc.boolean(),
    annotations: fc.array(
      fc
        .tuple(
          time,
          fc.constantFrom('cs', 'cr', 'sr', 'ss', 'ms', 'mr', 'ws', 'wr', 'x', '__proto__'),
          endpoint,
        )
        .map(([timestamp, value, by]) => ({ timestamp, value, ...(by && { endpoint: by }) })),
      { maxLength: 8 },
    ),
    binaryAnnotations: fc.array(
      fc
        .tuple(fc.constantFrom('sa', 'ca', 'ma', 'lc', 'k', '__proto__'), fc.constantFrom('', 'v'), endpoint)
        .map(([key, text, by]) => ({
          key,
          value: key.endsWith('a') ? (true as const) : text,
          ...(by && { endpoint: by }),
        })),
      { maxLength: 5 },
    ),
  },
  { requiredKeys: ['traceId', 'id', 'name'] },
)

describe('v1 spans', () => {
  test('are the same in thrift as in JSON, and what they became is read the same from its own JSON', () => {
    fc.assert(
      fc.property(fc.array(v1, { minLength: 1, maxLength: 3 }), (spans) => {
        const fromJson = decodeZipkinV1Json(Buffer.from(JSON.stringify(spans)))
        expect(fromJson.refused).toEqual([])
        expect(decodeZipkinThrift(structs(spans.map(thriftOf)))).toEqual(fromJson)
        const again = decodeZipkinV2Json(Buffer.from(encodeZipkinV2Json(fromJson.spans)))
        expect(again).toEqual({ spans: fromJson.spans, refused: [], refusedCount: 0 })
      }),
      { numRuns: 500 },
    )
  })

  test('lose no annotation and no tag of their own', () => {
    fc.assert(
      fc.property(v1, (span) => {
        const { spans } = decodeZipkinV1Json(Buffer.from(JSON.stringify([span])))
        const values = spans.flatMap(({ annotations }) => annotations.map(({ value }) => value))
        for (const { value } of span.annotations ?? [])
          if (value.length !== 2) expect(values).toContain(value)
        const keys = spans.flatMap(({ tags }) => Object.keys(tags))
        for (const { key } of span.binaryAnnotations ?? []) if (key.length !== 2) expect(keys).toContain(key)
      }),
    )
  })
})

/** Reads bytes of any kind: spans, or an error of the table. */
function readAnything(body: Uint8Array): void {
  for (const decode of [detected, decodeZipkinThrift, decodeZipkinV1Json]) {
    try {
      const { spans, refused } = decode(body)
      for (const span of spans) {
        expect(span.traceId).toMatch(/^(?=.*[1-9a-f])(?:[0-9a-f]{16}|[0-9a-f]{32})$/)
        expect(span.id).toMatch(/^(?=.*[1-9a-f])[0-9a-f]{16}$/)
        for (const value of Object.values(span.tags)) expect(typeof value).toBe('string')
      }
      for (const { field, reason } of refused) expect((field + reason).length).toBeLessThan(600)
    } catch (error) {
      expect(error).toBeInstanceOf(HopscopeError)
      expect((error as HopscopeError).code).not.toBe('internal')
    }
  }
}

describe('no body crashes a reader', () => {
  test('made of real ones with bytes changed, added or lost', () => {
    const interesting = fc.oneof(
      fc.nat({ max: 255 }),
      fc.constantFrom(0, 1, 2, 3, 4, 6, 8, 10, 11, 12, 13, 14, 15, 127, 128, 255),
      fc.constantFrom(...Buffer.from('"\\{}[],:019.-eEu')),
    )
    const change = fc.record({
      at: fc.nat({ max: 20_000 }),
      remove: fc.nat({ max: 3 }),
      add: fc.array(interesting, { maxLength: 3 }),
    })
    fc.assert(
      fc.property(
        fc.constantFrom(json, thrift, thriftOf(sent[2] as PlainV1Span)),
        fc.array(change, { minLength: 1, maxLength: 3 }),
        (sample, changes) => {
          const body: number[] = [...sample]
          for (const { at, remove, add } of changes) body.splice(at % body.length, remove, ...add)
          readAnything(Uint8Array.from(body))
        },
      ),
      { numRuns: 1_000 },
    )
  })

  test('made of random bytes', () => {
    const types = fc.constantFrom(0, 2, 3, 8, 10, 11, 12, 13, 15, 1, 255)
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc.array(types, { maxLength: 64 }).map((list) => Uint8Array.from([12, 0, 0, 0, 2, ...list])),
    )
    fc.assert(fc.property(body, readAnything), { numRuns: 2_000 })
  })

  test('made of v1 spans whose fields hold any JSON at all', () => {
    const odd = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom('1', 0, -1, 1.5, 1e300, 'cs', true))
    const keys = ['timestamp', 'value', 'key', 'serviceName', 'ipv4', 'port', 'endpoint']
    const objects = fc.dictionary(fc.constantFrom(...keys), odd)
    const field = fc.oneof(odd, fc.array(objects, { maxLength: 3 }))
    const fields = fc.constantFrom(
      'annotations',
      'binaryAnnotations',
      'parentId',
      'duration',
      'debug',
      'name',
    )
    const entry = fc
      .dictionary(fields, field, { maxKeys: 3 })
      .map((some) => ({ traceId: 'a', id: 'b', ...some }))
    fc.assert(
      fc.property(fc.array(fc.oneof(entry, odd), { maxLength: 4 }), (entries) =>
        readAnything(Buffer.from(JSON.stringify(entries))),
      ),
      { numRuns: 500 },
    )
  })
})

describe('10 MiB of the worst is read in the time of other 10 MiB', () => {
  const SIZE = 10 * 1024 * 1024
  const filled = (head: Buffer, unit: Buffer) => {
    const body = Buffer.alloc(head.length + Math.floor(SIZE / unit.length) * unit.length, unit)
    head.copy(body)
    return body
  }
  const ids = Buffer.concat([hex64(1, '1'), hex64(4, '1')])
  const listOf = (size: number) =>
    Buffer.concat([Buffer.of(12), Buffer.from([size >>> 24, size >>> 16, size >>> 8, size])])
  const within = (head: Buffer, unit: Buffer) => {
    const count = Math.floor(SIZE / unit.length)
    return Buffer.concat([
      listOf(1),
      ids,
      head,
      listOf(count),
      Buffer.alloc(count * unit.length, unit),
      Buffer.of(0),
    ])
  }
  const annotations = Buffer.of(15, 0, 6)
  const tags = Buffer.of(15, 0, 8)
  const aServiceEach = () => {
    const before = Buffer.concat([i64(1, 5), bytes(2, 'cs')])
    const unit = Buffer.concat([before, struct(nested(3, struct(bytes(3, '000000'))))])
    const body = within(annotations, unit)
    const firstName = body.indexOf('000000')
    for (let at = firstName; at < body.length; at += unit.length)
      body.write(String(at % 1_000_000), at, 'latin1')
    return body
  }

  test.each([
    ['a list of 2^31 - 1 empty spans', filled(listOf(0x7fffffff), Buffer.of(0))],
    ['empty annotations', within(annotations, struct())],
    ['annotations of one time', within(annotations, struct(i64(1, 5), bytes(2, '')))],
    ['empty binary annotations', within(tags, struct())],
    ['structs within structs', filled(Buffer.concat([listOf(1), ids]), Buffer.of(12, 0, 90))],
    [
      'lists within lists',
      filled(Buffer.concat([listOf(1), Buffer.of(15, 0, 90)]), Buffer.of(15, 0, 0, 0, 1)),
    ],
    ['empty structs to skip', within(Buffer.of(15, 0, 90), struct())],
    ['spaces', Buffer.alloc(SIZE, ' ')],
    ['line feeds', Buffer.alloc(SIZE, '\n')],
    ['marks of v2 that are none', filled(Buffer.from('['), Buffer.from('"tags""endpoint"'))],
    ['a service for each annotation', aServiceEach()],
  ])('%s', (_, body) => {
    // Far above what it takes, and far below what anything quadratic would.
    const start = performance.now()
    try {
      detected(body)
    } catch (error) {
      expect(error).toBeInstanceOf(HopscopeError)
    }
    expect(performance.now() - start).toBeLessThan(8_000)
  })
})
