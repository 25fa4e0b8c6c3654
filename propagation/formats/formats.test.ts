// Several formats as one: who decides, what is filled in, and that what goes out of one service comes into the next.
import { describe, expect, test } from '@jest/globals'
import { coreOf } from '../testing/core.ts'
import { extract, type Headers, inject } from '../testing/carriers.ts'
import { type FormatName, isFormatOptions, propagatorOf } from './formats.ts'
import type { Extracted } from './propagator.ts'

const A = 'a'.repeat(32)
const B = 'b'.repeat(32)
const S1 = '1'.repeat(16)
const S2 = '2'.repeat(16)
const S3 = '3'.repeat(16)

const x = (traceId: string, spanId: string, sampled?: string): Headers => ({
  'x-trace-id': traceId,
  'x-span-id': spanId,
  ...(sampled && { 'x-sampled': sampled }),
})

describe('the first format that brings a trace id decides', () => {
  const all = {
    'x-trace-id': A,
    'x-span-id': S1,
    'x-sampled': '1',
    'x-parent-span-id': S3,
    traceparent: `00-${B}-${S2}-00`,
    tracestate: 'foo=1',
    b3: `${B}-${S3}-d`,
    'x-b3-traceid': A,
    'x-b3-spanid': S3,
  }

  test('by default in the order X-, W3C, b3, X-B3-', () => {
    expect(extract(all)).toEqual({ traceId: A, spanId: S1, parentSpanId: S3, sampled: true })
    const { 'x-trace-id': _x, 'x-sampled': _sampled, ...noX } = all
    expect(extract(noX)).toEqual({
      traceId: B,
      spanId: S2,
      sampled: false,
      tracestate: 'foo=1',
      random: false,
    })
    const { traceparent: _w3c, ...noW3c } = noX
    expect(extract(noW3c)).toEqual({ traceId: B, spanId: S3, sampled: true, debug: true })
    const { b3: _b3, ...noSingle } = noW3c
    expect(extract(noSingle)).toEqual({ traceId: A, spanId: S3 })
  })

  test('in the order given', () => {
    expect(extract(all, { extract: ['b3-single', 'x'] })).toEqual({
      traceId: B,
      spanId: S3,
      sampled: true,
      debug: true,
    })
  })

  test('and one that brings a bad one does not', () => {
    expect(extract({ ...all, ...x('nope', S1) })).toMatchObject({ traceId: B, spanId: S2 })
    expect(extract({ ...all, ...x('nope', S1), traceparent: 'nope' })).toMatchObject({
      traceId: B,
      spanId: S3,
    })
  })

  test('and one that is not asked for does not', () => {
    expect(extract(all, { extract: ['b3'] })).toEqual({ traceId: A, spanId: S3 })
    expect(extract(all, { extract: [] })).toEqual({})
  })
})

describe('a hop that knows only traceparent', () => {
  test('is the parent of what comes after it in the same trace, and decides whether to sample', () => {
    const before = { ...x(A, S1, '1'), 'x-parent-span-id': S3 }
    expect(extract({ ...before, traceparent: `00-${A}-${S2}-00` })).toMatchObject({
      traceId: A,
      spanId: S2,
      parentSpanId: undefined,
      sampled: false,
    })
    expect(
      extract({ ...x(A.slice(16), S1), traceparent: `00-${'0'.repeat(16)}${A.slice(16)}-${S2}-01` }),
    ).toMatchObject({
      traceId: A.slice(16),
      spanId: S2,
    })
  })
})

describe('what the first leaves open', () => {
  test('is filled in from a format of the same trace', () => {
    expect(extract({ ...x(A, S1), traceparent: `00-${A}-${S1}-00` })).toMatchObject({
      spanId: S1,
      sampled: false,
    })
    expect(extract({ ...x(A, S1, '1'), b3: `${A}-${S2}-d` })).toMatchObject({ spanId: S1, debug: true })
    expect(extract({ ...x(A, S1, '1'), 'x-b3-flags': '1' })).toMatchObject({ debug: true })
  })

  test('is not filled in from another trace', () => {
    expect(extract({ ...x(A, S1), traceparent: `00-${B}-${S2}-00` })).toEqual({ traceId: A, spanId: S1 })
    expect(extract({ ...x(A, S1, '1'), b3: `${B}-${S2}-d` })).not.toHaveProperty('debug', true)
  })

  test('and debug is not, where it was decided not to sample', () => {
    expect(extract({ ...x(A, S1, '0'), b3: `${A}-${S2}-d` })).toEqual({
      traceId: A,
      spanId: S1,
      sampled: false,
    })
    expect(
      extract({ b3: 'd', traceparent: `00-${A}-${S2}-00` }, { extract: ['b3-single', 'w3c'] }),
    ).toMatchObject({
      sampled: false,
      debug: undefined,
    })
  })

  test.each<[string, Headers, Extracted]>([
    ['X-Sampled', { 'x-sampled': '0' }, { sampled: false }],
    ['b3', { b3: '0' }, { sampled: false }],
    ['b3: d', { b3: 'd' }, { sampled: true, debug: true }],
    ['X-B3-Sampled', { 'x-b3-sampled': '1' }, { sampled: true }],
    ['X-B3-Flags', { 'x-b3-flags': '1' }, { sampled: true, debug: true }],
    ['the first of two', { 'x-sampled': '0', b3: '1' }, { sampled: false }],
    ['one beside ids that have none', { ...x(A, S1), b3: '0' }, { traceId: A, spanId: S1, sampled: false }],
    [
      'one before ids that have none',
      { 'x-sampled': '0', b3: `${A}-${S1}` },
      { traceId: A, spanId: S1, sampled: false },
    ],
    [
      'one before ids that have one',
      { 'x-sampled': '0', b3: `${A}-${S1}-1` },
      { traceId: A, spanId: S1, sampled: true },
    ],
  ])('counts alone too: %s', (_what, headers, found) => {
    expect(extract(headers)).toEqual(found)
  })

  test('is decided here where nobody did', () => {
    expect(coreOf([]).accept(extract({ b3: '0' }))).toMatchObject({ sampled: false })
    expect(coreOf([]).accept(extract(x(A, S1)))).toMatchObject({
      traceId: A,
      parentSpanId: S1,
      sampled: true,
    })
  })
})

describe('tracestate and the random flag', () => {
  const sent = { traceparent: `00-${A}-${S2}-03`, tracestate: 'foo=1' }

  test('are kept where the trace is that of traceparent, whoever else told it', () => {
    const kept = { tracestate: 'foo=1', random: true }
    expect(extract(sent)).toMatchObject(kept)
    expect(extract({ ...sent, ...x(A, S1, '1') })).toMatchObject(kept)
    expect(extract({ ...sent, ...x(A.toUpperCase(), S1, '1') })).toMatchObject(kept)
    const short = '4'.repeat(16)
    const padded = { ...sent, traceparent: `00-${'0'.repeat(16)}${short}-${S2}-03`, ...x(short, S1) }
    expect(extract(padded)).toMatchObject({ ...kept, traceId: short })
  })

  test('are dropped where it is another trace, or traceparent is bad, or not asked for', () => {
    for (const found of [
      extract({ ...sent, ...x(B, S1, '1') }),
      extract({ ...sent, ...x(A.slice(16), S1, '1') }),
      extract({ ...sent, traceparent: `00-${A}-${S2}-0x` }),
      extract({ ...sent, ...x(A, S1) }, { extract: ['x', 'b3'] }),
    ]) {
      expect(found.tracestate).toBeUndefined()
      expect(found.random).toBeUndefined()
    }
  })
})

describe('the request id', () => {
  test('comes from X-Request-ID alone, whatever formats are read', () => {
    for (const names of [[], ['b3'], ['w3c', 'baggage'], undefined] satisfies (FormatName[] | undefined)[])
      expect(extract({ 'x-request-id': 'r-1' }, names && { extract: names })).toEqual({ requestId: 'r-1' })
  })

  test('is written whatever formats are', () => {
    expect(inject({ requestId: 'r-1', traceId: A, spanId: S1, sampled: true }, { inject: [] })).toEqual({
      'X-Request-ID': 'r-1',
    })
  })
})

test('what is written by default is X-, W3C and baggage', () => {
  const context = { requestId: 'r', traceId: A, spanId: S1, parentSpanId: S2, sampled: true }
  expect(inject({ ...context, debug: true, tracestate: 'foo=1', baggage: 'k=v' })).toEqual({
    'X-Request-ID': 'r',
    'X-Trace-ID': A,
    'X-Span-ID': S1,
    'X-Parent-Span-ID': S2,
    'X-Sampled': '1',
    traceparent: `00-${A}-${S1}-01`,
    tracestate: 'foo=1',
    baggage: 'k=v',
  })
})

test('debug is written as sampled by those who have no word for it', () => {
  const context = { requestId: 'r', traceId: A, spanId: S1, sampled: false, debug: true }
  expect(inject(context)).toMatchObject({ 'X-Sampled': '1', traceparent: `00-${A}-${S1}-01` })
})

test('the fields are all that is read or written, once', () => {
  expect(propagatorOf().fields.join(' ')).toBe(
    'X-Request-ID X-Trace-ID X-Span-ID X-Parent-Span-ID X-Sampled traceparent tracestate baggage b3 ' +
      'X-B3-TraceId X-B3-SpanId X-B3-ParentSpanId X-B3-Sampled X-B3-Flags',
  )
  expect(propagatorOf({ extract: ['x', 'x'], inject: ['x'] }).fields).toHaveLength(5)
})

test('a name that is none is refused', () => {
  const wrong = ['toString'] as unknown as FormatName[]
  expect(() => propagatorOf({ extract: wrong })).toThrow(TypeError)
  expect(() => propagatorOf({ inject: wrong })).toThrow('no header format toString')
})

test.each<[unknown, boolean]>([
  [{}, true],
  [{ extract: ['x', 'w3c', 'b3', 'b3-single', 'baggage'], inject: [] }, true],
  [{ extract: undefined }, true],
  [{ extract: ['toString'] }, false],
  [{ inject: ['B3'] }, false],
  [{ inject: 'x' }, false],
  [['x'], false],
  [null, false],
  ['x', false],
])('the options %j can be right: %s', (options, right) => {
  expect(isFormatOptions(options)).toBe(right)
})
