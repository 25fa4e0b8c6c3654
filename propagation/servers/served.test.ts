// What a service can count on while it serves: its listeners run in their own request, its answers carry its own name,
// and every request ends its span, whatever becomes of the connection.
import { once } from 'node:events'
import http from 'node:http'
import http2 from 'node:http2'
import net, { type AddressInfo } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import express from 'express'
import { currentContext, type Tracer } from '../index.ts'
import { get, listen, until } from '../testing/harness.ts'
import { serviceOf, spans, spansAre, tracerOf, untraced } from '../testing/services.ts'

const idHere = (): string | undefined => currentContext()?.requestId

/** Writes requests on one connection without waiting for answers; gives the connection. */
const pipelined = (port: number, ...ids: string[]): net.Socket => {
  const socket = net.connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(ids.map((id) => `GET /${id} HTTP/1.1\r\nHost: h\r\nX-Request-ID: ${id}\r\n\r\n`).join(''))
  return socket
}

const listenersOf = (tracer: Tracer, answer: (id: string, res: http.ServerResponse) => void) => {
  const heard: string[] = []
  const handle = tracer.middleware()
  const started = listen((req, res) =>
    handle(req, res, () => {
      const id = String(req.url).slice(1)
      for (const name of ['finish', 'close'])
        res.on(name, () => heard.push(`${name} of ${id} in ${String(idHere())}`))
      for (const name of ['aborted', 'close', 'error']) {
        req.on(name, () => heard.push(`request ${name} of ${id} in ${String(idHere())}`))
      }
      answer(id, res)
    }),
  )
  return { heard, started }
}

describe('the listeners of a request run in it', () => {
  test('where a faster one waits for a slower one on their connection', async () => {
    const waiting: http.ServerResponse[] = []
    let answered = false
    const { heard, started } = listenersOf(tracerOf('a'), (id, res) => {
      if (id === 'slow') waiting.push(res)
      else answered = Boolean(res.end(id))
    })
    const socket = pipelined(await started, 'slow', 'fast')
    await until('both to be asked', () => waiting.length === 1 && answered)
    waiting[0]?.end('slow')
    await spansAre(2)
    socket.destroy()
    expect(heard.filter((line) => line.startsWith('finish')).sort()).toEqual([
      'finish of fast in fast',
      'finish of slow in slow',
    ])
  })

  test('where another request of the same trace ends it', async () => {
    const waiting: http.ServerResponse[] = []
    const { heard, started } = listenersOf(tracerOf('a'), (id, res) => {
      if (id === 'poll') return void waiting.push(res)
      waiting[0]?.end('news')
      res.end('told')
    })
    const port = await started
    const trace = { 'X-Trace-ID': '463ac35c9f6413ad48485a3953bb6124' }
    const poll = untraced(port, '/poll', { ...trace, 'X-Request-ID': 'poll' })
    await until('the poll', () => waiting.length === 1)
    await untraced(port, '/post', { ...trace, 'X-Request-ID': 'post' })
    expect((await poll).body).toBe('news')
    await spansAre(2)
    expect(heard.filter((line) => / of poll /.test(line))).not.toContain(expect.stringMatching(/in post/))
    expect(heard).toContain('finish of poll in poll')
    expect(heard).toContain('close of poll in poll')
  })

  test('where its caller hangs up', async () => {
    let arrived = false
    const { heard, started } = listenersOf(tracerOf('a'), () => (arrived = true))
    const socket = pipelined(await started, 'lonely')
    await until('the request', () => arrived)
    socket.destroy()
    await spansAre(1)
    await until('the request to close', () => heard.some((line) => line.startsWith('request close')))
    expect(heard).toEqual(
      expect.arrayContaining(['request aborted of lonely in lonely', 'close of lonely in lonely']),
    )
    expect(heard.filter((line) => !line.endsWith('in lonely'))).toEqual([])
  })

  test('where its body comes over HTTP/2, without a length', async () => {
    const seen: (string | undefined)[] = []
    const server = http2.createServer(
      tracerOf('a').listener((req: http2.Http2ServerRequest, res: http2.Http2ServerResponse) => {
        req.on('data', () => seen.push(idHere()))
        req.on('end', () => {
          seen.push(idHere())
          res.end()
        })
      }),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const session = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const stream = session.request({ ':method': 'POST', ':path': '/', 'x-request-id': 'h2' })
    stream.end('body')
    await once(stream.resume(), 'close')
    session.close()
    server.close()
    expect(seen).toEqual(['h2', 'h2'])
  })
})

describe('a span ends', () => {
  test('once for each request that a broken connection had in line', async () => {
    const asked: string[] = []
    const { started } = listenersOf(tracerOf('a'), (id) => asked.push(id))
    const socket = pipelined(await started, 'first', 'second', 'third')
    await until('all three', () => asked.length === 3)
    socket.destroy()
    await spansAre(3)
    expect(
      spans()
        .map((span) => span.tags['request_id'])
        .sort(),
    ).toEqual(['first', 'second', 'third'])
    expect(spans().map((span) => span.tags['outcome'])).toEqual(['aborted', 'aborted', 'aborted'])
  })
})

describe('a gateway', () => {
  const upstream = {
    'x-request-id': 'other',
    'x-peer-service': 'upstream',
    'x-response-time': '1ms',
    'x-own': '1',
  }
  const forms: Record<string, (res: http.ServerResponse) => unknown> = {
    'one by one': (res) => {
      for (const [name, value] of Object.entries(upstream)) res.setHeader(name, value)
    },
    'as an object': (res) => res.writeHead(200, { ...upstream }),
    'as names and values by turns': (res) => res.writeHead(200, Object.entries(upstream).flat()),
    'with a reason': (res) => res.writeHead(200, 'Fine', { ...upstream }),
  }
  test.each(Object.keys(forms))('answers in its own name, given its upstream’s headers %s', async (form) => {
    const app = serviceOf('gateway').get('/', async (_req, res) => {
      await Promise.resolve()
      forms[form]?.(res)
      res.end()
    })
    const { headers } = await untraced(await listen(app), '/', { 'X-Request-ID': 'mine' })
    expect(headers).toMatchObject({ 'x-request-id': 'mine', 'x-peer-service': 'gateway', 'x-own': '1' })
    expect(headers['x-response-time']).toMatch(/^\d+\.\d{3}ms$/)
  })
})

describe('the service is left as it was', () => {
  test('where a response can’t be taken hold of: the fault is told, the answer goes out', async () => {
    const logged: string[] = []
    const handle = tracerOf('a', { log: (line) => logged.push(line) }).middleware()
    const port = await listen((req, res) => {
      Object.defineProperty(res, 'writeHead', { value: res.writeHead.bind(res), writable: false })
      handle(req, res, () => void setImmediate(() => res.end('fine')))
    })
    expect((await untraced(port, '/')).body).toBe('fine')
    expect(logged).toEqual([expect.stringMatching(/writeHead/)])
  })

  test('in what `next` returns, in Node’s own prototypes, and in a `route` of its own making', async () => {
    const tracer = tracerOf('a')
    const app = express()
    const set: unknown[] = []
    Object.defineProperty(app.request, 'route', {
      configurable: true,
      get: () => 'mine',
      set: (value: unknown) => {
        set.push(value)
      },
    })
    app.use(tracer.middleware())
    app.get('/x', (req, res) => void res.send(String(req.route)))
    expect((await get(await listen(app), '/x')).body).toBe('mine')
    expect(set.length).toBeGreaterThan(0)
    const handle = tracer.middleware()
    const given: unknown[] = []
    await untraced(
      await listen((req, res) => {
        given.push(Reflect.apply(handle, undefined, [req, res, () => res.end() && 'what next gave']))
      }),
      '/',
    )
    expect(given).toEqual(['what next gave'])
    expect(Object.hasOwn(http.IncomingMessage.prototype, 'route')).toBe(false)
    expect(Object.hasOwn(http2.Http2ServerRequest.prototype, 'route')).toBe(false)
  })
})
