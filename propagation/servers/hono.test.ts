// Hono's own ways: middleware that is a route, nested apps, and requests without a node response.
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { type HttpBindings, serve } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { HTTPException } from 'hono/http-exception'
import { streamText } from 'hono/streaming'
import { currentContext, type Span } from '../index.ts'
import { coreOf } from '../testing/core.ts'
import { get, until } from '../testing/harness.ts'
import { honoMiddlewareOf } from './hono.ts'

const servers: http.Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

const spansAre = (spans: Span[], count: number): Promise<void> =>
  until(`${count} spans`, () => spans.length >= count)

const listenTo = async (app: { fetch: Hono<never>['fetch'] }): Promise<number> => {
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as http.Server
  servers.push(server)
  await until('the server', () => server.listening)
  return (server.address() as AddressInfo).port
}

const outcomes = (spans: Span[]): unknown[] =>
  spans.map(({ name, tags }) => [name, tags['http.status_code'], tags['outcome'], tags['error']])

/** Both ways in: over node's responses, and over those of fetch. */
const WAYS: [
  string,
  (
    app: Hono,
    path: string,
    init?: RequestInit,
  ) => Promise<{ status: number; headers: Headers; body: string }>,
][] = [
  [
    'on @hono/node-server',
    async (app, path, init) => {
      const response = await fetch(`http://127.0.0.1:${await listenTo(app)}${path}`, init)
      return { status: response.status, headers: response.headers, body: await response.text() }
    },
  ],
  [
    'without a node response',
    async (app, path, init) => {
      const response = await app.request(path, init)
      return { status: response.status, headers: response.headers, body: await response.text() }
    },
  ],
]

describe.each(WAYS)('Hono %s', (_way, ask) => {
  test('is named by the route that served, by the one its middleware stood before, or by none', async () => {
    const spans: Span[] = []
    const app = new Hono()
    app.use(honoMiddlewareOf(coreOf(spans)))
    app.use(honoMiddlewareOf(coreOf(spans)))
    app.use(
      '/admin/*',
      createMiddleware((c) => Promise.resolve(c.text('no', 401))),
    )
    app.get('/admin/users/:id', (c) => c.text('user'))
    app.get('/pages/:page', async (c, next) => (c.req.query('pass') ? next() : c.text('page')))
    app.get('/pages/new', (c) => c.text('new'))
    app.all('/any', (c) => c.text('any'))
    const v1 = new Hono().basePath('/v1')
    v1.use(createMiddleware((_c, next) => next()))
    v1.onError((error, c) => c.text(error.message, 502))
    v1.get('/items/:item', (c) => c.text('item'))
    v1.all('/every', (c) => c.text('every'))
    v1.get('/fails', () => {
      throw new Error('nested')
    })
    app.route('/api', v1)
    app.mount('/mounted', () => new Response('mounted'))
    app.get('/gone/:id', (c) => c.notFound())
    app.use(
      '/lonely',
      createMiddleware((_c, next) => next()),
    )
    const paths = [
      '/admin/users/1',
      '/pages/new',
      '/pages/new?pass=1',
      '/any',
      '/api/v1/items/tea',
      '/api/v1/every',
      '/api/v1/fails',
      '/api/v1/no',
      '/mounted/x',
      '/gone/1',
      '/lonely',
      '/nowhere',
    ]
    for (const path of paths) await ask(app, path)
    await spansAre(spans, paths.length)
    expect(outcomes(spans)).toEqual([
      ['GET /admin/users/:id', '401', 'success', undefined],
      ['GET /pages/:page', '200', 'success', undefined],
      ['GET /pages/new', '200', 'success', undefined],
      ['GET /any', '200', 'success', undefined],
      ['GET /api/v1/items/:item', '200', 'success', undefined],
      ['GET /api/v1/every', '200', 'success', undefined],
      ['GET /api/v1/fails', '502', 'error', 'nested'],
      ['GET', '404', 'success', undefined],
      ['GET', '200', 'success', undefined],
      ['GET /gone/:id', '404', 'success', undefined],
      ['GET', '404', 'success', undefined],
      ['GET', '404', 'success', undefined],
    ])
  })

  test('answers with our headers and all of its own, and with the error of a request that failed', async () => {
    const spans: Span[] = []
    const app = new Hono()
    app.use(honoMiddlewareOf(coreOf(spans)))
    app.onError((error, c) => (error instanceof HTTPException ? error.getResponse() : c.text('oh', 500)))
    app.get('/order', (c) => {
      c.header('set-cookie', 'a=1', { append: true })
      c.header('set-cookie', 'b=2', { append: true })
      return c.json({ id: currentContext()?.requestId }, 201)
    })
    app.get('/fails', () => Promise.reject(new Error('no tea')))
    app.get('/refused', () => {
      throw new HTTPException(403, { message: 'not yours' })
    })
    app.get('/empty', (c) => c.body(null, 204))
    const headers = {
      'x-request-id': 'r-1',
      'x-trace-id': '463ac35c9f6413ad48485a3953bb6124',
      'x-span-id': 'a2fb4a1d1a96d312',
      'x-peer-service': 'caller',
    }
    for (const [path, status, body] of [
      ['/order', 201, '{"id":"r-1"}'],
      ['/fails', 500, 'oh'],
      ['/refused', 403, 'not yours'],
      ['/empty', 204, ''],
    ] as const) {
      const answer = await ask(app, path, { headers })
      expect([answer.status, answer.body]).toEqual([status, body])
      expect(answer.headers.get('x-request-id')).toBe('r-1')
      expect(answer.headers.get('x-peer-service')).toBe('test')
      expect(answer.headers.get('x-response-time')).toMatch(/^\d+\.\d{3}ms$/)
      if (path === '/order') expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    }
    const head = await ask(app, '/order', { method: 'HEAD', headers })
    expect([head.status, head.body, head.headers.get('x-request-id')]).toEqual([201, '', 'r-1'])
    await spansAre(spans, 5)
    expect(outcomes(spans)).toEqual([
      ['GET /order', '201', 'success', undefined],
      ['GET /fails', '500', 'error', 'no tea'],
      ['GET /refused', '403', 'success', undefined],
      ['GET /empty', '204', 'success', undefined],
      ['HEAD /order', '201', 'success', undefined],
    ])
    for (const span of spans) {
      expect(span).toMatchObject({
        traceId: headers['x-trace-id'],
        parentId: headers['x-span-id'],
        kind: 'SERVER',
        remoteEndpoint: { serviceName: 'caller' },
        tags: { 'peer.service': 'caller', request_id: 'r-1' },
      })
    }
  })

  test('ends the span as the body ends', async () => {
    const spans: Span[] = []
    const app = new Hono()
    app.use(honoMiddlewareOf(coreOf(spans)))
    let open = (): void => undefined
    const opened = new Promise<void>((resolve) => (open = resolve))
    const seen: (string | undefined)[] = []
    app.get('/stream', (c) =>
      streamText(c, async (stream) => {
        await stream.write('one ')
        await opened
        seen.push(currentContext()?.requestId)
        await stream.write('two')
      }),
    )
    const answer = ask(app, '/stream', { headers: { 'x-request-id': 'r-1' } })
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(spans).toEqual([])
    open()
    expect((await answer).body).toBe('one two')
    await spansAre(spans, 1)
    expect(outcomes(spans)).toEqual([['GET /stream', '200', 'success', undefined]])
    expect(seen).toEqual(['r-1'])
  })

  test('throws on what is no Error, as Hono does, and goes on untraced where tracing is at fault', async () => {
    const spans: Span[] = []
    const app = new Hono()
    app.use(honoMiddlewareOf(coreOf(spans)))
    app.get('/throws', () => Promise.reject('only a text'))
    const status = await ask(app, '/throws').then(
      (answer) => answer.status,
      (error: unknown) => error,
    )
    expect([500, 'only a text']).toContain(status)
    await spansAre(spans, 1)
    expect(spans[0]).toMatchObject({ name: 'GET /throws', tags: { outcome: 'error', error: 'only a text' } })
    const broken = {
      fields: [],
      extract: () => {
        throw new Error('ours')
      },
      inject: () => undefined,
    }
    const untraced = new Hono().use(honoMiddlewareOf(coreOf(spans, { propagator: broken })))
    untraced.get('/', (c) => c.text('ok'))
    expect((await ask(untraced, '/')).body).toBe('ok')
    expect(spans).toHaveLength(1)
  })
})

describe('Hono', () => {
  test('types: fits apps with bindings and variables, and chained', () => {
    const trace = honoMiddlewareOf(coreOf([]))
    const app = new Hono<{ Bindings: HttpBindings; Variables: { user: string } }>()
      .use(trace)
      .use('/api/*', trace)
      .get('/users/:id', (c) => c.json({ id: c.req.param('id'), user: c.get('user') }))
    expect(app.routes).toHaveLength(3)
  })

  test('names a response that the handler writes by itself to node’s', async () => {
    const spans: Span[] = []
    const app = new Hono<{ Bindings: HttpBindings }>()
    app.use(honoMiddlewareOf(coreOf(spans)))
    let release = (): void => undefined
    app.get('/raw/:id', async (c) => {
      c.env.outgoing.end('raw')
      await new Promise<void>((resolve) => (release = resolve))
      return RESPONSE_ALREADY_SENT
    })
    const port = await listenTo(app)
    expect((await get(port, '/raw/1')).body).toBe('raw')
    await spansAre(spans, 1)
    release()
    expect(spans[0]).toMatchObject({ name: 'GET /raw/:id', tags: { outcome: 'success' } })
  })

  test('leaves alone the upgrade to a WebSocket, which on @hono/node-server has no response', async () => {
    const spans: Span[] = []
    const app = new Hono()
    app.use(honoMiddlewareOf(coreOf(spans)))
    app.get('/socket', (c) => c.text(currentContext()?.requestId ?? 'untraced'))
    const answer = await app.request('/socket', {}, { incoming: {}, outgoing: undefined })
    expect([await answer.text(), answer.headers.get('x-request-id'), spans]).toEqual(['untraced', null, []])
  })
})
