// What copying a resource to each of its spans may cost, and what it may not: nobody's ordinary spans are refused.
import { describe, expect, test } from '@jest/globals'
import { attribute, type Body, jsonOf, SPAN_ID, TRACE_ID } from '../testing/otlp.ts'
import { decodeOtlpJson } from './json.ts'

const spansOf = (count: number) =>
  Array.from({ length: count }, () => ({ traceId: TRACE_ID, spanId: SPAN_ID }))
const decode = (body: Body) => decodeOtlpJson(jsonOf(body))
const of = (resource: object[], spans: object[], scope = {}): Body['resourceSpans'][number] => ({
  resource: { attributes: resource },
  scopeSpans: [{ scope, spans }],
})

describe('the copies of a resource', () => {
  test('are no reason to refuse the batches of a JVM that tells its long command line twice', () => {
    const line = 'x'.repeat(12_000)
    const list = { key: 'process.command_args', value: { arrayValue: { values: [{ stringValue: line }] } } }
    const { spans, refusedCount } = decode({
      resourceSpans: [of([attribute('process.command_line', line), list], spansOf(8192))],
    })
    expect([spans.length, refusedCount]).toEqual([8192, 0])
  })

  test('are told, so that they are not stored all at once', () => {
    const { copied = 0 } = decode({ resourceSpans: [of([attribute('a', 'x'.repeat(60_000))], spansOf(100))] })
    expect(copied).toBeGreaterThan(6_000_000)
  })

  test.each([
    ['service name', [attribute('service.name', 'x'.repeat(2 ** 20))], {}],
    ['scope name', [], { name: 'x'.repeat(2 ** 20) }],
    ['attribute', [attribute('a', 'x'.repeat(2 ** 20))], {}],
  ])('are refused for a %s of a megabyte, by name, and the next resource is read', (_, resource, scope) => {
    const large = of(resource, spansOf(50), scope)
    const scopes = Array.from({ length: 10 }, () => large.scopeSpans[0] as (typeof large.scopeSpans)[0])
    const { spans, refused, refusedCount } = decode({
      resourceSpans: [{ ...large, scopeSpans: scopes }, of([], spansOf(3))],
    })
    expect([spans.length, refusedCount]).toEqual([3, 500])
    expect(refused[0]).toMatchObject({
      index: 0,
      field: 'resource',
      reason: expect.stringMatching(/^Too large/),
    })
  })
})
