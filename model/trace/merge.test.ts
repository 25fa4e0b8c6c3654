import { describe, expect, test } from '@jest/globals'
import { mergeSpans as mergeWithNumbers } from './merge.ts'
import type { Span } from '../span.ts'
import { makeSpan, idOf, traceFromText } from '../testing/trace-text.ts'

const mergeSpans = (spans: readonly Span[]) => mergeWithNumbers(spans).spans
const merged = (text: string) => mergeSpans(traceFromText(text).spans)

describe('merging reports of one span', () => {
  test('keeps the earliest timestamp, the longest duration, and all tags and annotations once', () => {
    const spans = merged(`
      web get 5 - id=b SERVER a=1 note:7=x note:6=y
      web -   3 9 id=b b=2 note:7=x
    `)
    expect(spans).toHaveLength(1)
    const [span] = spans
    expect(span).toMatchObject({ name: 'get', kind: 'SERVER', duration: 9000, tags: { a: '1', b: '2' } })
    expect(span?.annotations.map(({ value }) => value)).toEqual(['y', 'x'])
    expect(span?.timestamp).toBe(1_700_000_000_003_000)
  })
  test('does not depend on the order of arrival', () => {
    const { spans } = traceFromText(`
      web get 5 - id=b SERVER t=1
      web put 5 4 id=b t=2
      -   -   4 - id=b t=3
      pay get 6 2 id=b SERVER shared
      pay -   - 3 id=b shared
    `)
    const reversed = spans.toReversed()
    expect(mergeSpans(reversed)).toEqual(mergeSpans(spans))
    expect(mergeSpans(spans)).toHaveLength(2)
  })
  test('keeps what OpenTelemetry says beyond the fields from the report that says most, in any order', () => {
    const [one, two] = traceFromText('web get 5 9 id=b\nweb get 6 9 id=b a=1').spans
    if (one === undefined || two === undefined) throw new Error('two reports')
    const reports = [
      { ...one, otel: '{}' },
      { ...two, otel: '{"links":[1]}' },
    ]
    for (const spans of [reports, reports.toReversed()])
      expect(mergeSpans(spans).map(({ otel }) => otel)).toEqual(['{"links":[1]}'])
  })
  test('leaves the halves of a shared span apart, the caller first', () => {
    const spans = merged(`
      pay get 6 2 id=b SERVER shared
      web get 5 4 id=b parent=1 CLIENT
    `)
    expect(spans.map(({ kind, parentId }) => [kind, parentId])).toEqual([
      ['CLIENT', idOf(1)],
      ['SERVER', idOf(1)],
    ])
  })
  test('sees a lost shared flag: a server with the id of a client in another service joined it', () => {
    const spans = merged(`
      pay get 6 2 id=b SERVER
      pay -   6 3 id=b shared
      pay -   - 4 id=b t=1
      web get 5 4 id=b CLIENT
    `)
    expect(spans.map(({ kind, shared, duration }) => [kind, shared, duration])).toEqual([
      ['CLIENT', false, 4000],
      ['SERVER', true, 4000],
    ])
  })
  test('keeps two servers that answered one client span apart, also two instances of one service', () => {
    const spans = merged(`
      web get 5 4 id=b CLIENT
      pay get 6 2 id=b SERVER shared @10.0.0.1
      pay get 6 2 id=b SERVER shared @10.0.0.2
    `)
    expect(spans).toHaveLength(3)
  })
  test('keeps two executions apart: one server, called again under the same id', () => {
    const spans = merged(`
      web get  10 200 id=b CLIENT
      pay get  20  30 id=b SERVER shared @10.0.0.2 error
      pay get 100  60 id=b SERVER shared @10.0.0.2
      pay -   100   - id=b SERVER shared @10.0.0.2 t=1
    `)
    expect(spans.map(({ duration, tags }) => [duration, tags])).toEqual([
      [200_000, {}],
      [30_000, { error: 'true' }],
      [60_000, { t: '1' }],
    ])
  })
  test('makes one of pieces that overlap, in whole or in part', () => {
    expect(
      merged(`
      web get  0 40 id=b
      web get  5 10 id=b a=1
      web get 30 20 id=b b=2
    `),
    ).toHaveLength(1)
  })
  test('gives all spans the longest trace id seen', () => {
    const spans = merged(`
      web get 5 4 trace=0000000000000001000000000000000a
        pay get 6 2
    `)
    expect(spans.map(({ traceId }) => traceId.length)).toEqual([32, 32])
  })
  test('keeps a tag called __proto__', () => {
    const tags = JSON.parse('{"__proto__":"x"}') as Record<string, string>
    const [span] = mergeSpans([makeSpan({ tags }), makeSpan({ name: 'n' })])
    expect(Object.entries(span?.tags ?? {})).toEqual([['__proto__', 'x']])
  })
})
