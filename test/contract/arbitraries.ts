// Random spans and questions from a small world, so that questions find something; with hostile texts among the names.
import fc from 'fast-check'
import {
  type AggregateQuery,
  type EdgeQuery,
  type Span,
  type SpanCondition,
  SPAN_KINDS,
  type SpanPredicate,
  type TracePredicate,
  type TraceQuery,
} from '@hopscope/model'

export const EPOCH = 1_790_000_000_000_000

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const service = fc.constantFrom('web', 'checkout', 'pay"ment', 'bänk', '\u{1f680}', '\uff00')
const operation = fc.constantFrom('get /', 'post /a', "o'neil; drop table spans", '')
const tagKey = fc.constantFrom(
  'error',
  'a',
  'a/b',
  'x~y',
  'q"k',
  'back\\slash',
  '__proto__',
  'constructor',
  'request_id',
  'x,"a',
  'x"a',
  ',',
  ':',
)
const tagValue = fc.constantFrom(
  '',
  '1',
  'v',
  '","a":"v"',
  ',"a":"v',
  ':',
  '{"a":"v"}',
  '\u0000',
  '<script>',
  '\\',
  '%',
  'r-1',
  'r-2',
  '["r-3"]',
  'a\nb',
  '-1.5e3',
  '0x1F',
  ' 1',
  '2.',
  '+.5',
  '1e-400',
  '1e400',
  '12345678901234567890123',
)
/** So far apart that an answer within 2 % of one is of no other. Microseconds. */
const DURATIONS = [1, 2, 7, 40, 43, 100, 999, 1100, 5000]
const note = fc.constantFrom('retry', 'error', 'a', '[1,"retry"]', '"')
const traceIds = ['000000000000000a', '000000000000000b', '0000000000000001000000000000000a', 'ffffffffffffffffffffffffffffffff', '00000000000000c0', '8000000000000000000000000000000b'] // prettier-ignore
const ids = Array.from({ length: 6 }, (_, i) => `${i + 1}`.padStart(16, '0'))
const time = fc.integer({ min: 0, max: 40 }).map((tick) => EPOCH + tick * 1000)
const endpoint = fc.record({
  serviceName: maybe(service),
  ipv4: maybe(fc.constantFrom('10.0.0.1', '10.0.0.2')),
  ipv6: maybe(fc.constantFrom('2001:db8::1')),
  port: maybe(fc.constantFrom(80, 65535)),
})
const tags = fc.dictionary(tagKey, tagValue, { maxKeys: 4, noNullPrototype: true })

export const anySpan: fc.Arbitrary<Span> = fc
  .record({
    traceId: fc.constantFrom(...traceIds),
    id: fc.constantFrom(...ids),
    parentId: maybe(fc.constantFrom(...ids)),
    kind: maybe(fc.constantFrom(...SPAN_KINDS)),
    name: maybe(operation).map((name) => name || undefined),
    timestamp: maybe(time),
    duration: maybe(fc.constantFrom(...DURATIONS)),
    localEndpoint: maybe(endpoint).map(orNothing),
    remoteEndpoint: maybe(endpoint).map(orNothing),
    annotations: fc.uniqueArray(fc.record({ timestamp: time, value: note }), {
      maxLength: 2,
      selector: (each) => `${each.timestamp}${each.value}`,
    }),
    tags,
    debug: fc.boolean(),
    shared: fc.boolean(),
    otel: fc.option(fc.constantFrom('{"links":[]}', '{}'), { nil: undefined }),
  })
  .map((span) => ({
    ...span,
    parentId: span.parentId === span.id ? undefined : span.parentId,
    annotations: span.annotations.sort((a, b) => a.timestamp - b.timestamp || (a.value < b.value ? -1 : 1)),
  })) as fc.Arbitrary<unknown> as fc.Arbitrary<Span>

function orNothing<T extends object>(value: T | undefined): T | undefined {
  return value !== undefined && Object.values(value).some((field) => field !== undefined) ? value : undefined
}

const pattern = fc.constantFrom(
  '',
  '.*',
  '.+',
  '(?s).+',
  '(?i)WEB|PAY.*',
  'b.nk',
  '.',
  '[^a]*',
  'v|1',
  'r-\\d',
  '\\["?r-3"?\\]|retry',
  'post|get /',
  '0+[1-3]',
  '[A-Z]+ER',
  '(a|b|\n)*',
  '\\d+',
  '^(?:1|v)$',
  '\\x00|%|\\\\',
)
const textField = fc.oneof(
  fc.record({
    on: fc.constantFrom(
      'service',
      'remoteService',
      'operation',
      'requestId',
      'kind',
      'duration',
      'error',
      'id',
      'parentId',
      'annotation',
    ),
  }),
  fc.record({ on: fc.constant('tag'), key: tagKey }),
)
const comparison = fc.constantFrom('=', '>', '>=', '<', '<=')
const condition = fc.oneof(
  fc.record({
    field: fc.record({ on: fc.constantFrom('service', 'remoteService') }),
    is: fc.constant('='),
    value: fc.oneof(service, fc.constantFrom('nobody', '')),
  }),
  fc.record({ field: fc.constant({ on: 'operation' }), is: fc.constant('='), value: operation }),
  fc.record({
    field: fc.constant({ on: 'requestId' }),
    is: fc.constant('='),
    value: fc.constantFrom('r-1', 'r-2', 'r-3', 'v', ''),
  }),
  fc.record({
    field: fc.constant({ on: 'kind' }),
    is: fc.constant('='),
    value: fc.constantFrom(...SPAN_KINDS, 'none', ''),
  }),
  fc.record({
    field: fc.record({ on: fc.constantFrom('id', 'parentId') }),
    is: fc.constant('='),
    value: fc.constantFrom(...ids, '0'.repeat(16), '1', 'ABCDEF0123456789', "'"),
  }),
  fc.record({
    field: fc.constant({ on: 'duration' }),
    is: comparison,
    number: fc.constantFrom(...DURATIONS, 0, -1, 2.5, 1e300),
  }),
  fc.record({
    field: fc.constant({ on: 'duration' }),
    is: fc.constant('='),
    value: fc.constantFrom('40', '4e1', ''),
  }),
  fc.record({
    field: fc.record({ on: fc.constant('tag'), key: tagKey }),
    is: comparison,
    number: fc.constantFrom(1, 0, 2, 0.5, -1500, 31, 1.2345678901234568e22, 1e-320),
  }),
  fc.record({
    field: fc.oneof(fc.constant({ on: 'error' }), fc.record({ on: fc.constant('tag'), key: tagKey })),
    is: fc.constant('='),
    value: tagValue,
  }),
  fc.record({ field: fc.constant({ on: 'annotation' }), is: fc.constant('='), value: note }),
  fc.record({ field: textField, is: fc.constant('present') }),
  { weight: 3, arbitrary: fc.record({ field: textField, is: fc.constant('=~'), value: pattern }) },
) as fc.Arbitrary<unknown> as fc.Arbitrary<SpanCondition>

const { spanPredicate } = fc.letrec<{ spanPredicate: SpanPredicate }>((tie) => ({
  spanPredicate: fc.oneof(
    { depthSize: 'small' },
    { weight: 3, arbitrary: condition },
    fc.record({ all: fc.array(tie('spanPredicate'), { maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('spanPredicate'), { maxLength: 3 }) }),
    fc.record({ not: tie('spanPredicate') }),
  ),
}))

const { tracePredicate } = fc.letrec<{ tracePredicate: TracePredicate }>((tie) => ({
  tracePredicate: fc.oneof(
    { depthSize: 'small' },
    { weight: 4, arbitrary: fc.record({ span: spanPredicate }) },
    fc.record({
      on: fc.constant('traceId'),
      is: fc.constant('='),
      value: fc.constantFrom(...traceIds, 'f'.repeat(16)),
    }) as fc.Arbitrary<unknown> as fc.Arbitrary<TracePredicate>,
    fc.record({
      on: fc.constant('traceDuration' as const),
      is: comparison as fc.Arbitrary<'='>,
      value: fc.constantFrom(0, 1, 40, 5000, 30_000, 38_000.5, 1e300),
    }),
    fc.record({ all: fc.array(tie('tracePredicate'), { maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('tracePredicate'), { maxLength: 3 }) }),
  ),
}))

const cursor = { start: time, traceId: fc.constantFrom(...traceIds) }
const order = fc.oneof(
  fc.record({ sort: fc.constantFrom('time', undefined), after: maybe(fc.record(cursor)) }),
  fc.record({
    sort: fc.constantFrom('duration', 'spans', 'errors'),
    after: maybe(
      fc.record({ ...cursor, value: fc.oneof(fc.integer({ min: 0, max: 80 }), fc.constant(39_000)) }),
    ),
  }),
)

export const anyQuery: fc.Arbitrary<TraceQuery> = fc
  .record({
    from: maybe(time),
    to: maybe(time),
    where: tracePredicate,
    order,
    limit: fc.integer({ min: 1, max: 7 }),
  })
  .map(({ order: sorted, ...query }) => ({
    ...query,
    ...sorted,
  })) as fc.Arbitrary<unknown> as fc.Arbitrary<TraceQuery>

/** Slices that begin anywhere, some of them empty, some beyond the window's end. */
const slices = {
  from: time.map((from) => from - 20_000),
  to: time.map((to) => to + 1),
  step: maybe(fc.constantFrom(1000, 7001, 1_000_000)),
  quantiles: fc.subarray([0, 0.25, 0.5, 0.9, 0.99, 1]),
}

export const anyAggregate: fc.Arbitrary<AggregateQuery> = fc.record({
  ...slices,
  where: spanPredicate,
  by: fc.uniqueArray(
    fc.oneof(
      fc.record({ on: fc.constantFrom('service', 'operation', 'remoteService', 'kind') }),
      fc.record({ on: fc.constant('tag'), key: tagKey }),
    ),
    { maxLength: 3 },
  ),
  limit: fc.constantFrom(1, 2, 5, 1000),
}) as fc.Arbitrary<unknown> as fc.Arbitrary<AggregateQuery>

export const anyEdgeQuery = fc.record(slices) as fc.Arbitrary<unknown> as fc.Arbitrary<EdgeQuery>

/** The one of {@link DURATIONS} that this is within 2 % of; undefined if none. */
export function durationMeant(duration: number): number | undefined {
  return DURATIONS.find((exact) => Math.abs(duration - exact) <= exact * 0.02)
}

type Native = (condition: SpanCondition) => boolean

/** The question with every condition that the store can't do left out. */
export function nativeOnly(predicate: TracePredicate, native: Native): TracePredicate {
  if ('all' in predicate) return { all: predicate.all.map((part) => nativeOnly(part, native)) }
  if ('any' in predicate) return { any: predicate.any.map((part) => nativeOnly(part, native)) }
  return 'span' in predicate ? { span: nativeSpan(predicate.span, native) } : predicate
}

function nativeSpan(predicate: SpanPredicate, native: Native): SpanPredicate {
  if ('all' in predicate) return { all: predicate.all.map((part) => nativeSpan(part, native)) }
  if ('any' in predicate) return { any: predicate.any.map((part) => nativeSpan(part, native)) }
  if ('not' in predicate) return { not: nativeSpan(predicate.not, native) }
  return native(predicate) ? predicate : { all: [] }
}
