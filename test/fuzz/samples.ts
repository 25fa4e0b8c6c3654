// Good spans in every dialect, small enough that damage soon hits something that matters.
import type { Span } from '@hopscope/model'
import { traceFromText } from '@hopscope/model/testing'
import { protobufOf } from '@hopscope/proto/testing/otlp'
import { type PlainV1Span, structs, thriftOf } from '@hopscope/proto/testing/thrift'

export const SPANS: readonly Span[] = traceFromText(
  `web  get-/buy 0 100 SERVER @10.0.0.1 request_id=r-1 note:5=retry
     web  charge 10 60 CLIENT ->pay http.path="/ä b" error=no
       pay charge 20 40 SERVER shared debug`,
  { traceId: '0af7651916cd43dd8448eb211c80319c' },
).spans

const ENDPOINT = { serviceName: 'Web', ipv4: '10.0.0.1', port: 80 }
const V1: readonly PlainV1Span[] = [
  {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    id: 'b',
    parentId: 'a',
    name: 'GET /buy',
    timestamp: 1_700_000_000_000_100,
    duration: 900,
    debug: true,
    annotations: ['cs', 'sr', 'ss', 'cr', 'retry'].map((value, i) => ({
      timestamp: 1_700_000_000_000_100 + i * 100,
      value,
      endpoint: value.startsWith('s') ? { serviceName: 'pay', ipv6: '2001:db8::1', port: 443 } : ENDPOINT,
    })),
    binaryAnnotations: [
      { key: 'http.path', value: '/buy', endpoint: ENDPOINT },
      { key: 'sa', value: true, endpoint: { serviceName: 'pay', ipv4: '10.0.0.2', port: 443 } },
    ],
  },
  { traceId: '1', id: '2', name: '', annotations: [{ timestamp: 7, value: 'mr', endpoint: ENDPOINT }] },
]

export const V1_JSON = [Buffer.from(JSON.stringify(V1))]
export const THRIFT = [structs(V1.map(thriftOf)), ...V1.map(thriftOf)]

const attribute = (key: string, value: object) => ({ key, value })
const OTLP = {
  resourceSpans: [
    {
      resource: {
        attributes: [
          attribute('service.name', { stringValue: 'Shop' }),
          attribute('process.pid', { intValue: '7' }),
        ],
      },
      schemaUrl: 'https://example.org/1.0',
      scopeSpans: [
        {
          scope: { name: 'http', version: '1', attributes: [attribute('x', { boolValue: true })] },
          spans: [
            {
              traceId: '0af7651916cd43dd8448eb211c80319c',
              spanId: 'b7ad6b7169203331',
              parentSpanId: '00f067aa0ba902b7',
              traceState: 'a=b',
              flags: 257,
              name: 'GET /buy',
              kind: 3,
              startTimeUnixNano: '1700000000000100123',
              endTimeUnixNano: '1700000000000900456',
              attributes: [
                attribute('server.address', { stringValue: '10.0.0.2' }),
                attribute('server.port', { intValue: '443' }),
                attribute('ratio', { doubleValue: 0.5 }),
                attribute('http.request.header.x-request-id', {
                  arrayValue: { values: [{ stringValue: 'r-1' }] },
                }),
                attribute('map', { kvlistValue: { values: [attribute('k', { bytesValue: 'AAEC' })] } }),
              ],
              droppedAttributesCount: 1,
              events: [
                {
                  timeUnixNano: '1700000000000200000',
                  name: 'retry',
                  attributes: [attribute('n', { intValue: 2 })],
                },
              ],
              links: [
                { traceId: '0af7651916cd43dd8448eb211c80319d', spanId: '00f067aa0ba902b8', attributes: [] },
              ],
              status: { code: 2, message: 'refused' },
            },
            { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203332', name: 'plain' },
          ],
        },
      ],
    },
  ],
}

export const OTLP_JSON = [Buffer.from(JSON.stringify(OTLP))]
export const OTLP_PROTOBUF = [protobufOf(OTLP)]
