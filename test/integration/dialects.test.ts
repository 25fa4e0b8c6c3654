// Every dialect that spans come in over HTTP, from clients that aren't ours where there are any: what they said is what
// is served, and OpenTelemetry's senders hear what their specification promises them.
import { gzipSync } from 'node:zlib'
import { type Link, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace as api } from '@opentelemetry/api'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { NodeTracerProvider, SimpleSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-node'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { decodeZipkinV2Json, encodeZipkinProto3 } from '@hopscope/proto'
import { bodyOf, messageType, protobufOf } from '@hopscope/proto/testing/otlp'
import { structs, thriftOf } from '@hopscope/proto/testing/thrift'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { getJson, idFrom, post, storedSpans, type WireSpan } from './client.ts'

let server: ServerProcess
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const bytesOf = (bytes: Uint8Array) => Uint8Array.from(bytes)
const jsonOf = (value: unknown) => bytesOf(Buffer.from(JSON.stringify(value)))

describe("Zipkin's dialects", () => {
  const v1 = (traceId: string, value = 'cs') => ({
    traceId,
    id: traceId,
    name: 'Get /',
    timestamp: 1_700_000_000_000_000,
    duration: 5,
    annotations: [{ timestamp: 1_700_000_000_000_000, value, endpoint: { serviceName: 'Web', ipv4: '10.0.0.1', port: 80 } }],
    binaryAnnotations: [{ key: 'http.path', value: '/', endpoint: { serviceName: 'web' } }],
  }) // prettier-ignore
  const v2 = (traceId: string): WireSpan => ({
    traceId,
    id: traceId,
    kind: 'CLIENT',
    name: 'get /',
    timestamp: 1_700_000_000_000_000,
    duration: 5,
    localEndpoint: { serviceName: 'web', ipv4: '10.0.0.1', port: 80 },
    tags: { 'http.path': '/' },
  })

  test.each([
    ['v2 JSON', '/api/v2/spans', 'application/json', (id: string) => jsonOf([v2(id)])],
    ['v2 JSON of no type', '/api/v2/spans', 'application/x-www-form-urlencoded', (id: string) => jsonOf([v2(id)])],
    ['v2 proto3', '/zipkin/api/v2/spans', 'application/x-protobuf', (id: string) => bytesOf(encodeZipkinProto3(decodeZipkinV2Json(jsonOf([v2(id)])).spans))],
    ['v1 JSON', '/api/v1/spans', 'application/json; charset=utf-8', (id: string) => jsonOf([v1(id)])],
    ['v1 thrift', '/zipkin/api/v1/spans', 'application/x-thrift', (id: string) => bytesOf(structs([thriftOf(v1(id))]))],
  ])('%s is stored as the same span', async (name, path, type, bodyFrom) => {
    const traceId = idFrom(name)
    const response = await post(server.url, bodyFrom(traceId), { path, headers: { 'Content-Type': type } })
    expect([response.status, await response.text()]).toEqual([202, ''])
    expect(await storedSpans(server.url, traceId)).toEqual([v2(traceId)])
  }) // prettier-ignore

  test.each([
    ['/api/v2/spans', jsonOf([v1('1')]), 'These are Zipkin v1 spans, and v2 spans are expected here. Post them to /api/v1/spans.\n'],
    ['/api/v1/spans', jsonOf([v2('1')]), 'These are Zipkin v2 spans, and v1 spans are expected here. Post them to /api/v2/spans.\n'],
  ])('%s refuses the other version, which would lose half of it', async (path, body, why) => {
    const response = await post(server.url, body, { path })
    expect([response.status, await response.text()]).toEqual([400, why])
  }) // prettier-ignore

  test.each(['/api/v1/spans', '/api/v2/spans'])('%s takes an empty body for no spans', async (path) => {
    expect((await post(server.url, '', { path })).status).toBe(202)
  })

  test('a bad span of any of them is named, and its neighbour stored', async () => {
    const good = idFrom('good v1')
    const response = await post(server.url, jsonOf([{ ...v1(good), id: 'x' }, v1(good)]), {
      path: '/api/v1/spans',
    })
    expect(response.status).toBe(400)
    expect(await response.text()).toMatch(/^1 of 2 spans refused, 1 stored\.\n\[0\] id: "x" is not lower-hex/)
    expect(await storedSpans(server.url, good)).toEqual([v2(good)])
  })

  test('bytes that are none are refused with where it went wrong', async () => {
    for (const [path, type] of [['/api/v2/spans', 'application/x-protobuf'], ['/api/v1/spans', 'application/x-thrift']] as const) {
      const response = await post(server.url, 'no spans', { path, headers: { 'Content-Type': type } })
      expect(response.status).toBe(400)
      expect(await response.text()).toMatch(/ (at )?byte \d/)
    }
  }) // prettier-ignore
})

interface OtelSpan {
  readonly span: { readonly tags?: Readonly<Record<string, string>>; readonly otel?: unknown }
}

describe("OpenTelemetry's own exporters", () => {
  test.each([
    ['JSON', (url: string): SpanExporter => new JsonExporter({ url })],
    ['protobuf', (url: string): SpanExporter => new ProtobufExporter({ url })],
  ])(
    'by %s report spans that are found by the request id of a header, and lose nothing',
    async (name, exporterTo) => {
      const requestId = `otlp-${name}-${idFrom(name, process.pid)}`
      const link: Link = {
        context: {
          traceId: `${idFrom('linked')}${idFrom('trace')}`,
          spanId: idFrom('linked span'),
          traceFlags: 1,
        },
        attributes: { why: 'batch', n: 3 },
      }
      const provider = new NodeTracerProvider({
        spanProcessors: [new SimpleSpanProcessor(exporterTo(`${server.url}/v1/traces`))],
      })
      const tracer = provider.getTracer('shop-lib', '1.2')
      const span = tracer.startSpan('GET /Buy', {
        kind: SpanKind.SERVER,
        links: [link],
        attributes: {
          'http.request.header.x-request-id': [requestId],
          'http.response.status_code': 503,
          ratio: 0.5,
          cached: false,
        },
      })
      span.addEvent('retry', { attempt: 2 })
      span.setStatus({ code: SpanStatusCode.ERROR, message: 'no stock' })
      tracer.startSpan('SELECT', { kind: SpanKind.CLIENT, attributes: { 'peer.service': 'DB' } }, api.setSpan(ROOT_CONTEXT, span)).end() // prettier-ignore
      span.end()
      await provider.shutdown()

      const { traces } = await getJson<{ traces: { traceId: string; spanCount: number; services: { name: string }[] }[] }>(`${server.url}/rest/v1/requests/${requestId}`) // prettier-ignore
      expect(traces).toMatchObject([{ traceId: span.spanContext().traceId, spanCount: 2 }])
      const { spans } = await getJson<{ spans: OtelSpan[] }>(
        `${server.url}/rest/v1/traces/${span.spanContext().traceId}`,
      )
      expect(spans).toHaveLength(2)
      expect(spans[0]?.span).toMatchObject({
        kind: 'SERVER',
        name: 'get /buy',
        localEndpoint: { serviceName: expect.stringMatching(/^unknown_service/) },
        tags: {
          'http.request.header.x-request-id': JSON.stringify([requestId]),
          'http.response.status_code': '503',
          'otel.scope.name': 'shop-lib',
          'otel.status_code': 'ERROR',
          error: 'no stock',
        },
        annotations: [{ value: '"retry":{"attempt":2}' }],
      })
      expect(spans[1]?.span).toMatchObject({ kind: 'CLIENT', remoteEndpoint: { serviceName: 'db' } })

      const jaeger = await getJson<{ resourceSpans: { scopeSpans: { spans: Record<string, unknown>[] }[] }[] }>(`${server.url}/rest/v1/traces/${span.spanContext().traceId}?format=otlp`) // prettier-ignore
      const sent = jaeger.resourceSpans.flatMap(({ scopeSpans }) =>
        scopeSpans.flatMap((scope) => scope.spans),
      )
      const attributes = sent.find(({ name }) => name === 'GET /Buy')
      expect(attributes).toMatchObject({
      links: [{ spanId: link.context.spanId, attributes: [{ key: 'why', value: { stringValue: 'batch' } }, { key: 'n', value: { intValue: '3' } }] }],
      events: [{ name: 'retry', attributes: [{ key: 'attempt', value: { intValue: '2' } }] }],
      status: { code: 2, message: 'no stock' },
      attributes: expect.arrayContaining([
        { key: 'ratio', value: { doubleValue: 0.5 } },
        { key: 'cached', value: { boolValue: false } },
      ]),
    }) // prettier-ignore
    },
  )
})

describe('POST /v1/traces', () => {
  const good = bodyOf({ spanId: idFrom('otlp good'), name: 'a', startTimeUnixNano: '1700000000000000000' })
  const bad = bodyOf({ spanId: 'short', name: 'b' })
  const partly = { resourceSpans: [...good.resourceSpans, ...bad.resourceSpans] }
  const path = '/v1/traces'
  const protobuf = { 'Content-Type': 'application/x-protobuf' }
  const read = (name: string, bytes: ArrayBuffer) => messageType(name).decode(new Uint8Array(bytes)).toJSON()

  test('answers 200 in the format of the request, gzip or not, and an empty request too', async () => {
    const json = await post(server.url, gzipped(JSON.stringify(good)), { path, headers: { 'Content-Encoding': 'gzip' } })
    expect([json.status, json.headers.get('content-type'), await json.text()]).toEqual([200, 'application/json', '{}'])
    for (const body of [protobufOf(good), Buffer.of()]) {
      const response = await post(server.url, bytesOf(body), { path, headers: protobuf })
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/x-protobuf'])
      expect(read('ExportTraceServiceResponse', await response.arrayBuffer())).toEqual({})
    }
  }) // prettier-ignore

  test('tells of refused spans by a partial success with the reason', async () => {
    const json = await post(server.url, JSON.stringify(partly), { path })
    expect([json.status, await json.json()]).toEqual([
      200,
      { partialSuccess: { rejectedSpans: '1', errorMessage: expect.stringMatching(/^1 of 2 spans refused, 1 stored\.\n\[1\] spanId: /) } },
    ])
    const binary = protobufOf({ resourceSpans: [...good.resourceSpans, ...bodyOf({ spanId: 'abcd' }).resourceSpans] })
    const response = await post(server.url, bytesOf(binary), { path, headers: protobuf })
    expect(response.status).toBe(200)
    expect(read('ExportTraceServiceResponse', await response.arrayBuffer())).toMatchObject({ partialSuccess: { rejectedSpans: '1' } })
  }) // prettier-ignore

  test('answers what it cannot read with a Status in the format of the request', async () => {
    const json = await post(server.url, '{"resourceSpans":', { path })
    expect([json.status, await json.json()]).toEqual([
      400,
      { code: 3, message: expect.stringMatching(/JSON/) },
    ])
    const response = await post(server.url, 'junk', { path, headers: protobuf })
    expect(response.status).toBe(400)
    expect(read('RpcStatus', await response.arrayBuffer())).toMatchObject({ code: 3, message: expect.stringMatching(/protobuf/) }) // prettier-ignore
    const text = await post(server.url, '{}', { path, headers: { 'Content-Type': 'text/plain' } })
    expect(text.status).toBe(415)
  })
})

test('an OTLP sender that comes to a full collector is told when to come again', async () => {
  const full = await startServer({ env: { HOPSCOPE_COLLECTOR_MAX_PENDING: '1024' } })
  try {
    const slow = Array.from({ length: 20 }, (_, i) => post(full.url, JSON.stringify(bodyOf({ spanId: idFrom('full', i), name: 'x'.repeat(200_000) })), { path: '/v1/traces' })) // prettier-ignore
    const answers = await Promise.all(slow)
    const refused = answers.filter(({ status }) => status !== 200)
    expect(refused.length).toBeGreaterThan(0)
    for (const response of refused) {
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1'])
      expect(await response.json()).toMatchObject({
        code: 14,
        message: expect.stringMatching(/takes no more/),
      })
    }
  } finally {
    await full.stop()
  }
})

const gzipped = (text: string) => bytesOf(gzipSync(text))
