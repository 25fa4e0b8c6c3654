// The demo against a collector that does no more than keep spans: it tells its story, and leaves nothing running.
import { type ChildProcess, spawn } from 'node:child_process'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from '@jest/globals'

interface Span {
  traceId: string
  id: string
  parentId?: string
  kind?: string
  name: string
  timestamp: number
  duration: number
  localEndpoint: { serviceName: string }
  tags: Record<string, string>
}

let spans: Span[] = []
let collector: http.Server
const children: ChildProcess[] = []

const answerTo = (path: string, query: URLSearchParams): unknown => {
  if (path === '/health') return { status: 'UP' }
  if (path === '/api/v2/traces') {
    const id = query.get('annotationQuery')?.replace('request_id=', '')
    return [spans.filter((span) => span.tags['request_id'] === id)]
  }
  const id = path.replace('/api/v2/trace/', '')
  return spans.filter((span) => span.traceId === id)
}

beforeEach(async () => {
  spans = []
  collector = http.createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      if (request.method === 'POST') {
        const body = Buffer.concat(chunks)
        const json = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
        spans.push(...(JSON.parse(json.toString()) as Span[]))
        response.writeHead(202).end()
        return
      }
      const url = new URL(request.url ?? '/', 'http://collector')
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify(answerTo(url.pathname, url.searchParams)))
    })
  })
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve))
})

afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL')
  await new Promise<void>((resolve) => {
    collector.close(() => resolve())
    collector.closeAllConnections()
  })
})

/** Runs the built demo; `seen` may act on what it has printed so far. */
const run = (args: string[], seen: (out: string, child: ChildProcess) => void = () => undefined) => {
  const { port } = collector.address() as AddressInfo
  const main = fileURLToPath(new URL('./dist/main.js', import.meta.url))
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, QUERY_PORT: String(port) },
  })
  children.push(child)
  let out = ''
  const hear = (chunk: Buffer): void => {
    out += chunk.toString()
    seen(out, child)
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  return new Promise<{ code: number | null; out: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, out }))
  })
}

const isOpen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
const servicePorts = (out: string): number[] =>
  [...(/Five services.*/.exec(out)?.[0] ?? '').matchAll(/:(\d+)/g)].map((match) => Number(match[1]))

test('--once tells a story with errors, a retry, a fan-out, a slow hop and a wrong clock, and ends every process', async () => {
  const { code, out } = await run(['--once'])
  expect(out).toContain('Using the Hopscope that is running')
  expect({ code, out }).toMatchObject({ code: 0 })
  const requestId = /\/requests\/(\S+)/.exec(out)?.[1] ?? ''
  const story = spans.filter((span) => span.tags['request_id'] === requestId)
  expect(story).toHaveLength(19)
  expect(new Set(story.map((span) => span.traceId)).size).toBe(1)
  const ids = new Set(story.map((span) => span.id))
  expect(story.filter((span) => !span.parentId || !ids.has(span.parentId)).map((span) => span.name)).toEqual([
    'POST /orders',
  ])
  const made = story.filter((span) => span.kind === 'CLIENT' && span.localEndpoint.serviceName === 'checkout')
  expect(made.map((span) => span.tags['http.status_code']).sort()).toEqual([
    '201',
    '201',
    '201',
    '502',
    '503',
  ])
  const bank = story.find((span) => span.localEndpoint.serviceName === 'bank')
  const caller = story.find((span) => span.id === bank?.parentId)
  expect(bank?.tags['error']).toBe('ledger is locked by another transfer')
  expect((bank?.timestamp ?? 0) - (caller?.timestamp ?? 0)).toBeGreaterThanOrEqual(39_000)
  expect(
    Math.max(...story.filter((span) => span.name === 'update').map((span) => span.duration)),
  ).toBeGreaterThan(290_000)
  expect(new Set(spans.map((span) => span.tags['request_id'])).size).toBe(50)
  const ports = servicePorts(out)
  expect(ports).toHaveLength(5)
  for (const port of ports) expect(await isOpen(port)).toBe(false)
})

test('Ctrl-C ends every process', async () => {
  const { code, out } = await run([], (so, child) => {
    if (so.includes('until Ctrl-C')) child.kill('SIGINT')
  })
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('Stopping') })
  for (const port of servicePorts(out)) expect(await isOpen(port)).toBe(false)
})

test('says what is wrong where the port is taken by something else', async () => {
  collector.removeAllListeners('request')
  collector.on('request', (_request, response: http.ServerResponse) => response.writeHead(404).end())
  const { code, out } = await run(['--once'])
  expect({ code, out }).toMatchObject({ code: 1, out: expect.stringContaining('set QUERY_PORT') })
})
