// Random spans for tests of documents: no field is too long, too odd or too much like our own marks.
import fc from 'fast-check'
import { type Endpoint, REQUEST_ID_TAGS, type Span, SPAN_KINDS } from '@hopscope/model'
import { makeSpan } from '@hopscope/model/testing'

const ODD = ['', '=', '\\', '\\#', '\\=', '\\\\', '\\#a=b', 'a=b', '__proto__', 'constructor', 'error', 'request_id', '\u0000', '\ud800', '\udc00x', '\ufffd', '\uffff', '\u{1f680}', '"', '\n', '["r"]', `\\#${'A'.repeat(27)}=`] // prettier-ignore

/** Around the length at which a text is no longer a term of its own, and far beyond. */
const long = fc
  .tuple(
    fc.constantFrom('x', '=', '\\', '\u{1f680}', '\uffff'),
    fc.constantFrom(0, 499, 500, 501, 998, 999, 1000, 1001, 20_000),
  ) // prettier-ignore
  .map(([unit, times]) => unit.repeat(times))

export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...ODD),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('a', '=', '\\', '#', '\ud83d', '\ude80') }),
  fc.tuple(fc.constantFrom(...ODD), long).map(([odd, rest]) => odd + rest),
)

/** Objects as JSON.parse makes them. */
const PLAIN = { noNullPrototype: true } as const
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const hex = (digits: number) =>
  fc.string({
    unit: fc.constantFrom(...Array.from('0123456789abcdef')),
    minLength: digits,
    maxLength: digits,
  })
const micros = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })

const endpoint: fc.Arbitrary<Endpoint | undefined> = fc
  .record(
    {
      serviceName: maybe(anyText),
      ipv4: maybe(fc.ipV4()),
      ipv6: maybe(fc.ipV6()),
      port: maybe(fc.integer({ min: 1, max: 65_535 })),
    },
    PLAIN,
  )
  .map((each) => (Object.values(each).some((field) => field !== undefined) ? each : undefined))

const key = fc.oneof(anyText, fc.constantFrom(...REQUEST_ID_TAGS))
const value = fc.oneof(anyText, fc.constantFrom('r', ' r ', '["r"]', '[""]', '[r'))
const tags = fc.array(fc.tuple(key, value), { maxLength: 5 }).map((each) => Object.fromEntries(each))

export const oddSpan: fc.Arbitrary<Span> = fc
  .record({
    traceId: fc.oneof(hex(16), hex(32)),
    id: hex(16),
    parentId: maybe(hex(16)),
    kind: maybe(fc.constantFrom(...SPAN_KINDS)),
    name: maybe(anyText),
    timestamp: maybe(micros),
    duration: maybe(micros),
    localEndpoint: endpoint,
    remoteEndpoint: endpoint,
    annotations: fc.array(fc.record({ timestamp: micros, value: anyText }, PLAIN), { maxLength: 3 }),
    tags,
    debug: fc.boolean(),
    shared: fc.boolean(),
    otel: fc.option(fc.constantFrom('{"links":[]}', '{}'), { nil: undefined }),
  })
  .map((fields) => makeSpan(fields as unknown as Partial<Span>))
