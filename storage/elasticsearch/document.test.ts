import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  matchesSpan,
  patternFault,
  requestIdOf,
  type Span,
  type SpanCondition,
  type SpanField,
} from '@hopscope/model'
import { makeSpan } from '@hopscope/model/testing'
import { documentFrom, documentId, type SpanDocument, spanFrom } from './document.ts'
import { isNative, queryFromPredicate } from './predicate-query.ts'
import { isDigest } from './terms.ts'
import { passes, termsOf } from './testing/query-match.ts'
import { anyText, oddSpan } from './testing/spans.ts'

/** As it comes back from the cluster. */
const stored = (span: Span, at?: number) =>
  JSON.parse(JSON.stringify(documentFrom(span, true, at))) as SpanDocument

/** On each field what the span has, and what it hasn't. */
function conditionsOn(span: Span, other: string, otherKey: string, number: number): SpanCondition[] {
  const { kind, name, duration, annotations, localEndpoint, remoteEndpoint } = span
  const keys = [...Object.keys(span.tags), otherKey, 'error']
  const values = [...Object.values(span.tags), other, requestIdOf(span)]
  const texts: [SpanField, readonly (string | undefined)[]][] = [
    [{ on: 'service' }, [localEndpoint?.serviceName, other]],
    [{ on: 'remoteService' }, [remoteEndpoint?.serviceName, other]],
    [{ on: 'operation' }, [name, other]],
    [{ on: 'kind' }, [kind, 'CLIENT', other]],
    [{ on: 'requestId' }, values],
    [{ on: 'error' }, values],
    [{ on: 'annotation' }, [...annotations.map(({ value }) => value), other]],
    ...keys.map((key): [SpanField, typeof values] => [{ on: 'tag', key }, values]),
  ]
  const numbers = [number, duration ?? 1].flatMap((value) =>
    (['=', '>', '>=', '<', '<='] as const).map((is) => ({ field: { on: 'duration' }, is, number: value })),
  )
  return [
    ...texts.flatMap(([field, each]) => [
      { field, is: 'present' },
      ...each
        .filter((value) => value !== undefined)
        .flatMap((value) => [
          { field, is: '=', value },
          ...patternsFor(value).map((pattern) => ({ field, is: '=~', value: pattern })),
        ]),
    ]),
    ...['id', 'parentId'].map((on) => ({ field: { on }, is: 'present' })),
    { field: { on: 'duration' }, is: 'present' },
    ...numbers,
  ] as SpanCondition[]
}

/** Expressions that match the text or nearly do, most of them of shapes that the index can answer. */
function patternsFor(text: string): string[] {
  const literal = (each: string) => each.replace(/[!-/:-@[-`{-~]/g, '\\$&')
  const [start, end] = [text.slice(0, 9), text.slice(-9)]
  return [literal(text), `${literal(start)}.*`, `.*${literal(end)}`, `(?s).*${literal(end)}`, `(?i)${literal(start.toUpperCase())}.+`, `x|${literal(start)}(.*|.)|y.*`] // prettier-ignore
}

describe('the document of a span', () => {
  test('gives the span back, whatever its fields hold', () => {
    fc.assert(
      fc.property(oddSpan, maybeStored, (span, at) => {
        expect(spanFrom(stored(span, at))).toStrictEqual(span)
      }),
      { numRuns: 1000 },
    )
  })

  test('gives back tags that objects have by themselves, and inherits none', () => {
    const tags = Object.fromEntries([['__proto__', 'p'], ['constructor', 'c'], ['', ''], ['\\#', '='], ['a=', '=b']]) // prettier-ignore
    const back = spanFrom(stored(makeSpan({ tags })))
    expect(Object.entries(back.tags)).toEqual(Object.entries(tags))
    expect(spanFrom(stored(makeSpan())).tags).toEqual({})
  })

  test('passes a filter exactly where the model says that the span does', () => {
    fc.assert(
      fc.property(oddSpan, anyText, anyText, fc.nat(5000), (odd, other, otherKey, number) => {
        const span = { ...odd, timestamp: 1 as NonNullable<Span['timestamp']> }
        const document = stored(span)
        // A text that looks like a digest is taken for one by expressions.
        const looksLikeDigest = [span.name, span.localEndpoint?.serviceName, span.remoteEndpoint?.serviceName].some((text) => isDigest(text ?? '')) // prettier-ignore
        for (const condition of conditionsOn(span, other, otherKey, number)) {
          if (!isNative(condition)) continue
          if (condition.is === '=~' && (looksLikeDigest || patternFault(condition.value) !== undefined))
            continue
          for (const predicate of [condition, { not: condition }, { any: [condition, { all: [] }] }]) {
            const expected = matchesSpan(span, predicate)
            const passed = passes(document, queryFromPredicate(predicate))
            expect({ predicate, passed }).toEqual({ predicate, passed: expected })
          }
        }
      }),
      { numRuns: 150 },
    )
  })

  test('has no term that Lucene refuses', () => {
    fc.assert(
      fc.property(oddSpan, (span) => {
        const document = stored(span)
        for (const field of Object.keys(document))
          for (const term of termsOf(document, field))
            expect(Buffer.byteLength(String(term))).toBeLessThanOrEqual(32_766)
      }),
    )
  })

  test('says when it arrived only if told to', () => {
    expect(stored(makeSpan()).stored).toBeUndefined()
    expect(stored(makeSpan(), 7).stored).toBe(7)
  })
})

describe("a document's id", () => {
  test('is 20 characters of base64url', () => {
    fc.assert(
      fc.property(oddSpan, (span) => {
        expect(documentId(span)).toMatch(/^[A-Za-z0-9_-]{20}$/)
      }),
    )
  })

  test('is the same for the same content, in whatever order tags and annotations came', () => {
    fc.assert(
      fc.property(oddSpan, (span) => {
        const tags = Object.fromEntries(Object.entries(span.tags).reverse())
        const other = { ...structuredClone(span), tags, annotations: span.annotations.toReversed() }
        expect(documentId(other)).toBe(documentId(span))
        expect(documentId(spanFrom(stored(span)))).toBe(documentId(span))
      }),
    )
  })

  test('differs as soon as one field does', () => {
    fc.assert(
      fc.property(oddSpan, anyText, anyText, (span, key, value) => {
        const others: Partial<Span>[] = [
          { id: span.id.replace(/./, (digit) => (digit === '0' ? '1' : '0')) as Span['id'] },
          { name: `${span.name ?? ''}x` },
          { timestamp: ((span.timestamp ?? 0) + 1) as NonNullable<Span['timestamp']> },
          { duration: ((span.duration ?? 0) + 1) as NonNullable<Span['duration']> },
          { debug: !span.debug },
          { shared: !span.shared },
          { otel: `${span.otel ?? ''}x` },
          { annotations: [...span.annotations, { timestamp: 1 as never, value }] },
          { tags: Object.fromEntries([...Object.entries(span.tags), [`${key}new`, value]]) },
          { localEndpoint: { ...NOWHERE, ...span.localEndpoint, serviceName: `${span.localEndpoint?.serviceName}x` } }, // prettier-ignore
          { remoteEndpoint: { ...NOWHERE, ...span.remoteEndpoint, port: (span.remoteEndpoint?.port ?? 0) + 1 } }, // prettier-ignore
        ]
        const ids = [span, ...others.map((other) => ({ ...span, ...other }))].map(documentId)
        const changed = Object.hasOwn(span.tags, `${key}new`) ? 1 : 0
        expect(new Set(ids).size).toBeGreaterThanOrEqual(ids.length - changed)
      }),
    )
  })
})

const NOWHERE = { serviceName: undefined, ipv4: undefined, ipv6: undefined, port: undefined }
const maybeStored = fc.option(fc.nat(), { nil: undefined })
