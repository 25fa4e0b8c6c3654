// What an OpenTelemetry span says beyond its tags, read from a span as it is stored.
import { expect, test } from '@jest/globals'
import { decodeOtlpJson } from '@hopscope/proto'
import { otelFacts } from './otel.ts'

const OTHER = 'aaaabbbbccccdddd1111222233334444'
const BODY = {
  resourceSpans: [
    {
      resource: {
        attributes: [
          { key: 'service.name', value: { stringValue: 'web' } },
          { key: 'host.name', value: { stringValue: 'a1' } },
        ],
      },
      scopeSpans: [
        {
          scope: { name: 'http-lib', version: '1.2' },
          schemaUrl: 'https://schemas.example/1',
          spans: [
            {
              traceId: '00000000000000005af7183fb1d4cf5f',
              spanId: '0000000000000001',
              name: 'get /',
              kind: 2,
              startTimeUnixNano: '1763676434482000000',
              endTimeUnixNano: '1763676434492000000',
              traceState: 'a=b',
              attributes: [
                { key: 'http.status', value: { intValue: '200' } },
                { key: 'ok', value: { boolValue: true } },
                { key: 'path', value: { stringValue: '/' } },
                { key: 'list', value: { arrayValue: { values: [{ stringValue: 'x' }, { intValue: '7' }] } } },
              ],
              links: [
                {
                  traceId: OTHER,
                  spanId: '00000000000000aa',
                  attributes: [
                    {
                      key: 'why',
                      value: { kvlistValue: { values: [{ key: 'n', value: { intValue: '1' } }] } },
                    },
                  ],
                },
                { traceId: '00000000000000005af7183fb1d4cf5f', spanId: '00000000000000ab' },
                { traceId: '<b>', spanId: 'javascript:x' },
              ],
              droppedLinksCount: 2,
              status: { code: 2, message: 'it broke' },
            },
          ],
        },
      ],
    },
  ],
}

function facts() {
  const [span] = decodeOtlpJson(new TextEncoder().encode(JSON.stringify(BODY))).spans
  const found = span && otelFacts(span)
  if (!found) throw new Error('the span came by OTLP')
  return found
}

test('links lead to spans of other traces, ids as traces are stored; what is no id leads nowhere', () => {
  expect(facts().links).toEqual([
    {
      traceId: OTHER,
      spanId: '00000000000000aa',
      isTrace: true,
      isSpan: true,
      traceState: '',
      attributes: [['why', '{"n":1}']],
      dropped: 0,
    },
    {
      traceId: '5af7183fb1d4cf5f',
      spanId: '00000000000000ab',
      isTrace: true,
      isSpan: true,
      traceState: '',
      attributes: [],
      dropped: 0,
    },
    {
      traceId: '<b>',
      spanId: 'javascript:x',
      isTrace: false,
      isSpan: false,
      traceState: '',
      attributes: [],
      dropped: 0,
    },
  ])
  expect(facts().droppedLinks).toBe(2)
})

test('tags know their type and whose they are', () => {
  expect(Object.fromEntries(facts().notes)).toEqual({
    'http.status': { type: 'int', origin: undefined },
    ok: { type: 'bool', origin: undefined },
    path: { type: undefined, origin: undefined },
    list: { type: 'list', origin: undefined },
    'host.name': { type: undefined, origin: 'resource' },
  })
  expect(facts().others).toEqual([])
})

test('scope, status, trace state and schema are told', () => {
  expect(facts()).toMatchObject({
    scope: 'http-lib 1.2',
    status: { code: 2, message: 'it broke' },
    traceState: 'a=b',
    schemas: ['https://schemas.example/1'],
  })
})

test('a span of another format says nothing of it, a damaged one what is left', () => {
  const [span] = decodeOtlpJson(new TextEncoder().encode(JSON.stringify(BODY))).spans
  if (!span) throw new Error('a span was sent')
  expect(otelFacts({ ...span, otel: undefined })).toBeUndefined()
  expect(otelFacts({ ...span, otel: '{"links":[' })?.links).toEqual([])
  expect(otelFacts({ ...span, otel: '{"links":{"a":[[[' })?.links).toEqual([])
})
