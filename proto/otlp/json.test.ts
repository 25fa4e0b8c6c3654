// How OTLP/JSON is read: ids, numbers and enums in every spelling, refusals by name, and bodies that are something else.
import { describe, expect, test } from '@jest/globals'
import { HopscopeError } from '../errors.ts'
import { decodeOtlpJson } from './json.ts'
import { encodeOtlpJson } from './writer.ts'
import { attribute, bodyOf, jsonOf, SPAN_ID, TRACE_ID } from '../testing/otlp.ts'

const decode = (json: string) => decodeOtlpJson(new TextEncoder().encode(json))
const spanOf = (fields: object) => decodeOtlpJson(jsonOf(bodyOf(fields))).spans[0]
const refusalOf = (fields: object) => decodeOtlpJson(jsonOf(bodyOf(fields))).refused[0]
const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64')

describe('ids', () => {
  test.each([
    ['in upper case', TRACE_ID.toUpperCase(), SPAN_ID.toUpperCase()],
    ['in base64', base64(TRACE_ID), base64(SPAN_ID)],
  ])('are read %s', (_spelling, traceId, spanId) => {
    expect(spanOf({ traceId, spanId })).toMatchObject({ traceId: TRACE_ID, id: SPAN_ID })
  })

  test('a parent that is empty, zeros or null is none', () => {
    for (const parentSpanId of ['', '0000000000000000', null])
      expect(spanOf({ parentSpanId })?.parentId).toBeUndefined()
  })

  test.each([
    ['traceId', 'eee19b7ec3c1b174', 'is not of 16 bytes.'],
    ['traceId', '0'.repeat(32), 'is all zeros.'],
    ['traceId', '', 'is empty.'],
    ['traceId', `${TRACE_ID.slice(1)}g`, 'is not lower-hex'],
    ['spanId', 'abc', 'is not of 8 bytes.'],
    ['parentSpanId', TRACE_ID, 'is not of 8 bytes.'],
  ])('a bad %s refuses the span: %s', (field, id, reason) => {
    const refusal = refusalOf({ [field]: id })
    expect(refusal).toMatchObject({ index: 0, field })
    expect(refusal?.reason).toContain(reason)
  })

  test('of a link are checked too', () => {
    expect(refusalOf({ links: [{ traceId: 'xyz', spanId: SPAN_ID }] })?.field).toBe('links[0].traceId')
  })
})

test('enums are numbers, and names as protobuf has them', () => {
  expect(spanOf({ kind: 'SPAN_KIND_CLIENT', status: { code: 'STATUS_CODE_OK' } })).toMatchObject({
    kind: 'CLIENT',
    tags: { 'otel.status_code': 'OK' },
  })
  expect(refusalOf({ kind: 'CLIENT' })).toMatchObject({ field: 'kind', reason: '"CLIENT" is not known.' })
})

test('64-bit numbers keep their digits, as text or not', () => {
  const json = JSON.stringify(
    bodyOf({ name: 'x', startTimeUnixNano: 1, endTimeUnixNano: '2', attributes: [attribute('n', 3)] }),
  )
    .replace('"startTimeUnixNano":1', '"startTimeUnixNano":1700000000123456789')
    .replace('"2"', '1700000000123456790')
    .replace('"3"', '9223372036854775807')
  const { spans } = decode(json)
  expect(spans[0]?.tags['n']).toBe('9223372036854775807')
  expect(encodeOtlpJson(spans)).toContain(
    '"startTimeUnixNano":"1700000000123456789","endTimeUnixNano":"1700000000123456790"',
  )
  expect(refusalOf({ attributes: [attribute('n', { intValue: '9223372036854775808' })] })?.field).toBe(
    'attributes["n"]',
  )
})

test('unknown members are passed over, those in snake_case too', () => {
  expect(spanOf({ start_time_unix_nano: '5000', later: { a: [1] } })?.timestamp).toBeUndefined()
})

test('a refusal counts the spans of the whole body, and its neighbours are read', () => {
  const good = { traceId: TRACE_ID, spanId: SPAN_ID }
  const body = {
    resourceSpans: [
      { scopeSpans: [{ spans: [good, 5] }, { spans: [good] }] },
      { resource: { attributes: 'x' }, scopeSpans: [{ spans: [good] }] },
      7,
      { scopeSpans: [{ spans: [{ ...good, events: [{ name: [] }] }, good] }] },
    ],
  }
  const { spans, refused } = decodeOtlpJson(jsonOf(body))
  expect(spans).toHaveLength(3)
  expect(refused.map(({ index, field }) => [index, field])).toEqual([
    [1, ''],
    [3, 'resource.attributes'],
    [4, 'resourceSpans[2]'],
    [5, 'events[0].name'],
  ])
})

test.each([
  ['{"resourceSpans"', 'body-not-json'],
  ['[]', 'body-malformed'],
  ['null', 'body-malformed'],
  ['{"resourceSpans":5}', 'body-malformed'],
])('%s is refused as a whole: %s', (json, code) => {
  expect(() => decode(json)).toThrow(HopscopeError)
  expect(() => decode(json)).toThrow(code)
})

test('an empty request is no error', () => {
  for (const json of ['{}', '{"resourceSpans":[]}', '{"resourceSpans":[{"resource":{}}]}'])
    expect(decode(json)).toEqual({ spans: [], refused: [], refusedCount: 0 })
})
