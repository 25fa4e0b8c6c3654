// Jaeger's query API v3, as Grafana and others ask it, and what both APIs make of OTLP.
import { describe, expect, test } from '@jest/globals'
import { idFrom, post } from './client.ts'
import {
  at,
  CALL,
  WIDE,
  ROOT,
  PAY,
  SAVE,
  type JaegerTrace,
  type OtlpAnswer,
  useJaegerServer,
} from './jaeger-server.ts'

const jaeger = useJaegerServer()
const { api, v3, refused } = jaeger

describe("Jaeger's API v3", () => {
  /** As Grafana writes it: no escapes. */
  const window = (from: number, to: number) =>
    `query.start_time_min=${new Date(from / 1000).toISOString()}&query.start_time_max=${new Date(to / 1000).toISOString()}`
  const all = window(at(-1000), at(5000))
  const spansOf = ({ result }: OtlpAnswer) =>
    result.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))

  test('lists services and their operations', async () => {
    expect(await v3('/services')).toEqual({ services: ['jobs/cron', 'pay', 'web'] })
    expect(await v3('/operations?service=pay&span_kind=server')).toEqual({
      operations: [
        { name: 'insert', spanKind: 'unspecified' },
        { name: 'post /charge', spanKind: 'unspecified' },
      ],
    })
    expect(await v3('/operations')).toEqual({ operations: [] })
  })

  test('gives a trace as OTLP, the halves of a call apart', async () => {
    const answer = await v3<OtlpAnswer>(`/traces/${CALL}?start_time=2020-01-01T00:00:00+02:00&end_time=2030-01-01T00:00:00Z`)
    const spans = spansOf(answer)
    expect(spans.map(({ spanId }) => spanId).sort()).toEqual([ROOT, PAY, '1'.padStart(16, '0'), SAVE].sort())
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([CALL.padStart(32, '0')]))
    expect(spans.find(({ spanId }) => spanId === SAVE)).toMatchObject({
      parentSpanId: '1'.padStart(16, '0'),
      startTimeUnixNano: `${at(22)}000`,
    })
    const services = answer.result.resourceSpans.map(({ resource }) => resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue)
    expect([...new Set(services)].sort()).toEqual(['pay', 'web'])
  }) // prettier-ignore

  test('gives the spans as stored when they are asked for raw', async () => {
    const spans = spansOf(await v3<OtlpAnswer>(`/traces/${CALL}?raw_traces=true`))
    expect(spans.map(({ spanId }) => spanId).sort()).toEqual([ROOT, PAY, PAY, SAVE].sort())
  })

  test('finds traces, all in one list', async () => {
    const traces = async (query: string) =>
      new Set(spansOf(await v3<OtlpAnswer>(`/traces?${all}&${query}`)).map(({ traceId }) => traceId))
    expect(await traces('')).toEqual(new Set([WIDE, CALL.padStart(32, '0')]))
    expect(await traces('query.service_name=web&query.attributes={"environment":"prod"}&query.duration_min=50ms')).toEqual(
      new Set([CALL.padStart(32, '0')]),
    )
    expect(await traces('query.search_depth=1')).toEqual(new Set([WIDE]))
  }) // prettier-ignore

  test('summarizes what it finds', async () => {
    expect(await v3(`/trace-summaries?${all}`)).toEqual({
      summaries: [
        {
          traceId: WIDE,
          rootServiceName: 'jobs/cron',
          rootOperationName: 'tick',
          minStartTimeUnixNano: `${at(1000)}000`,
          maxEndTimeUnixNano: `${at(1000) + 500}000`,
          spanCount: 1,
          orphanSpanCount: 1,
          services: [{ name: 'jobs/cron', spanCount: 1 }],
        },
        {
          traceId: CALL.padStart(32, '0'),
          rootServiceName: 'web',
          rootOperationName: 'get /buy',
          minStartTimeUnixNano: `${at(0)}000`,
          maxEndTimeUnixNano: `${at(90)}000`,
          spanCount: 4,
          errorSpanCount: 1,
          services: [
            { name: 'pay', spanCount: 2, errorSpanCount: 1 },
            { name: 'web', spanCount: 2 },
          ],
        },
      ],
    })
    expect(await v3(`/trace-summaries?${all}&query.service_name=nobody`)).toEqual({ summaries: [] })
  })

  test.each([
    [404, `/traces/${'f'.repeat(16)}`, 'No traces found'],
    [404, `/traces?${all}&query.service_name=nobody`, 'No traces found'],
    [400, '/traces', 'query.startTimeMin and query.startTimeMax are required'],
    [400, '/trace-summaries', 'query.startTimeMin and query.startTimeMax are required'],
    [400, `/traces/${CALL}?start_time=now`, 'start_time: "now" is not a time such as 2026-11-20T21:00:00Z'],
    [404, '/nothing', 'There is no GET /api/v3/nothing here.'],
  ])('answers %s to %s in the form of its gateway', async (status, path, message) => {
    expect(await refused(`/v3${path}`)).toEqual([status, { error: { httpCode: status, message } }])
  })
})

test('what came by OTLP is served with its types, links and names: by v3 as it was sent', async () => {
  const traceId = idFrom('otlp', 1) + idFrom('otlp', 2)
  const attribute = (key: string, value: object) => ({ key, value })
  const span = {
    traceId,
    spanId: idFrom('otlp', 3),
    parentSpanId: idFrom('otlp', 4),
    name: 'GET /Cart',
    kind: 2,
    startTimeUnixNano: `${at(0)}001`,
    endTimeUnixNano: `${at(5)}002`,
    attributes: [
      attribute('http.status_code', { intValue: '200' }),
      attribute('cached', { boolValue: true }),
      attribute('load', { doubleValue: 0.25 }),
      attribute('hosts', { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] } }),
    ],
    events: [{ timeUnixNano: `${at(1)}500`, name: 'Hit', attributes: [attribute('n', { intValue: '1' })] }],
    links: [{ traceId: 'f'.repeat(32), spanId: 'e'.repeat(16), attributes: [attribute('why', { stringValue: 'batch' })] }],
    status: { code: 2, message: 'too late' },
  } // prettier-ignore
  const resource = {
    attributes: [
      attribute('service.name', { stringValue: 'Shop' }),
      attribute('host.cpus', { intValue: '8' }),
    ],
  }
  const sent = {
    resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'lib', version: '2' }, spans: [span] }] }],
  }
  const path = '/v1/traces'
  expect((await post(jaeger.url, JSON.stringify(sent), { path })).status).toBe(200)

  const { result } = await v3<{ result: typeof sent }>(`/traces/${traceId}`)
  expect(result.resourceSpans[0]?.resource).toEqual(resource)
  const [got] = result.resourceSpans[0]?.scopeSpans[0]?.spans ?? []
  const byKey = (a: { key: string }, b: { key: string }) => (a.key < b.key ? -1 : 1)
  expect({ ...got, attributes: got?.attributes.sort(byKey) }).toEqual({
    ...span,
    attributes: span.attributes.sort(byKey),
  })

  const { data } = await api<JaegerTrace[]>(
    '/traces?tags={"load":"0.25","http.status_code":"200","host.cpus":"8"}',
  )
  expect(data).toHaveLength(1)
  expect(data[0]).toMatchObject({
    traceID: traceId,
    spans: [
      {
        operationName: 'GET /Cart',
        references: [
          { refType: 'CHILD_OF', traceID: traceId, spanID: span.parentSpanId },
          { refType: 'FOLLOWS_FROM', traceID: 'f'.repeat(32), spanID: 'e'.repeat(16) },
        ],
        duration: 5000,
        tags: [
          { key: 'otel.scope.name', value: 'lib' },
          { key: 'otel.scope.version', value: '2' },
          { key: 'cached', type: 'bool', value: true },
          { key: 'hosts', type: 'string', value: '["a","b"]' },
          { key: 'http.status_code', type: 'int64', value: 200 },
          { key: 'load', type: 'float64', value: 0.25 },
          { key: 'span.kind', value: 'server' },
          { key: 'otel.status_code', value: 'ERROR' },
          { key: 'error', type: 'bool', value: true },
          { key: 'otel.status_description', value: 'too late' },
        ],
        logs: [
          {
            timestamp: at(1),
            fields: [
              { key: 'event', value: 'Hit' },
              { key: 'n', type: 'int64', value: 1 },
            ],
          },
        ],
      },
    ],
    processes: { p1: { serviceName: 'Shop', tags: [{ key: 'host.cpus', type: 'int64', value: 8 }] } },
  })
})
