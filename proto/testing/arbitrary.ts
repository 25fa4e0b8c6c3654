// Any span that a codec can give, for tests that must hold for all of them.
import type { Span } from '@hopscope/model'
import fc from 'fast-check'
import { ipFrom } from '../ip.ts'

const hex = (length: number) =>
  fc
    .string({ unit: fc.constantFrom(...'0123456789abcdef'.split('')), minLength: length, maxLength: length })
    .filter((id) => !/^0{16}/.test(id))
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom('__proto__', 'constructor', 'toString', '\u0000', '', '7', '\u2028', '"\\', '🙂'),
)
const name = maybe(text.map((value) => value.toLowerCase()).filter((value) => value !== ''))
const micros = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
const ipv6 = fc
  .ipV6()
  .map(ipFrom)
  .filter((ip) => ip === undefined || ip.includes(':'))
const endpoint = maybe(
  fc
    .record({
      serviceName: name,
      ipv4: maybe(fc.ipV4()),
      ipv6: maybe(ipv6),
      port: maybe(fc.integer({ min: 1, max: 65535 })),
    })
    .filter((fields) => Object.values(fields).some((field) => field !== undefined)),
)
const annotations = fc
  .uniqueArray(fc.tuple(micros, text), { maxLength: 4, selector: (pair) => JSON.stringify(pair) })
  .map((pairs) =>
    pairs
      .map(([timestamp, value]) => ({ timestamp, value }))
      .sort((a, b) => a.timestamp - b.timestamp || (a.value < b.value ? -1 : 1)),
  )

export const arbitrarySpan: fc.Arbitrary<Span> = fc
  .record({
    traceId: fc.oneof(hex(16), hex(32)),
    id: hex(16),
    parentId: maybe(hex(16)),
    kind: maybe(fc.constantFrom('CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER')),
    name,
    timestamp: maybe(micros),
    duration: maybe(micros),
    localEndpoint: endpoint,
    remoteEndpoint: endpoint,
    annotations,
    tags: fc.array(fc.tuple(text, text), { maxLength: 6 }).map((pairs) => Object.fromEntries(pairs)),
    debug: fc.boolean(),
    shared: fc.boolean(),
    otel: fc.constant(undefined),
  })
  .filter((fields) => fields.id !== fields.parentId && !(fields.shared && fields.kind === 'CLIENT'))
  .map((fields) => fields as unknown as Span)
