// Requests are counted and timed by route in the service's own prom-client, under OpenTelemetry's names, in bounds.
import { beforeEach, describe, expect, test } from '@jest/globals'
import * as promClient from 'prom-client'
import client, { Histogram, Registry } from 'prom-client'
import { isPromClient, type PromClient, type ServedRequest, serverMetricsOf } from './metrics.ts'

const NAME = 'http_server_request_duration_seconds'
const GET: ServedRequest = { method: 'GET', route: '/orders/:id', status: 200, seconds: 0.02 }

beforeEach(() => client.register.clear())

const series = async (registry: Registry = client.register): Promise<string[]> =>
  (await registry.metrics()).split('\n').filter((line) => line.startsWith(`${NAME}_count`))

test('prom-client fits as it is imported, whole or by parts', () => {
  // The types are the test: an option of the tracer is declared so.
  const options: { metrics?: PromClient }[] = [{ metrics: client }, { metrics: promClient }, { metrics: { Histogram, register: new Registry() } }]
  for (const { metrics } of options) {
    expect(isPromClient(metrics)).toBe(true)
    expect(metrics && serverMetricsOf(metrics)).toBeDefined()
  }
  for (const other of [undefined, null, {}, { Histogram }, { Histogram, register: {} }, 'prom-client'])
    expect(isPromClient(other)).toBe(false)
}) // prettier-ignore

describe('as text', () => {
  test('it is OpenTelemetry’s metric: name, labels, seconds, boundaries', async () => {
    serverMetricsOf(client).observe(GET)
    const labels = 'http_request_method="GET",http_route="/orders/:id",http_response_status_code="200",error_type=""'
    const text = await client.register.metrics()
    expect(text).toContain(`# TYPE ${NAME} histogram\n`)
    expect(text.match(/le="[^"]+"/g)).toEqual(
      [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, '+Inf'].map((le) => `le="${le}"`),
    )
    expect(text).toContain(`${NAME}_bucket{le="0.01",${labels}} 0\n`)
    expect(text).toContain(`${NAME}_bucket{le="0.025",${labels}} 1\n`)
    expect(text).toContain(`${NAME}_sum{${labels}} 0.02\n`)
    expect(text).toContain(`${NAME}_count{${labels}} 1\n`)
  }) // prettier-ignore

  test.each<[string, Partial<ServedRequest>, string]>([
    ['no route', { route: undefined, status: 404 }, 'GET,,404,'],
    ['a strange method', { method: 'FOO' }, '_OTHER,/orders/:id,200,'],
    ['get, which is not GET', { method: 'get' }, '_OTHER,/orders/:id,200,'],
    ['a server error', { status: 503 }, 'GET,/orders/:id,503,503'],
    ['what was thrown', { status: 500, errorType: 'TypeError' }, 'GET,/orders/:id,500,TypeError'],
    ['a client error, which is none of ours', { status: 404 }, 'GET,/orders/:id,404,'],
    ['aborted before there was a status', { status: undefined, errorType: 'aborted' }, 'GET,/orders/:id,,aborted'],
    ['a message for a type', { errorType: 'no order 42 of Ada' }, 'GET,/orders/:id,200,_OTHER'],
    ['a route without end', { route: `/${'x'.repeat(5000)}` }, 'GET,_OTHER,200,'],
  ])('%s', async (_, request, wanted) => {
    serverMetricsOf(client).observe({ ...GET, ...request })
    const [line = ''] = await series()
    expect([...line.matchAll(/="([^"]*)"/g)].map(([, value]) => value).join(',')).toBe(wanted)
    expect(line).toMatch(/ 1$/)
  }) // prettier-ignore
})

test('what is no time is not counted, and throws nothing', async () => {
  const metrics = serverMetricsOf(client)
  for (const seconds of [Number.NaN, -1, Infinity]) metrics.observe({ ...GET, seconds })
  expect(await series()).toEqual([])
  metrics.observe({ ...GET, seconds: 0 })
  expect(await series()).toHaveLength(1)
})

describe('a registry', () => {
  test('of the service’s own gets it, and the default one does not', async () => {
    const [one, other] = [new Registry(), new Registry()]
    serverMetricsOf(client, { registry: one }).observe(GET)
    serverMetricsOf({ Histogram, register: other }).observe(GET)
    expect(await series(one)).toHaveLength(1)
    expect(await series(other)).toHaveLength(1)
    expect(await client.register.metrics()).not.toContain(NAME)
  })

  test('has it once, however many tracers there are in the process, or were before a reload', async () => {
    serverMetricsOf(client).observe(GET)
    serverMetricsOf(client).observe(GET)
    serverMetricsOf(client, { buckets: [1] }).observe(GET)
    const [line, ...others] = await series()
    expect(line).toMatch(/ 3$/)
    expect(others).toEqual([])
  })

  test('that was reset counts from nothing', async () => {
    const metrics = serverMetricsOf(client)
    metrics.observe(GET)
    client.register.resetMetrics()
    expect(await series()).toEqual([])
    metrics.observe(GET)
    expect((await series())[0]).toMatch(/ 1$/)
  })

  test('with default labels and with buckets of one’s own', async () => {
    const registry = new Registry()
    registry.setDefaultLabels({ app: 'shop' })
    serverMetricsOf(client, { registry, buckets: [0.1, 1] }).observe(GET)
    const text = await registry.metrics()
    expect(text.match(/le="[^"]+"/g)).toEqual(['le="0.1"', 'le="1"', 'le="+Inf"'])
    expect(text).toContain('app="shop"')
  })

  test.each([
    ['other labels', () => new client.Histogram({ name: NAME, help: 'x', labelNames: ['method'] })],
    ['another type', () => new client.Counter({ name: NAME, help: 'x' })],
  ])('that has one of the name with %s is refused by name', (_, make) => {
    make()
    expect(() => serverMetricsOf(client)).toThrow(new RegExp(`^metrics has a metric ${NAME} already`))
  })
})

test('routes and errors without end make no series without end', async () => {
  const metrics = serverMetricsOf(client)
  for (let i = 0; i < 3000; i++) metrics.observe({ ...GET, route: `/tenants/${i}` })
  for (let i = 0; i < 3000; i++) metrics.observe({ ...GET, status: 500, errorType: `Error${i}` })
  for (let i = 0; i < 3000; i++)
    metrics.observe({ ...GET, route: 'x'.repeat(999), status: 500, errorType: `Error${i}` })
  metrics.observe({ ...GET, method: 'BREW', status: undefined, errorType: 'aborted' })
  metrics.observe({ ...GET, route: '/tenants/0' })
  const lines = await series()
  expect(lines).toHaveLength(2003)
  const counted = lines.map((line) => Number(line.split(' ').at(-1))).reduce((sum, count) => sum + count, 0)
  expect(counted).toBe(9002)
  expect(lines.find((line) => line.includes('"/tenants/0"'))).toMatch(/ 2$/)
  expect(lines.find((line) => line.includes('http_route="_OTHER"') && line.includes('"200"'))).toMatch(
    / 1000$/,
  )
})
