// Calls made by node:http and fetch: what they carry, and who is blamed for how they ended.
import http from 'node:http'
import { connect } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { closeAll, get, listen } from '../testing/harness.ts'
import { spans, spansAre, tracerOf } from '../testing/services.ts'

describe('an outgoing call', () => {
  test('outside of any request begins a trace; one that fails is an error, and an unheard error stays unheard', async () => {
    const tracer = tracerOf('job', { peers: { '127.0.0.1': 'gone' } })
    const port = await listen((_req, res) => res.end())
    await closeAll()
    await expect(get(port, '/a/1')).rejects.toThrow('ECONNREFUSED')
    await expect(fetch(`http://127.0.0.1:${port}/b`)).rejects.toThrow('fetch failed')
    await spansAre(2)
    for (const span of spans()) {
      expect(span).toMatchObject({
        kind: 'CLIENT',
        tags: { outcome: 'error', error: expect.stringMatching(/ECONNREFUSED/) },
      })
      expect(span.parentId).toBeUndefined()
      expect(span.remoteEndpoint).toEqual({ serviceName: 'gone', ipv4: '127.0.0.1', port })
    }
    const request = tracer.withSpan('x', () => http.request({ port, host: '127.0.0.1' }))
    expect(request.listenerCount('error')).toBe(0)
    request.on('error', () => undefined).end()
    await spansAre(4)
  })

  test('replaces ids the service set by itself, and tells nothing where propagateTo says so', async () => {
    const inner = await listen((req, res) => res.end(JSON.stringify(req.rawHeaders)))
    const allowed = { yes: true }
    tracerOf('a', { propagateTo: () => allowed.yes })
    const headers = { 'X-Request-ID': 'mine' }
    const idsIn = (text: string): string[] =>
      (JSON.parse(text) as string[]).filter((_, at, all) => all[at - 1]?.toLowerCase() === 'x-request-id')
    for (const ask of [
      async () => (await fetch(`http://127.0.0.1:${inner}/`, { headers })).text(),
      async () => (await get(inner, '/', headers)).body,
    ]) {
      allowed.yes = true
      const replaced = idsIn(await ask())
      expect(replaced).toHaveLength(1)
      expect(replaced).not.toContain('mine')
      allowed.yes = false
      expect(idsIn(await ask())).toEqual(['mine'])
    }
  })

  test('under a Host header of the service’s own still tells where it went', async () => {
    const inner = await listen((_req, res) => res.end())
    tracerOf('a')
    await get(inner, '/', { Host: 'shop.example' })
    await spansAre(1)
    expect(spans()[0]?.remoteEndpoint).toEqual({ ipv4: '127.0.0.1', port: inner })
  })

  describe('under a Host without a port', () => {
    const portOf = async (options: (port: number) => http.RequestOptions): Promise<[unknown, number]> => {
      const inner = await listen((_req, res) => res.end())
      tracerOf('a')
      await new Promise((resolve) => {
        http.get(options(inner), (response) => response.resume().on('end', resolve))
      })
      await spansAre(1)
      return [spans()[0]?.remoteEndpoint?.port, inner]
    }
    const connecting = (port: number) => () => connect(port, '127.0.0.1')
    const headers = { Host: 'shop.example' }

    test.each<[string, (port: number) => http.RequestOptions]>([
      ['an agent of Node’s', (port) => ({ host: '127.0.0.1', port, headers: { Host: '127.0.0.1' } })],
      ['the service', (port) => ({ host: 'shop.example', headers, createConnection: connecting(port) })],
    ])('over a connection made by %s tells where that leads', async (_name, options) => {
      const [told, inner] = await portOf(options)
      expect(told).toBe(inner)
    })

    test('over a connection made by a proxy’s agent tells the port that was asked for', async () => {
      class ProxyAgent extends http.Agent {}
      const [told] = await portOf((port) => {
        const agent = new ProxyAgent()
        Object.assign(agent, { createConnection: connecting(port) })
        return { host: 'shop.example', headers, agent }
      })
      expect(told).toBe(80)
    })
  })

  test('that our own code breaks goes through, and says so once', async () => {
    const logged: string[] = []
    tracerOf('a', {
      propagateTo: () => {
        throw new Error('broken option')
      },
      log: (line) => logged.push(line),
    })
    const inner = await listen((_req, res) => res.end('fine'))
    expect((await get(inner, '/')).body).toBe('fine')
    expect(await (await fetch(`http://127.0.0.1:${inner}/`)).text()).toBe('fine')
    expect(logged).toEqual([expect.stringContaining('broken option')])
  })

  test('to a host called as something every object has is given no name by it', async () => {
    tracerOf('a', { peers: { 'db.invalid': 'orders-db' } })
    for (const host of ['constructor', 'db.invalid']) {
      const lookup: http.RequestOptions['lookup'] = (_host, _options, done) =>
        done(new Error('not found'), '')
      await new Promise((resolve) => http.get({ host, lookup }).on('error', resolve))
    }
    await spansAre(2)
    expect(spans().map((span) => span.remoteEndpoint?.serviceName)).toEqual(['constructor', 'orders-db'])
  })

  describe('cut off in the middle of its response', () => {
    /** Ends the connection after a part of the answer, once told to. */
    const dying = async (): Promise<{ port: number; die: () => void }> => {
      let die = (): void => undefined
      const port = await listen((_req, res) => {
        res.writeHead(200, { 'content-length': 100 }).write('x')
        die = () => void res.socket?.end()
      })
      return { port, die: () => die() }
    }

    test.each(['heard', 'unheard', 'fetch'])(
      'by the server is an error, its response errors %s',
      async (how) => {
        tracerOf('a')
        const { port, die } = await dying()
        const url = `http://127.0.0.1:${port}/`
        if (how === 'fetch') {
          const response = await fetch(url)
          die()
          await expect(response.text()).rejects.toThrow()
        } else {
          const request = http.get(url, (response) => {
            if (how === 'heard') response.on('error', () => undefined)
            response.once('data', die)
          })
          await new Promise((resolve) => request.once('close', resolve))
        }
        await spansAre(1)
        expect(spans()[0]?.tags).toMatchObject({ outcome: 'error', 'http.status_code': '200' })
        expect(spans()[0]?.tags['error']).not.toBe('the response was not read to its end')
      },
    )

    test.each(['request', 'response'] as const)(
      'by the caller, destroying its %s, is aborted',
      async (which) => {
        tracerOf('a')
        const { port } = await dying()
        const request = http.get(`http://127.0.0.1:${port}/`, (response) => {
          response.on('error', () => undefined)
          response.once('data', () => (which === 'request' ? request : response).destroy())
        })
        await spansAre(1)
        expect(spans()[0]?.tags).toMatchObject({ outcome: 'aborted' })
      },
    )

    test('leaves nothing behind on a connection that is used again', async () => {
      tracerOf('a')
      const port = await listen((_req, res) => res.end('x'))
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
      const listeners: number[] = []
      for (let at = 0; at < 5; at++) {
        await new Promise((resolve) => {
          const request = http.get({ host: '127.0.0.1', port, agent }, (response) => response.resume())
          request.once('socket', (socket) => listeners.push(socket.listenerCount('close')))
          request.once('close', resolve)
        })
      }
      agent.destroy()
      await spansAre(5)
      expect(new Set(listeners.slice(1)).size).toBe(1)
    })
  })
})
