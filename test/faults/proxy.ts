// Stands between Hopscope and Elasticsearch and misbehaves as told: for whole requests, or for single items of bulks.
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { POISON } from './plan.ts'

/** `cut` and `late` pass the request on, and spoil the answer. */
export type Weather = 'clear' | 'busy' | 'unavailable' | 'cut' | 'late'

export interface Proxy {
  readonly url: string
  weather: Weather
  /** Milliseconds, for `late`. */
  lateness: number
  /** Whether one item in five is answered with 429 or 503: half of these are withheld, half are stored nevertheless. */
  itemsFail: boolean
  /** Whether poisoned documents are refused for good. */
  refusesPoison: boolean
  /** What it did, by kind. */
  readonly counts: Record<Weather | 'withheld' | 'lied' | 'refused', number>
  close(): Promise<void>
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

interface BulkAnswer {
  items?: { create?: { status: number; error?: object } }[]
}

const JSON_HEADERS = { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' }
const BUSY: Answer = {
  status: 429,
  headers: JSON_HEADERS,
  body: Buffer.from(
    '{"error":{"root_cause":[{"type":"es_rejected_execution_exception","reason":"rejected execution of a fault"}],"type":"es_rejected_execution_exception","reason":"rejected execution of a fault"},"status":429}',
  ),
}
/** As of a load balancer that has nobody behind it. */
const UNAVAILABLE: Answer = {
  status: 503,
  headers: { 'content-type': 'text/html' },
  body: Buffer.from('<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>'),
}

export async function startProxy(target: string): Promise<Proxy> {
  const agent = new Agent({ keepAlive: true })
  let items = 0

  const forward = (incoming: IncomingMessage, body: Buffer): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const { method, headers, url = '/' } = incoming
      const length = body.length > 0 ? { 'content-length': String(body.length) } : {}
      const { 'transfer-encoding': _, 'accept-encoding': __, ...rest } = headers
      const outgoing = request(new URL(url, target), {
        method,
        headers: { ...rest, ...length },
        agent,
      })
      outgoing.once('error', reject).once('response', (response) => {
        bodyOf(response).then((body) => {
          const answered = Object.entries(response.headers).flatMap(([name, value]) =>
            typeof value === 'string' && name !== 'transfer-encoding' && name !== 'connection'
              ? [[name, value]]
              : [],
          )
          const headers = Object.fromEntries(answered) as Record<string, string>
          resolve({ status: response.statusCode ?? 502, headers, body })
        }, reject)
      })
      outgoing.end(body)
    })

  /** A bulk of which some items never arrive, or are said not to have. */
  const bulk = async (incoming: IncomingMessage, body: Buffer): Promise<Answer> => {
    const lines = body.toString().split('\n')
    const passed: string[] = []
    /** For each item: what is said of it, and whether it was passed on. */
    const fates: { readonly answer: object | undefined; readonly isPassed: boolean }[] = []
    for (let at = 0; at + 1 < lines.length; at += 2) {
      const document = lines[at + 1] ?? ''
      const turn = items++
      const answer =
        proxy.refusesPoison && document.includes(`"${POISON}=true"`)
          ? itemError(400, 'document_parsing_exception', 'failed to parse: a fault')
          : proxy.itemsFail && turn % 5 === 3
            ? turn % 2 === 0
              ? itemError(429, 'es_rejected_execution_exception', 'rejected execution of a fault')
              : itemError(503, 'unavailable_shards_exception', 'primary shard is not active: a fault')
            : undefined
      const isRefused = answer?.status === 400
      const isPassed = answer === undefined || (!isRefused && Math.random() < 0.5)
      if (answer !== undefined) proxy.counts[isRefused ? 'refused' : isPassed ? 'lied' : 'withheld']++
      if (isPassed) passed.push(lines[at] ?? '', document)
      fates.push({ answer, isPassed })
    }
    const real: Answer =
      passed.length === 0
        ? { status: 200, headers: JSON_HEADERS, body: Buffer.from('{"items":[]}') }
        : await forward(incoming, Buffer.from(`${passed.join('\n')}\n`))
    if (real.status !== 200) return real
    const stored = (JSON.parse(real.body.toString()) as BulkAnswer).items ?? []
    let next = 0
    const answered = fates.map(({ answer, isPassed }) => {
      const own = isPassed ? stored[next++] : undefined
      return answer === undefined ? own : { create: answer }
    })
    const text = Buffer.from(JSON.stringify({ items: answered }))
    const { headers } = real
    return { status: 200, headers: { ...headers, 'content-length': String(text.length) }, body: text }
  }

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(incoming)
    const { weather } = proxy
    proxy.counts[weather]++
    if (weather === 'busy') return send(response, BUSY)
    if (weather === 'unavailable') return send(response, UNAVAILABLE)
    const answer = incoming.url?.startsWith('/_bulk')
      ? await bulk(incoming, body)
      : await forward(incoming, body)
    if (weather === 'late') await sleep(proxy.lateness)
    if (weather === 'cut') {
      response.writeHead(answer.status, {
        ...answer.headers,
        'content-length': String(answer.body.length + 1),
      })
      response.write(answer.body.subarray(0, answer.body.length >> 1), () => response.destroy())
    } else send(response, answer)
  }

  const server = createServer((incoming, response) => {
    // Where Elasticsearch is away, so are we.
    handle(incoming, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const proxy: Proxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    weather: 'clear',
    lateness: 0,
    itemsFail: false,
    refusesPoison: false,
    counts: { clear: 0, busy: 0, unavailable: 0, cut: 0, late: 0, withheld: 0, lied: 0, refused: 0 },
    async close() {
      server.closeAllConnections()
      agent.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return proxy
}

function itemError(status: number, type: string, reason: string) {
  return { status, error: { type, reason } }
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, headers).end(body)
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of message as AsyncIterable<Buffer>) parts.push(part)
  return Buffer.concat(parts)
}
