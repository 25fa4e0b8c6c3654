// A span while it is being recorded, and the Zipkin v2 shape it is reported in.
import { performance } from 'node:perf_hooks'
import type { Context } from '../context/context.ts'
import type { Peer } from '../formats/headers.ts'
import { type Endpoint, endpointOf } from './endpoint.ts'

export type SpanKind = 'CLIENT' | 'SERVER' | 'PRODUCER' | 'CONSUMER'
export type Outcome = 'success' | 'error' | 'aborted'

/** https://zipkin.io/zipkin-api/zipkin2-api.yaml#/definitions/Span; times in epoch microseconds. */
export interface Span {
  traceId: string
  id: string
  parentId?: string | undefined
  kind?: SpanKind | undefined
  name: string
  timestamp: number
  duration: number
  localEndpoint: Readonly<Endpoint>
  remoteEndpoint?: Readonly<Endpoint> | undefined
  annotations?: { timestamp: number; value: string }[] | undefined
  tags: Record<string, string>
  debug?: boolean | undefined
}

const MAX_TAGS = 64
const MAX_ANNOTATIONS = 64
const MAX_KEY = 128
// More of it than is recorded: what a key is about is often said at its end.
const MAX_ASKED_KEY = 1024
const MAX_REQUEST_ID = 128
const MAX_NAME = 256
const MAX_VALUE = 4096

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

/** What recordings share: the clock, this service, what becomes of a finished span. */
export interface Recorder {
  readonly self: Readonly<Peer>
  now(at?: number): number
  /** Whether spans of this context are worth recording. */
  records(context: Context): boolean
  /** Whether the value of a tag that the service sets must not be known. */
  redacts(key: string): boolean
  /** The same of a tag of our own: by what the service has listed alone; absent where it has listed nothing. */
  readonly redactsOwn: ((key: string) => boolean) | undefined
  report(span: Span, context: Context): void
}

const NOTHING_KNOWN: Endpoint = Object.freeze({})
const REDACTED = '[redacted]'
const REQUEST_ID = 'request_id'

/** Records one span, and hands it over once. Costs next to nothing where the trace is not recorded. */
export class Recording implements ActiveSpan {
  readonly context: Context
  name: string
  remote: Peer = {}
  readonly #recorder: Recorder
  readonly #kind: SpanKind | undefined
  readonly #start: number
  readonly #timestamp: number
  /** Whether what it is told is kept. */
  readonly records: boolean
  readonly #tags: Record<string, string>
  #tagged = 1
  #annotations: { timestamp: number; value: string }[] | undefined
  #duration = 0
  #finished = false

  constructor(recorder: Recorder, context: Context, kind: SpanKind | undefined, name: string) {
    this.context = context
    this.name = textOf(name)
    this.#recorder = recorder
    this.#kind = kind
    // One reading for both: with two, a pause between them would make the span end early.
    this.#start = performance.now()
    this.#timestamp = recorder.now(this.#start)
    this.records = recorder.records(context)
    // A context made by hand may hold anything.
    const { requestId } = context
    this.#tags =
      typeof requestId === 'string' && requestId.length <= MAX_REQUEST_ID ? { request_id: requestId } : {}
  }

  /** Microseconds since the start, at least 1. */
  elapsed(): number {
    return Math.max(1, Math.round((performance.now() - this.#start) * 1000))
  }

  /** Microseconds, once {@link stop} was called; 0 before. */
  get duration(): number {
    return this.#duration
  }

  /** The work is done now; what is still to be known before {@link finish} takes no part in the duration. */
  stop(): void {
    if (this.#duration === 0) this.#duration = this.elapsed()
  }

  tag(key: string, value: string | number | boolean): void {
    if (!this.records) return
    const asked = textOf(key).slice(0, MAX_ASKED_KEY)
    // By this one spans are found: it is no other's to set.
    if (asked === REQUEST_ID) return
    this.#set(asked.slice(0, MAX_KEY), this.#recorder.redacts(asked) ? REDACTED : textOf(value))
  }

  /** A tag of our own: its key is known, and its value no secret unless the service says so. */
  put(key: string, value: string): void {
    this.#set(key, this.#recorder.redactsOwn?.(key) ? REDACTED : value)
  }

  #set(key: string, value: string): void {
    if (this.#finished || !this.records) return
    if (!Object.hasOwn(this.#tags, key) && ++this.#tagged > MAX_TAGS) return
    setOwn(this.#tags, key, value.length > MAX_VALUE ? value.slice(0, MAX_VALUE) : value)
  }

  annotate(value: string): void {
    if (this.#finished || !this.records) return
    this.#annotations ??= []
    if (this.#annotations.length >= MAX_ANNOTATIONS) return
    this.#annotations.push({ timestamp: this.#recorder.now(), value: textOf(value).slice(0, MAX_VALUE) })
  }

  /** Tags the outcome and reports the span. Only the first call counts. */
  finish(outcome: Outcome, error?: string): void {
    if (this.#finished) return
    this.#finished = true
    if (!this.records) return
    // Set aside from the bound on tags: a span without its outcome would be miscounted.
    const tags = this.#tags
    tags['outcome'] = outcome
    if (error !== undefined)
      tags['error'] = this.#recorder.redactsOwn?.('error') ? REDACTED : error.slice(0, MAX_VALUE) || outcome
    const { context } = this
    this.stop()
    this.#recorder.report(
      {
        traceId: context.traceId,
        parentId: context.parentSpanId,
        id: context.spanId,
        kind: this.#kind,
        name: this.name.length > MAX_NAME ? this.name.slice(0, MAX_NAME) : this.name,
        timestamp: this.#timestamp,
        duration: this.#duration,
        localEndpoint: endpointOf(this.#recorder.self) ?? NOTHING_KNOWN,
        remoteEndpoint: endpointOf(this.remote),
        annotations: this.#annotations,
        tags,
        debug: context.debug || undefined,
      },
      context,
    )
  }
}

/** `__proto__` is a key as any other. */
const setOwn = (tags: Record<string, string>, key: string, value: string): void => {
  if (key === '__proto__') Object.defineProperty(tags, key, { value, enumerable: true, configurable: true })
  else tags[key] = value
}
