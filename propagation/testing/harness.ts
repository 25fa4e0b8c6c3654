// What the tests stand on: real servers on free ports, a collector that answers as told, spans kept in memory.
import http, { type IncomingHttpHeaders, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { NOTHING } from '../reporter/batch-reporter.ts'
import type { Span, SpanReporter } from '../index.ts'

/** A reporter that keeps what it is given. */
export const inMemory = (): SpanReporter & { spans: Span[] } => {
  const spans: Span[] = []
  return {
    spans,
    report: (span) => spans.push(span),
    flush: () => Promise.resolve(true),
    close: () => Promise.resolve(),
    stats: () => ({ ...NOTHING }),
  }
}

/** Settles once the condition holds; fails after ten seconds, saying what was waited for. */
export const until = async (what: string, condition: () => boolean): Promise<void> => {
  const end = Date.now() + 10_000
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited in vain for: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

const open: http.Server[] = []

/** Listens on a free port of the loopback; `closeAll` ends it. */
export const listen = async (listener: RequestListener): Promise<number> => {
  const server = http.createServer(listener)
  open.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

export const closeAll = async (): Promise<void> => {
  const servers = open.splice(0)
  await Promise.all(
    servers.map(
      (server) =>
        new Promise<void>((resolve) => {
          server.close(() => resolve())
          server.closeAllConnections()
        }),
    ),
  )
}

interface Answered {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

/** GET by node:http, body and all. */
export const get = (port: number, path: string, headers: http.OutgoingHttpHeaders = {}): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port, path, headers, agent: false }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (body += chunk))
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
    })
    request.on('error', reject)
  })

type Reply = number | { status: number; headers?: http.OutgoingHttpHeaders; body?: string } | 'hang'

interface FakeCollector {
  port: number
  url: string
  /** Every batch posted, in order, whatever was answered; with its headers. */
  posts: { spans: Span[]; headers: IncomingHttpHeaders; at: number }[]
  /** Answers for the next posts; after them, 202. */
  replies: Reply[]
}

export const fakeCollector = async (...replies: Reply[]): Promise<FakeCollector> => {
  const posts: FakeCollector['posts'] = []
  const port = await listen((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      const json = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
      posts.push({ spans: JSON.parse(json.toString()) as Span[], headers: request.headers, at: Date.now() })
      const reply = replies.shift() ?? 202
      if (reply === 'hang') return
      const {
        status,
        headers,
        body: text,
      } = typeof reply === 'number' ? ({ status: reply } as Exclude<Reply, number | 'hang'>) : reply
      response.writeHead(status, headers).end(text)
    })
  })
  return { port, url: `http://127.0.0.1:${port}`, posts, replies }
}

/** A span as small as they come. */
export const spanNamed = (name: string): Span => ({
  traceId: '0123456789abcdef0123456789abcdef',
  id: '0123456789abcdef',
  name,
  timestamp: 1,
  duration: 1,
  localEndpoint: { serviceName: 'test' },
  tags: {},
})
