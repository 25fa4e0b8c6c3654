// Reporters that are not ours: what they send without a change is found by request id, its calls drawn as hops.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace as api } from '@opentelemetry/api'
import { ZipkinExporter } from '@opentelemetry/exporter-zipkin'
import { NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Annotation, BatchRecorder, ExplicitContext, jsonEncoder, option, Tracer, TraceId } from 'zipkin'
import { HttpLogger } from 'zipkin-transport-http'
import { type ServerProcess, startServer, tempFolder } from '../support/server-process.ts'
import { getJson, idFrom, wireSpan } from './client.ts'

let server: ServerProcess
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

interface View {
  readonly spans: readonly {
    readonly parent: number
    readonly span: {
      readonly kind?: string
      readonly name: string
      readonly localEndpoint: { readonly serviceName: string }
    }
  }[]
  readonly hops: readonly Readonly<Record<string, unknown>>[]
}

/** The one trace of a request, once it has so many spans: reporters report when they see fit. */
async function traceOfRequest(requestId: string, spanCount: number): Promise<View> {
  for (;;) {
    const response = await fetch(`${server.url}/rest/v1/requests/${encodeURIComponent(requestId)}`)
    const { traces = [] } = (await response.json()) as { traces?: { traceId: string; spanCount: number }[] }
    expect(traces.length).toBeLessThanOrEqual(1)
    const [found] = traces
    if (found?.spanCount === spanCount) return getJson(`${server.url}/rest/v1/traces/${found.traceId}`)
  }
}

/** Each row: its parent's row, service, kind and name. */
function rowsOf({ spans }: View): [number, string][] {
  return spans.map(({ parent, span: { kind = '-', name, localEndpoint } }) => [
    parent,
    `${localEndpoint.serviceName} ${kind} ${name}`,
  ])
}

test("zipkin with zipkin-transport-http reports a call whose halves share a span, by Zipkin's v2 encoder", async () => {
  const tracerOf = (localServiceName: string) => {
    const logger = new HttpLogger({
      endpoint: `${server.url}/api/v2/spans`,
      jsonEncoder: jsonEncoder.JSON_V2,
      httpInterval: 10,
    })
    return new Tracer({
      ctxImpl: new ExplicitContext(),
      recorder: new BatchRecorder({ logger }),
      localServiceName,
    })
  }
  const [web, pay] = [tracerOf('Web'), tracerOf('pay')]
  const root = web.createRootId()
  web.letId(root, () => {
    web.recordAnnotation(new Annotation.ServerRecv())
    web.recordServiceName('Web')
    web.recordRpc('GET /buy')
    web.recordBinary('request_id', 'zipkin-js/1')
    const child = web.createChildId()
    web.letId(child, () => {
      web.recordAnnotation(new Annotation.ClientSend())
      web.recordServiceName('Web')
      web.recordRpc('charge')
      const { traceId, parentSpanId: parentId, spanId, sampled } = child
      const joined = new TraceId({ traceId, parentId, spanId, sampled: sampled ?? option.None, shared: true })
      pay.letId(joined, () => {
        pay.recordAnnotation(new Annotation.ServerRecv())
        pay.recordServiceName('pay')
        pay.recordRpc('charge')
        pay.recordBinary('error', 'declined')
        pay.recordAnnotation(new Annotation.ServerSend())
      })
      web.recordAnnotation(new Annotation.ClientRecv())
    })
    web.recordAnnotation(new Annotation.ServerSend())
  })
  const view = await traceOfRequest('zipkin-js/1', 3)
  expect(rowsOf(view)).toEqual([
    [-1, 'web SERVER get /buy'],
    [0, 'web CLIENT charge'],
    [1, 'pay SERVER charge'],
  ])
  expect(view.hops).toMatchObject([{ from: 'web', to: 'pay', client: 1, server: 2, error: true }])
})

test('@opentelemetry/exporter-zipkin reports a call between two services', async () => {
  const providers = [0, 1].map(() => {
    const exporter = new ZipkinExporter({ url: `${server.url}/api/v2/spans` })
    return new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  })
  const [web, pay] = providers.map((provider) => provider.getTracer('test'))
  if (web === undefined || pay === undefined) throw new Error('no tracer')
  const [inWeb, inPay] = [{ 'service.name': 'web' }, { 'service.name': 'pay' }]
  const root = web.startSpan('GET /buy', {
    kind: SpanKind.SERVER,
    // As the HTTP instrumentation reports a header: Zipkin's text tags carry the list as JSON or joined.
    attributes: { ...inWeb, 'http.request.header.x-request-id': ['otel-1'] },
  })
  const inRoot = api.setSpan(ROOT_CONTEXT, root)
  const client = web.startSpan('charge', { kind: SpanKind.CLIENT, attributes: inWeb }, inRoot)
  const called = pay.startSpan(
    'charge',
    { kind: SpanKind.SERVER, attributes: inPay },
    api.setSpan(inRoot, client),
  )
  called.setStatus({ code: SpanStatusCode.ERROR, message: 'declined' }).addEvent('retry')
  for (const span of [called, client, root]) span.end()
  await Promise.all(providers.map((provider) => provider.shutdown()))

  const view = await traceOfRequest('otel-1', 3)
  expect(rowsOf(view)).toEqual([
    [-1, 'web SERVER get /buy'],
    [0, 'web CLIENT charge'],
    [1, 'pay SERVER charge'],
  ])
  expect(view.hops).toMatchObject([{ from: 'web', to: 'pay', client: 1, server: 2, error: true }])
})

const curl = spawnSync('curl', ['--version']).status === 0
describe('curl', () => {
  const testWithCurl = curl ? test : test.skip

  testWithCurl('posts a file of more than one packet', async () => {
    const traceId = idFrom('curl')
    const spans = Array.from({ length: 500 }, (_, i) =>
      wireSpan({ traceId, id: idFrom('curl', i), ...(i > 0 && { parentId: idFrom('curl', 0) }), tags: { request_id: 'curl-1' } }),
    ) // prettier-ignore
    const file = join(tempFolder(), 'spans.json')
    writeFileSync(file, JSON.stringify(spans, null, 2))
    const { stdout } = spawnSync(
      'curl',
      ['-sS', '-w', '%{http_code}', '-H', 'Content-Type: application/json', '--data-binary', `@${file}`, `${server.url}/api/v2/spans`],
      { encoding: 'utf8' },
    ) // prettier-ignore
    expect(stdout).toBe('202')
    expect((await traceOfRequest('curl-1', 500)).spans).toHaveLength(500)
  })

  testWithCurl('runs the line that the greeting shows, and its span is found', async () => {
    const line = /^ {2}(curl .*)$/m.exec(server.output())?.[1] ?? ''
    const { status, stdout } = spawnSync('sh', ['-c', `${line} -sS -w '%{http_code}'`], { encoding: 'utf8' })
    expect([status, stdout]).toEqual([0, '202'])
    expect(rowsOf(await traceOfRequest('hello-1', 1))).toEqual([[-1, 'hello SERVER get /hello']])
  })
})
