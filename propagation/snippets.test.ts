// Every program of the README is run as it is written (snippets-backends.test.ts has those that need servers besides), and
// every block of its code is type-checked.
import { execFile } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import { listen } from './testing/harness.ts'
import { blocksOf, folderOf, placesOf, readme } from './testing/readme.ts'
import {
  called,
  files,
  named,
  run,
  SLOW,
  spanOf,
  start,
  started,
  UUID_V7,
  world,
} from './testing/readme-world.ts'

describe('a service started as the README has it', () => {
  test.each(['express.mjs', 'express.cjs', 'fastify.mjs', 'koa.mjs', 'hono.mjs', 'http.mjs'])(
    '%s: is a span by its route with the call below it, and the ids go there and back',
    async (file) => {
      const { body, headers, requestId } = await called(file, '/orders/7')
      expect(JSON.parse(body)).toEqual({ tea: 3 })
      expect(requestId).toMatch(UUID_V7)
      expect(headers.get('x-peer-service')).toBe('checkout')
      expect(headers.get('x-response-time')).toMatch(/^\d+\.\d{3}ms$/)
      expect(named()).toEqual(['CLIENT GET /stock/tea', 'SERVER GET /orders/:id'])
      const server = spanOf('SERVER')
      const client = spanOf('CLIENT')
      expect(client).toMatchObject({ parentId: server.id, remoteEndpoint: { serviceName: 'inventory' } })
      expect(server).toMatchObject({
        localEndpoint: { serviceName: 'checkout' },
        tags: { request_id: requestId, 'http.path': '/orders/7', 'http.status_code': '200' },
      })
      expect(world.asked).toMatchObject([
        {
          path: '/stock/tea',
          headers: {
            'x-request-id': requestId,
            'x-trace-id': server.traceId,
            'x-span-id': client.id,
            'x-peer-service': 'checkout',
            traceparent: expect.stringMatching(`^00-${server.traceId}-${client.id}-0[13]$`),
          },
        },
      ])
    },
    SLOW,
  )

  test('http.mjs: tells why it failed', async () => {
    const places = { ...world.places, ...placesOf({ 'inventory:3000': 1 }) }
    const program = started('http.mjs', files, places)
    expect((await fetch(`${await program.url()}/orders/7`)).status).toBe(502)
    await program.end('SIGTERM')
    expect(spanOf('SERVER').tags).toMatchObject({ outcome: 'error', error: 'fetch failed' })
  })

  test('metrics.mjs: has a histogram by route', async () => {
    const program = start('metrics.mjs')
    const url = await program.url()
    await (await fetch(`${url}/orders/7`)).text()
    const text = await (await fetch(`${url}/metrics`)).text()
    const line = text
      .split('\n')
      .find((each) => each.startsWith('http_server_request_duration_seconds_count'))
    expect(line).toMatch(/http_route="\/orders\/:id".* 1$/)
    expect(line).toContain('http_request_method="GET"')
  })
})

describe('a job started as the README has it', () => {
  test('job.mjs: is a request with the calls below it, sent before the process ends', async () => {
    await run('job.mjs')
    expect(named()).toEqual(['CLIENT GET /stock/tea', ' nightly report'])
    const job = spanOf(undefined)
    expect(job.tags).toMatchObject({ job: 'report' })
    expect(world.asked[0]?.headers['x-request-id']).toBe(job.tags['request_id'])
  })

  test.each(['pino.mjs', 'winston.mjs'])('%s: logs the ids', async (file) => {
    const line: unknown = JSON.parse(await run(file))
    const { traceId, id, tags } = spanOf(undefined)
    expect(line).toMatchObject({ request_id: tags['request_id'], trace_id: traceId, span_id: id })
  })

  test('console.mjs: prints the ids', async () => {
    const out = await run('console.mjs')
    const { traceId, id, tags } = spanOf(undefined)
    const request = tags['request_id'] ?? ''
    expect(out).toBe(`it begins request_id=${request} trace_id=${traceId} span_id=${id}\n`)
  })
})

describe('a service on OpenTelemetry started as the README has it', () => {
  test(
    'tracing.mjs: makes a request id, answers it, passes it on and has it on its spans',
    async () => {
      interface Export {
        resourceSpans: { scopeSpans: { spans: { attributes: { key: string; value: object }[] }[] }[] }[]
      }
      const exported: Export[] = []
      const collector = await listen((request, response) => {
        let body = ''
        request.on('data', (chunk: Buffer) => (body += chunk.toString()))
        request.on('end', () => {
          exported.push(JSON.parse(body) as Export)
          response.setHeader('content-type', 'application/json').end('{}')
        })
      })
      const program = started(
        'app.cjs',
        {
          ...files,
          'app.cjs': `require('node:http').createServer(async (req, res) => {
          res.end(await (await fetch('http://inventory:3000/stock/tea')).text())
        }).listen(3000)`,
        },
        world.places,
        {
          OTEL_SERVICE_NAME: 'checkout',
          OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector}`,
          OTEL_METRICS_EXPORTER: 'none',
          OTEL_LOGS_EXPORTER: 'none',
          OTEL_NODE_RESOURCE_DETECTORS: 'none',
        },
        ['./tracing.mjs'],
      )
      const response = await fetch(await program.url())
      const requestId = response.headers.get('x-request-id')
      expect(requestId).toMatch(UUID_V7)
      expect(await response.text()).toBe('{"tea":3}')
      expect(world.asked[0]?.headers['x-request-id']).toBe(requestId)
      await program.end('SIGTERM')
      const spans = exported
        .flatMap((each) => each.resourceSpans)
        .flatMap((resource) => resource.scopeSpans)
        .flatMap((scope) => scope.spans)
      const ids = spans.map(({ attributes }) => attributes.find(({ key }) => key === 'request_id')?.value)
      expect(ids).toEqual([{ stringValue: requestId }, { stringValue: requestId }])
    },
    SLOW,
  )
})

/** What parts of programs take for given. */
const GIVEN = `
import type { Logger } from 'pino'
import type { Consumer, Kafka as KafkaClient, KafkaMessage } from 'kafkajs'
import type { createTracer as Create, Tracer } from '@hopscope/propagation'
declare global {
  const tracer: Tracer
  const createTracer: typeof Create
  const log: Logger
  const kafka: KafkaClient
  const consumer: Consumer
  const db: { query(sql: string): Promise<unknown[]> }
  const pool: { acquire(callback: (connection: object) => void): void }
  const sql: string
  const cart: object
  const price: (cart: object) => Promise<number>
  const use: (connection: object) => void
  const store: (message: KafkaMessage) => Promise<void>
  const job: () => Promise<void>
  namespace NodeJS {
    interface ProcessEnv {
      DATABASE_URL: string
      REDIS_URL: string
    }
  }
}
`

describe('the code of the README', () => {
  test('is run: each of its programs is in one of these tests', () => {
    const tests = ['snippets.test.ts', 'snippets-backends.test.ts']
      .map((name) => readFileSync(new URL(name, import.meta.url), 'utf8'))
      .join('')
    expect(Object.keys(files).length).toBeGreaterThan(15)
    expect(Object.keys(files).filter((file) => !tests.includes(file))).toEqual([])
  })

  test('gives options that a tracer takes', async () => {
    const parts = blocksOf(readme()).flatMap(({ code }) =>
      code.startsWith('const tracer = createTracer(') ? [`{\n${code}\nawait tracer.close()\n}`] : [],
    )
    expect(parts.length).toBeGreaterThan(3)
    const text = [`import { createTracer } from '@hopscope/propagation'`, ...parts].join('\n')
    const program = started('options.mjs', { 'options.mjs': text }, world.places)
    expect({ end: await program.end(), errors: program.errors }).toEqual({ end: 0, errors: '' })
  })

  test('names nothing that is not there: every block of it passes the type check', async () => {
    const blocks = blocksOf(readme())
    expect(blocks.length).toBeGreaterThan(20)
    const sources = Object.fromEntries(
      blocks.map(({ file, line, code }) => [
        `line-${line}${file?.slice(-4) ?? '.mjs'}`,
        // A module, so that each has names of its own.
        file?.endsWith('.cjs') ? code : `${code}\nexport {}\n`,
      ]),
    )
    const folder = folderOf({ ...sources, 'given.d.ts': GIVEN })
    const require = createRequire(import.meta.url)
    const types = join(dirname(require.resolve('@types/node/package.json')), '..')
    const options =
      '--noEmit --allowJs --checkJs --strict --noImplicitAny false --skipLibCheck --target es2023 --lib es2023,dom --module nodenext --types node'
    try {
      await promisify(execFile)(
        process.execPath,
        [
          require.resolve('typescript/bin/tsc'),
          ...options.split(' '),
          '--typeRoots',
          types,
          'given.d.ts',
          ...Object.keys(sources),
        ],
        { cwd: folder },
      ).catch((error: { stdout?: string }) => {
        throw new Error(error.stdout)
      })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }, 120_000)
})
