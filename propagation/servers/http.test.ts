// Plain node:http and http2: the listener changes nothing but what is recorded.
import { EventEmitter } from 'node:events'
import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { currentContext, type Span } from '../index.ts'
import { coreOf } from '../testing/core.ts'
import { closeAll, get, listen, until } from '../testing/harness.ts'
import { listenerOf, setError, setRoute } from './http.ts'

afterEach(closeAll)

const spansAre = (spans: Span[], count: number): Promise<void> =>
  until(`${count} spans`, () => spans.length >= count)

describe('a listener', () => {
  test('fits every server of node without a cast', () => {
    const core = coreOf([])
    const servers = [
      http.createServer(listenerOf(core, (req, res) => void res.end(req.url))),
      http.createServer(
        { keepAlive: true },
        listenerOf(core, (_req, res): void => void res.end()),
      ),
      https.createServer(
        {},
        listenerOf(core, (req, res) => void res.writeHead(200, 'OK').end(req.url)),
      ),
      http2.createServer(listenerOf(core, (req, res) => res.end(req.url))),
      http2.createSecureServer(
        {},
        listenerOf(core, (req: http2.Http2ServerRequest, res: http2.Http2ServerResponse) => {
          res.end(req.url)
        }),
      ),
    ]
    expect(servers).toHaveLength(5)
    const typed: http.RequestListener = listenerOf(core, (_req, res) => void res.end())
    expect(typed).toHaveLength(2)
    const promising: (req: http.IncomingMessage, res: http.ServerResponse) => Promise<string> = listenerOf(
      core,
      () => Promise.resolve('x'),
    )
    expect(promising).toHaveLength(2)
  })

  test('is called as the server calls it, and gives back the very promise of its handler', async () => {
    const promise = Promise.resolve('done')
    const seen: unknown[] = []
    const spans: Span[] = []
    const listener = listenerOf(coreOf(spans), function (this: unknown, _req, res) {
      seen.push(this)
      res.end()
      return promise
    })
    const server = http.createServer(function (this: http.Server, req, res) {
      seen.push(this, Reflect.apply(listener, this, [req, res]))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    await get((server.address() as AddressInfo).port, '/')
    expect(seen[0]).toBe(server)
    expect(seen[1]).toBe(server)
    expect(seen[2]).toBe(promise)
    server.close()
  })

  test('leaves a rejection to who listens for it, and throws on what is thrown', async () => {
    const spans: Span[] = []
    const errors: unknown[] = []
    const { captureRejections } = EventEmitter
    EventEmitter.captureRejections = true
    const server = http.createServer(
      listenerOf(coreOf(spans), (req): unknown => {
        setRoute(req, '/rejects')
        return Promise.reject(new Error('rejected'))
      }),
    )
    EventEmitter.captureRejections = captureRejections
    const thrown = new Error('thrown')
    const throwing = listenerOf(coreOf(spans), () => {
      throw thrown
    })
    const port = await listen((req, res) => {
      try {
        throwing(req, res)
      } catch (error) {
        errors.push(error)
        res.writeHead(500).end()
      }
    })
    await get(port, '/')
    await spansAre(spans, 1)
    expect(errors).toEqual([thrown])
    expect(spans[0]?.tags).toMatchObject({ outcome: 'error', error: 'thrown' })
    server.on('error', (error) => errors.push(error))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    // Node answers 500 itself where rejections are captured.
    expect((await get((server.address() as AddressInfo).port, '/')).status).toBe(500)
    await spansAre(spans, 2)
    expect(spans[1]).toMatchObject({ name: 'GET /rejects', tags: { outcome: 'error', error: '500' } })
    server.close()
  })

  test('says its route and error only of the request it serves', async () => {
    const spans: Span[] = []
    const other = new http.IncomingMessage(null as never)
    const port = await listen(
      listenerOf(coreOf(spans), (req, res) => {
        setRoute(other, '/other')
        setError(other, new Error('other'))
        setRoute(req, '/orders/:id')
        setError(req, 'no tea')
        res.writeHead(503).end()
      }),
    )
    setRoute(other, '/outside')
    await get(port, '/orders/7')
    await spansAre(spans, 1)
    expect(spans[0]).toMatchObject({ name: 'GET /orders/:id', tags: { error: 'no tea', outcome: 'error' } })
  })
})

describe('http2', () => {
  const open = async (
    listener: (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse) => void,
  ): Promise<{ client: http2.ClientHttp2Session; close: () => Promise<void> }> => {
    const server = http2.createServer(listener)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const close = async (): Promise<void> => {
      await new Promise<void>((resolve) => client.close(resolve))
      await new Promise<void>((resolve) => server.close(() => resolve()))
    }
    return { client, close }
  }
  const ask = (
    client: http2.ClientHttp2Session,
    path: string,
    headers: http2.OutgoingHttpHeaders = {},
    body?: string,
  ): Promise<{ headers: http2.IncomingHttpHeaders; body: string }> =>
    new Promise((resolve, reject) => {
      const stream = client.request({ ':path': path, ...headers })
      let text = ''
      let answered: http2.IncomingHttpHeaders = {}
      stream.setEncoding('utf8')
      stream.on('response', (response) => (answered = response))
      stream.on('data', (chunk: string) => (text += chunk))
      stream.on('end', () => resolve({ headers: answered, body: text })).on('error', reject)
      stream.end(body)
    })

  test('is served in the request’s context, bodies and listeners too, and answered with its headers', async () => {
    const spans: Span[] = []
    const seen: string[] = []
    const note = (where: string) => (): unknown =>
      seen.push(`${where} ${currentContext()?.requestId ?? 'outside'}`)
    const { client, close } = await open(
      listenerOf(coreOf(spans), (req, res) => {
        setRoute(req, '/orders/:id')
        req.on('data', note('data')).on('end', () => {
          note('end')()
          res.on('finish', note('finish')).on('close', note('close'))
          if (req.url === '/empty') res.statusCode = 204
          else res.setHeader('content-type', 'text/plain')
          if (req.url === '/empty') res.end()
          else res.end('tea')
        })
        req.resume()
      }),
    )
    const sent = { 'x-request-id': 'r-1', 'x-trace-id': '463ac35c9f6413ad48485a3953bb6124' }
    const answers = [
      await ask(client, '/orders/7', sent),
      await ask(client, '/orders/7', { ...sent, ':method': 'POST', 'content-length': 1 }, 'x'),
      await ask(client, '/orders/7', { ...sent, ':method': 'HEAD' }),
      await ask(client, '/empty', sent),
    ]
    await spansAre(spans, 4)
    await close()
    expect(answers.map(({ body }) => body)).toEqual(['tea', 'tea', '', ''])
    for (const { headers } of answers) {
      expect(headers).toMatchObject({ 'x-request-id': 'r-1', 'x-peer-service': 'test' })
      expect(headers['x-response-time']).toMatch(/^\d+\.\d{3}ms$/)
    }
    expect(spans.map(({ name, tags }) => [name, tags['http.status_code'], tags['outcome']])).toEqual([
      ['GET /orders/:id', '200', 'success'],
      ['POST /orders/:id', '200', 'success'],
      ['HEAD /orders/:id', '200', 'success'],
      ['GET /orders/:id', '204', 'success'],
    ])
    expect(spans[0]).toMatchObject({
      traceId: '463ac35c9f6413ad48485a3953bb6124',
      remoteEndpoint: { ipv4: '127.0.0.1' },
    })
    expect(new Set(seen)).toEqual(new Set(['end r-1', 'data r-1', 'finish r-1', 'close r-1']))
  })

  test('says aborted where the client reset the stream, before the answer and in the middle of it', async () => {
    const spans: Span[] = []
    const responses: http2.Http2ServerResponse[] = []
    const { client, close } = await open(
      listenerOf(coreOf(spans), (req, res) => {
        responses.push(res)
        if (req.url === '/half') res.write('half')
      }),
    )
    for (const path of ['/half', '/none']) {
      const stream = client.request({ ':path': path })
      stream.on('error', () => undefined)
      await (path === '/half'
        ? new Promise((resolve) => stream.once('data', resolve))
        : until('the request', () => responses.length === 2))
      stream.close(http2.constants.NGHTTP2_CANCEL)
      await spansAre(spans, path === '/half' ? 1 : 2)
    }
    // What is written too late is as if it were not traced: no error of ours.
    expect(() => responses[1]?.end('late')).not.toThrow()
    await close()
    expect(spans.map(({ tags }) => [tags['outcome'], tags['http.status_code']])).toEqual([
      ['aborted', '200'],
      ['aborted', undefined],
    ])
  })
})
