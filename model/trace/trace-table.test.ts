import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { columnsOf } from './columns-of.ts'
import { reconstruct } from './reconstruct.ts'
import { type Span, SPAN_KINDS } from '../span.ts'
import {
  brokenTrace,
  idOf,
  makeSpan,
  randomFrom,
  randomTrace,
  serviceTrace,
  SHAPE_NAMES,
  shapedTrace,
  traceFromText,
} from '../testing/trace-text.ts'
import { TraceTable } from './trace-table.ts'
import type { TraceView } from './view.ts'

const viewOf = (spans: readonly Span[]) => reconstruct({ traceId: idOf('a') as never, spans })
const spanOf = (fields: Partial<Span>) => new TraceTable(columnsOf(viewOf([makeSpan(fields)]))).span(0)

function expectTheSame(view: TraceView): void {
  const table = new TraceTable(columnsOf(view))
  expect(table.size).toBe(view.spans.length)
  expect(view.spans.map((_, i) => table.row(i))).toEqual(view.spans)
  expect(table.hopCount).toBe(view.hops.length)
  expect(view.hops.map((_, i) => table.hop(i))).toEqual(view.hops)
  for (const [i, { span, error }] of view.spans.entries())
    expect([table.name(i), table.serviceName(i), table.spanId(i), table.error(i)]).toEqual([
      span.name,
      span.localEndpoint?.serviceName,
      span.id,
      error,
    ])
}

const optional = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined })
// Code points that are whole; halves of pairs have a test of their own.
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('__proto__', 'constructor', 'toString', '', '7', '\u0000', '\u07ff\u0800\uffff\u{10ffff}'),
)
const someText = text.filter((value) => value !== '')
const micros = fc.integer({ min: 1, max: 2 ** 52 })
const id = fc.oneof(
  fc.integer({ min: 1, max: 6 }).map(idOf),
  fc.constantFrom('ffffffffffffffff', '8000000000000000', '00000001ffffffff').map(idOf),
)
const endpoint = optional(
  fc.record({
    serviceName: optional(text),
    ipv4: optional(fc.ipV4()),
    ipv6: optional(fc.ipV6()),
    port: optional(fc.integer({ min: 1, max: 65535 })),
  }),
)
const anySpan = fc
  .record({
    traceId: fc.constantFrom(idOf('a'), idOf('b'), `${idOf('c')}${idOf('d')}`),
    id,
    parentId: optional(id),
    kind: optional(fc.constantFrom(...SPAN_KINDS)),
    name: optional(someText),
    timestamp: optional(fc.oneof(fc.integer({ min: 1, max: 100 }), micros)),
    duration: optional(fc.oneof(fc.integer({ min: 1, max: 100 }), micros)),
    localEndpoint: endpoint,
    remoteEndpoint: endpoint,
    annotations: fc.array(fc.record({ timestamp: micros, value: text }), { maxLength: 3 }),
    tags: fc.array(fc.tuple(text, text), { maxLength: 4 }).map((pairs) => Object.fromEntries(pairs)),
    debug: fc.boolean(),
    shared: fc.boolean(),
    otel: optional(someText),
  })
  .map((fields) => makeSpan(fields as unknown as Partial<Span>))

describe('every row and hop of the table is the one of the view', () => {
  test('for a trace of no spans', () => expectTheSame(viewOf([])))

  test('for any spans', () => {
    fc.assert(fc.property(fc.array(anySpan, { maxLength: 12 }), (spans) => expectTheSame(viewOf(spans))))
  })

  test.each(SHAPE_NAMES)('for the shape "%s"', (name) => {
    expectTheSame(reconstruct(shapedTrace(name, { spans: 2000, random: randomFrom(7) })))
  })

  test.each(Object.entries({ brokenTrace, randomTrace, serviceTrace }))('for %s', (_, make) => {
    for (let seed = 1; seed <= 30; seed++)
      expectTheSame(reconstruct(make({ spans: 1 + seed * 3, random: randomFrom(seed) })))
  })

  test('for messages, retries and clocks that are off', () => {
    expectTheSame(
      reconstruct(
        traceFromText(`
        % clock pay +40
        web  get-/buy   0  100  SERVER  @10.0.0.1 request_id=r note:5="a b"
          web  charge  10   20  CLIENT  ->pay error
          web  charge  40   30  CLIENT  ->pay
            pay  charge 45  20  SERVER  shared debug
          web  send    75    2  PRODUCER ->queue
            mail send  90  200  CONSUMER
        web  lost       5    1  parent=ff
      `),
      ),
    )
  })
})

describe('texts', () => {
  test('half a surrogate pair becomes U+FFFD; a whole pair stays', () => {
    const { tags } = spanOf({ tags: { a: '\ud800', b: 'x\udc00y', c: '\ud800\ud800\udc00', d: '🙂' } })
    expect(tags).toEqual({ a: '\ufffd', b: 'x\ufffdy', c: '\ufffd\u{10000}', d: '🙂' })
  })

  test.each([
    ['ASCII', 'x'.repeat(3_000_000)],
    ['pairs that lie across every piece it is read in', 'a' + '🙂'.repeat(20_000)],
    ['three bytes each', '汉'.repeat(20_000)],
  ])('a long one survives: %s', (_, long) => {
    expect(spanOf({ tags: { long }, otel: long })).toMatchObject({ tags: { long }, otel: long })
  })

  test('what a key is called changes nothing: __proto__ is a tag as others are', () => {
    const tags = JSON.parse(
      '{"__proto__":"a","constructor":"b","2":"c","hasOwnProperty":"d"}',
    ) as Span['tags']
    const read = spanOf({ tags }).tags
    expect(Object.entries(read)).toEqual(Object.entries(tags))
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype)
  })

  test('endpoints differ by what is unknown of them, and by nothing that a name holds', () => {
    const endpoints = [
      { serviceName: undefined, ipv4: undefined, ipv6: undefined, port: 1 },
      { serviceName: '', ipv4: undefined, ipv6: undefined, port: 1 },
      { serviceName: 'undefined', ipv4: undefined, ipv6: undefined, port: 1 },
      { serviceName: '=', ipv4: undefined, ipv6: undefined, port: 1 },
      { serviceName: '=x', ipv4: '1.1.1.1', ipv6: undefined, port: undefined },
      { serviceName: 'x', ipv4: undefined, ipv6: '::1', port: undefined },
      { serviceName: ' =x', ipv4: undefined, ipv6: undefined, port: undefined },
    ]
    const table = new TraceTable(
      columnsOf(viewOf(endpoints.map((localEndpoint, i) => makeSpan({ id: idOf(i + 1), localEndpoint })))),
    )
    const read = new Map(Array.from({ length: table.size }, (_, i) => [table.spanId(i), table.span(i)]))
    expect(endpoints.map((_, i) => read.get(idOf(i + 1))?.localEndpoint)).toStrictEqual(endpoints)
  })

  test('equal ones are held once; more than are kept in memory are still each its own', () => {
    const spans = Array.from({ length: 40_000 }, (_, i) =>
      makeSpan({ id: idOf(i + 1), tags: { n: String(i), same: 'y' } }),
    )
    const columns = columnsOf(viewOf(spans))
    expect(columns.texts.ends).toHaveLength(40_000 + 4)
    const table = new TraceTable(columns)
    for (let round = 0; round < 2; round++)
      for (let i = 1; i < table.size; i += 97)
        expect(table.span(i).tags).toEqual({ n: String(parseInt(table.spanId(i), 16) - 1), same: 'y' })
  })
})

test('a chain of 50,000 has its depths', () => {
  const view = reconstruct(shapedTrace('two chains', { spans: 100_000, random: randomFrom(7) }))
  const table = new TraceTable(columnsOf(view))
  expect(Array.from(table.depth)).toEqual(view.spans.map(({ depth }) => depth))
  expect(Array.from(table.childCount)).toEqual(view.spans.map(({ childCount }) => childCount))
})

test('corrected times are counted from the start of the trace, reported ones are as they came', () => {
  const columns = columnsOf(
    viewOf([
      makeSpan({ timestamp: 5 as never, duration: 10 as never }),
      makeSpan({ id: idOf(2), parentId: idOf(1), timestamp: 9 as never, duration: 3 as never }),
    ]),
  )
  expect(columns.start).toBe(5)
  expect(Array.from(columns.rows.start)).toEqual([0, 4])
  expect(Array.from(columns.rows.timestamp)).toEqual([5, 9])
  expect(columns.criticalPath).toEqual({
    span: Int32Array.of(0, 1, 0),
    start: Float64Array.of(0, 4, 7),
    end: Float64Array.of(4, 7, 10),
  })
})
