// What the integration tests say to a server: spans as a reporter writes them, and the common questions.
import { createHash } from 'node:crypto'

/** A span as it is sent, with whatever mistakes a test puts in. */
export type WireSpan = Readonly<Record<string, unknown>>

/** 16 hex digits that depend on the words alone: random to a sampler, the same in every run. */
export function idFrom(...words: readonly (string | number)[]): string {
  return createHash('sha256').update(words.join(' ')).digest('hex').slice(0, 16)
}

let spans = 0

/** A good span of a trace of its own, unless told otherwise. */
export function wireSpan(fields: WireSpan = {}): WireSpan {
  const id = idFrom('span', ++spans, process.pid)
  return {
    traceId: id,
    id,
    kind: 'SERVER',
    name: 'get /',
    timestamp: Date.now() * 1000,
    duration: 1000,
    localEndpoint: { serviceName: 'web' },
    ...fields,
  }
}

export interface PostOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly path?: string
}

export function post(
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  { headers = {}, path = '/api/v2/spans' }: PostOptions = {},
): Promise<Response> {
  return fetch(url + path, {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/json', ...headers },
  })
}

export function postSpans(url: string, list: readonly unknown[], options?: PostOptions): Promise<Response> {
  return post(url, JSON.stringify(list), options)
}

/** The body of a 200, which the caller knows the type of. */
export async function getJson<T>(url: string): Promise<T> {
  const response = await fetch(url)
  if (response.status !== 200) throw new Error(`${response.status} from ${url}: ${await response.text()}`)
  return (await response.json()) as T
}

/** The spans stored under a trace id; none if there is no such trace. */
export async function storedSpans(url: string, traceId: unknown): Promise<WireSpan[]> {
  const response = await fetch(`${url}/api/v2/trace/${String(traceId)}`)
  if (response.status === 404) return []
  return (await response.json()) as WireSpan[]
}

/** What the collector has counted, by Zipkin's short names: `spans`, `messages_dropped` and so on. */
export async function counters(url: string): Promise<Record<string, number>> {
  const metrics = await getJson<Record<string, number>>(`${url}/metrics`)
  return Object.fromEntries(
    Object.entries(metrics).flatMap(([name, value]) => {
      const short = /^counter\.zipkin_collector\.(\w+)\.http$/.exec(name)?.[1]
      return short === undefined ? [] : [[short, value]]
    }),
  )
}
