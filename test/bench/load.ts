// A closed-loop loader: each connection posts, waits for the answer, posts again. Bodies are made once and
// only their ids and times are patched for each post, so that the loader costs little beside the server.
import { connect, type Socket } from 'node:net'

export interface LoadOptions {
  readonly url: string
  readonly spans: number
  readonly spansPerPost: number
  readonly connections: number
  /** Whether to ask for a trace to know at the end; default true. */
  readonly sampled?: boolean
  /** Whether clients name whom they call, and failures are marked as such; default false. */
  readonly linked?: boolean
}

export interface LoadResult {
  readonly spans: number
  readonly seconds: number
  readonly bytesPerSpan: number
  /** Milliseconds of each post, ascending. */
  readonly latencies: Float64Array
  /** A trace id and its request id, some way into the run. */
  readonly sample: { readonly traceId: string; readonly requestId: string }
}

const SPANS_PER_TRACE = 8
const SERVICES = ['web', 'checkout', 'inventory', 'payment', 'bank', 'pricing', 'shipping', 'accounts']
const OPERATIONS = ['get /orders/:id', 'post /orders', 'get /stock/:sku', 'post /payments', 'put /carts/:id']

/** One HTTP request with places to patch. */
interface Template {
  readonly bytes: Buffer
  /** Offsets of 8 hex characters that make a trace and its request unique. */
  readonly ids: readonly number[]
  /** Offsets of 16-digit times. */
  readonly times: readonly number[]
  readonly bodyBytes: number
}

const ID_MARK = 'IIIIIIII'
const TIME_MARK = 'TTTTTTTTTTTTTTTT'

function template({ spansPerPost, url, linked = false }: LoadOptions, variant: number): Template {
  const spans = Array.from({ length: spansPerPost }, (_, i) =>
    spanText(Math.floor(i / SPANS_PER_TRACE), i % SPANS_PER_TRACE, variant, linked),
  )
  const body = `[${spans.join(',')}]`
  const { host, pathname } = new URL('/api/v2/spans', url)
  const head = `POST ${pathname} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
  const bytes = Buffer.from(head + body, 'latin1')
  const places = (mark: string) => {
    const found: number[] = []
    for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + mark.length)) found.push(at)
    return found
  }
  return { bytes, ids: places(ID_MARK), times: places(TIME_MARK), bodyBytes: body.length }
}

function spanText(trace: number, place: number, variant: number, linked: boolean): string {
  const hex = (value: number, length: number) => value.toString(16).padStart(length, '0')
  const traceId = `${hex(variant * 7919 + 1, 16)}${ID_MARK}${hex(trace, 8)}`
  const service = SERVICES[place] ?? 'web'
  const parent = place === 0 ? '' : `"parentId":"${hex(place, 16)}",`
  const called = SERVICES[place + 1]
  const remote =
    linked && place % 2 === 1 && called !== undefined ? `"remoteEndpoint":{"serviceName":"${called}"},` : ''
  const error = linked && trace % 50 === 0 ? '"error":"500",' : ''
  return (
    `{"traceId":"${traceId}",${parent}"id":"${hex(place + 1, 16)}","kind":"${place % 2 === 0 ? 'SERVER' : 'CLIENT'}",` +
    `"name":"${OPERATIONS[(trace + variant) % OPERATIONS.length] ?? ''}","timestamp":${TIME_MARK},"duration":${1000 + ((trace * 37 + place * 101 + variant) % 250_000)},` +
    `"localEndpoint":{"serviceName":"${service}","ipv4":"10.1.${place}.${1 + (variant % 20)}","port":8080},${remote}` +
    `"tags":{${error}"http.method":"GET","http.path":"/api/v1/resource/${hex(trace * 31 + variant, 6)}","http.status_code":"${trace % 50 === 0 ? '500' : '200'}",` +
    `"instance":"${service}-${variant % 20}","region":"eu-central-1","http.route":"/api/v1/resource/{id}/items","request_id":"${ID_MARK}-${hex(trace, 4)}-7${hex(variant, 3)}-8000-${hex(trace, 12)}"}}`
  )
}

/** Makes this post's traces unlike any other's. */
function patch({ bytes, ids, times }: Template, sequence: number, micros: number): void {
  const id = sequence.toString(16).padStart(8, '0')
  for (const at of ids) bytes.write(id, at, 'latin1')
  for (const [i, at] of times.entries()) bytes.write(String(micros + i * 3), at, 'latin1')
}

export async function load(options: LoadOptions): Promise<LoadResult> {
  const posts = Math.ceil(options.spans / options.spansPerPost)
  const latencies = new Float64Array(posts)
  let next = 0
  let bodyBytes = 0
  // Sequence numbers must not recur between runs on one store.
  const base = Math.floor(Math.random() * 0x7fffffff)
  const started = performance.now()
  const connections = Array.from({ length: options.connections }, async (_, variant) => {
    const own = template(options, variant)
    bodyBytes = own.bodyBytes
    const client = await Client.open(options.url)
    while (next < posts) {
      const post = next++
      patch(own, base + post, Date.now() * 1000)
      const sent = performance.now()
      const status = await client.send(own.bytes)
      if (status !== 202) throw new Error(`a post was answered with ${status}`)
      latencies[post] = performance.now() - sent
    }
    client.close()
  })
  await Promise.all(connections)
  const seconds = (performance.now() - started) / 1000
  return {
    spans: posts * options.spansPerPost,
    seconds,
    bytesPerSpan: bodyBytes / options.spansPerPost,
    latencies: latencies.sort(),
    sample: (options.sampled ?? true) ? await sampleOf(options.url) : { traceId: '', requestId: '' },
  }
}

async function sampleOf(url: string): Promise<LoadResult['sample']> {
  const response = await fetch(new URL('/rest/v1/traces?limit=200', url))
  const { traces } = (await response.json()) as { traces: { traceId: string; requestIds: string[] }[] }
  const trace = traces.at(-1)
  if (trace === undefined) throw new Error('nothing was stored')
  return { traceId: trace.traceId, requestId: trace.requestIds[0] ?? '' }
}

/** As little of HTTP as a loader needs: one request at a time, answers without a body. */
class Client {
  readonly #socket: Socket
  #answered: ((status: number) => void) | undefined
  #failed: ((error: Error) => void) | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    let text = ''
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1')
      if (!text.includes('\r\n\r\n')) return
      const status = Number(text.slice(9, 12))
      text = ''
      this.#answered?.(status)
    })
    socket.on('error', (error) => this.#failed?.(error))
    socket.on('close', () => this.#failed?.(new Error('the server closed the connection')))
  }

  static open(url: string): Promise<Client> {
    const { hostname, port } = new URL(url)
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => resolve(new Client(socket)))
      socket.once('error', reject)
    })
  }

  send(request: Buffer): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#answered = resolve
      this.#failed = reject
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#failed = undefined
    this.#socket.end()
  }
}
