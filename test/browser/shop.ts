// An hour of a small shop, for pictures and for tests that want a page full of life: the same each time but for the clock.
import { randomFrom } from '@hopscope/model/testing'
import { idFrom, type WireSpan, wireSpan } from '../integration/client.ts'

const MINUTES = 60
const TRACES = 1200

interface Call {
  readonly service: string
  readonly operation: string
  /** Milliseconds of its own work, about. */
  readonly work: number
  readonly calls?: readonly Call[]
  /** Told by a message: nobody waits. */
  readonly told?: readonly Call[]
  /** A database that reports nothing itself. */
  readonly peer?: string
}

const ORDER: Call = {
  service: 'web',
  operation: 'post /orders',
  work: 6,
  calls: [
    { service: 'accounts', operation: 'get /me', work: 4, peer: 'users-db' },
    {
      service: 'checkout',
      operation: 'post /orders',
      work: 9,
      calls: [
        { service: 'inventory', operation: 'put /reservations', work: 14, peer: 'stock-db' },
        {
          service: 'payment',
          operation: 'post /charges',
          work: 11,
          calls: [{ service: 'bank', operation: 'post /transfers', work: 38 }],
        },
      ],
      told: [
        { service: 'mailer', operation: 'receive orders', work: 60 },
        { service: 'shipping', operation: 'receive orders', work: 25, peer: 'stock-db' },
      ],
    },
  ],
}
const BROWSE: Call = {
  service: 'web',
  operation: 'get /products',
  work: 5,
  calls: [
    {
      service: 'catalog',
      operation: 'get /products',
      work: 8,
      calls: [{ service: 'search', operation: 'get /query', work: 16 }],
      peer: 'catalog-db',
    },
    { service: 'pricing', operation: 'get /prices', work: 7 },
  ],
}
const CART: Call = {
  service: 'web',
  operation: 'put /carts/:id',
  work: 4,
  calls: [
    { service: 'accounts', operation: 'get /me', work: 4, peer: 'users-db' },
    { service: 'inventory', operation: 'get /stock/:sku', work: 6, peer: 'stock-db' },
  ],
}

/** Spans of about {@link TRACES} traces, the last of them a few seconds before `now` (epoch microseconds). */
export function shopSpans(now: number): WireSpan[] {
  const random = randomFrom(20)
  const spans: WireSpan[] = []
  for (let i = 0; i < TRACES; i++) {
    const minute = (i * MINUTES) / TRACES
    const at = now - Math.round((MINUTES - minute) * 60e6) + Math.round(random() * 2e6) - 5e6
    const kind = random()
    const call = kind < 0.5 ? BROWSE : kind < 0.75 ? CART : ORDER
    // For ten minutes the bank was slow, and now and then refused.
    const trouble = minute > 38 && minute < 48
    trace(spans, call, { i, at, random, trouble })
  }
  return spans
}

interface Circumstances {
  readonly i: number
  readonly at: number
  readonly random: () => number
  readonly trouble: boolean
}

function trace(spans: WireSpan[], root: Call, { i, at, random, trouble }: Circumstances): void {
  const requestId = `9f2c${String(10_000 + i).slice(1)}-7d1e-4c55-b0aa-${String(i).padStart(12, '0')}`
  const region = random() < 0.7 ? 'eu-central-1' : 'us-east-1'
  let made = 0
  const add = (span: WireSpan, parentId: string | undefined) => {
    const id = idFrom('shop', i * 100 + made++)
    spans.push(
      wireSpan({
        traceId: idFrom('shop trace', i),
        id,
        ...(parentId === undefined ? {} : { parentId }),
        ...span,
        tags: { request_id: requestId, region, ...(span['tags'] as object | undefined) },
      }),
    )
    return id
  }
  /** The end of what was called, and whether it failed. */
  const serve = (
    { service, operation, work, calls = [], told = [], peer }: Call,
    start: number,
    parentId: string | undefined,
    kind: 'SERVER' | 'CONSUMER' = 'SERVER',
  ): { end: number; failed: boolean } => {
    const place = spans.length
    const id = add({}, parentId)
    const slow = service === 'bank' && trouble ? 4 + 8 * random() : 1
    let time = start + Math.round(work * 500 * slow * (0.6 + random()))
    let failed = service === 'bank' && trouble && random() < 0.3
    if (peer !== undefined) {
      const duration = Math.round(1500 + random() * 6000)
      const db = { localEndpoint: { serviceName: service }, remoteEndpoint: { serviceName: peer } }
      add({ kind: 'CLIENT', name: 'select', timestamp: time, duration, ...db }, id)
      time += duration
    }
    for (const call of calls) {
      const network = Math.round(300 + random() * 900)
      const clientPlace = spans.length
      const client = add({}, id)
      const answer = serve(call, time + network, client)
      spans[clientPlace] = {
        ...spans[clientPlace],
        kind: 'CLIENT',
        name: call.operation,
        timestamp: time,
        duration: answer.end + network - time,
        localEndpoint: { serviceName: service },
      }
      failed ||= answer.failed
      time = answer.end + network
    }
    for (const call of told) {
      const producer = add(
        {
          kind: 'PRODUCER',
          name: 'send orders',
          timestamp: time,
          duration: 900,
          localEndpoint: { serviceName: service },
          remoteEndpoint: { serviceName: 'kafka' },
        },
        id,
      )
      serve(call, time + Math.round(20_000 + random() * 60_000), producer, 'CONSUMER')
      time += 1000
    }
    const end = time + Math.round(work * 500 * slow * (0.6 + random()))
    const tags = {
      request_id: requestId,
      region,
      'http.route': operation,
      'http.response.status_code': failed ? '503' : '200',
      ...(failed && { error: service === 'bank' ? 'ledger is locked by another transfer' : '503' }),
    }
    spans[place] = {
      ...spans[place],
      kind,
      name: operation,
      timestamp: start,
      duration: end - start,
      localEndpoint: { serviceName: service },
      tags,
    }
    return { end, failed }
  }
  serve(root, at, undefined)
}
