// What the propagation library costs a service: Express hello-world bare, with it, and under OpenTelemetry's SDK, by
// turns; headers and spans one by one; the heap over two million requests; the import.
import { type ChildProcess, execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { createPropagator, createTracer, type SpanReporter, type Tracer } from '@hopscope/propagation'
import type { Used } from './propagation-server.ts'
import { quantile, Report } from './report.ts'

const MODES = ['bare', 'hopscope', 'opentelemetry'] as const
type Mode = (typeof MODES)[number]
const ROUNDS = 7
const CONNECTIONS = 32
const WARM_UP_S = 2
const ROUND_S = 5
const IMPORTS = 15

/** `requests` of the soak. */
export async function propagation(requests: number): Promise<void> {
  const report = new Report('propagation')
  await imports(report)
  headers(report)
  await spans(report)
  const sink = await collector()
  await throughput(report, sink.url)
  await soak(report, sink.url, requests)
  sink.close()
  report.save()
}

/** Takes whatever is posted and says that it is stored. */
async function collector(): Promise<{ url: string; close: () => void }> {
  const server = createServer((request, response) => {
    request.resume().once('end', () => response.writeHead(200).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, close: () => server.close().closeAllConnections() }
}

class HelloWorld {
  readonly #process: ChildProcess
  readonly #port: number

  private constructor(child: ChildProcess, port: number) {
    this.#process = child
    this.#port = port
  }

  static async start(mode: Mode, sink: string): Promise<HelloWorld> {
    const child = fork(new URL('./propagation-server.js', import.meta.url), [mode, sink], {
      execArgv: ['--expose-gc'],
    })
    const [{ port }] = (await once(child, 'message')) as [{ port: number }]
    return new HelloWorld(child, port)
  }

  async used(question: 'used' | 'used, collected' = 'used'): Promise<Used> {
    this.#process.send(question)
    const [used] = (await once(this.#process, 'message')) as [Used]
    return used
  }

  /** Requests answered, and requests a second. */
  async load(limit: readonly string[]): Promise<{ total: number; perSecond: number }> {
    const autocannon = createRequire(import.meta.url).resolve('autocannon')
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [autocannon, '--json', '--no-progress', '-c', String(CONNECTIONS), ...limit, this.#url()],
      { maxBuffer: 2 ** 26 },
    )
    const { requests, non2xx, errors } = JSON.parse(stdout) as {
      requests: { total: number; average: number }
      non2xx: number
      errors: number
    }
    if (non2xx + errors > 0) throw new Error(`${non2xx + errors} requests failed`)
    return { total: requests.total, perSecond: requests.average }
  }

  async stop(): Promise<void> {
    const exit = once(this.#process, 'exit')
    this.#process.disconnect()
    await exit
  }

  #url(): string {
    return `http://127.0.0.1:${this.#port}/hello`
  }
}

async function throughput(report: Report, sink: string): Promise<void> {
  const perSecond: Record<Mode, number[]> = { bare: [], hopscope: [], opentelemetry: [] }
  const cpu: Record<Mode, number[]> = { bare: [], hopscope: [], opentelemetry: [] }
  for (let round = 0; round < ROUNDS; round++) {
    for (const mode of MODES) {
      const hello = await HelloWorld.start(mode, sink)
      await hello.load(['-d', String(WARM_UP_S)])
      const before = await hello.used()
      const load = await hello.load(['-d', String(ROUND_S)])
      const after = await hello.used()
      perSecond[mode].push(load.perSecond)
      cpu[mode].push((after.cpuUs - before.cpuUs) / load.total)
      await hello.stop()
    }
  }
  const median = (values: readonly number[]): number =>
    quantile(
      [...values].sort((a, b) => a - b),
      0.5,
    )
  for (const mode of MODES) {
    report.figure(`${mode}: requests`, median(perSecond[mode]), '1/s')
    report.figure(`${mode}: CPU a request`, median(cpu[mode]), 'µs')
  }
  const ratios = (of: Mode, to: Mode): number[] =>
    perSecond[of].map((value, round) => value / (perSecond[to][round] ?? Number.NaN))
  report.figure('hopscope beside bare (goal 0.85)', median(ratios('hopscope', 'bare')), '×')
  report.figure('hopscope beside opentelemetry (goal 2)', median(ratios('hopscope', 'opentelemetry')), '×')
}

async function soak(report: Report, sink: string, requests: number): Promise<void> {
  const hello = await HelloWorld.start('hopscope', sink)
  const parts = 10
  const heaps: number[] = []
  for (let part = 0; part < parts; part++) {
    await hello.load(['-a', String(Math.ceil(requests / parts))])
    heaps.push((await hello.used('used, collected')).heapBytes / 2 ** 20)
    report.figure(`heap after ${(part + 1) * 10} % of ${requests} requests`, heaps.at(-1) ?? 0, 'MB')
  }
  const { droppedSpans } = await hello.used()
  await hello.stop()
  report.figure('heap growth from the second tenth to the last', (heaps.at(-1) ?? 0) - (heaps[1] ?? 0), 'MB')
  report.figure('spans dropped in the soak', droppedSpans, 'spans')
}

const HEADERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'no header': { host: 'a', accept: '*/*' },
  'X- and W3C headers': {
    host: 'a',
    accept: '*/*',
    'x-request-id': '0192c5d0-1f6e-7cc3-98c4-dc0c0c07398f',
    'x-trace-id': '463ac35c9f6413ad48485a3953bb6124',
    'x-span-id': 'a2fb4a1d1a96d312',
    'x-parent-span-id': '0020000000000001',
    'x-sampled': '1',
    traceparent: '00-463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-01',
    tracestate: 'congo=t61rcWkgMzE,rojo=00f067aa0ba902b7',
  },
  'B3 headers': {
    host: 'a',
    accept: '*/*',
    'x-b3-traceid': '463ac35c9f6413ad48485a3953bb6124',
    'x-b3-spanid': 'a2fb4a1d1a96d312',
    'x-b3-sampled': '1',
  },
}
const CONTEXT = {
  requestId: '0192c5d0-1f6e-7cc3-98c4-dc0c0c07398f',
  traceId: '463ac35c9f6413ad48485a3953bb6124',
  spanId: 'a2fb4a1d1a96d312',
  parentSpanId: '0020000000000001',
  sampled: true,
}

const MANY = 100_000

/** The median of rounds of many, in microseconds each; `begin` makes what is timed anew for each round. */
function costOf(begin: () => () => void): number {
  const times: number[] = []
  for (let round = 0; round < 15; round++) {
    const what = begin()
    const started = performance.now()
    for (let time = 0; time < MANY; time++) what()
    if (round >= 5) times.push(((performance.now() - started) * 1000) / MANY)
  }
  return quantile(
    times.sort((a, b) => a - b),
    0.5,
  )
}

function headers(report: Report): void {
  const propagator = createPropagator()
  for (const [name, incoming] of Object.entries(HEADERS)) {
    let seen = 0
    const cost = costOf(() => () => {
      const outgoing: Record<string, string> = {}
      const { requestId } = propagator.extract(incoming, (carrier, key) => carrier[key.toLowerCase()])
      propagator.inject(requestId ? { ...CONTEXT, requestId } : CONTEXT, outgoing, (carrier, key, value) => {
        carrier[key] = value
      })
      seen += outgoing['traceparent'] === undefined ? 0 : 1
    })
    if (seen === 0) throw new Error('nothing was injected')
    report.figure(`extract and inject, ${name} (goal 2)`, cost, 'µs')
  }
}

const TAGS = {
  'http.method': 'GET',
  'http.path': '/orders/7',
  'http.status_code': '200',
  'peer.service': 'shop',
}

/** Begun, tagged, ended and handed to the reporter, which writes it for a batch that isn't sent while it is timed. */
async function spans(report: Report): Promise<void> {
  const options = { service: 'hello', enableHttpTracing: false, log: () => undefined }
  const nowhere: SpanReporter = {
    report: () => undefined,
    flush: () => Promise.resolve(true),
    close: () => Promise.resolve(),
    stats: () => ({ ...NOTHING }),
  }
  const alone = createTracer({ ...options, reporter: nowhere })
  const tags = { tags: TAGS }
  const spanOf = (tracer: Tracer) => () => tracer.withSpan('GET /orders/:id', () => undefined, tags)
  report.figure(
    'a finished span, not written',
    costOf(() => spanOf(alone)),
    'µs',
  )
  const writers: Tracer[] = []
  const room = { maxSpans: 2 * MANY, batchSpans: 2 * MANY, maxBytes: 2 ** 27, batchBytes: 2 ** 27 }
  const cost = costOf(() => {
    const writer = createTracer({ ...options, ...room, exitTimeoutMs: 0 })
    writers.push(writer)
    return spanOf(writer)
  })
  report.figure('a finished span (goal 3)', cost, 'µs')
  if (writers.some((writer) => writer.stats().accepted !== MANY)) throw new Error('spans were dropped')
  await Promise.all(writers.map((writer) => writer.close(0)))
}

const NOTHING = {
  accepted: 0,
  sent: 0,
  refused: 0,
  dropped: 0,
  lost: 0,
  queued: 0,
  queuedBytes: 0,
  retries: 0,
}

async function imports(report: Report): Promise<void> {
  const script = `
    const before = performance.now()
    await import('@hopscope/propagation')
    process.stdout.write(String(performance.now() - before))`
  const times: number[] = []
  for (let time = 0; time < IMPORTS; time++) {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', script],
      { cwd: new URL('..', import.meta.url) },
    )
    times.push(Number(stdout))
  }
  report.figure(
    'import (goal 30)',
    quantile(
      times.sort((a, b) => a - b),
      0.5,
    ),
    'ms',
  )
}
