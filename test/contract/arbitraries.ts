// Random spans and questions from a small world, so that questions find something; with hostile texts among the names.
import fc from 'fast-check'
import { type Span, type SpanCondition, SPAN_KINDS, type TraceQuery } from '@hopscope/model'

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
)
const tagValue = fc.constantFrom(
  '',
  '1',
  'v',
  '","a":"v"',
  '{"a":"v"}',
  '\u0000',
  '<script>',
  '\\',
  '%',
  'r-1',
  'r-2',
  '["r-3"]',
)
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
    duration: maybe(fc.integer({ min: 1, max: 5000 })),
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

const condition = fc.oneof(
  fc.record({
    field: fc.record({ on: fc.constantFrom('service', 'remoteService') }),
    is: fc.constant('='),
    value: fc.oneof(service, fc.constant('nobody')),
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
    value: fc.constantFrom(...SPAN_KINDS),
  }),
  fc.record({
    field: fc.constant({ on: 'duration' }),
    is: fc.constantFrom('>=', '<='),
    value: fc.integer({ min: 1, max: 5000 }),
  }),
  fc.record({
    field: fc.record({ on: fc.constant('tag'), key: tagKey }),
    is: fc.constant('='),
    value: tagValue,
  }),
  fc.record({ field: fc.record({ on: fc.constant('tag'), key: tagKey }), is: fc.constant('present') }),
  fc.record({ field: fc.constant({ on: 'annotation' }), is: fc.constant('='), value: note }),
  fc.record({
    field: fc.record({
      on: fc.constantFrom(
        'service',
        'remoteService',
        'operation',
        'requestId',
        'kind',
        'duration',
        'error',
        'annotation',
      ),
    }),
    is: fc.constant('present'),
  }),
) as fc.Arbitrary<unknown> as fc.Arbitrary<SpanCondition>

const part = fc.oneof(
  { weight: 4, arbitrary: condition },
  { weight: 1, arbitrary: fc.array(condition, { maxLength: 3 }).map((anyOf) => ({ anyOf })) },
)

export const anyQuery: fc.Arbitrary<TraceQuery> = fc.record({
  from: maybe(time),
  to: maybe(time),
  spans: fc.array(fc.array(part, { maxLength: 2 }), { maxLength: 2 }),
  limit: fc.integer({ min: 1, max: 7 }),
  after: maybe(fc.record({ start: time, traceId: fc.constantFrom(...traceIds) })),
}) as fc.Arbitrary<unknown> as fc.Arbitrary<TraceQuery>
