// OTLP against whatever a generator comes up with: nothing of an OTLP span is lost, and bytes that were never OTLP.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { HopscopeError } from '../errors.ts'
import { decodeOtlpJson } from '../otlp/json.ts'
import { decodeOtlpProtobuf } from '../otlp/protobuf.ts'
import { encodeOtlpJson } from '../otlp/writer.ts'
import { type Body, jsonOf, meaningOf, otlpBody, protobufOf } from '../testing/otlp.ts'

const RUNS = 1000

describe('OTLP in and out', () => {
  test.each([
    ['JSON', (body: Body) => decodeOtlpJson(jsonOf(body))],
    ['protobuf', (body: Body) => decodeOtlpProtobuf(protobufOf(body))],
  ])('gives back the very spans that came as %s', (_format, decode) => {
    fc.assert(
      fc.property(otlpBody, (body) => {
        const { spans, refused } = decode(body)
        expect(refused).toEqual([])
        expect(meaningOf(JSON.parse(encodeOtlpJson(spans)) as Body)).toEqual(meaningOf(body))
      }),
      { numRuns: RUNS },
    )
  })

  test('reads JSON and protobuf of the same spans as the same spans', () => {
    fc.assert(
      fc.property(otlpBody, (body) => {
        expect(decodeOtlpProtobuf(protobufOf(body))).toEqual(decodeOtlpJson(jsonOf(body)))
      }),
      { numRuns: RUNS },
    )
  })

  test('writes a span without its detail, or with a damaged one, without complaint', () => {
    fc.assert(
      fc.property(otlpBody, fc.string(), fc.nat(), fc.jsonValue(), (body, noise, at, json) => {
        const spans = decodeOtlpJson(jsonOf(body)).spans
        for (const span of spans) {
          const otel = span.otel ?? ''
          const broken = otel.replace(/(":)("[^"]*"|[\d.]+|null|\[)/, (all, colon: string) =>
            at % 2 === 0 ? `${colon}${JSON.stringify(json)}` : all,
          )
          for (const detail of [
            undefined,
            noise,
            otel.slice(0, at % (otel.length + 1)),
            broken,
            JSON.stringify(json),
          ])
            JSON.parse(
              encodeOtlpJson([
                { ...span, otel: detail },
                { ...span, tags: {}, otel },
              ]),
            )
        }
      }),
      { numRuns: RUNS },
    )
  })
})

describe('bytes that are not quite OTLP', () => {
  test.each([
    ['JSON', decodeOtlpJson, jsonOf],
    ['protobuf', decodeOtlpProtobuf, protobufOf],
  ])('are refused by name or read, as %s', (_format, decode, encode) => {
    fc.assert(
      fc.property(
        otlpBody,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (body, edits) => {
          const bytes = Uint8Array.from(encode(body))
          for (const [at, byte] of edits) if (bytes.length > 0) bytes[at % bytes.length] = byte
          try {
            const { spans, refused, refusedCount } = decode(bytes)
            expect(refusedCount).toBeGreaterThanOrEqual(refused.length)
            JSON.parse(encodeOtlpJson(spans))
          } catch (error) {
            if (!(error instanceof HopscopeError) || error.code === 'internal') throw error
          }
        },
      ),
      { numRuns: RUNS },
    )
  })
})
