// How the process answers when its store doesn't work, which a real one does too well to show.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { HopscopeError } from '@hopscope/proto'
import type { Store } from '@hopscope/storage'
import { pino } from 'pino'
import { afterEach, describe, expect, test } from '@jest/globals'
import { createApp } from './app.ts'
import { readConfig } from './config.ts'

let server: Server | undefined
afterEach(() => {
  server?.close()
  server?.closeAllConnections()
})

/** A server whose store answers every question with this error; and the lines it logs. */
async function serverOver(error: Error): Promise<{ url: string; logged: string[] }> {
  const fail = () => Promise.reject(error)
  const store: Store = {
    writer: { write: fail },
    reader: {
      traces: fail,
      find: () => ({ [Symbol.asyncIterator]: () => ({ next: fail }) }),
      names: fail,
      dependencies: fail,
    },
    check: () => Promise.resolve({ up: false, detail: 'The disk is on fire.' }),
    close: () => Promise.resolve(),
  }
  const logged: string[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => logged.push(line) })
  server = createServer(createApp({ config: readConfig({}, {}), store, log, version: '1.2.3' }))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, logged }
}

const SPAN = '[{"traceId":"a","id":"1"}]'
const post = (url: string) =>
  fetch(`${url}/api/v2/spans`, {
    method: 'POST',
    body: SPAN,
    headers: { 'Content-Type': 'application/json' },
  })
const ROUTES = ['/api/v2/services', '/api/v2/traces', '/api/v2/trace/a', '/rest/v1/traces', '/rest/v1/requests/r', '/rest/v1/traces/a'] // prettier-ignore

describe('with a store that is down', () => {
  const down = new HopscopeError('store-unavailable', 'The disk is full.')

  test('a post is answered with 503, never 202, and counted as dropped', async () => {
    const { url, logged } = await serverOver(down)
    const response = await post(url)
    expect([response.status, await response.text()]).toEqual([503, 'The disk is full.\n'])
    expect(await (await fetch(`${url}/metrics`)).json()).toMatchObject({
      'counter.zipkin_collector.spans_dropped.http': 1,
    })
    expect(logged.join('')).toContain('store-unavailable')
  })

  test('a question is answered with 503 in the form of its API', async () => {
    const { url } = await serverOver(down)
    for (const path of ROUTES) {
      const response = await fetch(url + path)
      expect([path, response.status]).toEqual([path, 503])
      const body = await response.text()
      if (path.startsWith('/rest/'))
        expect(JSON.parse(body)).toMatchObject({ code: 'store-unavailable', detail: 'The disk is full.' })
      else expect(body).toBe('The disk is full.\n')
    }
  })

  test('health is DOWN with 503, and says why', async () => {
    const { url } = await serverOver(down)
    const response = await fetch(`${url}/health`)
    expect([response.status, await response.json()]).toEqual([
      503,
      {
        status: 'DOWN',
        components: { storage: { status: 'DOWN', details: { error: 'The disk is on fire.' } } },
      },
    ])
  })
})

test('what goes wrong inside is told to the log, not to the client', async () => {
  const { url, logged } = await serverOver(new Error('secret: password is 123'))
  for (const path of ROUTES) {
    const response = await fetch(url + path)
    expect([path, response.status]).toEqual([path, 500])
    expect(await response.text()).not.toMatch(/secret|123|\bat\b.*:\d/)
  }
  expect((await post(url)).status).toBe(500)
  expect(logged).toHaveLength(ROUTES.length + 1)
  for (const line of logged) expect(line).toContain('secret: password is 123')
})

test('every answer forbids foreign scripts, framing and guessing of types', async () => {
  const { url } = await serverOver(new Error('any'))
  for (const path of ['/health', '/api/v2/services', '/nothing']) {
    const { headers } = await fetch(url + path)
    expect(headers.get('content-security-policy')).toMatch(/default-src 'self'.*frame-ancestors 'none'/)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('x-powered-by')).toBeNull()
  }
})
