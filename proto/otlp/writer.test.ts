// OTLP/JSON out: grouping, tags that were changed since, and spans that came by other formats.
import { describe, expect, test } from '@jest/globals'
import type { Span } from '@hopscope/model'
import { decodeOtlpJson } from './json.ts'
import { encodeOtlpJson, resourceSpansFrom } from './writer.ts'
import { attribute, type Body, bodyOf, jsonOf, meaningOf, SPAN_ID, TRACE_ID } from '../testing/otlp.ts'
import { span as zipkinSpan } from '../testing/decode.ts'

const spansOf = (body: object): Span[] => decodeOtlpJson(jsonOf(body)).spans
const again = (spans: readonly Span[]): Span[] =>
  decodeOtlpJson(new TextEncoder().encode(encodeOtlpJson(spans))).spans
const onlySpan = (span: Span) => resourceSpansFrom([span])[0]?.scopeSpans[0]?.spans[0]

test('spans of equal resources and scopes stand together, in the order they came first', () => {
  const ids = { traceId: TRACE_ID, spanId: SPAN_ID }
  const of = (service: string, scope: string, name: string) => ({
    resource: { attributes: [attribute('service.name', service)] },
    scopeSpans: [{ scope: { name: scope }, spans: [{ ...ids, name }] }],
  })
  const spans = spansOf({
    resourceSpans: [of('b', 'x', '1'), of('a', 'x', '2'), of('b', 'y', '3'), of('b', 'x', '4')],
  })
  const names = resourceSpansFrom(spans).map(({ scopeSpans }) =>
    scopeSpans.map((scope) => scope.spans.map(({ name }) => name)),
  )
  expect(names).toEqual([[['1', '4'], ['3']], [['2']]])
})

describe('a tag that was changed after the span came', () => {
  const attributes = [
    attribute('text', 'secret'),
    attribute('int', 1234),
    attribute('list', { arrayValue: { values: [{ stringValue: 'secret' }] } }),
    attribute('map', { kvlistValue: { values: [attribute('k', 'secret')] } }),
  ]

  test.each([
    ['removed', {}, undefined],
    [
      'overwritten',
      { text: '***', int: '***', list: '***', map: '***' },
      ['text', 'int', 'list', 'map'].map((key) => attribute(key, '***')),
    ],
  ])('is %s in OTLP too', (_how, tags, expected) => {
    for (const resource of [true, false]) {
      const body = resource ? bodyOf({}, attributes) : bodyOf({ attributes }, [])
      const changed = spansOf(body).map((span) => ({ ...span, tags }))
      const [resourceSpans] = resourceSpansFrom(changed)
      const found = resource ? resourceSpans?.resource : resourceSpans?.scopeSpans[0]?.spans[0]
      expect(new Set(found?.attributes)).toEqual(new Set(expected))
    }
  })
})

describe('a span of another format', () => {
  test('is an OTLP span by the rules of the Collector', () => {
    const span = zipkinSpan(`
      "kind":"CLIENT","name":"get","timestamp":5,"duration":7,
      "localEndpoint":{"serviceName":"shop","ipv4":"10.0.0.1","port":80},
      "remoteEndpoint":{"serviceName":"bank","ipv6":"2001:db8::1","port":443},
      "annotations":[{"timestamp":6,"value":"sent"}],
      "tags":{"error":"no stock","http.path":"/","otel.scope.name":"brave"}`)
    expect(resourceSpansFrom([span])).toEqual([
      {
        resource: { attributes: [attribute('service.name', 'shop')] },
        scopeSpans: [
          {
            scope: { name: 'brave' },
            spans: [
              {
                traceId: '00000000000000000000000000000001',
                spanId: '0000000000000002',
                name: 'get',
                kind: 3,
                startTimeUnixNano: '5000',
                endTimeUnixNano: '12000',
                attributes: [
                  attribute('http.path', '/'),
                  attribute('peer.service', 'bank'),
                  attribute('network.peer.address', '2001:db8::1'),
                  attribute('network.peer.port', 443),
                  attribute('network.local.address', '10.0.0.1'),
                  attribute('network.local.port', 80),
                ],
                events: [{ timeUnixNano: '6000', name: 'sent' }],
                status: { code: 2, message: 'no stock' },
              },
            ],
          },
        ],
      },
    ])
  })

  test.each([
    ['"tags":{"error":"true"}', { code: 2 }, [attribute('error', 'true')]],
    ['"tags":{"error":""}', { code: 2 }, undefined],
    ['"tags":{"otel.status_code":"OK"}', { code: 1 }, undefined],
    ['"tags":{"error":"true","otel.status_description":"why"}', { code: 2, message: 'why' }, undefined],
  ])('with %s has the status %j', (fields, status, attributes) => {
    const span = onlySpan(zipkinSpan(fields))
    expect(span?.status).toEqual(status)
    if (attributes !== undefined) expect(span?.attributes).toEqual(attributes)
  })

  test.each(['CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER', undefined])(
    'comes back from OTLP as it was: kind %s',
    (kind) => {
      const span = zipkinSpan(`${kind === undefined ? '' : `"kind":"${kind}",`}
      "parentId":"3","name":"get","timestamp":5,"duration":7,
      "localEndpoint":{"serviceName":"shop","ipv4":"10.0.0.1"},"remoteEndpoint":{"serviceName":"bank","port":443},
      "annotations":[{"timestamp":6,"value":"sent"}],"tags":{"http.path":"/"}`)
      const [back] = again([span])
      expect(back).toMatchObject({
        ...span,
        otel: expect.any(String),
        tags: expect.objectContaining(span.tags),
      })
      expect(meaningOf(JSON.parse(encodeOtlpJson([span])) as Body)).toEqual(
        meaningOf(JSON.parse(encodeOtlpJson(again([span]))) as Body),
      )
    },
  )

  test('keeps the id that a server shares with its client', () => {
    expect(onlySpan(zipkinSpan('"kind":"SERVER","shared":true'))?.spanId).toBe('0000000000000002')
  })
})
