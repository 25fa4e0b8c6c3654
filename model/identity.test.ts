import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { hashSpan, hashText, spanIdentity } from './identity.ts'
import type { Span } from './span.ts'
import { makeSpan } from './testing/trace-text.ts'

const text = fc.string({ unit: 'binary', maxLength: 40 })
const micros = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
const optional = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined })
const endpoint = optional(
  fc.record({
    serviceName: optional(text),
    ipv4: optional(text),
    ipv6: optional(text),
    port: optional(fc.nat(65_535)),
  }),
)
const spans = fc.record({
  traceId: text,
  id: text,
  parentId: optional(text),
  kind: optional(fc.constantFrom('CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER')),
  name: optional(text),
  timestamp: optional(micros),
  duration: optional(micros),
  localEndpoint: endpoint,
  remoteEndpoint: endpoint,
  annotations: fc.array(fc.record({ timestamp: micros, value: text }), { maxLength: 4 }),
  tags: fc.dictionary(text, text, { maxKeys: 6, noNullPrototype: true }),
  debug: fc.boolean(),
  shared: fc.boolean(),
  otel: fc.option(fc.constantFrom('{"links":[]}', '{}'), { nil: undefined }),
}) as unknown as fc.Arbitrary<Span>

describe("a span's identity", () => {
  test('is the same whatever the order of tags and annotations', () => {
    fc.assert(
      fc.property(spans, (span) => {
        const shuffled = {
          ...span,
          tags: Object.fromEntries(Object.entries(span.tags).reverse()),
          annotations: span.annotations.toReversed(),
        }
        expect(spanIdentity(shuffled)).toBe(spanIdentity(span))
      }),
    )
  })
  test('differs when any one field does', () => {
    fc.assert(
      fc.property(spans, spans, (a, b) => {
        for (const field of Object.keys(a) as (keyof Span)[]) {
          const changed = { ...a, [field]: b[field] }
          // JSON of sorted entries tells content apart where order doesn't count.
          if (content(changed) !== content(a)) expect(spanIdentity(changed)).not.toBe(spanIdentity(a))
        }
      }),
      { numRuns: 100 },
    )
  })
  test('differs when a character moves from one field or tag to the next', () => {
    const hashes = [
      makeSpan({ tags: { ab: 'c' } }),
      makeSpan({ tags: { a: 'bc' } }),
      makeSpan({ tags: { a: 'b', c: '' } }),
      makeSpan({ tags: { c: 'b', a: '' } }),
      makeSpan({ name: '' }),
      makeSpan({ name: '\0' }),
      makeSpan({ name: '\0\0' }),
      makeSpan({ timestamp: 1 as never }),
      makeSpan({ duration: 1 as never }),
      makeSpan({ timestamp: (1 + 2 ** 32) as never }),
      makeSpan({ annotations: [{ timestamp: 1 as never, value: 'a' }] }),
      makeSpan({ annotations: Array.from({ length: 2 }, () => ({ timestamp: 1 as never, value: 'a' })) }),
      makeSpan(),
    ].map(spanIdentity)
    expect(new Set(hashes).size).toBe(hashes.length)
  })
  test('spreads: of 50,000 spans alike but for a counter no two 32-bit lanes pair up more than by chance', () => {
    const out = new Uint32Array(4)
    const lanes = [0, 1, 2, 3].map(() => new Set<number>())
    const count = 50_000
    for (let i = 0; i < count; i++) {
      hashSpan(makeSpan({ tags: { n: String(i) } }), out, 0)
      lanes.forEach((lane, k) => lane.add(out[k] ?? 0))
    }
    // Expected collisions of 50,000 in 2^32: 0.3.
    for (const lane of lanes) expect(count - lane.size).toBeLessThan(8)
  })
})

function content(span: Span): string {
  const tags = Object.entries(span.tags).sort(([a], [b]) => (a < b ? -1 : 1))
  const annotations = span.annotations.map((annotation) => JSON.stringify(annotation)).sort()
  return JSON.stringify({ ...span, tags, annotations })
}

describe("a text's hash", () => {
  const hashOf = (each: string) => {
    const out = new Uint32Array(4)
    hashText(each, out)
    return out.join()
  }

  test('is the same for the same text, and differs for texts that differ in one character', () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(hashOf(one) === hashOf(other)).toBe(one === other)
        expect(hashOf(`${one}a`)).not.toBe(hashOf(`${one}b`))
      }),
    )
  })

  test('is spread evenly, also of texts that hardly differ', () => {
    const buckets = new Uint32Array(64)
    const out = new Uint32Array(4)
    for (let i = 0; i < 64_000; i++) {
      hashText(`order-${i}`, out)
      const bucket = (out[0] as number) >>> 26
      buckets[bucket] = (buckets[bucket] as number) + 1
    }
    expect(Math.min(...buckets)).toBeGreaterThan(850)
    expect(Math.max(...buckets)).toBeLessThan(1150)
  })
})
