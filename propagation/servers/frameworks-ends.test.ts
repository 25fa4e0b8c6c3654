// How the span of a request ends on every framework: with the response, complete or not.
import http from 'node:http'
import net from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { recordValuesOf } from './recorded-values.ts'
import type { Core } from '../spans/core.ts'
import { ask, gate, spansAre, startOn } from '../testing/asking.ts'
import { frameworks, type Routes } from '../testing/frameworks.ts'
import { closeAll } from '../testing/harness.ts'

afterEach(closeAll)

describe.each(Object.keys(frameworks))('%s', (framework) => {
  const start = (...args: [routes?: Partial<Routes>, options?: Partial<Core['options']>]) =>
    startOn(framework, ...args)

  test('says aborted, and by which route, where the client went away before the answer', async () => {
    const arrived = gate()
    const { port, spans } = await start({ hang: arrived.open })
    const request = http.get({ host: '127.0.0.1', port, path: '/hangs', agent: false })
    request.on('error', () => undefined)
    await arrived.opened
    request.destroy()
    await spansAre(spans, 1)
    expect(spans[0]).toMatchObject({
      name: 'GET /hangs',
      tags: { outcome: 'aborted', error: 'connection closed before the response was complete' },
    })
    expect(spans[0]?.tags).not.toHaveProperty('http.status_code')
  })

  test.each(['plain', 'event-stream'])(
    'ends the span of a stream of text/%s as its body does',
    async (type) => {
      const [first, second] = [gate(), gate()]
      const { port, spans } = await start({
        async *stream() {
          yield 'data: one\n\n'
          await second.opened
          yield 'data: two\n\n'
        },
      })
      let body = ''
      const ended = new Promise<void>((resolve, reject) => {
        const request = http.get(
          { host: '127.0.0.1', port, path: `/streams/${type}`, agent: false },
          (response) => {
            response.on('data', (chunk: Buffer) => {
              body += chunk.toString()
              first.open()
            })
            response.on('end', resolve).on('error', reject)
          },
        )
        request.on('error', reject)
      })
      await first.opened
      expect(body).toBe('data: one\n\n')
      const before = performance.now()
      // Whatever was to end the span by now has had its turn.
      for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
      expect(spans).toEqual([])
      const gap = performance.now() - before
      second.open()
      await ended
      await spansAre(spans, 1)
      expect(body).toBe('data: one\n\ndata: two\n\n')
      expect(spans[0]).toMatchObject({ name: 'GET /streams/:type', tags: { outcome: 'success' } })
      expect(spans[0]?.duration).toBeGreaterThanOrEqual(Math.floor(gap * 1000))
    },
  )

  test.each([
    ['plain', 'connection closed before the response was complete'],
    ['event-stream', undefined],
  ])('says aborted of a stream of text/%s that the client closed, with error %s', async (type, error) => {
    const { port, spans } = await start({
      async *stream() {
        yield 'data: one\n\n'
        await new Promise(() => undefined)
      },
    })
    const request = http.get(
      { host: '127.0.0.1', port, path: `/streams/${type}`, agent: false },
      (response) => {
        response.on('error', () => undefined).once('data', () => request.destroy())
      },
    )
    request.on('error', () => undefined)
    await spansAre(spans, 1)
    expect(spans[0]?.tags).toMatchObject({ outcome: 'aborted', 'http.status_code': '200' })
    expect(spans[0]?.tags['error']).toBe(error)
  })

  test('serves HEAD, 204 and 304 as it did, and many requests on one connection', async () => {
    const { port, spans } = await start()
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    try {
      const head = await ask(port, '/orders/7', { method: 'HEAD', agent })
      expect([head.status, head.body]).toEqual([200, ''])
      for (const status of [204, 304]) {
        expect(await ask(port, `/status/${status}`, { agent })).toMatchObject({ status, body: '' })
      }
      for (const id of ['1', '2', '3']) {
        const { body, headers } = await ask(port, `/orders/${id}`, { agent, headers: { 'x-request-id': id } })
        expect([JSON.parse(body), headers['x-request-id']]).toEqual([{ id }, id])
      }
    } finally {
      agent.destroy()
    }
    await spansAre(spans, 6)
    expect(spans.map(({ name }) => name)).toEqual([
      'HEAD /orders/:id',
      'GET /status/:code',
      'GET /status/:code',
      'GET /orders/:id',
      'GET /orders/:id',
      'GET /orders/:id',
    ])
    expect(spans.map((span) => span.tags['http.status_code'])).toEqual([
      '200',
      '204',
      '304',
      '200',
      '200',
      '200',
    ])
    expect(spans.slice(3).map((span) => span.tags['request_id'])).toEqual(['1', '2', '3'])
  })

  test('keeps a broken connection in the middle of a request’s body to itself', async () => {
    const { port, spans } = await start()
    const socket = net.connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(
      'POST /orders HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"a"',
    )
    await new Promise((resolve) => socket.once('connect', resolve))
    // The handler is reached by the time another request on a later connection is answered.
    await ask(port, '/orders/1')
    socket.destroy()
    await spansAre(spans, 2)
    expect(spans.map((span) => span.tags['outcome']).toSorted()).toEqual(['aborted', 'success'])
  })

  test('records what it is told to, and measures each request by its route', async () => {
    const measured: unknown[] = []
    const { port, spans } = await start(
      {},
      {
        recordValues: recordValuesOf({
          query: ['page'],
          requestHeaders: ['X-Tenant'],
          responseHeaders: ['content-type'],
          body: ['order.id'],
        }),
        metrics: {
          observe: ({ seconds, ...labels }) => void measured.push({ ...labels, took: seconds > 0 }),
        },
      },
    )
    const headers = { 'x-tenant': 't-1', 'content-type': 'application/json' }
    await ask(port, '/orders?page=2&secret=1', { method: 'POST', headers }, '{"order":{"id":7}}')
    await ask(port, '/fails/later')
    await ask(port, '/nowhere')
    await spansAre(spans, 3)
    expect(spans[0]?.tags).toMatchObject({
      'http.query.page': '2',
      'http.request.header.x-tenant': 't-1',
      'http.response.header.content-type': expect.stringMatching(/^application\/json/),
    })
    // Hono keeps bodies to itself.
    expect(spans[0]?.tags['http.request.body.order.id']).toBe(framework === 'Hono' ? undefined : '7')
    expect(JSON.stringify(spans)).not.toContain('secret')
    expect(measured).toEqual([
      { method: 'POST', route: '/orders', status: 200, errorType: undefined, took: true },
      { method: 'GET', route: '/fails/:how', status: 500, errorType: 'Error', took: true },
      { method: 'GET', route: undefined, status: 404, errorType: undefined, took: true },
    ])
  })
})
