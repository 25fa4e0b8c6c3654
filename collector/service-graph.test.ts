import { describe, expect, test } from '@jest/globals'
import type { DurationMicros, Endpoint, Span, TraceId } from '@hopscope/model'
import { idOf, makeSpan } from '@hopscope/model/testing'
import { Registry } from 'prom-client'
import { SpanMetrics, type SpanMetricsOptions } from './span-metrics.ts'

const named = (serviceName: string): Endpoint => ({
  serviceName,
  ipv4: undefined,
  ipv6: undefined,
  port: undefined,
})
const micros = (duration: number) => duration as DurationMicros

function half(
  kind: NonNullable<Span['kind']>,
  service: string,
  id: number,
  parent?: number,
  fields?: Partial<Span>,
) {
  const parentId = parent === undefined ? undefined : idOf(parent)
  return makeSpan({
    kind,
    id: idOf(id),
    parentId,
    localEndpoint: named(service),
    duration: micros(1000),
    ...fields,
  })
}
const to = (serviceName: string) => ({ remoteEndpoint: named(serviceName) })

function graph(options: Partial<SpanMetricsOptions> = {}) {
  const clock = { now: 0 }
  const spanMetrics = new SpanMetrics({ series: 100, now: () => clock.now, ...options })
  const registry = new Registry()
  for (const metric of spanMetrics.metrics()) registry.registerMetric(metric)
  const lines = async (name: string) =>
    (await registry.metrics()).split('\n').filter((line) => new RegExp(`^${name}[{ ]`).test(line))
  return {
    clock,
    add: (...spans: Span[]) => spanMetrics.add(spans, []),
    lines,
    /** Such as `front > back: 1`. */
    calls: async () =>
      (await lines('traces_service_graph_request_total')).map((line) =>
        line.replace(
          /^.*client="(.*)",server="(.*)",connection_type="(.*)"} (\d+)$/,
          (_, client: string, server: string, type: string, count: string) =>
            `${client} > ${server}${type === '' ? '' : ` (${type})`}: ${count}`,
        ),
      ),
    unpaired: async () =>
      Number((await lines('traces_service_graph_unpaired_spans_total'))[0]?.split(' ')[1]),
    dropped: async () => Number((await lines('traces_service_graph_dropped_spans_total'))[0]?.split(' ')[1]),
  }
}

const client = half('CLIENT', 'front', 1, undefined, { duration: micros(300_000) })
const server = half('SERVER', 'back', 2, 1, { duration: micros(200_000) })

describe('the graph of services pairs', () => {
  test('a client with the server whose parent it is, whichever comes first', async () => {
    for (const [first, second] of [
      [client, server],
      [server, client],
    ] as const) {
      const { add, calls, lines, clock, unpaired } = graph()
      add(first)
      expect(await calls()).toEqual([])
      clock.now = 9999
      add(second)
      expect(await calls()).toEqual(['front > back: 1'])
      const sum = async (side: string) => (await lines(`traces_service_graph_request_${side}_seconds_sum`))[0]
      expect(await sum('client')).toMatch(/ 0\.3$/)
      expect(await sum('server')).toMatch(/ 0\.2$/)
      clock.now = 1e9
      expect([await calls(), await unpaired()]).toEqual([['front > back: 1'], 0])
    }
  })

  test('the halves of a span that Zipkin’s tracers share', async () => {
    const { add, calls } = graph()
    add(client, half('SERVER', 'back', 1, undefined, { shared: true }))
    expect(await calls()).toEqual(['front > back: 1'])
  })

  test('a producer with a consumer', async () => {
    const { add, calls } = graph()
    add(half('PRODUCER', 'shop', 1, undefined, to('kafka')), half('CONSUMER', 'mail', 2, 1, to('kafka')))
    expect(await calls()).toEqual(['shop > mail (messaging_system): 1'])
  })

  test('no spans of different traces, nor those that nobody calls', async () => {
    const { add, calls } = graph()
    add(client, { ...server, traceId: idOf('b') as string as TraceId })
    add(makeSpan({ id: idOf(9), localEndpoint: named('front') }), half('SERVER', 'back', 10, 9))
    add({ ...client, id: idOf(3), localEndpoint: undefined }, half('SERVER', 'back', 4, 3))
    expect(await calls()).toEqual([])
  })

  test('spans that are sent again while they wait only once', async () => {
    const { add, calls, clock, unpaired } = graph()
    add(client, client)
    clock.now = 9000
    add(client, server)
    clock.now = 1e9
    expect([await calls(), await unpaired()]).toEqual([['front > back: 1'], 0])
  })

  test('one of two answers to a call, and counts the other', async () => {
    const { add, calls, unpaired } = graph()
    add(server, half('SERVER', 'other', 3, 1), client)
    expect([await calls(), await unpaired()]).toEqual([['front > other: 1'], 1])
  })
})

test('a call fails if either side says so', async () => {
  const { add, lines } = graph()
  const failed = { tags: { error: '' } }
  add(client, server)
  add({ ...client, ...failed }, server)
  add(client, { ...server, ...failed })
  expect(await lines('traces_service_graph_request_failed_total')).toEqual([
    'traces_service_graph_request_failed_total{client="front",server="back",connection_type=""} 2',
  ])
})

test('a database is called by a client that says so, and never answers', async () => {
  const { add, calls, lines } = graph()
  const asks = (tags: Record<string, string>, fields: Partial<Span> = {}) =>
    add(half('CLIENT', 'back', 1, undefined, { tags, ...fields }))
  asks({ 'db.system': 'postgresql' }, to('orders'))
  asks({ 'db.system': 'postgresql', 'server.address': '10.0.0.1' })
  asks({ 'db.system': 'postgresql', 'db.name': 'stock' })
  asks({ 'db.system': 'redis', 'network.peer.address': '10.0.0.2', 'network.peer.port': '6379' })
  asks({ 'db.system.name': 'redis' })
  asks({ 'db.system': '', 'network.peer.address': '10.0.0.3' })
  expect(await calls()).toEqual(
    ['orders', '10.0.0.1', 'stock', '10.0.0.2:6379', 'redis'].map((name) => `back > ${name} (database): 1`),
  )
  for (const side of ['client', 'server'])
    expect(await lines(`traces_service_graph_request_${side}_seconds_count`)).toHaveLength(5)
})

describe('who reports nothing', () => {
  test('is known by name from the client, after the wait', async () => {
    const { add, calls, lines, clock, unpaired } = graph()
    add({ ...client, ...to('payment') })
    clock.now = 9999
    expect(await calls()).toEqual([])
    clock.now = 10_000
    expect(await calls()).toEqual(['front > payment (virtual_node): 1'])
    expect(await lines('traces_service_graph_request_client_seconds_count')).toHaveLength(1)
    // Nobody knows how long it took there.
    expect(await lines('traces_service_graph_request_server_seconds_count')).toEqual([])
    add(half('SERVER', 'payment', 2, 1))
    clock.now = 20_000
    expect([await calls(), await unpaired()]).toEqual([['front > payment (virtual_node): 1'], 1])
  })

  test('is the user where a trace begins', async () => {
    const { add, calls } = graph()
    add(half('SERVER', 'front', 1), half('SERVER', 'front', 1, undefined, to('proxy')))
    expect(await calls()).toEqual(['user > front (virtual_node): 1', 'proxy > front (virtual_node): 1'])
  })

  test('and has no name is counted as unpaired, without any other span coming in', async () => {
    const { add, calls, clock, unpaired } = graph()
    add(client, { ...server, parentId: idOf(7), ...to('front') })
    clock.now = 9999
    expect(await unpaired()).toBe(0)
    clock.now = 10_000
    expect([await calls(), await unpaired()]).toEqual([[], 2])
  })
})

test('so many wait at most; others are dropped and counted, until there is room again', async () => {
  const { add, calls, clock, unpaired, dropped } = graph({ waiting: 100 })
  for (let id = 1; id <= 150; id++) add(half('CLIENT', 'front', id))
  expect(await dropped()).toBe(50)
  add(half('SERVER', 'back', 1000, 100), half('SERVER', 'back', 1001, 101))
  expect(await calls()).toEqual(['front > back: 1'])
  clock.now = 10_000
  add(half('CLIENT', 'front', 200), half('SERVER', 'back', 1002, 200))
  expect([await calls(), await unpaired(), await dropped()]).toEqual([['front > back: 2'], 100, 50])
})
