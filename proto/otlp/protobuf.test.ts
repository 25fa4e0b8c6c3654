// How OTLP in protobuf is read where bytes are odd, broken or hostile; what spans mean is span.test.ts and the properties.
import { describe, expect, test } from '@jest/globals'
import type { Span } from '@hopscope/model'
import { HopscopeError } from '../errors.ts'
import { traceIdFrom } from '../ids.ts'
import { encodeZipkinProto3 } from '../zipkin/proto3-writer.ts'
import { decodeOtlpProtobuf } from './protobuf.ts'
import { ProtobufWriter } from '../wire/protobuf-writer.ts'
import { attribute, bodyOf, nestedValue, protobufOf, SPAN_ID, TRACE_ID } from '../testing/otlp.ts'

/** A message as a field, with these bytes in it. */
function field(number: number, ...parts: Uint8Array[]): Uint8Array {
  const writer = new ProtobufWriter()
  writer.bytes(number, Buffer.concat(parts))
  return writer.finish()
}

const SPAN = Buffer.concat([field(1, Buffer.from(TRACE_ID, 'hex')), field(2, Buffer.from(SPAN_ID, 'hex'))])
const text = (number: number, value: string) => field(number, Buffer.from(value))
const SERVICE = field(1, field(1, text(1, 'service.name'), field(2, text(1, 'shop'))))

test('a resource and a scope that stand behind their spans count', () => {
  const scopeSpans = field(2, field(2, SPAN), field(1, text(1, 'http')))
  const [span] = decodeOtlpProtobuf(field(1, scopeSpans, SERVICE)).spans
  expect(span).toMatchObject({ localEndpoint: { serviceName: 'shop' }, tags: { 'otel.scope.name': 'http' } })
})

test('unknown fields are passed over', () => {
  expect(
    decodeOtlpProtobuf(field(1, text(77, 'x'), field(2, field(2, SPAN, text(77, 'x'))))).spans,
  ).toHaveLength(1)
})

test('a span whose bytes are broken is refused alone', () => {
  const { spans, refused } = decodeOtlpProtobuf(
    field(1, field(2, field(2, SPAN), field(2, SPAN, Buffer.from([0x4a, 99])), field(2, SPAN))),
  )
  expect(spans).toHaveLength(2)
  expect(refused).toMatchObject([{ index: 1, reason: expect.stringContaining('99') }])
})

test('a resource or scope whose bytes are broken is told once even without spans', () => {
  const broken = field(1, Buffer.from([0x0a, 99]))
  const refusedOf = (...parts: Uint8Array[]) => decodeOtlpProtobuf(field(1, ...parts)).refused
  for (const parts of [[broken], [broken, field(2)], [field(2, broken)], [broken, field(2, broken)]])
    expect(refusedOf(...parts)).toMatchObject([{ index: 0, reason: expect.stringContaining('99') }])
  expect(refusedOf(SERVICE, field(2))).toEqual([])
})

test("Zipkin's spans are not taken for an empty request", () => {
  const [span] = decodeOtlpProtobuf(protobufOf(bodyOf({ name: 'x', startTimeUnixNano: '5000' }))).spans
  const spans = Array.from({ length: 256 }, (_, i): Span[] =>
    span === undefined
      ? []
      : [{ ...span, traceId: traceIdFrom(`${i.toString(16)}00${TRACE_ID.slice(5)}`) ?? span.traceId }],
  )
  for (const body of spans) {
    const { refusedCount } = decodeOtlpProtobuf(encodeZipkinProto3(body))
    expect(refusedCount).toBe(1)
  }
})

test('a body or a resource with unknown fields alone is refused by their numbers', () => {
  expect(() => decodeOtlpProtobuf(text(7, 'x'))).toThrow(
    'body-malformed: The body has the field 7, which is not known, and no resource_spans.',
  )
  expect(decodeOtlpProtobuf(field(1, SERVICE, text(1000, 'x'))).refused).toMatchObject([
    { reason: 'It has the field 1000, which is not known, and no scope_spans.' },
  ])
})

test('an id of the wrong length refuses its span by name', () => {
  const { refused } = decodeOtlpProtobuf(field(1, field(2, field(2, text(1, 'short'), SPAN.subarray(18)))))
  expect(refused).toMatchObject([{ index: 0, field: 'traceId', reason: '"73686f7274" is not of 16 bytes.' }])
})

test('a body that ends too early is refused as a whole', () => {
  const bytes = protobufOf(bodyOf({ name: 'x' }))
  expect(() => decodeOtlpProtobuf(bytes.subarray(0, -1))).toThrow(HopscopeError)
})

test('an empty body is no error', () => {
  expect(decodeOtlpProtobuf(new Uint8Array())).toMatchObject({ spans: [], refused: [], refusedCount: 0 })
})

describe('hostile bodies', () => {
  test('values in too many lists refuse the span, in attributes, events and links', () => {
    const attributes = [attribute('v', nestedValue(34))]
    for (const [fields, name] of [
      [{ attributes }, 'attributes'],
      [{ events: [{ attributes }] }, 'events[0].attributes'],
      [{ links: [{ attributes }] }, 'links[0].attributes'],
    ] as const)
      expect(decodeOtlpProtobuf(protobufOf(bodyOf(fields))).refused).toMatchObject([
        { index: 0, field: name },
      ])
  })

  test('100,000 lists in each other are no crash', () => {
    const writer = new ProtobufWriter()
    const marks = writer.mark()
    for (let i = 0; i < 100_000; i++) {
      writer.message(1, marks)
      writer.message(5, marks)
    }
    const value = writer.finish()
    const { refused } = decodeOtlpProtobuf(
      field(1, field(2, field(2, SPAN, field(9, text(1, 'v'), field(2, value))))),
    )
    expect(refused).toMatchObject([{ index: 0, field: 'attributes' }])
  })

  test('a large resource is not copied to a hundred thousand spans', () => {
    const resource = field(1, ...Array.from({ length: 100_000 }, (_, i) => field(1, text(1, `key-${i}`))))
    const scopes = Array.from({ length: 20_000 }, () => field(2, field(2, SPAN)))
    const { spans, refused, refusedCount } = decodeOtlpProtobuf(field(1, resource, ...scopes))
    expect(spans.length).toBeLessThan(100)
    expect(spans.length + refusedCount).toBe(20_000)
    expect(refused[0]?.field).toBe('resource')
  })
})
