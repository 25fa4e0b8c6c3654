// Hono without a node response: what is so only there. The rest is in hono.test.ts, for both ways.
import { describe, expect, test } from '@jest/globals'
import { Hono } from 'hono'
import type { Span } from '../index.ts'
import { coreOf } from '../testing/core.ts'
import { honoMiddlewareOf } from './hono.ts'

describe('Hono without a node response', () => {
  test('answers with its own headers in place of those of a response passed on', async () => {
    const app = new Hono().use(honoMiddlewareOf(coreOf([])))
    app.get('/', () => new Response('x', { headers: { 'x-peer-service': 'inner', 'x-own': '1' } }))
    const { headers } = await app.request('/')
    expect([headers.get('x-peer-service'), headers.get('x-own')]).toEqual(['test', '1'])
  })

  test('reads no body sooner, and tells of one that is given up or breaks', async () => {
    const spans: Span[] = []
    const app = new Hono()
    app.use(honoMiddlewareOf(coreOf(spans)))
    const pulls: string[] = []
    app.get('/:how', (c) =>
      c.body(
        new ReadableStream(
          {
            pull(controller) {
              pulls.push(c.req.param('how'))
              if (c.req.param('how') === 'breaks') throw new Error('broken')
              controller.enqueue(new TextEncoder().encode('x'))
            },
            cancel: (reason) => void pulls.push(String(reason)),
          },
          { highWaterMark: 0 },
        ),
      ),
    )
    const endless = await app.request('/endless')
    expect([pulls, spans]).toEqual([[], []])
    const reader = endless.body?.getReader()
    await reader?.read()
    await reader?.cancel('enough')
    await expect((await app.request('/breaks')).text()).rejects.toThrow('broken')
    expect(pulls).toEqual(['endless', 'enough', 'breaks'])
    expect(spans.map(({ tags }) => [tags['outcome'], tags['error']])).toEqual([
      ['aborted', 'the response was not read to its end'],
      ['error', 'broken'],
    ])
  })

  test('leaves a response whose body is being read already as it is, and ends its span', async () => {
    const spans: Span[] = []
    const app = new Hono().use(honoMiddlewareOf(coreOf(spans)))
    const body = new ReadableStream()
    body.getReader()
    // As a handler that hands over a body that another reads.
    const locked = new Response('x', { status: 201 })
    Object.defineProperty(locked, 'body', { value: body })
    app.get('/', () => locked)
    const answer = await app.request('/')
    expect(answer.status).toBe(201)
    expect(answer).toBe(locked)
    expect(spans.map(({ tags }) => tags['http.status_code'])).toEqual(['201'])
  })
})
