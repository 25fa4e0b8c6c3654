// A request served: what its span is called, when it ends, and how it is said to have ended.
import http from 'node:http'
import { describe, expect, test } from '@jest/globals'
import express from 'express'
import { runUntraced } from '../index.ts'
import { get, listen } from '../testing/harness.ts'
import { serviceOf, spanOf, spans, spansAre, tracerOf, untraced } from '../testing/services.ts'

describe('a served request', () => {
  test('is named by its route where it is mounted, also when it failed, and by its method when there is none', async () => {
    const app = serviceOf('a')
    const router = express.Router()
    router.get('/items/:item', (req, res) => {
      if (req.params.item === 'bad') throw new Error('item is bad')
      res.end()
    })
    app.use('/shops/:shop', router)
    app.use(tracerOf('a').errorMiddleware())
    app.use(((_error, _req, res, _next) => void res.status(500).end()) satisfies express.ErrorRequestHandler)
    const port = await listen(app)
    await untraced(port, '/shops/12/items/good?x=1')
    await untraced(port, '/shops/12/items/bad')
    await untraced(port, '/nowhere/at/all')
    await spansAre(3)
    expect(spans().map((span) => span.name)).toEqual([
      'GET /shops/:id/items/:item',
      'GET /shops/:id/items/:item',
      'GET',
    ])
    expect(spans()[1]?.tags).toMatchObject({
      error: 'item is bad',
      outcome: 'error',
      'http.status_code': '500',
    })
    // A caller's mistake is no fault of this service.
    expect(spans()[2]?.tags).toMatchObject({ outcome: 'success', 'http.status_code': '404' })
    expect(spans()[2]?.tags).not.toHaveProperty('error')
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
    expect(spans()).toHaveLength(1)
  })

  test('never outlasts the call that waited for it', async () => {
    const inner = await listen(
      serviceOf('inner').get('/:size', (req, res) => void res.send('x'.repeat(Number(req.params.size)))),
    )
    const caller = tracerOf('caller')
    const calls = Array.from({ length: 200 }, (_, at) => at)
    for (const at of calls) {
      const path = `/${at % 2 === 0 ? 1 : 100_000}`
      await caller.withSpan('call', async () =>
        at % 4 < 2 ? await get(inner, path) : await (await fetch(`http://127.0.0.1:${inner}${path}`)).text(),
      )
    }
    await spansAre(3 * calls.length)
    const made = new Map(spans().flatMap((span) => (span.kind === 'CLIENT' ? [[span.id, span]] : [])))
    const servings = spans().filter((span) => span.kind === 'SERVER')
    expect(servings).toHaveLength(calls.length)
    const left = servings.map((span) => {
      const around = made.get(span.parentId ?? '')
      return around ? around.timestamp + around.duration - (span.timestamp + span.duration) : Number.NaN
    })
    expect(Math.min(...left)).toBeGreaterThanOrEqual(0)
  })

  test('ends before its caller has the answer, however late the connection says it is sent', async () => {
    let answered = (): void => undefined
    const answer = new Promise<void>((resolve) => (answered = resolve))
    const inner = serviceOf('inner').get('/', (_req, res) => {
      const { socket } = res
      if (!socket) throw new Error('no socket')
      const write = socket.write.bind(socket)
      const late = (data: string | Buffer, encoding: BufferEncoding, done?: (error?: Error | null) => void) =>
        write(data, encoding, (error) => void answer.then(() => done?.(error)))
      Object.assign(socket, { write: late })
      res.end('x')
    })
    const port = await listen(inner)
    await tracerOf('caller').withSpan('call', () => get(port, '/'))
    answered()
    await spansAre(3)
    const [made, serving] = [spanOf('caller', 'CLIENT'), spanOf('inner', 'SERVER')]
    expect(serving.timestamp + serving.duration).toBeLessThanOrEqual(made.timestamp + made.duration)
  })

  test('as a stream of events that the client closed is aborted, and no failure; another stream is one', async () => {
    const app = serviceOf('a').get('/:type', (req, res) => {
      res.writeHead(200, { 'content-type': `text/${req.params.type}` }).write('data: 1\n\n')
    })
    const port = await listen(app)
    for (const type of ['event-stream', 'plain']) {
      const request = runUntraced(() => http.get(`http://127.0.0.1:${port}/${type}`))
      request.on('error', () => undefined)
      request.on('response', (response) => {
        response.on('error', () => undefined).once('data', () => request.destroy())
      })
      await spansAre(type === 'plain' ? 2 : 1)
    }
    expect(spans().map((span) => [span.tags['outcome'], span.tags['error']])).toEqual([
      ['aborted', undefined],
      ['aborted', 'connection closed before the response was complete'],
    ])
  })
})
