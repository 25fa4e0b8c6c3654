// How OTLP/JSON is read: ids, numbers and enums in every spelling, refusals by name, and bodies that are something else.
import { describe, expect, test } from '@jest/globals'
import { HopscopeError } from '../errors.ts'
import { decodeOtlpJson } from './json.ts'
import { encodeOtlpJson } from './writer.ts'
import { attribute, type Body, bodyOf, jsonOf, SPAN_ID, TRACE_ID } from '../testing/otlp.ts'

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

  test('of a link are only kept: what is no id stays as it was sent, up to 64 characters', () => {
    const links = (traceId: string, spanId: string) => {
      const span = spanOf({ links: [{ traceId, spanId }] })
      return span && (JSON.parse(encodeOtlpJson([span])) as Body).resourceSpans[0]?.scopeSpans[0]?.spans[0]
    }
    expect(links('XYZ', 'abc')).toMatchObject({ links: [{ traceId: 'XYZ', spanId: 'abc' }] })
    expect(links(TRACE_ID.toUpperCase(), 'é'.repeat(99))).toMatchObject({
      links: [{ traceId: TRACE_ID, spanId: 'é'.repeat(64) }],
    })
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

test.each([
  ['1.7e18', '1700000000000000000'],
  ['1.700000000123456789E+18', '1700000000123456789'],
  ['1700000000123456789.0', '1700000000123456789'],
  ['"17e17"', '1700000000000000000'],
])('a time written as %s keeps its digits', (written, nanos) => {
  const json = JSON.stringify(
    bodyOf({ startTimeUnixNano: 'T', attributes: [attribute('n', { intValue: 'T' })] }),
  )
  const { spans, refused } = decode(json.replaceAll('"T"', written))
  expect(refused).toEqual([])
  expect(spans[0]?.tags['n']).toBe(nanos)
  expect(encodeOtlpJson(spans)).toContain(`"startTimeUnixNano":"${nanos}"`)
})

test.each(['1.5', '1.75e1', '1e99', '-1e18', '1e-1', 'soon'])('%s is no time', (startTimeUnixNano) => {
  expect(refusalOf({ startTimeUnixNano })?.field).toBe('startTimeUnixNano')
})

test('what must be an object and is not refuses the span by name', () => {
  const span = { traceId: TRACE_ID, spanId: SPAN_ID }
  const refusal = (resourceSpans: object) =>
    decodeOtlpJson(jsonOf({ resourceSpans: [resourceSpans] })).refused.map(({ field, reason }) => [
      field,
      reason,
    ])
  expect(refusal({ resource: [1], scopeSpans: [{ spans: [span] }] })).toEqual([
    ['resource', 'It must be an object, not a list.'],
  ])
  expect(refusal({ scopeSpans: [{ scope: 'x', spans: [span] }] })).toEqual([
    ['scope', 'It must be an object, not "x".'],
  ])
  for (const value of [{ arrayValue: [{}] }, { kvlistValue: [{}] }])
    expect(refusalOf({ attributes: [attribute('v', value)] })).toEqual({
      index: 0,
      field: 'attributes["v"]',
      reason: 'It must be an object, not a list.',
    })
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

test('a resource or scope that can not be read, or a list of another name, is told once even without spans', () => {
  const body = {
    resourceSpans: [
      { resource: 'x' },
      { resource: 'x', scopeSpans: [{}, { scope: 'x', spans: [] }] },
      { resource: 'x', scopeSpans: [{}] },
      { resource: {}, scope_spans: [{}] },
      { instrumentationLibrarySpans: [] },
      { scopeSpans: [{ logRecords: [] }] },
      { scopeSpans: [{ spans: [], later: 1 }], later: 1 },
    ],
  }
  const { spans, refused } = decodeOtlpJson(jsonOf(body))
  expect(spans).toEqual([])
  expect(refused.map(({ field }) => field)).toEqual([
    'resource',
    'scope',
    'resource',
    'resourceSpans[3]',
    'resourceSpans[4]',
    'resourceSpans[5].scopeSpans[0]',
  ])
  expect(refused[3]?.reason).toBe('It has "scope_spans", which is not known, and no scopeSpans.')
})

test('a body of other members only is refused by their names', () => {
  expect(() => decode('{"resource_spans":[],"a":1,"b":2,"c":3}')).toThrow(
    'body-malformed: The body must be an object with a list resourceSpans, but has "resource_spans", "a", "b", ….',
  )
  expect(() => decode('{"resourceMetrics":[]}')).toThrow('but has "resourceMetrics".')
  expect(decode('{"resourceSpans":null,"later":1}').refusedCount).toBe(0)
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
    expect(decode(json)).toMatchObject({ spans: [], refused: [], refusedCount: 0 })
})
