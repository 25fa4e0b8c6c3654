// What Prometheus reads of the spans that a server stored: the figures of Tempo's metrics-generator, exactly.
import { afterAll, expect, test } from '@jest/globals'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { idFrom, postSpans, wireSpan, type WireSpan } from './client.ts'

const servers: ServerProcess[] = []
async function start(env: Readonly<Record<string, string>> = {}): Promise<string> {
  const server = await startServer({ env })
  servers.push(server)
  return server.url
}
afterAll(() => Promise.all(servers.map((server) => server.stop())))

interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"/y
const VALUE = /^(?:[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?|[+-]Inf|Nan)$/
const ESCAPED: Readonly<Record<string, string>> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' }

/**
 * Strictly by https://prometheus.io/docs/instrumenting/exposition_formats/, text format 0.0.4, and that histograms are whole.
 * @throws Error naming the line
 */
function parseExposition(text: string): Sample[] {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const types = new Map<string, string>()
  const seen = new Set<string>()
  const samples: Sample[] = []
  let family = ''
  for (const line of text.slice(0, -1).split('\n')) {
    const fail = (reason: string) => new Error(`${reason}: ${line}`)
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line)
    if (line === '') continue
    if (comment !== null) {
      const [, what, name = '', rest = ''] = comment
      family = name
      if (what === 'HELP') continue
      if (types.has(name)) throw fail('a second TYPE')
      if (!/^(counter|gauge|histogram|summary|untyped)$/.test(rest)) throw fail('no type')
      types.set(name, rest)
      continue
    }
    const sample = sampleFrom(line)
    if (sample === undefined) throw fail('no sample')
    const type = types.get(family)
    const suffix = sample.name.startsWith(family) ? sample.name.slice(family.length) : undefined
    const allowed = type === 'histogram' ? ['_bucket', '_sum', '_count'] : type === 'summary' ? ['', '_sum', '_count'] : [''] // prettier-ignore
    if (suffix === undefined || !allowed.includes(suffix)) throw fail(`not of ${family}, a ${type}`)
    if (type === 'counter' && !(sample.value >= 0)) throw fail('a counter below 0')
    const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()])
    if (seen.has(key)) throw fail('a second time')
    seen.add(key)
    samples.push(sample)
  }
  for (const [name, type] of types) if (type === 'histogram') checkHistogram(name, samples)
  return samples
}

function sampleFrom(line: string): Sample | undefined {
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0]
  if (name === undefined) return undefined
  const labels: [string, string][] = []
  let at = name.length
  if (line[at] === '{') {
    do {
      LABEL.lastIndex = at + 1
      const found = LABEL.exec(line)
      if (found === null) return undefined
      const [whole, key = '', value = ''] = found
      if (labels.some(([known]) => known === key)) return undefined
      labels.push([key, value.replace(/\\./g, (escape) => ESCAPED[escape] ?? escape)])
      at += 1 + whole.length
    } while (line[at] === ',')
    if (line[at++] !== '}') return undefined
  }
  if (line[at] !== ' ' || !VALUE.test(line.slice(at + 1))) return undefined
  return {
    name,
    labels: Object.fromEntries(labels),
    value: Number(line.slice(at + 1).replace('Inf', 'Infinity')),
  }
}

/** Buckets that only rise, up to +Inf, which is the count; and a sum. */
function checkHistogram(name: string, samples: readonly Sample[]): void {
  const series = new Map<string, { buckets: Sample[]; count: number | undefined; sum: number | undefined }>()
  for (const sample of samples) {
    if (![`${name}_bucket`, `${name}_sum`, `${name}_count`].includes(sample.name)) continue
    const { le: _, ...rest } = sample.labels
    const key = JSON.stringify(Object.entries(rest).sort())
    const one = series.get(key) ?? { buckets: [], count: undefined, sum: undefined }
    series.set(key, one)
    if (sample.name.endsWith('_bucket')) one.buckets.push(sample)
    else if (sample.name.endsWith('_sum')) one.sum = sample.value
    else one.count = sample.value
  }
  for (const [key, { buckets, count, sum }] of series) {
    const bounds = buckets.map(({ labels }) => Number(labels['le']?.replace('Inf', 'Infinity')))
    const rising = (list: readonly number[]) =>
      list.every((each, at) => at === 0 || each >= (list[at - 1] ?? 0))
    const whole = bounds.at(-1) === Infinity && buckets.at(-1)?.value === count && sum !== undefined
    if (!whole || !rising(bounds) || !rising(buckets.map(({ value }) => value)))
      throw new Error(`${name}${key} is no whole histogram`)
  }
}

async function scrape(url: string): Promise<Sample[]> {
  const response = await fetch(`${url}/prometheus`)
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  return parseExposition(await response.text())
}

/** The samples of one name: the values of their labels, joined, with the value. */
function valuesOf(samples: readonly Sample[], name: string): Record<string, number> {
  return Object.fromEntries(
    samples
      .filter((sample) => sample.name === name)
      .map(({ labels, value }) => [Object.values(labels).join(' | '), value]),
  )
}

const service = (serviceName: string) => ({ serviceName })

function trace(word: string): WireSpan[] {
  const traceId = idFrom('trace', word)
  const id = (name: string) => idFrom('span', word, name)
  const span = (name: string, from: string, kind: string, parent: string | undefined, more: WireSpan) =>
    wireSpan({ traceId, id: id(name), name, kind, localEndpoint: service(from), ...(parent !== undefined && { parentId: id(parent) }), ...more }) // prettier-ignore
  return [
    span('get /', 'shop', 'SERVER', undefined, { duration: 500_000 }),
    span('pay', 'shop', 'CLIENT', 'get /', { duration: 300_000 }),
    span('charge', 'bank', 'SERVER', 'pay', { duration: 250_000, tags: { error: 'no money' } }),
    span('select', 'bank', 'CLIENT', 'charge', {
      duration: 4000,
      tags: { 'db.system': 'postgresql' },
      remoteEndpoint: service('accounts'),
    }),
    span('send', 'shop', 'PRODUCER', 'get /', { duration: 2000 }),
    span('receive', 'mail', 'CONSUMER', 'send', { duration: 1_500_000 }),
    // Client and server under one id, as Zipkin's own tracers have it.
    span('ask', 'mail', 'CLIENT', 'receive', { duration: 1000 }),
    span('ask', 'users', 'SERVER', 'receive', { duration: 900, shared: true }),
  ]
}

test('what a server stored is what Prometheus reads, by the names of Tempo', async () => {
  const url = await start()
  expect((await postSpans(url, trace('one'))).status).toBe(202)
  // Halves of calls that come in different messages.
  for (const span of trace('two').reverse()) expect((await postSpans(url, [span])).status).toBe(202)
  const samples = await scrape(url)
  expect(valuesOf(samples, 'traces_spanmetrics_calls_total')).toEqual({
    'shop | get / | SPAN_KIND_SERVER | STATUS_CODE_UNSET': 2,
    'shop | pay | SPAN_KIND_CLIENT | STATUS_CODE_UNSET': 2,
    'bank | charge | SPAN_KIND_SERVER | STATUS_CODE_ERROR': 2,
    'bank | select | SPAN_KIND_CLIENT | STATUS_CODE_UNSET': 2,
    'shop | send | SPAN_KIND_PRODUCER | STATUS_CODE_UNSET': 2,
    'mail | receive | SPAN_KIND_CONSUMER | STATUS_CODE_UNSET': 2,
    'mail | ask | SPAN_KIND_CLIENT | STATUS_CODE_UNSET': 2,
    'users | ask | SPAN_KIND_SERVER | STATUS_CODE_UNSET': 2,
  })
  const labels = samples.find(({ name }) => name === 'traces_spanmetrics_latency_bucket')?.labels
  expect(Object.keys(labels ?? {}).sort()).toEqual(['le', 'service', 'span_kind', 'span_name', 'status_code'])
  const charged = samples.filter(
    ({ name, labels: { span_name } }) =>
      name === 'traces_spanmetrics_latency_bucket' && span_name === 'charge',
  )
  expect(charged.filter(({ value }) => value === 0).at(-1)?.labels['le']).toBe('0.128')
  expect(charged.find(({ value }) => value === 2)?.labels['le']).toBe('0.256')
  expect(
    samples.find(({ name, labels: { span_name } }) => name === 'traces_spanmetrics_latency_sum' && span_name === 'charge')?.value, // prettier-ignore
  ).toBe(0.5)

  const edges = {
    'user | shop | virtual_node': 2,
    'shop | bank | ': 2,
    'bank | accounts | database': 2,
    'shop | mail | messaging_system': 2,
    'mail | users | ': 2,
  }
  expect(valuesOf(samples, 'traces_service_graph_request_total')).toEqual(edges)
  expect(valuesOf(samples, 'traces_service_graph_request_failed_total')).toEqual({
    ...Object.fromEntries(Object.keys(edges).map((edge) => [edge, 0])),
    'shop | bank | ': 2,
  })
  expect(valuesOf(samples, 'traces_service_graph_request_server_seconds_sum')).toEqual({
    'user | shop | virtual_node': 1,
    'shop | bank | ': 0.5,
    'bank | accounts | database': 0.008,
    'shop | mail | messaging_system': 3,
    'mail | users | ': 0.0018,
  })
  expect(valuesOf(samples, 'traces_service_graph_request_client_seconds_sum')).toEqual({
    'shop | bank | ': 0.6,
    'bank | accounts | database': 0.008,
    'shop | mail | messaging_system': 0.004,
    'mail | users | ': 0.002,
  })
  expect(valuesOf(samples, 'traces_service_graph_unpaired_spans_total')).toEqual({ '': 0 })
})

test('what was refused or sampled out is not counted', async () => {
  const url = await start({ COLLECTOR_SAMPLE_RATE: '0' })
  expect((await postSpans(url, [wireSpan(), wireSpan({ debug: true, name: 'kept' })])).status).toBe(202)
  expect((await postSpans(url, [wireSpan({ debug: true, id: 'no id' })])).status).toBe(400)
  expect(valuesOf(await scrape(url), 'traces_spanmetrics_calls_total')).toEqual({
    'web | kept | SPAN_KIND_SERVER | STATUS_CODE_UNSET': 1,
  })
})

test('names of strangers neither break the text nor make more series than HOPSCOPE_SPAN_METRICS_SERIES', async () => {
  const url = await start({ HOPSCOPE_SPAN_METRICS_SERIES: '5' })
  const hostile = ['a"b', 'back\\slash', 'new\nline\r', '"} 1\nx 2\\', '\ud800'.repeat(200)]
  const others = Array.from({ length: 1000 }, (_, at) => `other ${at}`)
  const names = [...hostile, ...others]
  const spans = names.map((name) => wireSpan({ name, localEndpoint: service(name) }))
  expect((await postSpans(url, spans)).status).toBe(202)
  const samples = await scrape(url)
  const calls = samples.filter(({ name }) => name === 'traces_spanmetrics_calls_total')
  expect(calls.map(({ labels, value }) => [labels['span_name'], value])).toEqual([
    ...hostile.slice(0, 4).map((name) => [name, 1]),
    ['\ufffd'.repeat(128), 1],
    [undefined, 1000],
  ])
  expect(calls.at(-1)?.labels).toEqual({ metric_overflow: 'true' })
  expect(valuesOf(samples, 'hopscope_collector_span_metrics_overflow_total')).toEqual({
    spanmetrics: 1000,
    service_graph: 1000,
  })
})

test('HOPSCOPE_SPAN_METRICS_SERIES=0 switches them off', async () => {
  const url = await start({ HOPSCOPE_SPAN_METRICS_SERIES: '0' })
  expect((await postSpans(url, trace('off'))).status).toBe(202)
  expect((await scrape(url)).filter(({ name }) => /^traces_|span_metrics/.test(name))).toEqual([])
})

test('the check of the text finds what is wrong with one', () => {
  const good = '# HELP a_total x\n# TYPE a_total counter\na_total{b="\\\\\\"\\n"} 1\n'
  expect(parseExposition(good)).toEqual([{ name: 'a_total', labels: { b: '\\"\n' }, value: 1 }])
  for (const wrong of [
    good.slice(0, -1),
    good.replace('\\n"', '\n"'),
    good.replace('\\\\\\"', '\\\\"'),
    good.replace('\\n', '\\r'),
    good.replace(' 1', ' NaN1'),
    good.replace(' 1', ' -1'),
    good.replace('{b=', '{1b='),
    good.replace('}', ',}'),
    good.replace('a_total{', 'b_total{'),
    `${good}a_total{b="\\\\\\"\\n"} 2\n`,
    '# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n',
    '# TYPE h histogram\nh_bucket{le="1"} 1\nh_sum 1\nh_count 1\n',
  ])
    expect(() => parseExposition(wrong)).toThrow()
})
