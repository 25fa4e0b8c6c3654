// Attempts, bodies and ends of calls that differ from library to library.
import { channel } from 'node:diagnostics_channel'
import http from 'node:http'
import { describe, expect, test } from '@jest/globals'
import { got } from 'got'
import * as undici from 'undici'
import { currentContext, type Span } from '../index.ts'
import { get, listen, until } from '../testing/harness.ts'
import { spans, spansAre, tracerOf, untraced } from '../testing/services.ts'

const made = (): Span[] => spans().filter(({ kind }) => kind === 'CLIENT')
const idsOf = (found: readonly Span[]): string[] => found.map(({ id }) => id)

/** Fails twice, then answers; and the span ids it was called with. */
const shaky = async (): Promise<{ url: string; called: unknown[] }> => {
  const called: unknown[] = []
  const port = await listen((req, res) => {
    called.push(req.headers['x-span-id'])
    res.writeHead(called.length < 3 ? 503 : 200).end('fine')
  })
  return { url: `http://127.0.0.1:${port}/pay`, called }
}

describe('each attempt is a span of its own, under the one that made the call', () => {
  test.each<[string, (url: string) => Promise<string>]>([
    ['got', (url) => got(url, { retry: { limit: 3, backoffLimit: 1 } }).text()],
    [
      'undici’s RetryAgent',
      async (url) => {
        const agent = new undici.RetryAgent(new undici.Agent(), { minTimeout: 1, maxTimeout: 1 })
        const { body } = await undici.request(url, { dispatcher: agent })
        return body.text()
      },
    ],
    [
      'undici’s retry interceptor',
      async (url) => {
        const agent = new undici.Agent().compose(undici.interceptors.retry({ minTimeout: 1, maxTimeout: 1 }))
        return (await undici.fetch(url, { dispatcher: agent })).text()
      },
    ],
  ])('by %s', async (_name, call) => {
    const tracer = tracerOf('shop')
    const { url, called } = await shaky()
    const around = await tracer.withSpan('order', async (span) => {
      expect(await call(url)).toBe('fine')
      return span.context
    })
    await spansAre(4)
    expect(made().map(({ parentId, tags }) => [parentId, tags['http.status_code']])).toEqual([
      [around.spanId, '503'],
      [around.spanId, '503'],
      [around.spanId, '200'],
    ])
    expect(called).toEqual(idsOf(made()))
  })
})

describe('undici', () => {
  test('waiting for a connection of a Pool, calls keep to the request that made them', async () => {
    const tracer = tracerOf('shop')
    const seen: [unknown, unknown][] = []
    const port = await listen((req, res) => {
      seen.push([req.url, req.headers['x-parent-span-id']])
      setImmediate(() => res.end('fine'))
    })
    const pool = new undici.Pool(`http://127.0.0.1:${port}`, { connections: 1 })
    const expected = await Promise.all(
      ['/a', '/b', '/c', '/d'].map((path) =>
        tracer.withSpan(path, async (span) => {
          await (await pool.request({ path, method: 'GET' })).body.text()
          return [path, span.context.spanId]
        }),
      ),
    )
    await pool.close()
    expect(seen).toEqual(expected)
  })

  test('npm’s and Node’s own are traced side by side, each call once', async () => {
    tracerOf('shop')
    const port = await listen((_req, res) => res.end('fine'))
    const url = `http://127.0.0.1:${port}/`
    await (await fetch(url)).text()
    await (await undici.fetch(url)).text()
    await (await undici.request(url)).body.text()
    await spansAre(3)
    expect(new Set(idsOf(made())).size).toBe(3)
  })

  test('over HTTP/2 carries the ids and ends with the body', async () => {
    tracerOf('shop')
    const { createServer } = await import('node:http2')
    const seen: unknown[] = []
    const server = createServer((req, res) => {
      seen.push(req.headers['x-span-id'])
      res.setHeader('x-peer-service', 'inventory')
      res.end('fine')
    })
    await new Promise<void>((ok) => server.listen(0, '127.0.0.1', ok))
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const client = new undici.H2CClient(`http://127.0.0.1:${port}`)
    const { body } = await client.request({ path: '/stock', method: 'GET', headers: { 'X-Span-ID': 'mine' } })
    expect(await body.text()).toBe('fine')
    await client.destroy()
    await new Promise((ok) => server.close(ok))
    await spansAre(1)
    expect(seen).toEqual(idsOf(made()))
    expect(made()[0]).toMatchObject({
      remoteEndpoint: { serviceName: 'inventory', port },
      tags: { outcome: 'success', 'http.status_code': '200' },
    })
  })

  test('given headers of ours in any case and form sends only ours, and all others as they were', async () => {
    const tracer = tracerOf('shop')
    let raw: string[] = []
    const port = await listen((req, res) => {
      raw = req.rawHeaders
      res.end()
    })
    const forms = [
      { 'x-REQUEST-id': 'mine', 'X-Other': 'a', accept: 'b' },
      ['x-REQUEST-id', 'mine', 'X-Other', 'a', 'accept', 'b', 'X-Request-ID', 'twice'],
      { 'x-REQUEST-id': ['mine', 'twice'], 'X-Other': 'a', accept: 'b' },
    ]
    for (const headers of forms) {
      const id = await tracer.withSpan('order', async () => {
        await (await undici.request(`http://127.0.0.1:${port}/`, { headers })).body.text()
        return currentContext()?.requestId
      })
      const named = (name: string): string[] =>
        raw.filter((_value, at) => at % 2 === 1 && raw[at - 1]?.toLowerCase() === name)
      expect(named('x-request-id')).toEqual([id])
      expect(named('x-other')).toEqual(['a'])
      expect(named('accept')).toEqual(['b'])
    }
  })
})

describe('node:http', () => {
  test('used again, one connection carries each call’s own ids', async () => {
    const tracer = tracerOf('shop')
    const sockets = new Set<unknown>()
    const seen: unknown[] = []
    const port = await listen((req, res) => {
      sockets.add(req.socket)
      seen.push(req.headers['x-parent-span-id'])
      res.end('fine')
    })
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    // At once: all but the first wait for the connection.
    const parents = await Promise.all(
      [1, 2, 3, 4].map(() =>
        tracer.withSpan('order', async (span) => {
          await new Promise((ok, no) => {
            http.get({ host: '127.0.0.1', port, agent }, (res) => res.resume().on('end', ok)).on('error', no)
          })
          return span.context.spanId
        }),
      ),
    )
    agent.destroy()
    expect(sockets.size).toBe(1)
    expect(seen).toEqual(parents)
  })

  test('that the server hangs up on is an error, one the caller destroys before any answer is aborted', async () => {
    tracerOf('shop')
    const port = await listen((req) => {
      if (req.url === '/hang-up') req.socket.end()
    })
    await expect(get(port, '/hang-up')).rejects.toThrow('socket hang up')
    await spansAre(1)
    const request = http.get({ host: '127.0.0.1', port, path: '/wait' }).on('error', () => undefined)
    request.once('socket', (socket) => socket.once('connect', () => request.destroy()))
    await spansAre(2)
    const early = http.get({ host: '127.0.0.1', port, path: '/early' }).on('error', () => undefined)
    early.destroy()
    await spansAre(3)
    expect(made().map(({ name, tags }) => [name, tags['outcome']])).toEqual([
      ['GET /hang-up', 'error'],
      ['GET /wait', 'aborted'],
      ['GET /early', 'aborted'],
    ])
    expect(made().map(({ tags }) => tags['error'])).toEqual([
      'socket hang up',
      'given up before a response',
      'given up before a response',
    ])
  })

  test('its request is a request of the service as before: arguments, callback, errors', async () => {
    tracerOf('shop')
    const port = await listen((req, res) => res.end(req.method))
    const answered = await new Promise<http.IncomingMessage>((ok) => {
      const url = new URL(`http://127.0.0.1:${port}/`)
      const request = http.request(url, { method: 'POST', agent: false }, ok)
      expect(request).toBeInstanceOf(http.ClientRequest)
      request.end()
    })
    answered.resume()
    expect(() => http.request('http://[')).toThrow('Invalid URL')
    await spansAre(1)
    await until('the end', () => answered.complete)
    expect((await untraced(port, '/')).body).toBe('GET')
    expect(made()).toHaveLength(1)
  })
})

test.each(['onUpgrade', 'onRequestUpgrade'] as const)(
  'an upgrade that undici publishes nothing of ends the call when the request is told by %s, and the request still is',
  async (name) => {
    tracerOf('shop')
    const told: unknown[] = []
    class Upgraded {
      origin = 'http://127.0.0.1:81'
      path = '/room'
      method = 'GET'
      upgrade = 'websocket'
      headers: string[] = []
      addHeader(...header: [string, string]): void {
        this.headers.push(...header)
      }
      [name](...args: unknown[]): string {
        told.push(this, ...args)
        return 'result'
      }
    }
    const request = new Upgraded()
    channel('undici:request:create').publish({ request })
    const raw = [Buffer.from('X-Peer-Service'), Buffer.from('chat')]
    const tell = Reflect.get(request, name) as (...args: unknown[]) => unknown
    expect(tell.call(request, 101, raw, 'socket', 'OK')).toBe('result')
    expect(told).toEqual([request, 101, raw, 'socket', 'OK'])
    await spansAre(1)
    expect(made()[0]).toMatchObject({
      remoteEndpoint: { serviceName: 'chat' },
      tags: { outcome: 'success', 'http.status_code': '101' },
    })
  },
)

test('undici 8 tells the headers of an HTTP/2 response as an object: the service’s name is found there too', async () => {
  tracerOf('shop')
  const headers: string[] = []
  const request = {
    origin: 'http://127.0.0.1:81',
    path: '/stock',
    method: 'GET',
    headers,
    addHeader: (name: string, value: string) => headers.push(name, value),
  }
  channel('undici:request:create').publish({ request })
  const response = { statusCode: 200, headers: { ':status': 200, 'x-peer-service': 'inventory' } }
  channel('undici:request:headers').publish({ request, response })
  channel('undici:request:trailers').publish({ request })
  await spansAre(1)
  expect(made()[0]?.remoteEndpoint).toMatchObject({ serviceName: 'inventory', port: 81 })
  expect(headers[headers.indexOf('X-Span-ID') + 1]).toBe(made()[0]?.id)
})
