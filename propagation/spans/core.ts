// What the middleware, the outgoing calls and `withSpan` share: who this service is, new contexts, new recordings.
import { types } from 'node:util'
import type { Now } from '../context/clock.ts'
import { type Context, currentContext, currentOwner, runOwned } from '../context/context.ts'
import type { Peer } from '../formats/headers.ts'
import { newRequestId, newSpanId, newTraceId } from '../context/ids.ts'
import { carefulLog, type Log } from '../reporter/log.ts'
import { type Extracted, type Getter, peerFrom, type Propagator } from '../formats/propagator.ts'
import { type InboundPeer, type TrustInbound, trusts } from '../formats/trust.ts'
import type { ServerMetrics } from '../servers/metrics.ts'
import type { RecordValues } from '../servers/recorded-values.ts'
import { type KeepingOptions, type KeepingStats, type KeptSpans, SpanKeeper } from './kept-spans.ts'
import type { Sampler } from './sampling.ts'
import {
  type ActiveSpan,
  messageOf,
  type Recorder,
  Recording,
  type Span,
  type SpanKind,
  textOf,
} from './span.ts'

interface CoreOptions {
  self: Peer & { service: string }
  sampler: Sampler
  /** Bounds of what is kept of unsampled requests until they end; absent where nothing is. */
  keeping?: KeepingOptions | undefined
  /** Whether the value of a tag by this name is to be hidden. */
  redacts: (key: string) => boolean
  /** What else of a request served is recorded. */
  recordValues?: RecordValues | undefined
  metrics?: ServerMetrics | undefined
  /** Whose ids are kept. */
  trustInbound?: TrustInbound | undefined
  now: Now
  log: Log
  report: (span: Span) => void
  propagator: Propagator
  /** Service names by `host:port` or `host`. */
  peers: Readonly<Record<string, string>>
  /** Whether a call to `host:port` is given headers. */
  propagateTo: (hostAndPort: string) => boolean
}

/** A context of this tracer's making, with what waits for the outcome of its request where that is not sampled. */
interface OwnContext extends Context {
  readonly kept: KeptSpans | undefined
}

interface Inbound {
  from: Extracted
  peer: Peer
}

export interface SpanOptions {
  kind?: SpanKind
  /** The other end, where there is one: a database, a queue. */
  remoteService?: string
  tags?: Readonly<Record<string, string | number | boolean>>
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

/** Gives back what `fn` gives, throws what it throws, and tells how it ended: now, or by its promise later. */
export const watch = <T>(fn: () => T, succeeded: () => void, failed: (error: unknown) => void): T => {
  let result: T
  try {
    result = fn()
  } catch (error) {
    failed(error)
    throw error
  }
  if (!isThenable(result)) {
    succeeded()
    return result
  }
  const thenable: PromiseLike<unknown> = result
  // A lazy query runs each time its `then` is called: once by us, so the caller gets what that one call gives.
  const promise = types.isPromise(thenable) ? thenable : new Promise((ok, no) => void thenable.then(ok, no))
  // The caller gets the promise itself and with it the rejection; this branch only watches.
  promise.then(succeeded, failed)
  return promise as T
}

export class Core implements Recorder {
  readonly options: CoreOptions
  readonly #log: Log
  readonly #keeper: SpanKeeper | undefined
  readonly #trusts: (peer: InboundPeer) => boolean
  #complained = false

  constructor(options: CoreOptions) {
    this.options = options
    this.#log = carefulLog(options.log)
    this.#trusts = trusts(options.trustInbound, (doing, error) => this.complain(doing, error))
    this.#keeper = options.keeping && new SpanKeeper((span) => this.#send(span), options.keeping)
  }

  /** What is kept of unsampled requests, where any is. */
  get keeping(): KeepingStats | undefined {
    return this.#keeper?.stats()
  }

  get self(): Readonly<Peer> {
    return this.options.self
  }

  now(at?: number): number {
    try {
      return this.options.now(at)
    } catch (error) {
      this.complain('the now option', error)
      return Date.now() * 1000
    }
  }

  records(context: Context): boolean {
    return context.sampled || keptOf(context)?.isOpen === true
  }

  redacts(key: string): boolean {
    return this.options.redacts(key)
  }

  report(span: Span, context: Context): void {
    if (context.sampled) this.#send(span)
    else keptOf(context)?.add(span)
  }

  #send(span: Span): void {
    try {
      this.options.report(span)
    } catch (error) {
      this.complain('the reporter', error)
    }
  }

  /** The port others reach this service at, learnt from the first request where it was not configured. */
  learnPort(port: number | undefined): void {
    if (port && !this.options.self.port) this.options.self.port = port
  }

  /** What a call brings and who says it makes it, as far as the one at `address` is trusted. */
  inbound<Carrier>(carrier: Carrier, getter: Getter<Carrier>, address?: string): Inbound {
    const peer = peerFrom(carrier, getter)
    return this.#trusts({ address, service: peer.service })
      ? { from: this.options.propagator.extract(carrier, getter), peer }
      : { from: {}, peer: {} }
  }

  /** The context of a call that came in: new ids for all it did not bring. `path` is without its query. */
  accept(from: Extracted, method?: string, path?: string): Context {
    const traceId = from.traceId ?? newTraceId()
    const spanId = newSpanId()
    const sampled =
      from.debug === true || (from.sampled ?? this.options.sampler.decide({ traceId, method, path }))
    const context: OwnContext = {
      requestId: from.requestId ?? newRequestId(),
      traceId,
      spanId,
      parentSpanId: from.spanId,
      sampled,
      debug: from.debug,
      tracestate: from.tracestate,
      baggage: from.baggage,
      random: from.traceId === undefined ? true : from.random,
      kept: sampled ? undefined : this.#keeper?.open(spanId),
    }
    return context
  }

  /** The context of a span below the current one, or of a new trace where there is none. */
  child(): Context {
    const parent = currentContext()
    if (!parent) return this.accept({})
    // Field by field: a spread costs many times as much.
    const context: OwnContext = {
      requestId: parent.requestId,
      traceId: parent.traceId,
      spanId: newSpanId(),
      parentSpanId: parent.spanId,
      sampled: parent.sampled,
      debug: parent.debug,
      tracestate: parent.tracestate,
      baggage: parent.baggage,
      random: parent.random,
      // Another tracer's would be reported to its own reporter.
      kept: this.isCurrent() ? keptOf(parent) : undefined,
    }
    return context
  }

  start(context: Context, kind: SpanKind | undefined, name: string): Recording {
    return new Recording(this, context, kind, name)
  }

  run<T>(context: Context, fn: () => T): T {
    return runOwned(context, this, fn)
  }

  isCurrent(): boolean {
    return currentOwner() === this
  }

  withSpan<T>(name: string, fn: (span: ActiveSpan) => T, options?: SpanOptions): T {
    const recording = this.start(this.child(), options?.kind, name)
    if (options?.remoteService) recording.remote = { service: textOf(options.remoteService) }
    for (const [key, value] of Object.entries(options?.tags ?? {})) recording.tag(key, value)
    return this.runRecorded(recording, () => fn(recording))
  }

  /** Runs `fn` inside a span, which ends as `fn` does. */
  runRecorded<T>(recording: Recording, fn: () => T): T {
    return this.run(recording.context, () =>
      watch(
        fn,
        () => recording.finish('success'),
        (error) => recording.finish('error', messageOf(error)),
      ),
    )
  }

  /** Runs a part of ours inside the service's call: a fault of ours is told once, and the call goes on without. */
  guard<T>(doing: string, fn: () => T): T | undefined {
    try {
      return fn()
    } catch (error) {
      this.complain(doing, error)
      return undefined
    }
  }

  /** Tells the log of the first fault of ours. */
  complain(doing: string, error: unknown): void {
    if (this.#complained) return
    this.#complained = true
    this.#log(`hopscope: ${doing} failed and went on untraced: ${messageOf(error)}`)
  }
}

const keptOf = (context: Context & { readonly kept?: KeptSpans | undefined }): KeptSpans | undefined =>
  context.kept
