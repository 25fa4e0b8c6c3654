import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { matchesQuery, matchesSpan } from '../search/evaluate.ts'
import { MATCH_WITHIN, type SpanCondition, type TracePredicate } from '../search/query.ts'
import { type Span, SPAN_KINDS, type Trace, type TraceId } from '../span.ts'
import { idOf, makeSpan, TEXT_EPOCH } from '../testing/trace-text.ts'
import {
  type FieldExpression,
  SPANSET_OPERATORS,
  type SpansetExpression,
  type Stage,
  type TraceQl,
} from './ast.ts'
import { matchTrace } from './evaluate.ts'
import { parseTraceQl } from './parser.ts'
import { planOf, spanPredicateOf } from './plan.ts'
import { printTraceQl } from './print.ts'

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const text = fc.constantFrom('a', 'B', '5', '7.50', 'true', 'web', 'error', 'OK')

const anySpan = fc
  .record({
    id: fc.integer({ min: 1, max: 6 }).map(idOf),
    parentId: maybe(fc.integer({ min: 1, max: 6 }).map(idOf)),
    kind: maybe(fc.constantFrom(...SPAN_KINDS)),
    name: maybe(fc.constantFrom('a', 'b', '5')),
    timestamp: maybe(fc.constantFrom(0, 1, 5, MATCH_WITHIN, MATCH_WITHIN + 1).map((at) => TEXT_EPOCH + at)),
    duration: maybe(fc.constantFrom(1, 5, 7)),
    localEndpoint: maybe(fc.constantFrom('web', 'db').map((serviceName) => ({ serviceName }))),
    remoteEndpoint: maybe(fc.constantFrom('web', 'db').map((serviceName) => ({ serviceName }))),
    annotations: fc.array(
      fc
        .constantFrom('a', '"a":{"k":"v"}', '"a":', 'true')
        .map((value) => ({ timestamp: TEXT_EPOCH, value })),
      { maxLength: 2 },
    ),
    tags: fc.dictionary(
      fc.constantFrom('a', 'b', 'error', 'otel.status_code', 'otel.status_description', 'request_id'),
      text,
      { maxKeys: 3, noNullPrototype: true },
    ),
    shared: fc.boolean(),
  })
  .map((fields) => makeSpan(fields as unknown as Partial<Span>))
const anyTrace = fc.array(anySpan, { minLength: 1, maxLength: 6 }).map((spans): Trace => {
  return { traceId: '000000000000000a' as TraceId, spans }
})

const field = fc
  .oneof(
    fc.constantFrom('.a', 'span.b', '.error'),
    fc.constantFrom(
      'service', 'remoteService', 'name', 'status', 'statusMessage', 'kind', 'duration', 'childCount', 'spanId',
      'parentId', 'event', 'requestId', 'traceId', 'traceDuration', 'rootName', 'rootService',
    ), // prettier-ignore
  )
  .map((name): FieldExpression => {
    if (name.includes('.'))
      return { kind: 'field', field: { kind: 'attribute', scope: undefined, key: name.replace(/.*\./, '') } }
    return { kind: 'field', field: { kind: 'intrinsic', name: name as 'service' } }
  })
const literal = fc
  .oneof(
    text.map((value) => ({ type: 'text', value })),
    fc.constantFrom('000000000000000a', '1', 'client').map((value) => ({ type: 'text', value })),
    fc.constantFrom(0, 1, 5, 7.5, -3).map((value) => ({ type: 'number', value })),
    fc.constantFrom(1, 5, 7).map((value) => ({ type: 'duration', value })),
    fc.boolean().map((value) => ({ type: 'boolean', value })),
    fc.constantFrom('error', 'ok', 'unset').map((value) => ({ type: 'status', value })),
    fc.constantFrom('client', 'unspecified', 'internal').map((value) => ({ type: 'kind', value })),
    fc.constant({ type: 'nil' }),
  )
  .map((value) => ({ kind: 'literal', value }) as FieldExpression)
const comparison = fc.constantFrom('=', '!=', '>', '>=', '<', '<=', '=~', '!~')
const binary = (left: fc.Arbitrary<FieldExpression>, op: fc.Arbitrary<string>, right = left) =>
  fc.record({
    kind: fc.constant('binary'),
    op,
    left,
    right,
  }) as fc.Arbitrary<unknown> as fc.Arbitrary<FieldExpression>

const { expression } = fc.letrec<{ expression: FieldExpression; operand: FieldExpression }>((tie) => ({
  operand: fc.oneof(
    { depthSize: 'small' },
    field,
    literal,
    binary(fc.oneof(field, literal), fc.constantFrom('+', '-', '*', '/')),
    tie('operand').map((of) => ({ kind: 'unary', op: '-', of }) as const),
  ),
  expression: fc.oneof(
    { depthSize: 'small' },
    { weight: 6, arbitrary: binary(field, comparison, literal) },
    { weight: 2, arbitrary: binary(tie('operand'), comparison) },
    { weight: 1, arbitrary: fc.oneof(field, literal) },
    { weight: 4, arbitrary: binary(tie('expression'), fc.constantFrom('&&', '||')) },
    { weight: 3, arbitrary: tie('expression').map((of) => ({ kind: 'unary', op: '!', of }) as const) },
  ),
}))
const filter = maybe(expression).map((where): SpansetExpression => ({ kind: 'filter', where }))
const spanset = fc.oneof(
  { weight: 4, arbitrary: filter },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('operation' as const),
      op: fc.constantFrom(...SPANSET_OPERATORS),
      left: filter,
      right: filter,
    }),
  },
)
const later: fc.Arbitrary<Stage> = fc.oneof(
  spanset.map((of) => ({ kind: 'spans', of }) as const),
  fc.tuple(fc.constantFrom('>', '>=', '=', '!=', '<'), fc.constantFrom(0, 1, 2)).map(([op, value]): Stage => {
    const right = { kind: 'literal', value: { type: 'number', value } } as const
    return { kind: 'scalar', left: { kind: 'aggregate', fn: 'count' }, op: op as '>', right }
  }),
  field.map((of) => ({ kind: 'by', of }) as const),
  fc.constant({ kind: 'coalesce' } as const),
)
const anyQuery = fc
  .tuple(spanset, fc.array(later, { maxLength: 2 }))
  .map(([of, stages]): TraceQl => ({ stages: [{ kind: 'spans', of }, ...stages] }))

const natives: Readonly<Record<string, (condition: SpanCondition) => boolean>> = {
  'any condition': () => true,
  'no condition': () => false,
  'presence only': ({ is }) => is === 'present',
  'no presence': ({ is }) => is !== 'present',
  'equality only': ({ is }) => is === '=',
  'all but request ids and tags': ({ field: { on } }) => on !== 'requestId' && on !== 'tag',
}
const meets = (trace: Trace, where: TracePredicate) =>
  matchesQuery(trace, { from: undefined, to: undefined, where, limit: 1, after: undefined })

describe('a plan', () => {
  test.each(Object.entries(natives))('for a store that does %s is met by every trace found', (_, native) => {
    let [found, exactly] = [0, 0]
    fc.assert(
      fc.property(anyQuery, fc.array(anyTrace, { minLength: 1, maxLength: 3 }), (query, traces) => {
        const { where, exact } = planOf(query, native)
        const text = printTraceQl(query)
        for (const trace of traces) {
          const isFound = matchTrace(query, trace) !== undefined
          const isMet = meets(trace, where)
          if (isFound) found++
          if (exact) exactly++
          if (isFound || exact) expect([text, where, exact, isMet]).toEqual([text, where, exact, isFound])
        }
      }),
      { numRuns: 3000 },
    )
    expect([found > 100, exactly > 100]).toEqual([true, true])
  })

  const planned = (query: string) => planOf(parseTraceQl(query), natives['any condition'] ?? (() => false))
  const tag = (key: string, value: string) => ({ field: { on: 'tag', key }, is: '=', value })

  test.each<[string, unknown, boolean]>([
    ['{ }', { all: [] }, true],
    [
      '{ .a = 1 && name = "B" }',
      { span: { all: [tag('a', '1'), { field: { on: 'operation' }, is: '=', value: 'b' }] } },
      true,
    ],
    ['{ .a = 1 } && { .b = 2 }', { all: [{ span: tag('a', '1') }, { span: tag('b', '2') }] }, true],
    ['{ .a = 1 } || { .b = 2 }', { any: [{ span: tag('a', '1') }, { span: tag('b', '2') }] }, true],
    ['{ .a = 1 } >> { .b = 2 }', { all: [{ span: tag('a', '1') }, { span: tag('b', '2') }] }, false],
    ['{ .a = 1 } !> { .b = 2 }', { span: tag('b', '2') }, false],
    ['{ .a = 1 } | count() >= 1', { span: tag('a', '1') }, true],
    ['{ .a = 1 } | count() > 1', { span: tag('a', '1') }, false],
    ['{ .a = 1 } | by(.b) | select(.c)', { span: tag('a', '1') }, true],
    [
      '{ traceDuration > 2s && .a = 1 }',
      { all: [{ on: 'traceDuration', is: '>', value: 2_000_000 }, { span: tag('a', '1') }] },
      true,
    ],
    [
      '{ traceDuration > 2s || .a = 1 }',
      { any: [{ on: 'traceDuration', is: '>', value: 2_000_000 }, { span: tag('a', '1') }] },
      true,
    ],
    ['{ !(traceDuration > 2s) }', { on: 'traceDuration', is: '<=', value: 2_000_000 }, true],
    ['{ trace:id = "AB" }', { on: 'traceId', is: '=', value: '00000000000000ab' }, true],
    [
      '{ rootServiceName = "Web" && .a = 1 }',
      { all: [{ span: { field: { on: 'service' }, is: '=', value: 'web' } }, { span: tag('a', '1') }] },
      false,
    ],
    [
      '{ .a > .b }',
      {
        span: {
          all: [
            { field: { on: 'tag', key: 'a' }, is: 'present' },
            { field: { on: 'tag', key: 'b' }, is: 'present' },
          ],
        },
      },
      false,
    ],
    ['{ .a > 2 * 3 }', { span: { field: { on: 'tag', key: 'a' }, is: '>', number: 6 } }, true],
    ['{ status != error }', { span: { not: { field: { on: 'error' }, is: 'present' } } }, true],
    ['{ kind != client }', { span: { not: { field: { on: 'kind' }, is: '=', value: 'CLIENT' } } }, true],
  ])('of %s', (query, where, exact) => {
    expect(planned(query)).toEqual({ where, exact })
  })

  test('for a store that can’t find request ids leaves out all conditions on that span, which may have begun late', () => {
    const query = parseTraceQl('{ requestId = "r" && .a = 1 && traceDuration > 1s }')
    expect(planOf(query, ({ field: { on } }) => on !== 'requestId')).toEqual({
      where: { on: 'traceDuration', is: '>', value: 1_000_000 },
      exact: false,
    })
  })

  test('of spans alone passes the spans that the query finds, or there is none', () => {
    let said = 0
    fc.assert(
      fc.property(filter, anyTrace, (of, trace) => {
        const query: TraceQl = { stages: [{ kind: 'spans', of }] }
        const predicate = spanPredicateOf(query)
        if (predicate === undefined) return
        said++
        for (const span of trace.spans) {
          const alone = { ...trace, spans: [{ ...span, timestamp: TEXT_EPOCH }] }
          expect([printTraceQl(query), matchesSpan(span, predicate)]).toEqual([
            printTraceQl(query),
            matchTrace(query, alone) !== undefined,
          ])
        }
      }),
      { numRuns: 3000 },
    )
    expect(said).toBeGreaterThan(500)
    for (const query of [
      '{ traceDuration > 1s }',
      '{ .a > .b }',
      '{ .a = 1 } && { .b = 1 }',
      '{ .a = 1 } | count() > 1',
    ])
      expect(spanPredicateOf(parseTraceQl(query))).toBeUndefined()
  })
})
