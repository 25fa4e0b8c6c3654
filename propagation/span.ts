// A span while it is being recorded, and the Zipkin v2 shape it is reported in.
import { isIPv4, isIPv6 } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { Context } from './context.ts'
import { type Now, stopwatchFrom } from './clock.ts'
import type { Peer } from './headers.ts'

export type SpanKind = 'CLIENT' | 'SERVER' | 'PRODUCER' | 'CONSUMER'
export type Outcome = 'success' | 'error' | 'aborted'

/** https://zipkin.io/zipkin-api/zipkin2-api.yaml#/definitions/Endpoint */
export interface Endpoint {
  serviceName?: string
  ipv4?: string
  ipv6?: string
  port?: number
}

/** https://zipkin.io/zipkin-api/zipkin2-api.yaml#/definitions/Span; times in epoch microseconds. */
export interface Span {
  traceId: string
  id: string
  parentId?: string
  kind?: SpanKind
  name: string
  timestamp: number
  duration: number
  localEndpoint: Endpoint
  remoteEndpoint?: Endpoint
  annotations?: { timestamp: number; value: string }[]
  tags: Record<string, string>
}

const MAX_TAGS = 64
const MAX_ANNOTATIONS = 64
const MAX_KEY = 128
const MAX_VALUE = 4096

/** What Zipkin can hold of a peer: a host name is no endpoint field and goes into a tag instead. */
const endpointOf = (peer: Peer): Endpoint => {
  const ip = peer.host?.replace(/^::ffff:(?=\d+\.)/i, '')
  return {
    ...(peer.service && { serviceName: peer.service.toLowerCase() }),
    ...(ip && isIPv4(ip) && { ipv4: ip }),
    ...(ip && isIPv6(ip) && { ipv6: ip }),
    ...(peer.port && { port: peer.port }),
  }
}

/** Anything as text: plain JavaScript passes what the types forbid, and not all of it can be converted. */
export const textOf = (value: unknown): string => {
  if (typeof value === 'string') return value
  try {
    return String(value)
  } catch {
    return `[${typeof value}]`
  }
}

/** What is looked at of something thrown. By shape: an error from another realm is no `instanceof Error`. */
export const thrownOf = (
  error: unknown,
): { name?: string; message?: string; code?: string; cause?: unknown } => {
  if (typeof error !== 'object' || error === null) return { message: textOf(error) }
  try {
    return {
      ...('name' in error && typeof error.name === 'string' && { name: error.name }),
      ...('message' in error && typeof error.message === 'string' && { message: error.message }),
      ...('code' in error && typeof error.code === 'string' && { code: error.code }),
      ...('cause' in error && { cause: error.cause }),
    }
  } catch {
    // A getter or a proxy that throws.
    return {}
  }
}

/** One line about anything thrown; never empty. */
export const messageOf = (error: unknown): string => {
  const { name, message, code } = thrownOf(error)
  return message || code || name || 'error'
}

/** What the code inside `withSpan` sees of its span. */
export interface ActiveSpan {
  readonly context: Context
  tag(key: string, value: string | number | boolean): void
  annotate(value: string): void
}

/** Records one span, and hands it over once. Costs next to nothing where the trace is not sampled. */
export class Recording implements ActiveSpan {
  readonly context: Context
  name: string
  remote: Peer = {}
  readonly #kind: SpanKind | undefined
  readonly #self: Readonly<Peer>
  readonly #now: Now
  readonly #timestamp: number
  readonly #elapsed: () => number
  readonly #report: (span: Span) => void
  readonly #tags = new Map<string, string>()
  readonly #annotations: { timestamp: number; value: string }[] = []
  #duration: number | undefined
  #finished = false

  constructor(
    context: Context,
    kind: SpanKind | undefined,
    name: string,
    self: Readonly<Peer>,
    now: Now,
    report: (span: Span) => void,
  ) {
    this.context = context
    this.name = textOf(name)
    this.#kind = kind
    this.#self = self
    this.#now = now
    this.#report = report
    // One reading for both: with two, a pause between them would make the span end early.
    const start = performance.now()
    this.#timestamp = now(start)
    this.#elapsed = stopwatchFrom(start)
    this.tag('request_id', context.requestId)
  }

  /** Microseconds since the start, at least 1. */
  elapsed(): number {
    return this.#elapsed()
  }

  /** The work is done now; what is still to be known before {@link finish} takes no part in the duration. */
  stop(): void {
    this.#duration ??= this.#elapsed()
  }

  tag(key: string, value: string | number | boolean): void {
    if (this.#finished || !this.context.sampled) return
    const bounded = textOf(key).slice(0, MAX_KEY)
    if (this.#tags.size >= MAX_TAGS && !this.#tags.has(bounded)) return
    this.#tags.set(bounded, textOf(value).slice(0, MAX_VALUE))
  }

  annotate(value: string): void {
    if (this.#finished || !this.context.sampled || this.#annotations.length >= MAX_ANNOTATIONS) return
    this.#annotations.push({ timestamp: this.#now(), value: textOf(value).slice(0, MAX_VALUE) })
  }

  /** Tags the outcome and reports the span. Only the first call counts. */
  finish(outcome: Outcome, error?: string): void {
    if (this.#finished) return
    // Set aside from the bound on tags: a span without its outcome would be miscounted.
    this.#tags.set('outcome', outcome)
    if (error !== undefined) this.#tags.set('error', error.slice(0, MAX_VALUE) || outcome)
    this.#finished = true
    if (!this.context.sampled) return
    const { traceId, spanId, parentSpanId } = this.context
    const remoteEndpoint = endpointOf(this.remote)
    this.#report({
      traceId,
      id: spanId,
      ...(parentSpanId && { parentId: parentSpanId }),
      ...(this.#kind && { kind: this.#kind }),
      name: this.name.slice(0, MAX_KEY * 2),
      timestamp: this.#timestamp,
      duration: this.#duration ?? this.#elapsed(),
      localEndpoint: endpointOf(this.#self),
      ...(Object.keys(remoteEndpoint).length > 0 && { remoteEndpoint }),
      ...(this.#annotations.length > 0 && { annotations: this.#annotations }),
      tags: Object.fromEntries(this.#tags),
    })
  }
}
