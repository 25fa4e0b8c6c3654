// The wrappers without a server: the real clients fit, what can't be reached is an error, and a fault of ours is none.
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Client as Elasticsearch } from '@elastic/elasticsearch'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Cluster, Redis } from 'ioredis'
import mysql from 'mysql2'
import mysqlPromise from 'mysql2/promise'
import pg from 'pg'
import { runUntraced } from '../context/context.ts'
import type { Span } from '../index.ts'
import { coreOf } from '../testing/core.ts'
import { closeAll, listen } from '../testing/harness.ts'
import { traceElasticsearch } from './elasticsearch.ts'
import { traceIoredis } from './ioredis.ts'
import { traceMysql2 } from './mysql2.ts'
import { tracePg } from './pg.ts'

const spans: Span[] = []
const logged: string[] = []
const core = coreOf(spans, { log: (line) => logged.push(line) })

beforeEach(() => {
  spans.splice(0)
  logged.splice(0)
})
afterEach(closeAll)

const closedPort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })

const request = <T>(fn: () => T): T => core.withSpan('request', fn)
const failed = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => {
      throw new Error('did not fail')
    },
    (error: unknown) => error,
  )

test('the clients of the libraries are taken and given back as they are', async () => {
  const pool: pg.Pool = new pg.Pool()
  expect<pg.Pool>(tracePg(core, pool)).toBe(pool)
  const client = new pg.Client()
  expect<pg.Client>(tracePg(core, client)).toBe(client)
  const sql = mysql.createPool({})
  expect<mysql.Pool>(traceMysql2(core, sql)).toBe(sql)
  const promised = sql.promise()
  expect<mysqlPromise.Pool>(traceMysql2(core, promised)).toBe(promised)
  const connections = (
    one: mysql.Connection,
    other: mysqlPromise.Connection,
    pooled: mysql.PoolConnection,
  ) => {
    const back: [mysql.Connection, mysqlPromise.Connection, mysql.PoolConnection] = [
      traceMysql2(core, one),
      traceMysql2(core, other),
      traceMysql2(core, pooled),
    ]
    return back
  }
  expect(connections).toBeInstanceOf(Function)
  const redis = new Redis({ lazyConnect: true })
  expect<Redis>(traceIoredis(core, redis)).toBe(redis)
  const cluster = new Cluster([], { lazyConnect: true })
  expect<Cluster>(traceIoredis(core, cluster)).toBe(cluster)
  const elastic = new Elasticsearch({ node: 'http://127.0.0.1:9' })
  expect<Elasticsearch>(traceElasticsearch(core, elastic)).toBe(elastic)
  expect(logged).toEqual([])
  await promised.end()
})

describe('a store that can’t be reached', () => {
  const expectOne = (service: string, port: number, error: unknown): void => {
    expect(error).toMatchObject({ message: expect.stringMatching(/./) })
    expect(spans).toMatchObject([
      {
        kind: 'CLIENT',
        remoteEndpoint: { serviceName: service, ipv4: '127.0.0.1', port },
        tags: { outcome: 'error', error: expect.stringMatching(/ECONNREFUSED|closed/) },
      },
      { name: 'request' },
    ])
    expect(spans[0]?.parentId).toBe(spans[1]?.id)
    spans.splice(0)
  }

  test('is an error of pg’s pool, by promise and by callback', async () => {
    const port = await closedPort()
    const pool = tracePg(core, new pg.Pool({ host: '127.0.0.1', port, database: 'shop' }))
    expectOne('postgresql', port, await failed(request(() => pool.query('SELECT 1'))))
    const error = await new Promise((resolve) => {
      request(() => pool.query('SELECT 1', [], (given: unknown) => resolve(given)))
    })
    // The callback ends the span after the request, which did not wait for it.
    spans.reverse()
    expectOne('postgresql', port, error)
    const byUrl = tracePg(
      core,
      new pg.Pool({ connectionString: `postgres://u:secret@127.0.0.1:${port}/shop` }),
    )
    await failed(request(() => byUrl.query('SELECT 1')))
    expect(spans[0]?.tags).toMatchObject({ 'db.namespace': 'shop', 'peer.port': String(port) })
    expect(JSON.stringify(spans)).not.toContain('secret')
  })

  test('is an error of mysql2’s pool, by promise, by callback and by event', async () => {
    const port = await closedPort()
    const pool = traceMysql2(core, mysql.createPool({ host: '127.0.0.1', port }))
    expectOne('mysql', port, await failed(request(() => pool.promise().execute('SELECT 1'))))
    expectOne('mysql', port, await failed(request(() => pool.promise().query('SELECT 1'))))
    const error = await new Promise((resolve) => {
      request(() => {
        pool.query('SELECT 1').on('error', resolve)
      })
    })
    spans.reverse()
    expectOne('mysql', port, error)
    await pool.promise().end()
  })

  test('is an error of ioredis, of its pipeline too', async () => {
    const port = await closedPort()
    const quiet = { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 }
    const redis = traceIoredis(core, new Redis(port, '127.0.0.1', quiet))
    redis.on('error', () => undefined)
    expectOne('redis', port, await failed(request(() => redis.get('key'))))
    await request(() => redis.pipeline().get('key').exec())
    expectOne('redis', port, new Error('in the results'))
  })
})

test('a connection to Redis that is lost is an error; nobody has given up', async () => {
  const server = createServer((socket) => {
    socket.on('data', (said) => {
      if (said.includes('key')) socket.end('$1\r\nx\r\n')
      else socket.write("-ERR unknown command 'HELLO'\r\n")
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const options = { retryStrategy: () => null, enableReadyCheck: false, disableClientInfo: true }
  const redis = traceIoredis(core, new Redis(port, '127.0.0.1', options))
  await once(redis, 'ready')
  const results = await request(() => redis.pipeline().get('key').get('key').exec())
  expect(results).toMatchObject([[null, 'x'], [{ name: 'AbortError' }]])
  expect(spans[0]?.tags).toMatchObject({ outcome: 'error', error: 'AbortError' })
  server.close()
})

describe('a rejection that nobody handles', () => {
  const library = new URL('../dist/index.js', import.meta.url)

  /** How many the process is told of: Jest has none of these reach a test. The libraries are the real ones. */
  const unhandledIn = async (script: string): Promise<number> => {
    if (!existsSync(fileURLToPath(library))) throw new Error('build first: these tests run the built library')
    const source = `import { createTracer } from ${JSON.stringify(library.href)}
      import { Redis } from 'ioredis'
      import pg from 'pg'
      let unhandled = 0
      process.on('unhandledRejection', () => unhandled++)
      process.on('exit', () => console.log(unhandled))
      const tracer = createTracer({ service: 'child', log: () => undefined, enableHttpTracing: false })
      const place = { host: '127.0.0.1', port: ${await closedPort()} }
      const pool = tracer.pg(new pg.Pool(place))
      const quiet = { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 }
      const redis = tracer.ioredis(new Redis({ ...place, ...quiet }))
      redis.on('error', () => undefined)
      const ignore = () => undefined
      tracer.withSpan('request', () => { ${script} })
      await tracer.close(1)`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', source])
    return Number(stdout)
  }

  test('is told by Node, of pg’s pool and of ioredis', async () => {
    expect(await unhandledIn('pool.query(`SELECT 1`)')).toBe(1)
    expect(await unhandledIn('pool.connect()')).toBe(1)
    expect(await unhandledIn('redis.get(`key`)')).toBe(1)
    expect(await unhandledIn('redis.multi().get(`key`).exec()')).toBe(1)
  })

  test('but by a callback is not', async () => {
    const script = `pool.query('SELECT 1', ignore); pool.connect(ignore)
      redis.get('key', ignore); redis.pipeline().get('key').exec(ignore); redis.multi().get('key').exec(ignore)`
    expect(await unhandledIn(script)).toBe(0)
  })
})

test('a pool with promises of the service’s own class gives them, and traces its connections', async () => {
  class Own<T> {
    readonly #inner: Promise<T>
    constructor(run: (resolve: (value: T) => void, reject: (error: unknown) => void) => void) {
      this.#inner = new Promise(run)
    }
    // oxlint-disable-next-line unicorn/no-thenable -- as other classes of promises have
    then(resolved: (value: T) => unknown, rejected?: (error: unknown) => unknown): Own<unknown> {
      return new Own((resolve, reject) => void this.#inner.then(resolved, rejected).then(resolve, reject))
    }
    catch(rejected: (error: unknown) => unknown): Own<unknown> {
      return this.then((value) => value, rejected)
    }
  }
  class Client extends pg.Client {
    override connect(callback?: unknown): never {
      process.nextTick(callback as () => void)
      return undefined as never
    }
    override query(): never {
      return new Own((resolve) => resolve(undefined)) as never
    }
  }
  const pool = tracePg(core, new pg.Pool({ Client, Promise: Own } as unknown as pg.PoolConfig))
  await request(async () => {
    const connecting = pool.connect()
    expect(connecting).toBeInstanceOf(Own)
    const client = await connecting
    const asked = client.query('SELECT 1')
    expect(asked).toBeInstanceOf(Own)
    await asked
    expect(spans).toMatchObject([{ name: 'SELECT', tags: { outcome: 'success' } }])
  })
})

test('what a closed tracer had wrapped is taken over by the next one, with its options', async () => {
  const first: Span[] = []
  const old = coreOf(first)
  const pool = tracePg(old, new pg.Pool({ host: '127.0.0.1', port: await closedPort() }))
  tracePg(core, pool)
  await failed(old.withSpan('request', () => pool.query('SELECT 1')))
  expect([first.length, spans.length]).toEqual([2, 0])
  old.closed = true
  tracePg(core, pool, { remoteService: 'orders-db', statement: true })
  await failed(request(() => pool.query('SELECT 1')))
  expect(first).toHaveLength(2)
  expect(spans).toMatchObject([
    { remoteEndpoint: { serviceName: 'orders-db' }, tags: { 'db.query.text': 'SELECT 1' } },
    { name: 'request' },
  ])
})

test('in code that is untraced there are no spans', async () => {
  const pool = tracePg(core, new pg.Pool({ host: '127.0.0.1', port: await closedPort() }))
  await failed(request(() => runUntraced(() => pool.query('SELECT 1'))))
  expect(spans.map((span) => span.name)).toEqual(['request'])
})

test('a fault of ours leaves the client as it is, and the call goes on', async () => {
  const frozen = Object.freeze({ query: () => 'found', connect: () => undefined })
  expect(request(() => tracePg(core, frozen).query())).toBe('found')
  expect(logged).toHaveLength(1)

  const told: string[] = []
  const broken = coreOf([], {
    log: (line) => told.push(line),
    propagateTo: () => {
      throw new Error('broken option')
    },
  })
  const port = await listen((_req, res) => {
    res
      .writeHead(200, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' })
      .end('{"count":3}')
  })
  const client = traceElasticsearch(broken, new Elasticsearch({ node: `http://127.0.0.1:${port}` }))
  expect(await broken.withSpan('request', () => client.count())).toEqual({ count: 3 })
  expect(told).toEqual([expect.stringContaining('broken option')])
  await client.close()
})
