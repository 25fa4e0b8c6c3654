// `--distributed`: what it needs is asked for clearly, and over a real Kafka an order's message is part of its story.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Consumer, Kafka, logLevel } from 'kafkajs'
import { describeWithKafka, sharedKafka } from '../test/backends/describe.ts'
import { backendsFor } from './backends.ts'
import { Processes } from './processes.ts'

interface Span {
  traceId: string
  id: string
  parentId?: string
  kind?: string
  name: string
  timestamp: number
  duration: number
  localEndpoint: { serviceName: string }
  remoteEndpoint?: { serviceName?: string }
  tags: Record<string, string>
}

describe('the backends', () => {
  const variables = ['KAFKA_BOOTSTRAP_SERVERS', 'ES_HOSTS'] as const
  const before = variables.map((name) => process.env[name])
  let folder: string
  let died: string[]
  let processes: Processes

  const recipeOf = async (code: string): Promise<string> => {
    const script = join(folder, 'recipe.mjs')
    await writeFile(script, code)
    return script
  }
  const backendsBy = (recipe: string): ReturnType<typeof backendsFor> =>
    backendsFor(processes, () => undefined, recipe)

  beforeEach(async () => {
    for (const name of variables) delete process.env[name]
    folder = await mkdtemp(join(tmpdir(), 'hopscope-demo-test-'))
    died = []
    processes = new Processes((what) => died.push(what))
  })
  afterEach(async () => {
    await processes.endAll()
    await rm(folder, { recursive: true })
    for (const [at, name] of variables.entries()) {
      if (before[at] === undefined) delete process.env[name]
      else process.env[name] = before[at]
    }
  })

  test('are those the environment names, and nothing is started', async () => {
    process.env['KAFKA_BOOTSTRAP_SERVERS'] = 'k:1'
    process.env['ES_HOSTS'] = 'http://e:2'
    expect(await backendsBy('none')).toEqual({ KAFKA_BOOTSTRAP_SERVERS: 'k:1', ES_HOSTS: 'http://e:2' })
  })

  test('are otherwise those the recipe prints once it has started them, and go on running', async () => {
    const recipe = await recipeOf(`
      console.log('Starting …\\n\\nexport KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:1')
      setTimeout(() => console.log('export STORAGE_TYPE=elasticsearch ES_HOSTS="http://127.0.0.1:2"'), 50)
      setInterval(() => undefined, 1000)`)
    expect(await backendsBy(recipe)).toMatchObject({
      KAFKA_BOOTSTRAP_SERVERS: '127.0.0.1:1',
      ES_HOSTS: 'http://127.0.0.1:2',
    })
    expect(died).toEqual([])
  })

  test.each([
    ['where the recipe fails', 'console.error("java: not found"); process.exit(1)', 'java: not found'],
    ['where there is no recipe', undefined, 'needs Kafka and Elasticsearch'],
  ])('are told how to be had %s', async (_when, code, words) => {
    const failing = backendsBy(code ? await recipeOf(code) : join(folder, 'none.mjs'))
    await expect(failing).rejects.toThrow(words)
    await expect(failing).rejects.toThrow(/JDK 21 or later and Maven(.|\n)*npm run backends/)
    expect(died).toEqual([])
  })
})

describeWithKafka('the demo over Kafka', () => {
  const spans: Span[] = []
  const run = `hopscope-test-${Date.now().toString(36)}`
  let query: http.Server
  let consumer: Consumer | undefined
  let child: ChildProcess | undefined

  /** A Hopscope that keeps what comes over Kafka, and knows one request. */
  beforeEach(async () => {
    spans.length = 0
    query = http.createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://hopscope')
      const id = url.searchParams.get('annotationQuery')?.replace('request_id=', '')
      const found = spans.filter((span) =>
        id ? span.tags['request_id'] === id : url.pathname.endsWith(span.traceId),
      )
      response.setHeader('content-type', 'application/json').end(JSON.stringify(id ? [found] : found))
    })
    await new Promise<void>((resolve) => query.listen(0, '127.0.0.1', resolve))
  })
  afterEach(async () => {
    if (child?.exitCode === null) child.kill('SIGKILL')
    await consumer?.disconnect()
    await new Promise<void>((resolve) => {
      query.close(() => resolve())
      query.closeAllConnections()
    })
  })

  const demo = (env: NodeJS.ProcessEnv): Promise<{ code: number | null; out: string }> => {
    const main = fileURLToPath(new URL('./dist/main.js', import.meta.url))
    const { port } = query.address() as AddressInfo
    const started = spawn(process.execPath, [main, '--once', '--distributed'], {
      env: { ...process.env, QUERY_PORT: String(port), ...env },
    })
    child = started
    let out = ''
    for (const stream of [started.stdout, started.stderr]) {
      stream.on('data', (chunk: Buffer) => (out += chunk.toString()))
    }
    return new Promise((resolve) => {
      started.on('close', (code) => resolve({ code, out }))
    })
  }

  test('asks for the Kafka of a Hopscope that is running already', async () => {
    const { code, out } = await demo({ KAFKA_BOOTSTRAP_SERVERS: '' })
    expect({ code, out }).toMatchObject({
      code: 1,
      out: expect.stringContaining('KAFKA_BOOTSTRAP_SERVERS must'),
    })
  })

  test('tells of a message that waited in Kafka, and of the calls made when it was taken up', async () => {
    const topic = `${run}-spans`
    const brokers = await sharedKafka()
    const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING })
    const admin = kafka.admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic }], waitForLeaders: true })
    consumer = kafka.consumer({ groupId: run })
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      eachMessage: async ({ message }) =>
        void spans.push(...(JSON.parse(message.value?.toString() ?? '[]') as Span[])),
    })
    const { code, out } = await demo({
      KAFKA_BOOTSTRAP_SERVERS: brokers,
      ES_HOSTS: 'http://127.0.0.1:1',
      KAFKA_TOPIC: topic,
      DEMO_ORDERS_TOPIC: `${run}-orders`,
    })
    // First: a consumer that asks for its topic makes it anew.
    await consumer.disconnect()
    consumer = undefined
    await admin.deleteTopics({ topics: [topic, `${run}-orders`] })
    await admin.disconnect()
    expect({ code, out }).toMatchObject({ code: 0 })
    expect(out).toContain('Six services')
    expect(out).toMatch(/shipping, whose message waited \d+\.\d ms/)
    const requestId = /\/requests\/(\S+)/.exec(out)?.[1]
    const story = spans.filter((span) => span.tags['request_id'] === requestId)
    expect(story).toHaveLength(25)
    expect(new Set(story.map((span) => span.traceId)).size).toBe(1)
    const sent = story.find((span) => span.kind === 'PRODUCER')
    const processed = story.find((span) => span.kind === 'CONSUMER')
    expect([sent, processed].map((span) => [span?.localEndpoint.serviceName, span?.remoteEndpoint])).toEqual([
      ['checkout', { serviceName: 'kafka' }],
      ['shipping', { serviceName: 'kafka' }],
    ])
    expect(processed?.parentId).toBe(sent?.id)
    expect(processed?.timestamp).toBeGreaterThan(sent?.timestamp ?? 0)
    const below = story.filter((span) => span.parentId === processed?.id)
    expect(below.map((span) => span.name).sort()).toEqual(['GET /stock/tea', 'pack parcel'])
  }, 90_000)
})
