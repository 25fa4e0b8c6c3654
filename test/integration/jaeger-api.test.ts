// Jaeger's older query API, asked as Grafana's Jaeger data source asks it.
import { describe, expect, test } from '@jest/globals'
import { startServer } from '../support/server-process.ts'
import { getJson, postSpans } from './client.ts'
import {
  T0,
  at,
  CALL,
  WIDE,
  call,
  ROOT,
  PAY,
  SAVE,
  type JaegerSpan,
  type JaegerTrace,
  type Envelope,
  useJaegerServer,
} from './jaeger-server.ts'

const jaeger = useJaegerServer()
const { api, refused } = jaeger

describe("Jaeger's API", () => {
  const found = async (query: string) =>
    (await api<JaegerTrace[]>(`/traces?${query}`)).data.map(({ traceID }) => traceID)

  test('lists services and their operations, in its envelope', async () => {
    expect(await api('/services')).toEqual({ data: ['jobs/cron', 'pay', 'web'], total: 3, limit: 0, offset: 0, errors: null })
    expect((await api('/services/web/operations')).data).toEqual(['get /buy', 'post /charge'])
    expect((await api('/services/WEB/operations')).data).toEqual(['get /buy', 'post /charge'])
    expect((await api('/services/jobs%2Fcron/operations')).data).toEqual(['tick'])
    // As Grafana sends it; the contract has no path for it.
    expect(await getJson(`${jaeger.url}/api/services/jobs/cron/operations`)).toMatchObject({ data: ['tick'] })
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
    const response = await fetch(`${jaeger.url}/api/traces`, { method: 'POST' })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    expect(await response.json()).toMatchObject({ errors: [{ code: 405 }] })
    const head = await fetch(`${jaeger.url}/api/traces`, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  test("leaves Zipkin's errors as they were", async () => {
    const response = await fetch(`${jaeger.url}/api/v2/nothing`)
    expect([response.status, response.headers.get('content-type')]).toEqual([
      404,
      'text/plain; charset=utf-8',
    ])
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
