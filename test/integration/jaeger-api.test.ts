// Jaeger's two query APIs, asked as Grafana's Jaeger data source asks them.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { type ContractClient, contractClient } from './contract-client.ts'
import { getJson, idFrom, post, postSpans, wireSpan, type WireSpan } from './client.ts'

let server: ServerProcess

const T0 = (Date.now() - 600_000) * 1000
const at = (milliseconds: number) => T0 + milliseconds * 1000
const local = (serviceName: string) => ({ localEndpoint: { serviceName, ipv4: '10.0.0.1', port: 80 } })

/** web calls pay, which fails; both halves share an id, and pay's database hangs on it. */
const CALL = idFrom('jaeger call')
const [ROOT, PAY, SAVE] = ['root', 'pay', 'save'].map((name) => idFrom('jaeger', name))
const call: WireSpan[] = [
  wireSpan({ traceId: CALL, id: ROOT, name: 'get /buy', timestamp: at(0), duration: 90_000, ...local('web'), tags: { environment: 'prod', 'http.path': '/buy?a=1 b' } }),
  wireSpan({ traceId: CALL, id: PAY, parentId: ROOT, kind: 'CLIENT', name: 'post /charge', timestamp: at(10), duration: 60_000, ...local('web'), remoteEndpoint: { serviceName: 'pay', ipv6: '2001:db8::1' } }),
  wireSpan({ traceId: CALL, id: PAY, parentId: ROOT, shared: true, name: 'post /charge', timestamp: at(20), duration: 40_000, ...local('pay'), tags: { error: 'card declined', environment: 'test' }, annotations: [{ timestamp: at(30), value: 'retry now' }] }),
  wireSpan({ traceId: CALL, id: SAVE, parentId: PAY, kind: 'CLIENT', name: 'insert', timestamp: at(22), duration: 3000, ...local('pay'), remoteEndpoint: { serviceName: 'db' } }),
] // prettier-ignore
/** A later trace with a 128-bit id, of one span whose parent is missing; its service has a name like a path. */
const WIDE = '1'.padStart(16, '0') + idFrom('jaeger wide')
const wide = wireSpan({ traceId: WIDE, id: idFrom('jaeger wide'), parentId: 'ff', name: 'tick', timestamp: at(1000), duration: 500, ...local('jobs/cron') }) // prettier-ignore

interface JaegerTag {
  key: string
  type: string
  value: unknown
}
interface JaegerSpan {
  spanID: string
  processID: string
  references: unknown[]
  tags: JaegerTag[]
  logs: unknown[]
}
interface JaegerTrace {
  traceID: string
  spans: JaegerSpan[]
  processes: Record<string, { serviceName: string; tags: JaegerTag[] }>
}
interface Envelope<T> {
  data: T
  total: number
  errors: { code?: number; msg: string; traceID?: string }[] | null
}
interface OtlpAnswer {
  result: {
    resourceSpans: {
      resource: { attributes: { key: string; value: { stringValue: string } }[] }
      scopeSpans: {
        spans: { traceId: string; spanId: string; parentSpanId?: string; startTimeUnixNano: string }[]
      }[]
    }[]
  }
}

let contract: ContractClient

async function ofContract<T>(path: string): Promise<T> {
  const response = await contract.fetch(path)
  expect(response.status).toBe(200)
  return (await response.json()) as T
}
const api = <T>(path: string) => ofContract<Envelope<T>>(`/api${path}`)
const v3 = <T>(path: string) => ofContract<T>(`/api/v3${path}`)
const refused = async (path: string) => {
  // Paths that are none are in no contract.
  const isNone = path.endsWith('/a/b') || path.endsWith('/nothing')
  const response = await (isNone ? fetch(`${server.url}/api${path}`) : contract.fetch(`/api${path}`))
  expect(response.headers.get('content-type')).toMatch(/^application\/json/)
  return [response.status, await response.json()]
}

beforeAll(async () => {
  server = await startServer()
  contract = await contractClient(server.url)
  expect((await postSpans(server.url, [...call, wide])).status).toBe(202)
})
afterAll(async () => {
  await contract.close()
  await server.stop()
})

describe("Jaeger's API", () => {
  const found = async (query: string) =>
    (await api<JaegerTrace[]>(`/traces?${query}`)).data.map(({ traceID }) => traceID)

  test('lists services and their operations, in its envelope', async () => {
    expect(await api('/services')).toEqual({ data: ['jobs/cron', 'pay', 'web'], total: 3, limit: 0, offset: 0, errors: null })
    expect((await api('/services/web/operations')).data).toEqual(['get /buy', 'post /charge'])
    expect((await api('/services/WEB/operations')).data).toEqual(['get /buy', 'post /charge'])
    expect((await api('/services/jobs%2Fcron/operations')).data).toEqual(['tick'])
    // As Grafana sends it; the contract has no path for it.
    expect(await getJson(`${server.url}/api/services/jobs/cron/operations`)).toMatchObject({ data: ['tick'] })
    expect(await api('/services/nobody/operations')).toMatchObject({ data: [], total: 0 })
    expect(await api('/operations?service=pay&spanKind=server')).toMatchObject({
      data: [{ name: 'insert', spanKind: '' }, { name: 'post /charge', spanKind: '' }],
      total: 2,
    })
  }) // prettier-ignore

  test('gives a trace with its processes, the halves of a call apart, and what failed marked so', async () => {
    const { data, total, errors } = await api<JaegerTrace[]>(
      `/traces/${CALL}?start=${T0 / 1000}&end=${Date.now()}`,
    )
    expect([data.length, total, errors]).toEqual([1, 0, null])
    const trace = data[0] as JaegerTrace
    expect(trace.traceID).toBe(CALL)
    const byId = new Map(trace.spans.map((span) => [span.spanID, span]))
    const child = (spanID: unknown) => [{ refType: 'CHILD_OF', traceID: CALL, spanID }]
    const NEW = '1'.padStart(16, '0')
    expect([...byId.keys()].sort()).toEqual([NEW, ROOT, PAY, SAVE].sort())
    expect([ROOT, PAY, NEW, SAVE].map((id) => byId.get(id as string)?.references)).toEqual([
      [],
      child(ROOT),
      child(PAY),
      child(NEW),
    ])
    const pay = byId.get(NEW) as JaegerSpan
    expect(pay).toMatchObject({
      traceID: CALL,
      operationName: 'post /charge',
      startTime: at(20),
      duration: 40_000,
      logs: [{ timestamp: at(30), fields: [{ key: 'event', type: 'string', value: 'retry now' }] }],
      warnings: null,
    })
    expect(pay.tags).toEqual(
      expect.arrayContaining([
        { key: 'environment', type: 'string', value: 'test' },
        { key: 'error', type: 'bool', value: true },
        { key: 'otel.status_description', type: 'string', value: 'card declined' },
        { key: 'span.kind', type: 'string', value: 'server' },
      ]),
    )
    expect(trace.processes[pay.processID]).toEqual({
      serviceName: 'pay',
      tags: [
        { key: 'ip', type: 'string', value: '10.0.0.1' },
        { key: 'port', type: 'int64', value: 80 },
      ],
    })
    expect(byId.get(PAY as string)?.tags).toContainEqual({
      key: 'peer.service',
      type: 'string',
      value: 'pay',
    })
    expect(Object.keys(trace.processes)).toEqual(['p1', 'p2'])
  })

  test('gives the spans as stored when they are asked for raw', async () => {
    const { data } = await api<JaegerTrace[]>(`/traces/${CALL}?raw=true`)
    expect(data[0]?.spans.map(({ spanID }) => spanID).sort()).toEqual([ROOT, PAY, PAY, SAVE].sort())
  })

  test('takes ids long and short, in any case', async () => {
    for (const id of [WIDE, WIDE.replace(/^0+/, ''), WIDE.toUpperCase()])
      expect((await api<JaegerTrace[]>(`/traces/${id}`)).data[0]?.traceID).toBe(WIDE)
    expect((await api<JaegerTrace[]>(`/traces/${CALL.padStart(32, '0')}`)).data[0]?.traceID).toBe(CALL)
  })

  test.each([
    ['', [WIDE, CALL]],
    ['limit=1', [WIDE]],
    ['service=web', [CALL]],
    ['service=Web&operation=GET%20/buy', [CALL]],
    ['service=web&operation=tick', []],
    [`service=web&start=${at(0)}&end=${at(0)}`, [CALL]],
    [`start=${at(1)}&end=${at(2000)}`, [WIDE]],
    ['tags={"environment":"prod","http.path":"/buy?a=1 b"}', [CALL]],
    ['tags={"environment":"prod","error":"true"}', []],
    ['tags={"environment":"test","error":"true"}', [CALL]],
    ['tag=otel.status_description:card%20declined', [CALL]],
    ['tag=peer.service:db&tag=span.kind:client', [CALL]],
    ['tags={"event":"retry now"}', [CALL]],
    ['service=pay&minDuration=50ms', []],
    ['service=web&minDuration=90ms', [CALL]],
    ['minDuration=400us&maxDuration=0.0005s', [WIDE]],
    ['lookback=custom&prettyPrint=true', [WIDE, CALL]],
  ])('finds traces by "%s"', async (query, expected) => {
    expect(await found(query)).toEqual(expected)
  }) // prettier-ignore

  test('gives traces by their ids, and says which it has not', async () => {
    const none = 'f'.repeat(16)
    const { data, errors } = await api<JaegerTrace[]>(
      `/traces?traceID=${CALL}&traceID=${none}&traceID=${WIDE}`,
    )
    expect(data.map(({ traceID }) => traceID)).toEqual([CALL, WIDE])
    expect(errors).toEqual([{ msg: 'trace not found', traceID: none }])
  })

  test('links who calls whom', async () => {
    const links = [
      { parent: 'pay', child: 'db', callCount: 1 },
      { parent: 'web', child: 'pay', callCount: 1 },
    ]
    expect(await api(`/dependencies?endTs=${Date.now()}&lookback=3600000`)).toEqual({ data: links, total: 0, limit: 0, offset: 0, errors: null })
    expect((await api('/dependencies')).data).toEqual(links)
    expect((await api('/dependencies?service=DB')).data).toEqual(links.slice(0, 1))
    expect((await api(`/dependencies?endTs=${T0 / 1000 - 5000}&lookback=1000`)).data).toEqual([])
  }) // prettier-ignore

  test.each([
    [404, `/traces/${'f'.repeat(16)}`, 'trace not found'],
    [400, '/traces/xyz', 'traceID: "xyz" is not a trace id: 1 to 32 lower-case hex characters, not all zeros'],
    [400, '/traces?limit=0', 'limit: 0 is not between 1 and 10000'],
    [400, '/traces?raw=maybe', 'raw: "maybe" is neither true nor false'],
    [400, '/operations', "parameter 'service' is required"],
    [404, '/traces/a/b', 'There is no GET /api/traces/a/b here.'],
  ])('answers %s to %s in its own form', async (status, path, msg) => {
    expect(await refused(path)).toEqual([
      status,
      { data: null, total: 0, limit: 0, offset: 0, errors: [{ code: status, msg }] },
    ])
  }) // prettier-ignore

  test('takes no other method', async () => {
    const response = await fetch(`${server.url}/api/traces`, { method: 'POST' })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    expect(await response.json()).toMatchObject({ errors: [{ code: 405 }] })
    const head = await fetch(`${server.url}/api/traces`, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  test("leaves Zipkin's errors as they were", async () => {
    const response = await fetch(`${server.url}/api/v2/nothing`)
    expect([response.status, response.headers.get('content-type')]).toEqual([
      404,
      'text/plain; charset=utf-8',
    ])
  })
})

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
  expect((await post(server.url, JSON.stringify(sent), { path })).status).toBe(200)

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

test('SEARCH_ENABLED=false finds nothing, but serves traces by id', async () => {
  const closed = await startServer({ env: { SEARCH_ENABLED: 'false' } })
  try {
    expect((await postSpans(closed.url, call)).status).toBe(202)
    const json = (path: string) => getJson<Envelope<unknown[]>>(`${closed.url}/api${path}`)
    for (const path of ['/services', '/services/web/operations', '/traces'])
      expect((await json(path)).data).toEqual([])
    expect((await json(`/traces/${CALL}`)).data).toHaveLength(1)
    expect(await json('/v3/services')).toEqual({ services: [] })
  } finally {
    await closed.stop()
  }
})
