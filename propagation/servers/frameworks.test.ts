// What every framework's way in promises, each promise held by each of them.
import { afterEach, describe, expect, test } from '@jest/globals'
import { traceFetch } from '../clients/fetch-calls.ts'
import { leaveCallsOf, traceCallsOf } from '../clients/outgoing.ts'
import { currentContext, type Span } from '../index.ts'
import type { Core } from '../spans/core.ts'
import { ask, gate, ROUTES, spansAre, startOn } from '../testing/asking.ts'
import { coreOf } from '../testing/core.ts'
import { frameworks, type Routes } from '../testing/frameworks.ts'
import { closeAll, listen, until } from '../testing/harness.ts'

afterEach(closeAll)

const here = (): string | undefined => currentContext()?.requestId
const names = (spans: Span[]): string[] => spans.map((span) => span.name)

describe.each(Object.keys(frameworks))('%s', (framework) => {
  const start = (...args: [routes?: Partial<Routes>, options?: Partial<Core['options']>]) =>
    startOn(framework, ...args)

  test('names a span by method and route template, nested routers and their prefixes included, once', async () => {
    const { port, spans } = await start()
    expect(JSON.parse((await ask(port, '/orders/7?secret=1')).body)).toEqual({ id: '7' })
    expect(JSON.parse((await ask(port, '/api/v1/items/tea')).body)).toEqual({ id: 'tea' })
    expect((await ask(port, '/no/such/9')).status).toBe(404)
    await spansAre(spans, 3)
    expect(names(spans)).toEqual(['GET /orders/:id', 'GET /api/v1/items/:item', 'GET'])
    expect(spans.map((span) => span.tags)).toMatchObject([
      { 'http.method': 'GET', 'http.path': '/orders/7', 'http.status_code': '200', outcome: 'success' },
      { 'http.status_code': '200' },
      { 'http.status_code': '404', 'http.path': '/no/such/9', outcome: 'success' },
    ])
    expect(spans).toHaveLength(3)
    expect(JSON.stringify(spans)).not.toContain('secret')
  })

  test('answers with the request’s id, the service and the time, errors included', async () => {
    const { port, spans } = await start()
    const traceId = '463ac35c9f6413ad48485a3953bb6124'
    for (const path of ['/orders/1', '/fails/at-once', '/fails/later', '/nowhere', '/status/204']) {
      const { headers } = await ask(port, path, {
        headers: { 'x-request-id': 'r-1', 'x-trace-id': traceId, 'x-span-id': 'a2fb4a1d1a96d312' },
      })
      expect(headers).toMatchObject({ 'x-request-id': 'r-1', 'x-peer-service': 'shop' })
      expect(headers['x-response-time']).toMatch(/^\d+\.\d{3}ms$/)
    }
    await spansAre(spans, 5)
    for (const span of spans) expect(span).toMatchObject({ traceId, parentId: 'a2fb4a1d1a96d312' })
  })

  test('takes hostile headers for none, and repeats nothing of them', async () => {
    const { port, spans } = await start()
    const headers: Record<string, string> = {}
    for (const name of ['request-id', 'trace-id', 'span-id', 'peer-service', 'peer-host', 'peer-port']) {
      headers[`x-${name}`] = `<zq>"'%0d%0a${'a'.repeat(2000)}`
    }
    const answer = await ask(port, '/orders/1', { headers })
    await spansAre(spans, 1)
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
    expect(JSON.stringify([answer.headers, spans])).not.toContain('<zq>')
  })

  test('records what was thrown, at once and later, after the service’s own error handler had it', async () => {
    const seen: unknown[] = []
    const { port, spans } = await start({
      failed: (error) => seen.push([error instanceof Error && error.message, here()]),
    })
    const headers = { 'x-request-id': 'r-1' }
    expect((await ask(port, '/fails/at-once', { headers })).status).toBe(500)
    expect((await ask(port, '/fails/later', { headers })).status).toBe(500)
    await spansAre(spans, 2)
    expect(seen).toEqual([
      ['thrown at once', 'r-1'],
      ['rejected later', 'r-1'],
    ])
    expect(names(spans)).toEqual(['GET /fails/:how', 'GET /fails/:how'])
    expect(spans.map((span) => span.tags)).toMatchObject([
      { outcome: 'error', error: 'thrown at once', 'http.status_code': '500' },
      { outcome: 'error', error: 'rejected later', 'http.status_code': '500' },
    ])
  })

  test('keeps the context after await, timers, in body parsers, streams and listeners of the response', async () => {
    const seen: [string, string | undefined][] = []
    const note = (where: string): unknown => seen.push([where, here()])
    const { port, spans } = await start({
      async get(id, response) {
        note('handler')
        await Promise.resolve()
        note('await')
        await new Promise((resolve) => setTimeout(resolve, 1))
        note('timer')
        response.once('finish', () => note('finish'))
        response.once('close', () => note('close'))
        return { id }
      },
      post(body) {
        note('parsed')
        return body
      },
      async *stream() {
        note('stream')
        yield 'x'
        await new Promise((resolve) => setImmediate(resolve))
        note('stream later')
      },
    })
    const headers = { 'x-request-id': 'r-1' }
    await ask(port, '/orders/1', { headers })
    const body = JSON.stringify({ tea: 'x'.repeat(50_000) })
    const sent = { ...headers, 'content-type': 'application/json', 'content-length': body.length }
    const answer = await ask(port, '/orders', { method: 'POST', headers: sent }, body)
    expect(answer.body).toBe(body)
    if (framework !== 'Hono') await ask(port, '/streams/plain', { headers })
    const chunked = await ask(
      port,
      '/orders',
      { method: 'POST', headers: { ...headers, 'content-type': 'application/json' } },
      body,
    )
    expect(chunked.body).toBe(body)
    await spansAre(spans, framework === 'Hono' ? 3 : 4)
    expect(names(spans)).toContain('POST /orders')
    expect(seen.length).toBe(framework === 'Hono' ? 7 : 9)
    expect(seen.filter(([, id]) => id !== 'r-1')).toEqual([])
    expect(here()).toBeUndefined()
  })

  test('keeps requests apart that are answered in another order than they came, many at once', async () => {
    const gates = Array.from({ length: 60 }, gate)
    let waiting = 0
    const { port, spans } = await start({
      async get(id) {
        const before = here()
        waiting++
        await gates[Number(id)]?.opened
        return { before, after: here() }
      },
    })
    const answers = gates.map((_gate, at) =>
      ask(port, `/orders/${at}`, { headers: { 'x-request-id': `r-${at}` } }),
    )
    await until('all to wait', () => waiting === gates.length)
    for (const { open } of gates.toReversed()) open()
    for (const [at, answer] of (await Promise.all(answers)).entries()) {
      expect(JSON.parse(answer.body)).toEqual({ before: `r-${at}`, after: `r-${at}` })
    }
    await spansAre(spans, gates.length)
    expect(new Set(spans.map((span) => span.id)).size).toBe(gates.length)
    expect(new Set(spans.map((span) => span.traceId)).size).toBe(gates.length)
    for (const span of spans)
      expect(span.tags['http.path']).toBe(`/orders/${(span.tags['request_id'] ?? '').slice(2)}`)
  })

  test('goes on untraced, with no word to the caller, where tracing is at fault', async () => {
    const broken = {
      fields: [],
      extract: () => {
        throw new Error('ours')
      },
      inject: () => undefined,
    }
    const told: string[] = []
    const { port, spans } = await start({}, { propagator: broken, log: (line) => told.push(line) })
    const answer = await ask(port, '/orders/7')
    expect([answer.status, answer.body]).toEqual([200, '{"id":"7"}'])
    expect(told).toEqual([expect.stringContaining('ours')])
    expect(spans).toEqual([])
  })
})

test('a request through all of them is one trace, each the child of the call that reached it', async () => {
  const spans: Span[] = []
  const stop = traceFetch()
  const cores = Object.keys(frameworks).map((name) =>
    coreOf(spans, { self: { service: name.replace(' ', '-') } }),
  )
  try {
    let next: number | undefined
    for (const [at, build] of Object.values(frameworks).entries()) {
      const core = cores[at]
      if (!core) throw new Error('no core')
      traceCallsOf(core)
      const to = next
      const listener = await build(core, {
        ...ROUTES,
        get: async (id) =>
          to === undefined
            ? { id, requestId: here() }
            : (await fetch(`http://127.0.0.1:${to}/api/v1/items/${id}`)).json(),
      })
      next = await listen(listener)
    }
    const { body } = await ask(next ?? 0, '/orders/7', { headers: { 'x-request-id': 'r-1' } })
    expect(JSON.parse(body)).toEqual({ id: '7', requestId: 'r-1' })
    await until('all spans', () => spans.length >= 11)
    expect(new Set(spans.map((span) => span.traceId)).size).toBe(1)
    const byId = new Map(spans.map((span) => [span.id, span]))
    const chain: string[] = []
    const parents = new Set(spans.map((span) => span.parentId))
    let span = spans.find(({ id }) => !parents.has(id))
    for (; span; span = byId.get(span.parentId ?? '')) {
      chain.unshift(`${span.kind ?? ''} ${span.localEndpoint.serviceName ?? ''}`)
    }
    expect(chain).toHaveLength(11)
    expect(chain.filter((link) => link.startsWith('SERVER'))).toEqual(
      cores.map((core) => `SERVER ${core.options.self.service.toLowerCase()}`).toReversed(),
    )
  } finally {
    for (const core of cores) leaveCallsOf(core)
    stop()
  }
})
