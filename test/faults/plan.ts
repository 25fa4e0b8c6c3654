// What is sent: spans known by their number, in messages of which some are malformed. The same number of the same plan
// always gives the same span, so that nothing but numbers has to be remembered.
import { randomBytes } from 'node:crypto'

export const SERVICES = ['web', 'checkout', 'inventory', 'payment', 'bank', 'pricing', 'shipping', 'accounts']
const OPERATIONS = ['get /orders/:id', 'post /orders', 'get /stock/:sku', 'post /payments', 'put /carts/:id']
const SPANS_PER_TRACE = 8

/** A span with this tag is one that the proxy makes Elasticsearch refuse for good. */
export const POISON = 'faults.poison'
const POISON_EVERY = 601

type Kind = 'good' | 'empty-list' | 'bad-span' | 'not-json' | 'null'

export interface PlannedMessage {
  readonly number: number
  readonly kind: Kind
  readonly partition: number
  /** Its good spans are those from here on. */
  readonly first: number
  readonly count: number
}

/** As Zipkin's API takes and gives it. */
export interface ZipkinSpan {
  readonly traceId: string
  readonly parentId?: string
  readonly id: string
  readonly kind: string
  readonly name: string
  readonly timestamp: number
  readonly duration: number
  readonly localEndpoint: Readonly<Record<string, string | number>>
  readonly tags: Readonly<Record<string, string>>
}

export interface PlanOptions {
  readonly spans: number
  readonly partitions: number
  /** Whether some spans are poisoned. */
  readonly poisoned?: boolean
}

/** One message in 20, in turn of each kind. */
const MALFORMED: readonly Kind[] = ['bad-span', 'not-json', 'null']
const NOT_JSON = [Buffer.from('no span at all'), Buffer.from('[{"traceId":"cut in the'), Buffer.of(0, 255, 1)]
const BAD_SPANS = ['{"id":"1","name":"of no trace"}', '{"traceId":"xyz","id":"1"}', '"no object"']

export class Plan {
  readonly spans: number
  readonly messages: readonly PlannedMessage[]
  readonly #poisoned: boolean
  readonly #salt = randomBytes(4).toString('hex')
  readonly #startMicros = Date.now() * 1000 - 60_000_000
  /** The number of the message that each span is in. */
  readonly #messageOf: Int32Array

  constructor({ spans, partitions, poisoned = false }: PlanOptions) {
    this.spans = spans
    this.#poisoned = poisoned
    this.#messageOf = new Int32Array(spans)
    const messages: PlannedMessage[] = []
    for (let first = 0; first < spans;) {
      const number = messages.length
      const kind = kindOf(number)
      const count =
        kind === 'good' || kind === 'bad-span' ? Math.min(10 + ((number * 7) % 41), spans - first) : 0
      this.#messageOf.fill(number, first, first + count)
      messages.push({ number, kind, partition: number % partitions, first, count })
      first += count
    }
    this.messages = messages
  }

  get traces(): number {
    return Math.ceil(this.spans / SPANS_PER_TRACE)
  }

  /** Whether it has to be stored. */
  isGood(span: number): boolean {
    return !(this.#poisoned && span % POISON_EVERY === 5)
  }

  /** Whether the message has to be found in the dead-letter topic. */
  isMalformed({ kind, first, count }: PlannedMessage): boolean {
    if (MALFORMED.includes(kind)) return true
    for (let span = first; span < first + count; span++) if (!this.isGood(span)) return true
    return false
  }

  value({ kind, number, first, count }: PlannedMessage): Buffer | null {
    if (kind === 'null') return null
    if (kind === 'not-json') return NOT_JSON[number % NOT_JSON.length] ?? null
    const spans = Array.from({ length: count }, (_, i) => JSON.stringify(this.span(first + i)))
    if (kind === 'bad-span') spans.splice(count >> 1, 0, BAD_SPANS[number % BAD_SPANS.length] ?? '')
    return Buffer.from(`[${spans.join(',')}]`)
  }

  traceId(trace: number): string {
    return `${this.#salt}${hex(Math.imul(trace, 0x9e3779b1) >>> 0, 8)}00000000${hex(trace, 8)}`
  }

  /** The number of a span of ours; undefined for a stranger. */
  numberOf({ traceId, id }: { readonly traceId: string; readonly id: string }): number | undefined {
    const number = Number.parseInt(id.slice(8), 16) - 1
    const isOurs =
      id.startsWith(this.#salt) &&
      number >= 0 &&
      number < this.spans &&
      traceId === this.traceId(Math.floor(number / SPANS_PER_TRACE))
    return isOurs ? number : undefined
  }

  /** The number of a trace of ours, by its id. */
  traceNumberOf(traceId: string): number | undefined {
    const trace = Number.parseInt(traceId.slice(24), 16)
    return trace < this.traces && this.traceId(trace) === traceId ? trace : undefined
  }

  /** Numbers of the messages that a trace is spread over. */
  messagesOf(trace: number): number[] {
    return [...new Set(this.#numbersOf(trace).map((span) => this.#messageOf[span] ?? 0))]
  }

  /** The spans of a trace that have to be stored. */
  trace(trace: number): ZipkinSpan[] {
    return this.#numbersOf(trace)
      .filter((span) => this.isGood(span))
      .map((span) => this.span(span))
  }

  span(number: number): ZipkinSpan {
    const trace = Math.floor(number / SPANS_PER_TRACE)
    const place = number % SPANS_PER_TRACE
    const service = SERVICES[place] ?? 'web'
    return {
      traceId: this.traceId(trace),
      ...(place > 0 && { parentId: this.#id(number - 1) }),
      id: this.#id(number),
      kind: place % 2 === 0 ? 'SERVER' : 'CLIENT',
      name: OPERATIONS[trace % OPERATIONS.length] ?? '',
      timestamp: this.#startMicros + trace * 200 + place * 3,
      duration: 1000 + ((number * 37) % 250_000),
      localEndpoint: { serviceName: service, ipv4: `10.1.${place}.${1 + (trace % 20)}`, port: 8080 },
      tags: {
        'http.method': 'GET',
        'http.path': `/api/v1/resource/${hex(number, 6)}`,
        'http.status_code': trace % 50 === 0 ? '500' : '200',
        instance: `${service}-${trace % 20}`,
        region: 'eu-central-1',
        request_id: `${this.#salt}-${hex(trace, 12)}`,
        ...(!this.isGood(number) && { [POISON]: 'true' }),
      },
    }
  }

  #id(number: number): string {
    return this.#salt + hex(number + 1, 8)
  }

  #numbersOf(trace: number): number[] {
    const first = trace * SPANS_PER_TRACE
    return Array.from({ length: Math.min(SPANS_PER_TRACE, this.spans - first) }, (_, i) => first + i)
  }
}

function kindOf(number: number): Kind {
  if (number % 20 === 7) return MALFORMED[Math.floor(number / 20) % MALFORMED.length] ?? 'null'
  return number % 50 === 13 ? 'empty-list' : 'good'
}

function hex(value: number, length: number): string {
  return value.toString(16).padStart(length, '0')
}
