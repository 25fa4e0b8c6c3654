// Three services under a real NodeSDK with its http, undici and kafkajs instrumentations, each a process of its own that
// runs the built library: one request id crosses them all, over HTTP and over Kafka, and is on every span they export.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Kafka, logLevel } from 'kafkajs'
import { describeWithKafka, sharedKafka } from '../../test/backends/describe.ts'
import { closeAll, get, listen, until } from '../testing/harness.ts'

const LIBRARY = new URL('../dist/opentelemetry/opentelemetry.js', import.meta.url)
const MODULES = dirname(dirname(fileURLToPath(import.meta.resolve('express'))))
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const START_MS = 60_000

/** As the README has it; which propagator it stands beside is filled in. */
const tracing = (propagator: string, from: string): string => `import { context } from '@opentelemetry/api'
import { CompositePropagator } from '@opentelemetry/core'
import { ${propagator} } from '${from}'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { KafkaJsInstrumentation } from '@opentelemetry/instrumentation-kafkajs'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { RequestIdPropagator, RequestIdSpanProcessor, requestIdOf } from '${LIBRARY.href}'

const sdk = new NodeSDK({
  textMapPropagator: new CompositePropagator({
    propagators: [new ${propagator}(), new RequestIdPropagator()],
  }),
  spanProcessors: [new RequestIdSpanProcessor(), new BatchSpanProcessor(new OTLPTraceExporter())],
  instrumentations: [
    new HttpInstrumentation({
      // Optional: callers are told the request id, as one that was made here.
      responseHook: (span, response) => {
        const id = requestIdOf(context.active())
        if (id && 'setHeader' in response) response.setHeader('X-Request-ID', id)
      },
    }),
    new UndiciInstrumentation(),
    new KafkaJsInstrumentation(),
  ],
})
sdk.start()
process.once('SIGTERM', () => sdk.shutdown().finally(() => process.exit()))
`

/** One service, which one by ROLE. It tells what it got, and what its context has after it waited for something. */
const SERVICE = `const { setTimeout: pause } = require('node:timers/promises')
const http = require('node:http')
const express = require('express')
const { Kafka, logLevel } = require('kafkajs')
const { context } = require('@opentelemetry/api')
const { ROLE, NEXT, BROKERS, TOPIC } = process.env

const main = async () => {
  const { requestIdOf } = await import('${LIBRARY.href}')
  const seen = async (header) => {
    await pause(1)
    return { header: header === undefined ? null : String(header), context: requestIdOf(context.active()) }
  }
  const answer = async (req, res, next) =>
    res.end(JSON.stringify({ [ROLE]: await seen(req.headers['x-request-id']), ...next }))
  const kafka = BROKERS && new Kafka({ brokers: BROKERS.split(','), logLevel: logLevel.NOTHING })
  let serve
  if (ROLE === 'a') {
    serve = express().get('/', async (req, res) => answer(req, res, await (await fetch(NEXT)).json()))
  } else if (ROLE === 'b') {
    const producer = kafka?.producer()
    await producer?.connect()
    serve = (req, res) =>
      http.get(NEXT, async (response) => {
        let body = ''
        for await (const chunk of response) body += chunk
        await producer?.send({ topic: TOPIC, messages: [{ value: 'order' }] })
        await answer(req, res, JSON.parse(body))
      })
  } else {
    serve = answer
    const consumer = kafka?.consumer({ groupId: TOPIC })
    await consumer?.connect()
    await consumer?.subscribe({ topic: TOPIC, fromBeginning: true })
    await consumer?.run({
      eachMessage: async ({ message }) =>
        console.log(JSON.stringify({ message: await seen(message.headers['X-Request-ID']) })),
    })
  }
  const server = http.createServer(serve).listen(0, '127.0.0.1', () =>
    console.log(JSON.stringify({ port: server.address().port })),
  )
}
main()
`

interface Seen {
  header: string | null
  context?: string
}
interface OtlpSpan {
  name: string
  /** 1 INTERNAL, 2 SERVER, 3 CLIENT, 4 PRODUCER, 5 CONSUMER. */
  kind: number
  traceId: string
  attributes: { key: string; value: { stringValue?: string } }[]
}

/** Where the services send their spans to. */
const collector = async (): Promise<{ url: string; spans: OtlpSpan[] }> => {
  const spans: OtlpSpan[] = []
  const port = await listen((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const { resourceSpans } = JSON.parse(body) as {
        resourceSpans: { scopeSpans: { spans: OtlpSpan[] }[] }[]
      }
      for (const { scopeSpans } of resourceSpans) for (const scope of scopeSpans) spans.push(...scope.spans)
      response.setHeader('content-type', 'application/json').end('{}')
    })
  })
  return { url: `http://127.0.0.1:${port}`, spans }
}

/** A, B and C, each calling the next; made in `folder`. */
class Services {
  readonly messages: Seen[] = []
  port = 0
  #children: ChildProcess[] = []
  #folder = mkdtempSync(join(tmpdir(), 'hopscope-opentelemetry-'))
  #collector: { url: string; spans: OtlpSpan[] } = { url: '', spans: [] }

  async start(start: string, variables: NodeJS.ProcessEnv = {}): Promise<void> {
    if (!existsSync(fileURLToPath(LIBRARY))) throw new Error('build first: these tests run the built library')
    this.#collector = await collector()
    symlinkSync(MODULES, join(this.#folder, 'node_modules'))
    writeFileSync(join(this.#folder, 'tracing.mjs'), start)
    writeFileSync(join(this.#folder, 'service.cjs'), SERVICE)
    for (const role of ['c', 'b', 'a']) this.port = await this.#run(role, variables)
  }

  /** Its port, once it listens. */
  #run(role: string, variables: NodeJS.ProcessEnv): Promise<number> {
    const child = spawn(process.execPath, ['--import', './tracing.mjs', 'service.cjs'], {
      cwd: this.#folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ...variables,
        ROLE: role,
        NEXT: `http://127.0.0.1:${this.port}`,
        OTEL_SERVICE_NAME: role,
        OTEL_EXPORTER_OTLP_ENDPOINT: this.#collector.url,
        OTEL_METRICS_EXPORTER: 'none',
        OTEL_LOGS_EXPORTER: 'none',
        OTEL_NODE_RESOURCE_DETECTORS: 'none',
      },
    })
    this.#children.push(child)
    return new Promise((resolve, reject) => {
      let out = ''
      let errors = ''
      child.stdout.on('data', (chunk: Buffer) => {
        const lines = (out + chunk.toString()).split('\n')
        out = lines.pop() ?? ''
        for (const line of lines) {
          const { port, message } = JSON.parse(line) as { port?: number; message?: Seen }
          if (message) this.messages.push(message)
          if (port) resolve(port)
        }
      })
      child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
      child.on('error', reject)
      child.on('exit', (code) => reject(new Error(`service ${role} ended with ${String(code)}: ${errors}`)))
    })
  }

  /** What each of the services saw, and what the first of them answered. */
  async call(headers: Record<string, string> = {}): Promise<Record<string, Seen>> {
    const response = await get(this.port, '/', headers)
    const answered: Seen = { header: String(response.headers['x-request-id']) }
    return { ...(JSON.parse(response.body) as Record<string, Seen>), answered }
  }

  /** All spans, once the services have ended. */
  async end(): Promise<OtlpSpan[]> {
    const ended = this.#children.map(
      (child) =>
        new Promise<void>((resolve) => {
          if (child.exitCode !== null || child.signalCode !== null) return resolve()
          child.once('exit', () => resolve())
          child.kill('SIGTERM')
        }),
    )
    await Promise.all(ended)
    rmSync(this.#folder, { recursive: true, force: true })
    return this.#collector.spans
  }
}

const requestIdsOf = (spans: OtlpSpan[]): (string | undefined)[] =>
  spans.map(({ attributes }) => attributes.find(({ key }) => key === 'request_id')?.value.stringValue)
const kindsOf = (spans: OtlpSpan[]): number[] => spans.map(({ kind }) => kind).sort()

const W3C = tracing('W3CTraceContextPropagator', '@opentelemetry/core')
const B3 = tracing('B3Propagator', '@opentelemetry/propagator-b3')
const UNSAMPLED = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00` }

afterAll(closeAll)

describe.each([
  ['W3C', W3C, UNSAMPLED],
  ['B3', B3, { b3: `${'a'.repeat(32)}-${'b'.repeat(16)}-0` }],
])('three services over HTTP, composed with %s', (_, start, unsampled) => {
  const services = new Services()
  beforeAll(() => services.start(start), START_MS)
  afterAll(() => services.end())

  test('the request id given to the first is in all of them', async () => {
    const given = { header: 'given-1', context: 'given-1' }
    const seen = await services.call({ 'X-Request-ID': 'given-1' })
    expect(seen).toMatchObject({ a: given, b: given, c: given })
  })

  test.each([{}, { 'X-Request-ID': 'not one' }])(
    'the one that the first makes is, where it got none or a bad one: %j',
    async (headers) => {
      const { a, b, c } = await services.call(headers)
      const made = a?.context
      expect(made).toMatch(UUID_V7)
      expect(b).toEqual({ header: made, context: made })
      expect(c).toEqual({ header: made, context: made })
    },
  )

  test('it is where the trace is not sampled', async () => {
    const { a, c } = await services.call(unsampled)
    expect(a?.context).toMatch(UUID_V7)
    expect(c).toEqual({ header: a?.context, context: a?.context })
  })

  test('it is on every span exported, the servers’ own among them, and answered to the caller', async () => {
    const { a: dropped } = await services.call(unsampled)
    const { a, answered } = await services.call()
    expect(answered?.header).toBe(a?.context)
    const spans = await services.end()
    const ids = requestIdsOf(spans)
    expect(ids).not.toContain(undefined)
    expect(ids).not.toContain(dropped?.context)
    const ofOne = spans.filter((_, at) => ids[at] === a?.context)
    expect(kindsOf(ofOne)).toEqual([2, 2, 2, 3, 3])
    expect(new Set(ofOne.map(({ traceId }) => traceId)).size).toBe(1)
  })
})

describeWithKafka('three services over HTTP and Kafka', () => {
  const topic = `hopscope-test-${Date.now().toString(36)}-${process.pid}-opentelemetry`
  const services = new Services()
  let brokers: string
  let kafka: Kafka

  beforeAll(async () => {
    brokers = await sharedKafka()
    kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING })
    const admin = kafka.admin()
    await admin.connect()
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 1 }] })
    await admin.disconnect()
    await services.start(W3C, { BROKERS: brokers, TOPIC: topic })
  }, START_MS)
  afterAll(async () => {
    await services.end()
    const admin = kafka.admin()
    await admin.connect()
    await admin.deleteTopics({ topics: [topic] })
    await admin.disconnect()
  })

  test('the request id given to the first, and one made by it, reach the consumer', async () => {
    await services.call({ 'X-Request-ID': 'given-1' })
    const { a } = await services.call()
    await until('both messages', () => services.messages.length === 2)
    expect(a?.context).toMatch(UUID_V7)
    expect(services.messages).toEqual([
      { header: 'given-1', context: 'given-1' },
      { header: a?.context, context: a?.context },
    ])
    const spans = await services.end()
    const ids = requestIdsOf(spans)
    expect(new Set(ids)).toEqual(new Set(['given-1', a?.context]))
    expect(kindsOf(spans.filter((_, at) => ids[at] === 'given-1'))).toEqual([2, 2, 2, 3, 3, 4, 5])
  })
})
