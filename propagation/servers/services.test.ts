// Real services on node:http and Express 5: what crosses between them, and what is recorded of it.
import { EventEmitter } from 'node:events'
import net from 'node:net'
import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, test } from '@jest/globals'
import express from 'express'
import fc from 'fast-check'
import { currentContext, runUntraced, type Span } from '../index.ts'
import { get, listen } from '../testing/harness.ts'
import { serviceOf, spanOf, spans, spansAre, untraced } from '../testing/services.ts'

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
    for (const span of spans()) {
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
    expect(spans()).toEqual([])
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
    const made = spans().filter((span) => span.kind === 'CLIENT')
    expect(made).toHaveLength(5)
    expect(new Set(made.map((span) => span.id)).size).toBe(5)
    expect(new Set(made.map((span) => span.parentId))).toEqual(new Set([spanOf('shop', 'SERVER').id]))
    expect(made[0]?.tags).toMatchObject({ 'http.status_code': '503', outcome: 'error', error: '503' })
    const served = spans().filter((span) => span.localEndpoint.serviceName === 'shaky')
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
    expect(JSON.stringify(spans())).not.toContain('<zq>')
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
