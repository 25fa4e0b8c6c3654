// B3 by its spec (github.com/openzipkin/b3-propagation) and by the cases of Brave's tests of B3Propagation, B3SingleFormat
// and its hex codec, told in our words.
//
// Left out of Brave's: formats by the kind of span and of several at once (here the composition's matter, see
// formats.test.ts), bytes as output, parsing from the middle of a string, what its log says, equality of its factories,
// and a context without a decision, which here can only be received: ours are always decided.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Context } from '../context/context.ts'
import { b3, b3Single } from './b3.ts'
import { type FormatName, propagatorOf } from './formats.ts'
import type { Extracted, Propagator } from './propagator.ts'

const HIGH = '1234567890123459'
const TRACE = '1234567890123451'
const PARENT = '1234567890123452'
const SPAN = '1234567890123453'
const ZERO = '0'.repeat(16)

const extract = (propagator: Propagator, headers: Readonly<Record<string, string>>): Extracted => {
  const carrier = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  return propagator.extract(carrier, (from, name) => from.get(name.toLowerCase()))
}
const inject = (propagator: Propagator, context: Partial<Context>) => {
  const carrier: Record<string, string> = {}
  const whole = { requestId: 'r', traceId: TRACE, spanId: SPAN, sampled: true, ...context }
  propagator.inject(whole, carrier, (to, name, value) => {
    to[name] = value
  })
  return carrier
}

interface Multi {
  trace?: string
  span?: string
  parent?: string
  sampled?: string
  flags?: string
}
const NAMES = {
  trace: 'X-B3-TraceId',
  span: 'X-B3-SpanId',
  parent: 'X-B3-ParentSpanId',
  sampled: 'X-B3-Sampled',
  flags: 'X-B3-Flags',
} as const
const multi = (told: Multi): Record<string, string> =>
  Object.fromEntries(Object.entries(told).map(([part, value]) => [NAMES[part as keyof Multi], value]))
const IDS = { traceId: TRACE, spanId: SPAN }
const ids = { trace: TRACE, span: SPAN }

describe('several headers are read', () => {
  test.each<[string, Multi, Extracted]>([
    ['no decision yet', ids, IDS],
    ['sampled', { ...ids, sampled: '1' }, { ...IDS, sampled: true }],
    ['sampled, by an old client', { ...ids, sampled: 'true' }, { ...IDS, sampled: true }],
    ['not sampled', { ...ids, sampled: '0' }, { ...IDS, sampled: false }],
    ['not sampled, by an old client', { ...ids, sampled: 'false' }, { ...IDS, sampled: false }],
    ['not sampled, in capitals', { sampled: 'FALSE' }, { sampled: false }],
    ['128 bits', { ...ids, trace: HIGH + TRACE }, { ...IDS, traceId: HIGH + TRACE }],
    ['128 bits, the high ones zero', { ...ids, trace: ZERO + TRACE }, { ...IDS, traceId: ZERO + TRACE }],
    ['128 bits, the low ones zero', { ...ids, trace: HIGH + ZERO }, { ...IDS, traceId: HIGH + ZERO }],
    ['a parent', { ...ids, parent: PARENT, sampled: '1' }, { ...IDS, parentSpanId: PARENT, sampled: true }],
    ['a parent of zeros, which is none', { ...ids, parent: ZERO }, IDS],
    ['debug', { ...ids, flags: '1' }, { ...IDS, sampled: true, debug: true }],
    [
      'debug, which goes before not sampled',
      { ...ids, flags: '1', sampled: '0' },
      { ...IDS, sampled: true, debug: true },
    ],
    ['other flags, which say nothing', { ...ids, flags: '2', sampled: '0' }, { ...IDS, sampled: false }],
    ['not sampled alone', { sampled: '0' }, { sampled: false }],
    ['sampled alone', { sampled: '1' }, { sampled: true }],
    ['debug alone', { flags: '1' }, { sampled: true, debug: true }],
    ['a decision beside a span id alone', { span: SPAN, sampled: '1' }, { sampled: true }],
    [
      'a decision that came twice, by its first value',
      { ...ids, sampled: '0, 1' },
      { ...IDS, sampled: false },
    ],
    ['ids that came twice, by their first', { trace: `${TRACE}, ${HIGH}`, span: `${SPAN},${HIGH}` }, IDS],
  ])('with %s', (_what, told, found) => {
    expect(extract(b3, multi(told))).toEqual(found)
  })

  test.each<[string, Multi]>([
    ['nothing', {}],
    ['a trace id of zeros', { ...ids, trace: ZERO }],
    ['a trace id of 128 zeros', { ...ids, trace: ZERO + ZERO }],
    ['a span id of zeros', { ...ids, span: ZERO }],
    ['a dash for a parent', { ...ids, parent: '-' }],
    ['an empty parent', { ...ids, parent: '' }],
    ['a dash for a trace id, and a decision', { trace: '-', sampled: '1' }],
    ['an empty decision', { ...ids, sampled: '' }],
    ['d for a decision', { ...ids, sampled: 'd' }],
    ['an emoji for a decision', { ...ids, sampled: '💩' }],
    ['a word for a decision', { ...ids, sampled: 'hello' }],
    ['a trace id without a span id', { trace: TRACE, sampled: '1' }],
    ['a span id alone', { span: SPAN }],
    ['a trace id of one digit', { ...ids, trace: '0' }],
    ['an empty trace id', { ...ids, trace: '' }],
    ['a trace id of 33 digits', { ...ids, trace: 'f'.repeat(33) }],
    ['a trace id with what follows 9', { ...ids, trace: TRACE.replace('1', ':') }],
    ['a trace id with what is before 0', { ...ids, trace: TRACE.replace('1', '/') }],
    ['a trace id with g', { ...ids, trace: TRACE.replace('1', 'g') }],
    ['a trace id with what is before a', { ...ids, trace: TRACE.replace('1', '`') }],
    ['a trace id in capitals', { ...ids, trace: 'A'.repeat(16) }],
    ['a span id in capitals', { ...ids, span: 'A'.repeat(16) }],
    ['a span id of 15 digits', { ...ids, span: SPAN.slice(1) }],
    ['a span id of 128 bits', { ...ids, span: HIGH + SPAN }],
    ['a parent of 128 bits', { ...ids, parent: HIGH + SPAN }],
  ])('as nothing, with %s', (_what, told) => {
    expect(extract(b3, multi(told))).toEqual({})
  })
})

describe('one header is read', () => {
  test.each<[string, Extracted]>([
    [
      `${HIGH}${TRACE}-${SPAN}-1-${PARENT}`,
      { traceId: HIGH + TRACE, spanId: SPAN, parentSpanId: PARENT, sampled: true },
    ],
    [
      `${ZERO}${TRACE}-${SPAN}-1-${PARENT}`,
      { traceId: ZERO + TRACE, spanId: SPAN, parentSpanId: PARENT, sampled: true },
    ],
    [
      `${HIGH}${ZERO}-${SPAN}-1-${PARENT}`,
      { traceId: HIGH + ZERO, spanId: SPAN, parentSpanId: PARENT, sampled: true },
    ],
    [`${TRACE}-${SPAN}`, IDS],
    [`${HIGH}${TRACE}-${SPAN}`, { ...IDS, traceId: HIGH + TRACE }],
    [`${TRACE}-${SPAN}-0`, { ...IDS, sampled: false }],
    [`${TRACE}-${SPAN}-1`, { ...IDS, sampled: true }],
    [`${TRACE}-${SPAN}-d`, { ...IDS, sampled: true, debug: true }],
    [`${TRACE}-${SPAN}-0-${PARENT}`, { ...IDS, parentSpanId: PARENT, sampled: false }],
    [`${TRACE}-${SPAN}-d-${PARENT}`, { ...IDS, parentSpanId: PARENT, sampled: true, debug: true }],
    [`${TRACE}-${SPAN}-${PARENT}`, { ...IDS, parentSpanId: PARENT }],
    [`${TRACE}-${SPAN}-1-${ZERO}`, { ...IDS, sampled: true }],
    [
      '4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7',
      { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' },
    ],
    [
      '80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1-05e3ac9a4f6e3b90',
      {
        traceId: '80f198ee56343ba864fe8b2a57d3eff7',
        spanId: 'e457b5a2e4d86bd1',
        parentSpanId: '05e3ac9a4f6e3b90',
        sampled: true,
      },
    ],
    ['0', { sampled: false }],
    ['1', { sampled: true }],
    ['d', { sampled: true, debug: true }],
  ])('b3: %s', (value, found) => {
    expect(extract(b3Single, { b3: value })).toEqual(found)
  })

  test.each([
    '',
    '-',
    '2',
    'D',
    'true',
    'not-a-tumor',
    `${TRACE}-${SPAN.slice(0, 15)}💩`,
    'b970dafd-0d95-40aa-95d8-1d8725aebe40',
    `${ZERO}-${SPAN}-1-${PARENT}`,
    `${ZERO}${ZERO}-${SPAN}-1-${PARENT}`,
    `${TRACE}-${ZERO}-1-${PARENT}`,
    `${TRACE}-${SPAN}-1-${PARENT}-`,
    `${TRACE}-${SPAN}-f`,
    `${TRACE}-${SPAN}-D`,
    `-234567812345678-${SPAN}`,
    `-${SPAN}`,
    `${TRACE}--`,
    `${TRACE}-`,
    TRACE,
    `${TRACE}--${PARENT}`,
    `${TRACE}-${SPAN}-`,
    `${TRACE}-${SPAN}--${PARENT}`,
    `${TRACE}-${SPAN}-d-`,
    `1-${SPAN}`,
    `${HIGH.slice(0, 15)}${TRACE}-${SPAN}`,
    `${TRACE}-${SPAN.slice(0, 15)}`,
    `${TRACE}-${SPAN}-${PARENT.slice(0, 15)}`,
    `${TRACE}-${SPAN}-1-${PARENT.slice(0, 15)}`,
    `${TRACE}${TRACE}a-${SPAN}`,
    `${TRACE}-${SPAN}a`,
    `${TRACE}-${SPAN}-11-${PARENT}`,
    `${TRACE}-${SPAN}-${PARENT}a`,
    `${TRACE}-${SPAN}-1-${PARENT}a`,
    `${TRACE}-${SPAN}-1_${PARENT}`,
    `${TRACE}_${SPAN}-1`,
    `${TRACE}-${SPAN}_1`,
    `${'A'.repeat(16)}-${SPAN}-1`,
    `${TRACE}-${'A'.repeat(16)}-1`,
    `${TRACE}-${SPAN}-1-${'A'.repeat(16)}`,
    `${TRACE}-${SPAN}-1, ${TRACE}-${SPAN}-1`,
    `b3=${TRACE}-${SPAN}`,
    'f'.repeat(100_000),
  ])('as nothing: b3: %.80s', (value) => {
    expect(extract(b3Single, { b3: value })).toEqual({})
  })
})

describe('one header and several', () => {
  const other = multi({ trace: HIGH, span: SPAN, sampled: '0' })

  test.each<FormatName[][]>([[['b3', 'b3-single']], [['b3-single', 'b3']]])(
    'the one goes before the many, in the order %j too',
    (order) => {
      const propagator = propagatorOf({ extract: order })
      expect(extract(propagator, { ...other, b3: `${TRACE}-${SPAN}-1` })).toEqual({ ...IDS, sampled: true })
      expect(extract(propagator, { ...other, b3: '1' })).toEqual({ sampled: true })
      expect(extract(propagator, { ...other, b3: `${TRACE}-${SPAN}` })).toEqual(IDS)
    },
  )

  test('the many are read where the one is malformed', () => {
    const found = { traceId: HIGH, spanId: SPAN, sampled: false }
    expect(extract(propagatorOf(), { ...other, b3: 'x' })).toEqual(found)
  })
})

describe('inject', () => {
  test.each<[string, Partial<Context>, Multi, string]>([
    ['sampled', {}, { sampled: '1' }, `${TRACE}-${SPAN}-1`],
    ['not sampled', { sampled: false }, { sampled: '0' }, `${TRACE}-${SPAN}-0`],
    ['debug, without a decision beside it', { debug: true }, { flags: '1' }, `${TRACE}-${SPAN}-d`],
    ['a parent', { parentSpanId: PARENT }, { parent: PARENT, sampled: '1' }, `${TRACE}-${SPAN}-1-${PARENT}`],
    [
      '128 bits and all',
      { traceId: HIGH + TRACE, parentSpanId: PARENT },
      { trace: HIGH + TRACE, parent: PARENT, sampled: '1' },
      `${HIGH}${TRACE}-${SPAN}-1-${PARENT}`,
    ],
  ])('writes %s', (_what, context, several, one) => {
    expect(inject(b3, context)).toEqual(multi({ ...ids, ...several }))
    expect(inject(b3Single, context)).toEqual({ b3: one })
  })
})

test('garbage gives nothing but checked values', () => {
  const part = fc.oneof(
    fc.stringMatching(/^[0-9a-fA-F]{0,34}$/),
    fc.constantFrom('', '0', '1', 'd', TRACE, SPAN, ZERO),
  )
  const anything = fc.oneof(
    part,
    fc.string({ unit: 'binary', maxLength: 100 }),
    fc.array(part, { maxLength: 6 }).map((parts) => parts.join('-')),
  )
  fc.assert(
    fc.property(fc.tuple(anything, anything, anything, anything, anything, anything), (values) => {
      const [one, trace, span, parent, sampled, flags] = values
      for (const found of [
        extract(b3Single, { b3: one }),
        extract(b3, multi({ trace, span, parent, sampled, flags })),
        extract(propagatorOf(), { b3: one, ...multi({ trace, span, parent, sampled, flags }) }),
      ]) {
        expect(found.traceId ?? TRACE).toMatch(/^(?!0+$)(?:[0-9a-f]{16}|[0-9a-f]{32})$/)
        expect(found.spanId ?? SPAN).toMatch(/^(?!0+$)[0-9a-f]{16}$/)
        expect(found.parentSpanId ?? SPAN).toMatch(/^(?!0+$)[0-9a-f]{16}$/)
        expect(found.traceId === undefined).toBe(found.spanId === undefined)
        expect([true, false, undefined]).toContain(found.sampled)
        if (found.debug) expect(found.sampled).toBe(true)
      }
    }),
    { numRuns: 2000 },
  )
})
