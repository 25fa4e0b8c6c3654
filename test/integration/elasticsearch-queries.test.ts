// What Elasticsearch answers by itself, where its ways and the model's could part: expressions, ranks, labels, depth.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  type AggregateQuery,
  EVERY_SPAN,
  matchesSpan,
  type Span,
  SpanAggregator,
  type SpanCondition,
  type SpanField,
  type SpanPredicate,
} from '@hopscope/model'
import { makeSpan } from '@hopscope/model/testing'
import type { Store } from '@hopscope/storage'
import { describeWithElasticsearch } from '../backends/describe.ts'
import { freshPrefix, refresh, removeAll, storeOn } from '../support/elasticsearch.ts'

const NOW = Date.now() * 1000
const DIGEST = `\\#${'A'.repeat(27)}`
const LONG_KEY = `long${'k'.repeat(200)}`
const TEXTS = ['', 'a', 'AB', 'aB', 'k', 'K', '\u212a', 's', '\u017f', '\u212a\u017f', 'a.b', 'axb', 'a\nb', '\n', 'FOObar', '\\', '\\#', '\\#a', `${DIGEST}x`, `${DIGEST}==`, 'x'.repeat(999) + 'a', 'x'.repeat(1000), 'x'.repeat(1001), 'x'.repeat(995), '"a"', 'a&b', 'a~b', '<1-5>', '3', '#', '@', '\u{1f680}a', 'a-b', '\u0000', '(a)', 'É'] // prettier-ignore
const PATTERNS = ['', '.*', '.+', '.', '(?s).*', '(?s).', '(?i)ab', '(?i)k', '(?i)sk', '(?i).*S', '(?i)(s|k).*', 'a.b', '(?s)a.b', 'a\\.b', '.*b', 'a.*', '.*Oo.*', '(?i).*oo.*', 'AB|aB|3', '(a|x)(.b|x*)', '(a|x)(.b|x.*)', '.*(a|b)', '\\\\.*', '\\\\#.*', '.*=', 'x.*a', '".*', '.*&.*', '.*~.*', '<1-5>', '<.*>', '#', '@.*', '.*\u{1f680}.', '.\\-.', '\\(.\\)', '\u0000.*', 'É.*', '^a.*$|^3$', 'a||b', '.+?b', 'x'.repeat(995), `.*${'x'.repeat(100)}`, '[a-z]+', '\\d'] // prettier-ignore

const endpoint = (serviceName: string) => ({ serviceName, ipv4: undefined, ipv6: undefined, port: undefined })
const BEARERS: readonly [SpanField, (text: string) => Partial<Span>][] = [
  [{ on: 'operation' }, (name) => ({ name: name || undefined })],
  [{ on: 'service' }, (text) => ({ localEndpoint: text === '' ? undefined : endpoint(text) })],
  [{ on: 'annotation' }, (value) => ({ annotations: [{ timestamp: 1 as never, value }] })],
  [{ on: 'tag', key: 'k' }, (k) => ({ tags: { k } })],
  [{ on: 'tag', key: LONG_KEY }, (value) => ({ tags: { [LONG_KEY]: value } })],
  [{ on: 'tag', key: '=\\' }, (value) => ({ tags: { '=\\': value } })],
]

describeWithElasticsearch('the questions that Elasticsearch answers', () => {
  const prefix = freshPrefix()
  const spans: Span[] = []
  let store: Store
  const add = (span: Partial<Span>) => {
    const id = (spans.length + 1).toString(16).padStart(16, '0')
    spans.push(makeSpan({ traceId: id as Span['traceId'], id: id as Span['id'], timestamp: NOW as never, ...span })) // prettier-ignore
  }
  beforeAll(async () => {
    store = await storeOn(prefix, { shards: 2 })
    for (const text of TEXTS) for (const [, bearing] of BEARERS) add(bearing(text))
    for (let i = 0; i < 60; i++) {
      const name = `${'n'.repeat(i % 2 === 0 ? 300 : 1100)}${i}`
      add({ name, duration: Math.ceil(1.7 ** i) as never, tags: { big: name, short: `v${i % 7}` } })
    }
    await store.writer.write(spans)
    await refresh(prefix)
  }, 120_000)
  afterAll(async () => {
    await store.close()
    await removeAll(prefix)
  })

  const found = async (span: SpanPredicate) => {
    const ids: string[] = []
    const query = { from: undefined, to: undefined, where: { span }, limit: 1000, after: undefined }
    for await (const { traceId } of store.reader.find(query)) ids.push(traceId)
    return ids.sort()
  }

  test.each(PATTERNS)('an expression finds what RE2 matches: %j', async (value) => {
    for (const [field] of BEARERS) {
      const condition: SpanCondition = { field, is: '=~', value }
      if (!store.reader.native(condition)) continue
      const expected = spans.filter((span) => matchesSpan(span, condition)).map(({ traceId }) => traceId)
      expect({ field, ids: await found(condition) }).toEqual({ field, ids: expected.sort() })
    }
  })

  test('most expressions that people write are for the index, and what is none for nobody', () => {
    const isNative = (value: string) => store.reader.native({ field: { on: 'operation' }, is: '=~', value })
    for (const value of ['get /.*', '.*timeout.*', '(?i)(get|post) /api/.*', 'a|b|c', '^x.*$'])
      expect({ value, native: isNative(value) }).toEqual({ value, native: true })
    for (const value of ['(', '*', 'a**', '(?i)é', '[a-z]+', '(ab)*', '.*'.repeat(5), `.*${'a'.repeat(101)}`])
      expect({ value, native: isNative(value) }).toEqual({ value, native: false })
  })

  describe('about many spans', () => {
    const SLICE = { from: NOW, to: NOW + 10, step: undefined, where: EVERY_SPAN, limit: 1000 }
    test.each<Pick<AggregateQuery, 'by'> & Partial<AggregateQuery>>([
      { by: [] },
      { by: [{ on: 'operation' }] },
      { by: [{ on: 'tag', key: 'big' }] },
      { by: [{ on: 'tag', key: 'short' }, { on: 'kind' }] },
      {
        by: [
          { on: 'tag', key: 'short' },
          { on: 'tag', key: 'big' },
        ],
      },
      { by: [{ on: 'tag', key: 'short' }], limit: 3 },
      { by: [{ on: 'operation' }], where: { field: { on: 'tag', key: 'k' }, is: '=', number: 3 } },
    ])('the durations have the nearest rank: %j', async (asked) => {
      const quantiles = [0, 0.05, 0.5, 0.73, 0.99, 1]
      const query = { ...SLICE, ...asked, quantiles } as unknown as AggregateQuery
      const aggregator = new SpanAggregator(query)
      for (const span of spans) aggregator.add(span)
      const [expected, answer] = [aggregator.metrics(), await store.reader.aggregate(query)]
      expect(answer.complete).toBe(expected.complete)
      expect(answer.series.map(({ labels }) => labels)).toEqual(expected.series.map(({ labels }) => labels))
      answer.series.forEach(({ points: [point] }, i) => {
        const right = expected.series[i]?.points[0]
        expect(point).toMatchObject({ count: right?.count, errors: right?.errors })
        // Both are within 1 %, and the durations lie far apart.
        const ratios = point?.durations?.map((duration, q) => duration / (right?.durations?.[q] ?? 0)) ?? []
        expect(ratios.every((ratio) => ratio > 0.97 && ratio < 1.03)).toBe(true)
        expect(point?.durations === undefined).toBe(right?.durations === undefined)
      })
    })
  })

  test('brackets deeper than Elasticsearch takes are refused by name in a search, and counted by the model', async () => {
    const leaf: SpanPredicate = { field: { on: 'operation' }, is: '=', value: 'a' }
    const nested = (depth: number) => {
      let where: SpanPredicate = leaf
      for (let i = 0; i < depth; i++) where = i % 2 === 0 ? { any: [where, leaf] } : { all: [where, leaf] }
      return where
    }
    expect(await found(nested(20))).toHaveLength(1)
    await expect(found(nested(100))).rejects.toMatchObject({ code: 'query-invalid' })
    const query = { from: NOW, to: NOW + 1, step: undefined, by: [], quantiles: [], limit: 1 } as unknown as AggregateQuery // prettier-ignore
    const { series } = await store.reader.aggregate({ ...query, where: nested(100) })
    expect(series[0]?.points[0]?.count).toBe(1)
  })
})
