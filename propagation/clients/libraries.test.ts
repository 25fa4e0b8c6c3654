// The libraries services make calls with, each by itself: what their calls carry, and how they are recorded.
import http from 'node:http'
import https from 'node:https'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { beforeEach, describe, expect, test } from '@jest/globals'
import axios from 'axios'
import { got } from 'got'
import * as undici from 'undici'
import type { Span, Tracer } from '../index.ts'
import { closeAll, listen, until } from '../testing/harness.ts'
import { spans, spansAre, tracerOf, untraced } from '../testing/services.ts'

interface Options {
  signal?: AbortSignal
  /** Milliseconds until the library itself gives up. */
  timeout?: number
}

/** GET, and the body. */
type Client = (url: string, options?: Options) => Promise<string>

const collected = (): { into: Writable; body: () => string } => {
  const chunks: Buffer[] = []
  const into = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  return { into, body: () => Buffer.concat(chunks).toString() }
}

const limited = ({ signal, timeout }: Options = {}): { signal?: AbortSignal } => {
  const limit = timeout === undefined ? signal : AbortSignal.timeout(timeout)
  return limit ? { signal: limit } : {}
}

const byAxios =
  (adapter: 'http' | 'fetch'): Client =>
  async (url, { signal, timeout = 0 } = {}) => {
    const config = { adapter, timeout, responseType: 'text' as const, ...(signal && { signal }) }
    return (await axios.get<string>(url, { ...config, transformResponse: (body: string) => body })).data
  }

const byUndici = (options: Options = {}): { signal?: AbortSignal; headersTimeout?: number } => ({
  ...(options.signal && { signal: options.signal }),
  ...(options.timeout && { headersTimeout: options.timeout }),
})

const clients: Record<string, { call: Client; redirects?: true }> = {
  'http.get': {
    call: (url, { signal, timeout } = {}) =>
      new Promise((ok, no) => {
        const request = http.get(url, { ...(signal && { signal }) }, (response) => {
          text(response).then(ok, no)
        })
        request.on('error', no)
        if (timeout) request.setTimeout(timeout, () => request.destroy(new Error('timeout')))
      }),
  },
  fetch: { call: async (url, options) => (await fetch(url, limited(options))).text(), redirects: true },
  'axios (http)': { call: byAxios('http'), redirects: true },
  'axios (fetch)': { call: byAxios('fetch'), redirects: true },
  got: {
    call: (url, { signal, timeout } = {}) =>
      got(url, {
        retry: { limit: 0 },
        ...(signal && { signal }),
        ...(timeout && { timeout: { request: timeout } }),
      }).text(),
    redirects: true,
  },
  'got.stream': {
    call: (url, { signal, timeout } = {}) =>
      text(
        got.stream(url, {
          retry: { limit: 0 },
          ...(signal && { signal }),
          ...(timeout && { timeout: { request: timeout } }),
        }),
      ),
    redirects: true,
  },
  'undici request': {
    call: async (url, options) => (await undici.request(url, byUndici(options))).body.text(),
  },
  'undici fetch': {
    call: async (url, options) => (await undici.fetch(url, limited(options))).text(),
    redirects: true,
  },
  'undici stream': {
    call: async (url, options) => {
      const { into, body } = collected()
      await undici.stream(url, { method: 'GET', opaque: undefined, ...byUndici(options) }, () => into)
      return body()
    },
  },
  'undici pipeline': {
    call: async (url, options) => {
      const { into, body } = collected()
      const through = undici.pipeline(
        url,
        { method: 'GET', ...byUndici(options) },
        ({ body: answer }) => answer,
      )
      await pipeline(through.end(), into)
      return body()
    },
  },
  'undici Pool': {
    call: async (url, options) => {
      const { origin, pathname: path } = new URL(url)
      const pool = new undici.Pool(origin, { connections: 1 })
      try {
        return await (await pool.request({ path, method: 'GET', ...byUndici(options) })).body.text()
      } finally {
        await pool.destroy()
      }
    },
  },
}

let port = 0
let seen: http.IncomingHttpHeaders[] = []
let begun: http.ServerResponse | undefined
let tracer: Tracer

beforeEach(async () => {
  seen = []
  begun = undefined
  tracer = tracerOf('shop')
  port = await listen((req, res) => {
    seen.push(req.headers)
    if (req.url?.startsWith('/redirect')) res.writeHead(302, { location: '/stock' }).end()
    else if (req.url === '/hang') begun = res
    else if (req.url === '/stream') {
      begun = res
      res.write('first ')
    } else res.setHeader('X-Peer-Service', 'inventory').end('fine')
  })
})

const urlOf = (path: string): string => `http://127.0.0.1:${port}${path}`
const made = (): Span[] => spans().filter(({ kind }) => kind === 'CLIENT')

describe.each(Object.entries(clients))('%s', (_name, { call, redirects }) => {
  test('carries the ids of the span around it, each call a span of its own', async () => {
    const around = await tracer.withSpan('order', async (span) => {
      for (let at = 0; at < 3; at++) expect(await call(urlOf('/stock'))).toBe('fine')
      return span.context
    })
    await spansAre(4)
    expect(made()).toHaveLength(3)
    expect(new Set(made().map(({ id }) => id)).size).toBe(3)
    expect(seen.map((headers) => headers['x-span-id'])).toEqual(made().map(({ id }) => id))
    for (const headers of seen) {
      expect(headers).toMatchObject({
        'x-request-id': around.requestId,
        'x-trace-id': around.traceId,
        'x-parent-span-id': around.spanId,
        'x-sampled': '1',
        'x-peer-service': 'shop',
      })
    }
    expect(made()[0]).toMatchObject({
      name: 'GET /stock',
      parentId: around.spanId,
      remoteEndpoint: { serviceName: 'inventory', ipv4: '127.0.0.1', port },
      tags: {
        outcome: 'success',
        'http.status_code': '200',
        'http.path': '/stock',
        'peer.port': String(port),
      },
    })
  })

  if (redirects) {
    test('records a redirect and what it leads to as two spans, side by side', async () => {
      const around = await tracer.withSpan('order', async (span) => {
        expect(await call(urlOf('/redirect'))).toBe('fine')
        return span.context
      })
      await spansAre(3)
      expect(made().map(({ name, parentId, tags }) => [name, parentId, tags['http.status_code']])).toEqual([
        ['GET /redirect', around.spanId, '302'],
        ['GET /stock', around.spanId, '200'],
      ])
      expect(seen.map((headers) => headers['x-span-id'])).toEqual(made().map(({ id }) => id))
    })
  }

  test('records a server that is not there as an error that says so', async () => {
    await closeAll()
    await expect(call(urlOf('/'))).rejects.toThrow()
    await spansAre(1)
    expect(made()[0]?.tags).toMatchObject({
      outcome: 'error',
      error: expect.stringContaining('ECONNREFUSED'),
    })
  })

  test('records a time-out as an error, and a call given up as aborted', async () => {
    await expect(call(urlOf('/hang'), { timeout: 30 })).rejects.toThrow()
    await spansAre(1)
    expect(made()[0]?.tags).toMatchObject({ outcome: 'error', error: expect.stringMatching(/time/i) })
    const controller = new AbortController()
    begun = undefined
    const given = call(urlOf('/hang'), { signal: controller.signal })
    given.catch(() => undefined)
    await until('the call', () => begun !== undefined)
    controller.abort()
    await expect(given).rejects.toThrow()
    await spansAre(2)
    expect(made()[1]?.tags).toMatchObject({ outcome: 'aborted' })
  })

  test('ends the span with the body, not with the headers', async () => {
    const given = call(urlOf('/stream'))
    await until('the call', () => begun !== undefined)
    const since = performance.now()
    for (let at = 0; at < 5; at++) await untraced(port, '/stock')
    expect(made()).toEqual([])
    const elapsed = performance.now() - since
    begun?.end('last')
    expect(await given).toBe('first last')
    await spansAre(1)
    expect(made()[0]?.tags).toMatchObject({ outcome: 'success' })
    expect(made()[0]?.duration).toBeGreaterThanOrEqual(Math.floor(elapsed * 1000))
  })
})

test('https is traced as http is, by its own port', async () => {
  // A key both know, so that no certificate is needed.
  const psk = Buffer.from('0123456789abcdef')
  const both = { ciphers: 'PSK', maxVersion: 'TLSv1.2' as const }
  const server = https.createServer({ ...both, pskCallback: () => psk }, (req, res) => {
    seen.push(req.headers)
    res.end('fine')
  })
  await new Promise<void>((ok) => server.listen(0, '127.0.0.1', ok))
  const address = server.address()
  const secure = typeof address === 'object' && address ? address.port : 0
  const body = await new Promise((ok, no) => {
    const client = {
      ...both,
      pskCallback: () => ({ psk, identity: 'a' }),
      checkServerIdentity: () => undefined,
    }
    https
      .get({ host: '127.0.0.1', port: secure, path: '/stock', agent: false, ...client }, (res) => {
        text(res).then(ok, no)
      })
      .on('error', no)
  })
  await new Promise((ok) => server.close(ok))
  expect(body).toBe('fine')
  await spansAre(1)
  expect(made()[0]).toMatchObject({ remoteEndpoint: { port: secure }, tags: { outcome: 'success' } })
  expect(seen[0]?.['x-span-id']).toBe(made()[0]?.id)
})
