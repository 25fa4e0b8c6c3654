// Real services on node:http and Express 5: what crosses between them, and what is recorded of it.
import { EventEmitter } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import express, { type Express } from 'express'
import fc from 'fast-check'
import {
  createTracer,
  currentContext,
  runUntraced,
  type Span,
  type Tracer,
  type TracerOptions,
} from './index.ts'
import { closeAll, get, inMemory, listen, until } from './testing/harness.ts'

let reporter = inMemory()
let tracers: Tracer[] = []

const tracerOf = (service: string, options: Partial<TracerOptions> = {}): Tracer => {
  const tracer = createTracer({ service, host: '127.0.0.1', reporter, ...options })
  tracers.push(tracer)
  return tracer
}

/** An Express service with the middleware first. */
const serviceOf = (name: string, options: Partial<TracerOptions> = {}): Express => {
  const app = express()
  app.set('env', 'test')
  app.use(tracerOf(name, options).middleware())
  return app
}

const spanOf = (service: string, kind: Span['kind']): Span => {
  const found = reporter.spans.find(
    (span) => span.localEndpoint.serviceName === service && span.kind === kind,
  )
  if (!found) throw new Error(`no ${String(kind)} span of ${service}`)
  return found
}
const spansAre = (count: number): Promise<void> =>
  until(`${count} spans`, () => reporter.spans.length >= count)
const untraced = (...args: Parameters<typeof get>): ReturnType<typeof get> => runUntraced(() => get(...args))

beforeEach(() => {
  reporter = inMemory()
  tracers = []
})
afterEach(async () => {
  await Promise.all(tracers.map((tracer) => tracer.close()))
  await closeAll()
})

describe('a request through three services', () => {
  test.each(['fetch', 'http'] as const)('carries its ids through all of them by %s', async (client) => {
    const call = async (port: number, path: string): Promise<string> =>
      client === 'fetch'
        ? (await fetch(`http://127.0.0.1:${port}${path}`)).text()
        : (await get(port, path)).body
    const ids: unknown[] = []
    const last = await listen(
      serviceOf('last').get('/c', (_req, res) => void res.json(ids.push(currentContext()))),
    )
    const middle = serviceOf('middle').get('/b', async (_req, res) => {
      ids.push(currentContext())
      res.send(await call(last, '/c?secret=1'))
    })
    const middlePort = await listen(middle)
    const first = serviceOf('first').get('/a', async (_req, res) => {
      ids.push(currentContext())
      res.send(await call(middlePort, '/b'))
    })
    const traceId = '463ac35c9f6413ad48485a3953bb6124'
    const answer = await untraced(await listen(first), '/a', {
      'X-Request-ID': 'order-7',
      'X-Trace-ID': traceId,
      'X-Span-ID': 'a2fb4a1d1a96d312',
    })
    await spansAre(5)
    expect(answer.headers['x-request-id']).toBe('order-7')
    expect(answer.headers['x-response-time']).toMatch(/^\d+\.\d{3}ms$/)
    expect(answer.headers['x-peer-service']).toBe('first')
    expect(ids).toHaveLength(3)
    for (const id of ids) expect(id).toMatchObject({ requestId: 'order-7', traceId, sampled: true })
    for (const span of reporter.spans) {
      expect(span).toMatchObject({ traceId, tags: { request_id: 'order-7', outcome: 'success' } })
      expect(span.duration).toBeGreaterThanOrEqual(1)
    }
    // One chain, every span an id of its own.
    const chain = [
      spanOf('first', 'SERVER'),
      spanOf('first', 'CLIENT'),
      spanOf('middle', 'SERVER'),
      spanOf('middle', 'CLIENT'),
      spanOf('last', 'SERVER'),
    ]
    expect(chain.map((span) => span.parentId)).toEqual([
      'a2fb4a1d1a96d312',
      ...chain.slice(0, -1).map((span) => span.id),
    ])
    expect(chain.map((span) => span.name)).toEqual(['GET /a', 'GET /b', 'GET /b', 'GET /c', 'GET /c'])
    expect(spanOf('last', 'SERVER').tags).toMatchObject({
      'http.path': '/c',
      'http.status_code': '200',
      'peer.service': 'middle',
      'peer.host': '127.0.0.1',
      'peer.port': String(middlePort),
    })
    expect(spanOf('last', 'SERVER').remoteEndpoint).toEqual({
      serviceName: 'middle',
      ipv4: '127.0.0.1',
      port: middlePort,
    })
    expect(spanOf('middle', 'CLIENT').remoteEndpoint).toEqual({
      serviceName: 'last',
      ipv4: '127.0.0.1',
      port: last,
    })
    // One clock: what is inside starts and ends inside.
    for (const [at, span] of chain.slice(1).entries()) {
      const around = chain[at] as Span
      expect(span.timestamp).toBeGreaterThanOrEqual(around.timestamp)
      expect(span.timestamp + span.duration).toBeLessThanOrEqual(around.timestamp + around.duration + 1000)
    }
  })

  test('is not recorded anywhere once the first has decided so, and carries its ids all the same', async () => {
    const inner = await listen(serviceOf('inner').get('/', (req, res) => void res.json(req.headers)))
    const outer = serviceOf('outer', { sampleRate: 0 }).get('/', async (_req, res) => {
      res.send(await (await fetch(`http://127.0.0.1:${inner}/`)).text())
    })
    const answer = await untraced(await listen(outer), '/')
    const seen = JSON.parse(answer.body) as Record<string, string>
    expect(seen['x-sampled']).toBe('0')
    expect(seen['x-request-id']).toBe(answer.headers['x-request-id'])
    expect(seen['x-trace-id']).toMatch(/^[0-9a-f]{32}$/)
    expect(reporter.spans).toEqual([])
  })

  test('keeps parallel calls and retries apart: one span each, all under the one that made them', async () => {
    let calls = 0
    const shaky = await listen(
      serviceOf('shaky').get('/pay', (_req, res) => void res.sendStatus(++calls > 1 ? 200 : 503)),
    )
    const shop = serviceOf('shop').get('/', async (_req, res) => {
      const pay = async (): Promise<number> => (await fetch(`http://127.0.0.1:${shaky}/pay`)).status
      if ((await pay()) === 503) await pay()
      await Promise.all([pay(), pay(), pay()])
      res.end()
    })
    await untraced(await listen(shop), '/')
    await spansAre(11)
    const made = reporter.spans.filter((span) => span.kind === 'CLIENT')
    expect(made).toHaveLength(5)
    expect(new Set(made.map((span) => span.id)).size).toBe(5)
    expect(new Set(made.map((span) => span.parentId))).toEqual(new Set([spanOf('shop', 'SERVER').id]))
    expect(made[0]?.tags).toMatchObject({ 'http.status_code': '503', outcome: 'error', error: '503' })
    const served = reporter.spans.filter((span) => span.localEndpoint.serviceName === 'shaky')
    expect(new Set(served.map((span) => span.parentId))).toEqual(new Set(made.map((span) => span.id)))
  })
})

describe('ids that do not fit', () => {
  const raw = (port: number, value: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const names = [
        'X-Request-ID',
        'X-Trace-ID',
        'X-Span-ID',
        'X-Parent-Span-ID',
        'X-Sampled',
        'X-Peer-Service',
        'X-Peer-Host',
      ]
      const socket = net.connect(port, '127.0.0.1', () => {
        const head = names.map((name) => `${name}: ${value}\r\n`).join('')
        socket.write(Buffer.from(`GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n${head}\r\n`, 'latin1'))
      })
      let answer = ''
      socket.on('data', (chunk) => (answer += chunk.toString('latin1')))
      socket.on('error', reject)
      socket.on('close', () => resolve(answer))
    })

  test('are replaced, and come back in no header, no call and no span', async () => {
    const forwarded: string[] = []
    const inner = await listen((req, res) => {
      forwarded.push(JSON.stringify(req.rawHeaders))
      res.end()
    })
    const outer = serviceOf('outer').get('/', async (_req, res) => {
      await (await fetch(`http://127.0.0.1:${inner}/`)).text()
      res.end()
    })
    const port = await listen(outer)
    // Bytes a header may hold, around a mark that no id of ours can contain.
    const bytes = fc.string({
      unit: fc
        .integer({ min: 0x20, max: 0xff })
        .filter((code) => code !== 0x7f)
        .map((code) => String.fromCharCode(code)),
      maxLength: 40,
    })
    const values = fc.oneof(
      fc.tuple(bytes, bytes).map(([a, b]) => `${a}<zq>${b}`),
      fc.constant(`<zq>${'a'.repeat(10_240 / 8)}`),
      fc.constant('<zq>%0d%0aSet-Cookie: a=b'),
      fc.constant('a\tX-Evil: <zq>'),
    )
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        const answer = await raw(port, value)
        expect(answer).toMatch(/^HTTP\/1.1 200 /)
        expect(answer).toMatch(/\r\nX-Request-ID: [0-9a-f-]{36}\r\n/i)
        expect(answer).not.toContain('<zq>')
      }),
      { numRuns: 60 },
    )
    expect(forwarded.length).toBeGreaterThan(0)
    expect(forwarded.join('')).not.toContain('<zq>')
    expect(JSON.stringify(reporter.spans)).not.toContain('<zq>')
  })

  test('of ten kilobytes are replaced', async () => {
    const port = await listen(serviceOf('a').get('/', (_req, res) => void res.end()))
    const answer = await untraced(port, '/', { 'X-Request-ID': 'a'.repeat(10_240) })
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('the context', () => {
  test('survives timers, promises, streams, emitters, request bodies and body parsers', async () => {
    const seen: (string | undefined)[] = []
    const note = (): unknown => seen.push(currentContext()?.requestId)
    const app = serviceOf('a').post('/', async (req, res) => {
      await new Promise<void>((resolve) => setTimeout(() => resolve(void note()), 1))
      await new Promise<void>((resolve) => setImmediate(() => resolve(void note())))
      await Promise.resolve().then(note)
      const emitter = new EventEmitter().on('x', note)
      process.nextTick(() => emitter.emit('x'))
      const through = new PassThrough()
      through.on('data', note)
      // Straight off the socket: the parser calls these from outside of the request.
      req.once('data', note).once('end', note)
      await pipeline(req, through)
      note()
      res.once('finish', note)
      res.end()
    })
    app.post('/json', express.json(), (req, res) => {
      note()
      res.json(req.body)
    })
    const port = await listen(app)
    const post = (path: string): Promise<Response> =>
      runUntraced(() =>
        fetch(`http://127.0.0.1:${port}${path}`, {
          method: 'POST',
          body: '{"a":1}',
          headers: { 'x-request-id': 'r-1', 'content-type': 'application/json' },
        }),
      )
    await post('/')
    expect(await (await post('/json')).json()).toEqual({ a: 1 })
    await spansAre(2)
    expect(seen.length).toBeGreaterThanOrEqual(10)
    expect(new Set(seen)).toEqual(new Set(['r-1']))
    expect(currentContext()).toBeUndefined()
  })

  test('is each request’s own, on one connection and at the same time', async () => {
    const app = serviceOf('a').get('/:id', async (req, res) => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5))
      res.send(`${req.params.id} ${currentContext()?.requestId ?? ''}`)
    })
    const port = await listen(app)
    const ask = async (id: string): Promise<string> =>
      (
        await runUntraced(() => fetch(`http://127.0.0.1:${port}/${id}`, { headers: { 'x-request-id': id } }))
      ).text()
    const ids = Array.from({ length: 40 }, (_, at) => `id-${at}`)
    expect(await Promise.all(ids.map(ask))).toEqual(ids.map((id) => `${id} ${id}`))
  })
})

describe('a served request', () => {
  test('is named by its route where it is mounted, also when it failed, and by its method when there is none', async () => {
    const app = serviceOf('a')
    const router = express.Router()
    router.get('/items/:item', (req, res) => {
      if (req.params.item === 'bad') throw new Error('item is bad')
      res.end()
    })
    app.use('/shops/:shop', router)
    app.use(tracers[0]?.errorMiddleware() ?? [])
    app.use(((_error, _req, res, _next) => void res.status(500).end()) satisfies express.ErrorRequestHandler)
    const port = await listen(app)
    await untraced(port, '/shops/12/items/good?x=1')
    await untraced(port, '/shops/12/items/bad')
    await untraced(port, '/nowhere/at/all')
    await spansAre(3)
    expect(reporter.spans.map((span) => span.name)).toEqual([
      'GET /shops/:id/items/:item',
      'GET /shops/:id/items/:item',
      'GET',
    ])
    expect(reporter.spans[1]?.tags).toMatchObject({
      error: 'item is bad',
      outcome: 'error',
      'http.status_code': '500',
    })
    // A caller's mistake is no fault of this service.
    expect(reporter.spans[2]?.tags).toMatchObject({ outcome: 'success', 'http.status_code': '404' })
    expect(reporter.spans[2]?.tags).not.toHaveProperty('error')
  })

  test('that the caller gave up is aborted, on both sides', async () => {
    let arrived = (): void => undefined
    const arrival = new Promise<void>((resolve) => (arrived = resolve))
    const inner = await listen(serviceOf('inner').get('/', () => arrived()))
    const caller = tracerOf('caller')
    const abort = new AbortController()
    const outcome = caller
      .withSpan('try', () => fetch(`http://127.0.0.1:${inner}/`, { signal: abort.signal }))
      .catch(String)
    await arrival
    abort.abort()
    expect(await outcome).toMatch(/abort/i)
    await spansAre(3)
    expect(spanOf('inner', 'SERVER').tags).toMatchObject({ outcome: 'aborted' })
    expect(spanOf('inner', 'SERVER').tags).not.toHaveProperty('http.status_code')
    expect(spanOf('caller', 'CLIENT').tags).toMatchObject({ outcome: 'aborted' })
  })

  test('is recorded once where the middleware is mounted twice, and under plain node:http', async () => {
    const tracer = tracerOf('plain')
    const handle = tracer.middleware()
    const port = await listen((req, res) =>
      handle(req, res, () => handle(req, res, () => void res.writeHead(204, ['X-Own', '1']).end())),
    )
    const answer = await untraced(port, '/')
    await spansAre(1)
    expect(answer.headers).toMatchObject({ 'x-own': '1', 'x-response-time': expect.stringMatching(/ms$/) })
    expect(reporter.spans).toHaveLength(1)
  })
})

describe('an outgoing call', () => {
  test('outside of any request begins a trace; one that fails is an error, and an unheard error stays unheard', async () => {
    const tracer = tracerOf('job', { peers: { '127.0.0.1': 'gone' } })
    const port = await listen((_req, res) => res.end())
    await closeAll()
    await expect(get(port, '/a/1')).rejects.toThrow('ECONNREFUSED')
    await expect(fetch(`http://127.0.0.1:${port}/b`)).rejects.toThrow('fetch failed')
    await spansAre(2)
    for (const span of reporter.spans) {
      expect(span).toMatchObject({
        kind: 'CLIENT',
        tags: { outcome: 'error', error: expect.stringMatching(/ECONNREFUSED/) },
      })
      expect(span).not.toHaveProperty('parentId')
      expect(span.remoteEndpoint).toEqual({ serviceName: 'gone', ipv4: '127.0.0.1', port })
    }
    const request = tracer.withSpan('x', () => http.request({ port, host: '127.0.0.1' }))
    expect(request.listenerCount('error')).toBe(0)
    request.on('error', () => undefined).end()
    await spansAre(4)
  })

  test('replaces ids the service set by itself, and tells nothing where propagateTo says so', async () => {
    const inner = await listen((req, res) => res.end(JSON.stringify(req.rawHeaders)))
    const allowed = { yes: true }
    tracerOf('a', { propagateTo: () => allowed.yes })
    const headers = { 'X-Request-ID': 'mine' }
    const idsIn = (text: string): string[] =>
      (JSON.parse(text) as string[]).filter((_, at, all) => all[at - 1]?.toLowerCase() === 'x-request-id')
    for (const ask of [
      async () => (await fetch(`http://127.0.0.1:${inner}/`, { headers })).text(),
      async () => (await get(inner, '/', headers)).body,
    ]) {
      allowed.yes = true
      const replaced = idsIn(await ask())
      expect(replaced).toHaveLength(1)
      expect(replaced).not.toContain('mine')
      allowed.yes = false
      expect(idsIn(await ask())).toEqual(['mine'])
    }
  })

  test('under a Host header of the service’s own still tells where it went', async () => {
    const inner = await listen((_req, res) => res.end())
    tracerOf('a')
    await get(inner, '/', { Host: 'shop.example' })
    await spansAre(1)
    expect(reporter.spans[0]?.remoteEndpoint).toEqual({ ipv4: '127.0.0.1', port: inner })
  })

  test('that our own code breaks goes through, and says so once', async () => {
    const logged: string[] = []
    tracerOf('a', {
      propagateTo: () => {
        throw new Error('broken option')
      },
      log: (line) => logged.push(line),
    })
    const inner = await listen((_req, res) => res.end('fine'))
    expect((await get(inner, '/')).body).toBe('fine')
    expect(await (await fetch(`http://127.0.0.1:${inner}/`)).text()).toBe('fine')
    expect(logged).toEqual([expect.stringContaining('broken option')])
  })
})

describe('withSpan', () => {
  test('nests, tags, and rethrows what it recorded, now or later', async () => {
    const tracer = tracerOf('a')
    const result = await tracer.withSpan(
      'outer',
      async (outer) => {
        outer.tag('rows', 3)
        outer.annotate('halfway')
        return tracer.withSpan('inner', () => currentContext()?.parentSpanId === outer.context.spanId)
      },
      { kind: 'CLIENT', remoteService: 'DB', tags: { sql: 'select' } },
    )
    expect(result).toBe(true)
    const thrown = new Error('no')
    expect(() =>
      tracer.withSpan('sync', () => {
        throw thrown
      }),
    ).toThrow(thrown)
    await expect(tracer.withSpan('async', () => Promise.reject(thrown))).rejects.toBe(thrown)
    expect(reporter.spans.map((span) => [span.name, span.tags['outcome'], span.tags['error']])).toEqual([
      ['inner', 'success', undefined],
      ['outer', 'success', undefined],
      ['sync', 'error', 'no'],
      ['async', 'error', 'no'],
    ])
    expect(reporter.spans[1]).toMatchObject({
      kind: 'CLIENT',
      remoteEndpoint: { serviceName: 'db' },
      annotations: [{ value: 'halfway' }],
      tags: { rows: '3', sql: 'select' },
    })
  })

  test('takes the time from the now option, and bounds what it is given', () => {
    const tracer = tracerOf('a', { now: () => 42 })
    tracer.withSpan('n'.repeat(1000), (span) => {
      for (let at = 0; at < 1000; at++) span.tag(`k${at}`, 'v'.repeat(10_000))
    })
    const [span] = reporter.spans
    expect(span?.timestamp).toBe(42)
    expect(span?.name).toHaveLength(256)
    expect(Object.keys(span?.tags ?? {}).length).toBeLessThanOrEqual(66)
    expect(span?.tags['outcome']).toBe('success')
    expect(JSON.stringify(span).length).toBeLessThan(300_000)
  })
})

test('a tracer that can’t be right is refused at the start', () => {
  expect(() => createTracer({ service: 'a b' })).toThrow(TypeError)
  expect(() => createTracer({ service: 'a', sampleRate: 2 })).toThrow(RangeError)
  expect(() => createTracer({ service: 'a', collectorUrl: 'ftp://x' })).toThrow(TypeError)
})
