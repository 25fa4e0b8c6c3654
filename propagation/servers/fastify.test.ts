// Fastify's own ways: injected requests, encapsulation, hijacked replies, WebSockets.
import http, { type IncomingMessage, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import fastify, { type FastifyInstance, type FastifyTypeProviderDefault } from 'fastify'
import { currentContext, type Span } from '../index.ts'
import { coreOf } from '../testing/core.ts'
import { until } from '../testing/harness.ts'
import { fastifyPluginOf } from './fastify.ts'

// Injected requests load this for their cookies, of which there are none here: an ES module, which Jest can't require.
const inFastify = createRequire(createRequire(import.meta.url).resolve('fastify'))
jest.mock(createRequire(inFastify.resolve('light-my-request')).resolve('cookie'), () => ({}))

const apps: FastifyInstance[] = []
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()))
})

const appOf = (spans: Span[]): FastifyInstance => {
  const app = fastify()
  apps.push(app)
  app.register(fastifyPluginOf(coreOf(spans)))
  return app
}
const spansAre = (spans: Span[], count: number): Promise<void> =>
  until(`${count} spans`, () => spans.length >= count)

describe('the Fastify plugin', () => {
  test('fits an app on http2, on https, with a logger or a type provider, and awaited', async () => {
    const core = coreOf([])
    fastify({ http2: true }).register(fastifyPluginOf(core))
    fastify().withTypeProvider<FastifyTypeProviderDefault>().register(fastifyPluginOf(core))
    fastify({ https: {} }).register(fastifyPluginOf(core))
    fastify({ logger: { level: 'silent' } }).register(fastifyPluginOf(core))
    await fastify().register(fastifyPluginOf(core), { prefix: '/ignored' })
    expect(core.options.self.service).toBe('test')
  })

  test('traces injected requests, their streams too', async () => {
    const spans: Span[] = []
    const app = appOf(spans)
    app.get('/orders/:id', async () => ({ id: (await Promise.resolve(currentContext()))?.requestId }))
    app.get('/stream', (_request, reply) => reply.send(Readable.from(['a', 'b'])))
    app.post('/orders', (request) => ({ body: request.body, id: currentContext()?.requestId }))
    app.get('/fails', () => Promise.reject(new Error('no tea')))
    const headers = { 'x-request-id': 'r-1' }
    const answer = await app.inject({ url: '/orders/7', headers })
    expect([answer.statusCode, answer.json()]).toEqual([200, { id: 'r-1' }])
    expect(answer.headers).toMatchObject({
      'x-request-id': 'r-1',
      'x-peer-service': 'test',
      'x-response-time': expect.stringMatching(/^\d+\.\d{3}ms$/),
    })
    const posted = await app.inject({ method: 'POST', url: '/orders', headers, payload: { tea: 1 } })
    expect(posted.json()).toEqual({ body: { tea: 1 }, id: 'r-1' })
    expect((await app.inject('/stream')).body).toBe('ab')
    const streamed = await app.inject({ url: '/stream', payloadAsStream: true })
    expect(await text(streamed.stream())).toBe('ab')
    expect((await app.inject('/fails')).statusCode).toBe(500)
    expect((await app.inject('/nowhere')).statusCode).toBe(404)
    await spansAre(spans, 6)
    expect(
      spans.map(({ name, tags }) => [name, tags['http.status_code'], tags['outcome'], tags['error']]),
    ).toEqual([
      ['GET /orders/:id', '200', 'success', undefined],
      ['POST /orders', '200', 'success', undefined],
      ['GET /stream', '200', 'success', undefined],
      ['GET /stream', '200', 'success', undefined],
      ['GET /fails', '500', 'error', 'no tea'],
      ['GET', '404', 'success', undefined],
    ])
  })

  test('is for all of the app, wherever it is registered in its root, and only for the scope it is registered in', async () => {
    const spans: Span[] = []
    const app = fastify()
    apps.push(app)
    app.get('/before', () => 'x')
    app.register(fastifyPluginOf(coreOf(spans)))
    app.register(
      (child, _options, done) => {
        child.get('/deep', () => 'x')
        done()
      },
      { prefix: '/child' },
    )
    await app.inject('/before')
    await app.inject('/child/deep')
    await spansAre(spans, 2)
    expect(spans.map(({ name }) => name)).toEqual(['GET /before', 'GET /child/deep'])
    const scoped = fastify()
    apps.push(scoped)
    scoped.get('/outside', () => 'x')
    scoped.register((child, _options, done) => {
      child.register(fastifyPluginOf(coreOf(spans)))
      child.get('/inside', () => 'x')
      done()
    })
    await scoped.inject('/outside')
    await scoped.inject('/inside')
    await spansAre(spans, 3)
    expect(spans.slice(2).map(({ name }) => name)).toEqual(['GET /inside'])
  })

  test('records what a hook, a validation and a handler’s string throw, with the status that was answered', async () => {
    const spans: Span[] = []
    const app = appOf(spans)
    app.setErrorHandler((_error, _request, reply) => reply.code(503).send('busy'))
    app.get('/hook', { preHandler: () => Promise.reject(new Error('hook says no')) }, () => 'x')
    app.get('/text', () => Promise.reject('only a text'))
    app.register((child, _options, done) => {
      child.setErrorHandler((_error, _request, reply) => reply.code(400).send())
      child.get('/valid', { schema: { querystring: { type: 'object', required: ['tea'] } } }, () => 'x')
      done()
    })
    for (const path of ['/hook', '/text', '/valid']) await app.inject(path)
    await spansAre(spans, 3)
    expect(spans.map(({ name, tags }) => [name, tags['http.status_code'], tags['error']])).toEqual([
      ['GET /hook', '503', 'hook says no'],
      ['GET /text', '503', 'only a text'],
      ['GET /valid', '400', undefined],
    ])
  })

  test('ends the span of a hijacked reply as its raw response ends', async () => {
    const spans: Span[] = []
    const app = appOf(spans)
    let raw: ServerResponse | undefined
    app.get('/raw', (_request, reply) => {
      reply.hijack()
      raw = reply.raw
      raw.writeHead(202).write('a')
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    const body = new Promise<string>((resolve, reject) => {
      http
        .get(
          { port: (app.server.address() as AddressInfo).port, host: '127.0.0.1', path: '/raw', agent: false },
          (response) => resolve(text(response)),
        )
        .on('error', reject)
    })
    await until('the reply', () => raw?.headersSent === true)
    expect(spans).toEqual([])
    raw?.end('b')
    expect(await body).toBe('ab')
    await spansAre(spans, 1)
    expect(spans[0]).toMatchObject({
      name: 'GET /raw',
      tags: { outcome: 'success', 'http.status_code': '202' },
    })
  })

  test('leaves alone the upgrade to a WebSocket that a plugin routes through the app', async () => {
    const spans: Span[] = []
    const app = appOf(spans)
    const seen: unknown[] = []
    app.get('/socket', (request, reply) => {
      seen.push(currentContext())
      reply.hijack()
      request.raw.socket.end(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: tea\r\nConnection: Upgrade\r\n\r\n',
      )
    })
    app.server.on('upgrade', (request: IncomingMessage) => {
      const response = new ServerResponse(request)
      response.assignSocket(request.socket)
      app.routing(request, response)
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const options = { port, host: '127.0.0.1', path: '/socket', agent: false }
    const headers = { connection: 'Upgrade', upgrade: 'tea' }
    const closed = await new Promise((resolve, reject) => {
      http
        .get({ ...options, headers })
        .on('error', reject)
        .on('upgrade', (response, socket) => {
          socket.on('close', () => resolve(response.statusCode)).resume()
        })
    })
    expect([closed, seen]).toEqual([101, [undefined]])
    await app.inject('/nowhere')
    await spansAre(spans, 1)
    expect(spans.map(({ name }) => name)).toEqual(['GET'])
  })
})
