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

const each = (...texts: readonly string[]) => texts.map((text) => Buffer.from(text))

/** What follows the `?` of a search. */
export const QUERIES = {
  zipkin: each(
    'serviceName=Web&spanName=get+/&annotationQuery=error+and+http.path%3D/a&minDuration=5&maxDuration=900&endTs=1700000000000&lookback=1000&limit=7',
    'remoteServiceName=db&annotationQuery=a%20and%20b%3Dc%20and%20',
  ),
  rest: each(
    'service=web&operation=get&kind=SERVER&tag=a%3Db&tag=c&error=true&minDuration=1.5ms&maxDuration=2s&limit=5',
    'q=%7B+.a+%3D+%22b%22+%7D+%7C+count()+%3E+1&sort=duration&limit=3',
    'requestId=r-1&start=2023-11-14T21:00:00.5Z&end=1700000000000000&remoteService=db&cursor=MTcwMDAwMDAwMDAwMDAwMC4wMDAwMDAwMDAwMDAwMDBh',
  ),
  jaeger: each(
    'service=web&operation=get&tags=%7B%22error%22%3A%22true%22%2C%22n%22%3A1%7D&minDuration=100ms&maxDuration=1h2m3.5s&limit=20&start=1700000000000000&end=1700000001000000',
    'tag=a%3Ab&tag=span.kind%3Aclient&lookback=1h',
  ),
  jaegerV3: each(
    'query.service_name=web&query.start_time_min=2026-11-20T21:00:00.123456789Z&query.start_time_max=2026-11-20T22:00:00%2B00:00&query.duration_min=10us&query.search_depth=3&query.attributes=%7B%22a%22%3A%22b%22%7D',
    'query.operationName=get&query.startTimeMin=2026-11-20T21:00:00Z&query.startTimeMax=2026-11-21T21:00:00Z&query.rawTraces=true',
  ),
}

/** What is typed into the search field. */
export const TRACEQL = {
  queries: each(
    '{ resource.service.name = "web" && (status = error || duration >= 1.5s) && !(.a != nil) }',
    '{ name =~ "get.*" } >> { .http.status_code >= 500 && kind = client } | count() > 2 | by(name) | select(.a, span."b c")',
    '({ rootServiceName = `web` } &>> { childCount > 1 } | avg(duration) > 10ms) || { traceDuration < 1h } !~ { event:name = "x" }',
    '{ requestId = "r-1" && duration * 2 > 3ms - -1us && nestedSetParent = 1 }',
    '{ trace:id = "000000000000000a" } ~ { span:id != "000000000000000b" } | coalesce() | max(.n) + 1 >= min(.m) ^ 2',
  ),
  words: each(
    'error checkout >500ms "not found" http.status_code>=500 -kind:client',
    'name = "a" && duration > 1s',
    'service:web status=error tag:x=y <2s or timeout',
  ),
}
