// Zipkin v2 JSON against whatever a generator comes up with: round trips, and bytes that were never spans.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import type { Span } from '@hopscope/model'
import fc from 'fast-check'
import { HopscopeError } from '../errors.ts'
import { arbitrarySpan as span } from '../testing/arbitrary.ts'
import { decodeZipkinV2Json } from './v2-json.ts'
import { encodeSpanJson, encodeZipkinV2Json } from './v2-json-writer.ts'

const utf8 = (json: string) => new TextEncoder().encode(json)

/** Reads bytes of any kind: spans or an error of the table, and what was read is read the same from its own JSON. */
function readAnything(bytes: Uint8Array): void {
  let spans: readonly Span[]
  try {
    const decoded = decodeZipkinV2Json(bytes)
    spans = decoded.spans
    for (const { field, reason } of decoded.refused) expect((field + reason).length).toBeLessThan(600)
  } catch (error) {
    expect(error).toBeInstanceOf(HopscopeError)
    return
  }
  for (const one of spans) {
    expect(one.traceId).toMatch(/^(?=.*[1-9a-f])(?:[0-9a-f]{16}|[0-9a-f]{32})$/)
    expect(one.id).toMatch(/^(?=.*[1-9a-f])[0-9a-f]{16}$/)
    for (const value of Object.values(one.tags)) expect(typeof value).toBe('string')
  }
  expect(decodeZipkinV2Json(utf8(encodeZipkinV2Json(spans)))).toEqual({ spans, refused: [], refusedCount: 0 })
}

describe('a span', () => {
  test('is read from its own JSON as it was', () => {
    fc.assert(
      fc.property(fc.array(span, { maxLength: 4 }), (spans) => {
        const decoded = decodeZipkinV2Json(utf8(encodeZipkinV2Json(spans)))
        expect(decoded).toEqual({ spans, refused: [], refusedCount: 0 })
        for (const [i, { tags }] of decoded.spans.entries()) {
          expect(Object.entries(tags).sort()).toEqual(Object.entries(spans[i]!.tags).sort())
        }
      }),
      { numRuns: 500 },
    )
  })

  test('has one JSON, whatever the order of its tags', () => {
    fc.assert(
      fc.property(span, (one) => {
        const reversed = { ...one, tags: Object.fromEntries(Object.entries(one.tags).reverse()) }
        expect(encodeSpanJson(reversed)).toBe(encodeSpanJson(one))
      }),
    )
  })
})

describe('no body crashes the reader', () => {
  const samples = ['zipkin-v2-canonical.json', 'zipkin-v2-wild.json'].map((file) =>
    readFileSync(new URL(`../fixtures/${file}`, import.meta.url)),
  )
  const place = fc.nat({ max: 4_000 })
  const interesting = fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(...Buffer.from('"\\{}[],:019.-eEu')))

  test('made of real ones with bytes changed, added or lost', () => {
    const change = fc.record({
      at: place,
      remove: fc.nat({ max: 3 }),
      add: fc.array(interesting, { maxLength: 3 }),
    })
    fc.assert(
      fc.property(
        fc.constantFrom(...samples),
        fc.array(change, { minLength: 1, maxLength: 3 }),
        (sample, changes) => {
          let bytes: number[] = [...sample]
          for (const { at, remove, add } of changes) bytes.splice(at % bytes.length, remove, ...add)
          readAnything(Uint8Array.from(bytes))
        },
      ),
      { numRuns: 2_000 },
    )
  })

  test('made of random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), readAnything), { numRuns: 500 })
  })

  test('made of spans whose fields hold any JSON at all', () => {
    const odd = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom('1', 'abc', 0, -1, 1.5, 1e300, '1e3', '::1'),
    )
    const objects = fc.dictionary(
      fc.constantFrom('timestamp', 'value', 'serviceName', 'ipv4', 'ipv6', 'port'),
      odd,
    )
    const field = fc.oneof(odd, objects, fc.array(objects, { maxLength: 3 }))
    const keys = [
      'kind',
      'name',
      'timestamp',
      'duration',
      'localEndpoint',
      'annotations',
      'tags',
      'debug',
      'parentId',
    ]
    const entry = fc
      .dictionary(fc.constantFrom(...keys), field, { maxKeys: 3 })
      .map((fields) => ({ traceId: 'a', id: 'b', ...fields }))
    fc.assert(
      fc.property(fc.array(fc.oneof(entry, odd), { maxLength: 4 }), (list) =>
        readAnything(utf8(JSON.stringify(list))),
      ),
      { numRuns: 2_000 },
    )
  })
})
