// What shows only in a process of its own, with the built library: Node's WebSocket, and two copies of this package.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import type { Span } from '../index.ts'

const run = promisify(execFile)
const library = new URL('../dist/index.js', import.meta.url)
const required = fileURLToPath(new URL('../dist/cjs/index.js', import.meta.url))

interface Printed {
  /** The span ids that the server was told, in order. */
  told: string[]
  /** What each tracer reported. */
  reported: Span[][]
}

/** Runs a script between tracers and a server that notes the span ids it is told; it calls `finish` when it is done. */
const inProcess = async (script: string, ...flags: string[]): Promise<Printed> => {
  if (!existsSync(required)) throw new Error('build first: these tests run the built library')
  const source = `import http from 'node:http'
    import { createRequire } from 'node:module'
    import { createHash } from 'node:crypto'
    import { createTracer } from ${JSON.stringify(library.href)}
    const other = createRequire(import.meta.url)(${JSON.stringify(required)})
    const reported = [], told = []
    const tracerOf = (make) => {
      const spans = []
      reported.push(spans)
      return make({ service: 'a', reporter: {
        report: (span) => spans.push(span), flush: async () => true, close: async () => {}, stats: () => ({}),
      } })
    }
    const finish = (count) => {
      if (reported.flat().length < count) return setTimeout(finish, 2, count)
      console.log(JSON.stringify({ told, reported }))
      process.exit()
    }
    const server = http.createServer((req, res) => {
      told.push(req.headers['x-span-id'])
      res.end('fine')
    })
    server.listen(0, '127.0.0.1', async () => {
      const { port } = server.address()
      ${script}
    })`
  const { stdout } = await run(process.execPath, [...flags, '--input-type=module', '-e', source], {
    timeout: 20_000,
  })
  return JSON.parse(stdout) as Printed
}

const callsOf = (spans: readonly Span[] | undefined): Span[] =>
  (spans ?? []).filter((span) => span.kind === 'CLIENT')

describe('Node’s own WebSocket', () => {
  test('is a call that ends as its connection is made, with the server’s status and name', async () => {
    const { told, reported } = await inProcess(
      `tracerOf(createTracer)
       server.on('upgrade', (req, socket) => {
         told.push(req.headers['x-span-id'])
         const key = req.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
         socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n' +
           'X-Peer-Service: chat\\r\\n' +
           'Sec-WebSocket-Accept: ' + createHash('sha1').update(key).digest('base64') + '\\r\\n\\r\\n')
       })
       new WebSocket('ws://127.0.0.1:' + port + '/room').onopen = () => finish(1)`,
      '--experimental-websocket',
    )
    expect(reported[0]).toHaveLength(1)
    expect(told).toEqual([reported[0]?.[0]?.id])
    expect(reported[0]?.[0]).toMatchObject({
      kind: 'CLIENT',
      name: 'GET /room',
      remoteEndpoint: { serviceName: 'chat' },
      tags: { outcome: 'success', 'http.status_code': '101' },
    })
  })
})

describe('two copies of this package in one process', () => {
  test('trace a call outside of any request once, and inside of one the copy does whose request it is', async () => {
    const { told, reported } = await inProcess(
      `tracerOf(createTracer)
       const second = tracerOf(other.createTracer)
       const byHttp = () => new Promise((ok) => http.get({ port, host: '127.0.0.1' }, (res) => res.resume().on('end', ok)))
       const byFetch = async () => (await fetch('http://127.0.0.1:' + port)).text()
       await byHttp()
       await byFetch()
       await second.withSpan('order', byHttp)
       await second.withSpan('order', byFetch)
       finish(6)`,
    )
    expect(callsOf(reported.flat()).map(({ id }) => id)).toEqual(told)
    expect(callsOf(reported[1]).map(({ id }) => id)).toEqual(told.slice(2))
  })
})
