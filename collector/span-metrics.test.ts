import { expect, test } from '@jest/globals'
import type { DurationMicros, Span } from '@hopscope/model'
import { makeSpan } from '@hopscope/model/testing'
import { Registry } from 'prom-client'
import { SpanMetrics } from './span-metrics.ts'

function shown(series = 100) {
  const spanMetrics = new SpanMetrics({ series, now: () => 0 })
  const registry = new Registry()
  for (const metric of spanMetrics.metrics()) registry.registerMetric(metric)
  return {
    spanMetrics,
    registry,
    lines: async (name: string) =>
      (await registry.metrics()).split('\n').filter((line) => new RegExp(`^${name}[{ ]`).test(line)),
  }
}

function span(fields: Partial<Span> & { service?: string; micros?: number } = {}): Span {
  const { service = 'web', micros, ...rest } = fields
  return makeSpan({
    name: 'get /',
    localEndpoint: { serviceName: service, ipv4: undefined, ipv6: undefined, port: undefined },
    duration: micros as DurationMicros | undefined,
    ...rest,
  })
}

const series = (kind: string, status: string, value: number) =>
  `traces_spanmetrics_calls_total{service="web",span_name="get /",span_kind="SPAN_KIND_${kind}",status_code="STATUS_CODE_${status}"} ${value}`

test('spans count by service, name, kind and status, under the names of OpenTelemetry', async () => {
  const { spanMetrics, lines } = shown()
  spanMetrics.add(
    [
      span(),
      span({ kind: 'SERVER' }),
      span({ kind: 'SERVER' }),
      span({ kind: 'CLIENT', tags: { error: 'timeout', 'otel.status_code': 'OK' } }),
      span({ kind: 'PRODUCER', tags: { 'otel.status_code': 'OK' } }),
      span({ kind: 'CONSUMER', tags: { error: '' } }),
    ],
    [],
  )
  expect(await lines('traces_spanmetrics_calls_total')).toEqual([
    series('INTERNAL', 'UNSET', 1),
    series('SERVER', 'UNSET', 2),
    series('CLIENT', 'ERROR', 1),
    series('PRODUCER', 'OK', 1),
    series('CONSUMER', 'ERROR', 1),
  ])
})

test('durations fall into buckets that include their bound, in seconds; an unknown one into none', async () => {
  const { spanMetrics, lines } = shown()
  spanMetrics.add(
    [1, 2000, 2001, 16_384_000, 16_384_001].map((micros) => span({ micros })),
    [],
  )
  spanMetrics.add([span({ duration: undefined })], [])
  const values = async (name: string) =>
    (await lines(`traces_spanmetrics_latency_${name}`)).map((line) => line.slice(line.lastIndexOf(' ') + 1))
  const bounds = (await lines('traces_spanmetrics_latency_bucket')).map(
    (line) => /le="([^"]+)"/.exec(line)?.[1],
  )
  expect(bounds).toEqual(
    [0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096, 8.192, 16.384, '+Inf'].map(String), // prettier-ignore
  )
  expect((await values('bucket')).map(Number)).toEqual([2, ...Array<number>(12).fill(3), 4, 5])
  expect(await values('sum')).toEqual(['32.772003'])
  expect(await values('count')).toEqual(['5'])
  expect(await lines('traces_spanmetrics_calls_total')).toEqual([series('INTERNAL', 'UNSET', 6)])
})

test('what the store refused does not count', async () => {
  const { spanMetrics, lines } = shown()
  const refused = [{ index: 1, field: 'tags', reason: 'Too large.' }]
  spanMetrics.add([span(), span({ kind: 'SERVER' }), span()], refused)
  expect(await lines('traces_spanmetrics_calls_total')).toEqual([series('INTERNAL', 'UNSET', 2)])
})

test('beyond the limit the figures of all others are one series, and are counted', async () => {
  const { spanMetrics, lines } = shown(3)
  spanMetrics.add(
    Array.from({ length: 50 }, (_, id) => span({ name: `get /${id}`, kind: 'SERVER', service: `s${id}`, micros: 5 })), // prettier-ignore
    [],
  )
  const all = await lines('traces_spanmetrics_calls_total')
  expect(all).toHaveLength(4)
  expect(all[3]).toBe('traces_spanmetrics_calls_total{metric_overflow="true"} 47')
  expect((await lines('traces_spanmetrics_latency_count'))[3]).toBe(
    'traces_spanmetrics_latency_count{metric_overflow="true"} 47',
  )
  expect((await lines('traces_service_graph_request_total'))[3]).toBe(
    'traces_service_graph_request_total{metric_overflow="true"} 47',
  )
  expect(await lines('hopscope_collector_span_metrics_overflow_total')).toEqual([
    'hopscope_collector_span_metrics_overflow_total{family="spanmetrics"} 47',
    'hopscope_collector_span_metrics_overflow_total{family="service_graph"} 47',
  ])
})

test('names of strangers stay names', async () => {
  const { spanMetrics, lines } = shown()
  const name = 'a"} 1\nfaked_total 5\\'
  spanMetrics.add([span({ name, service: '__proto__', micros: 1 })], [])
  const labels = 'service="__proto__",span_name="a\\"} 1\\nfaked_total 5\\\\",span_kind='
  expect((await lines('traces_spanmetrics_calls_total'))[0]).toContain(`{${labels}`)
  expect((await lines('traces_spanmetrics_latency_count'))[0]).toContain(`{${labels}`)
  expect(await lines('faked_total')).toEqual([])
})

test('prom-client gives them as JSON too', async () => {
  const { spanMetrics, registry } = shown()
  spanMetrics.add([span({ micros: 1 })], [])
  const histogram = (await registry.getMetricsAsJSON()).find(
    ({ name }) => name === 'traces_spanmetrics_latency',
  )
  expect(histogram?.values[0]).toMatchObject({
    labels: { service: 'web', span_name: 'get /', le: '0.002' },
    value: 1,
  })
  expect(await registry.getMetricsAsJSON()).toEqual(await registry.getMetricsAsJSON())
})
