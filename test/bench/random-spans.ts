// Spans as services send them, with ids as random as real ones: what is written to disk packs no better than in life.
import { randomBytes } from 'node:crypto'

const SPANS_PER_TRACE = 8
const SERVICES = ['web', 'checkout', 'inventory', 'payment', 'bank', 'pricing', 'shipping', 'accounts']
const OPERATIONS = ['get /orders/:id', 'post /orders', 'get /stock/:sku', 'post /payments', 'put /carts/:id']

export interface SentSpan {
  readonly traceId: string
  readonly id: string
  readonly parentId?: string
  readonly timestamp: number
  readonly tags: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

/** Whole traces of 8 spans, about 500 bytes of Zipkin JSON a span, their starts spread evenly over `overMs` until now. */
export function* randomSpans(count: number, overMs: number): Generator<SentSpan> {
  const traces = Math.ceil(count / SPANS_PER_TRACE)
  const begin = (Date.now() - overMs) * 1000
  for (let trace = 0; trace < traces; trace++) {
    const random = randomBytes(16 + 8 * SPANS_PER_TRACE + 16).toString('hex')
    const hex = (at: number, bytes: number) => random.slice(2 * at, 2 * (at + bytes))
    const uuid = hex(80, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
    const instance = trace % 20
    const start = Math.floor(begin + (trace / traces) * overMs * 1000)
    for (let place = 0; place < SPANS_PER_TRACE; place++) {
      const service = SERVICES[place] ?? 'web'
      yield {
        traceId: hex(0, 16),
        ...(place > 0 && { parentId: hex(16 + 8 * (place - 1), 8) }),
        id: hex(16 + 8 * place, 8),
        kind: place % 2 === 0 ? 'SERVER' : 'CLIENT',
        name: OPERATIONS[trace % OPERATIONS.length],
        timestamp: start + place * 111,
        duration: 1000 + ((trace * 37 + place * 101) % 250_000),
        localEndpoint: { serviceName: service, ipv4: `10.1.${place}.${1 + instance}`, port: 8080 },
        tags: {
          'http.method': 'GET',
          'http.path': `/api/v1/resource/${((trace * 31) % 0xffffff).toString(16).padStart(6, '0')}`,
          'http.status_code': trace % 50 === 0 ? '500' : '200',
          ...(trace % 50 === 0 && { error: '500' }),
          instance: `${service}-${instance}`,
          region: 'eu-central-1',
          'http.route': '/api/v1/resource/{id}/items',
          request_id: uuid,
        },
      }
    }
  }
}

/** Lists of so many, as a sender would put them into messages or posts. */
export function* batchesOf(spans: Iterable<SentSpan>, size: number): Generator<SentSpan[]> {
  let batch: SentSpan[] = []
  for (const span of spans) {
    batch.push(span)
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
