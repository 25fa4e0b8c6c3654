// What the middleware, the outgoing calls and `withSpan` share: who this service is, new contexts, new recordings.
import type { Now } from '../context/clock.ts'
import { type Context, currentContext, currentOwner, runOwned } from '../context/context.ts'
import type { Peer } from '../formats/headers.ts'
import { newRequestId, newSpanId, newTraceId } from '../context/ids.ts'
import { carefulLog, type Log } from '../reporter/log.ts'
import { type Extracted, type Getter, peerFrom, type Propagator } from '../formats/propagator.ts'
import { type InboundPeer, type TrustInbound, trusts } from '../formats/trust.ts'
import type { ServerMetrics } from '../servers/metrics.ts'
import type { RecordValues } from '../servers/recorded-values.ts'
import { nameOfPath } from './paths.ts'
import { type KeepingOptions, type KeepingStats, type KeptSpans, SpanKeeper } from './kept-spans.ts'
import type { Sampler } from './sampling.ts'
import {
  type ActiveSpan,
  messageOf,
  type Outcome,
  type Recorder,
  Recording,
  type Span,
  type SpanKind,
  textOf,
} from './span.ts'
import { isThenable, watch } from './watch.ts'

interface CoreOptions {
  self: Peer & { service: string }
  sampler: Sampler
  /** Bounds of what is kept of unsampled requests until they end; absent where nothing is. */
  keeping?: KeepingOptions | undefined
  /** Whether the value of a tag by this name is to be hidden. */
  redacts: (key: string) => boolean
  /** Whether that of a tag of our own is; absent where the service has listed none. */
  redactsOwn?: ((key: string) => boolean) | undefined
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

export class Core implements Recorder {
  readonly options: CoreOptions
  /** Whether its tracer was closed: what it traces may be taken over by another. */
  closed = false
  readonly #log: Log
  readonly #keeper: SpanKeeper | undefined
  readonly #trusts: (peer: InboundPeer) => boolean
  readonly #hidesPaths: boolean
  /** Contexts whose trace id or parent is none, below one made by hand; absent as long as there are none. */
  #withoutIds: WeakSet<Context> | undefined
  #complained = false

  constructor(options: CoreOptions) {
    this.options = options
    this.#log = carefulLog(options.log)
    this.#hidesPaths = options.redactsOwn?.('http.path') === true
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
    if (!context.sampled && keptOf(context)?.isOpen !== true) return false
    if (hasSizesOfIds(context) && this.#withoutIds?.has(context) !== true) return true
    // A collector would refuse it, and with it all that is sent together.
    this.complain('a span', 'the ids of its context are not hex digits')
    return false
  }

  redacts(key: string): boolean {
    return this.options.redacts(key)
  }

  get redactsOwn(): ((key: string) => boolean) | undefined {
    return this.options.redactsOwn
  }

  /** The name of a call by its method and path, without what is different every time; the method where paths are redacted. */
  nameOfCall(method: string, path: string): string {
    return this.#hidesPaths ? method : `${method} ${nameOfPath(path)}`
  }

  /** Whether a call to `host:port` is given headers. A promise is no answer: the headers are sent now or not at all. */
  propagatesTo(hostAndPort: string): boolean {
    const answer: unknown = this.options.propagateTo(hostAndPort)
    if (isThenable(answer)) {
      this.complain('propagateTo', 'it must answer at once, not by a promise')
      this.#hear('propagateTo', answer)
    }
    return answer === true
  }

  report(span: Span, context: Context): void {
    if (context.sampled) this.#send(span)
    else keptOf(context)?.add(span)
  }

  #send(span: Span): void {
    try {
      // Those of plain JavaScript may be async.
      const result: unknown = this.options.report(span)
      if (result !== undefined) this.#hear('the reporter', result)
    } catch (error) {
      this.complain('the reporter', error)
    }
  }

  /** Handles the rejection of a promise that none was asked for. */
  #hear(doing: string, result: unknown): void {
    if (isThenable(result)) result.then(undefined, (error: unknown) => this.complain(doing, error))
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
    // Plain JavaScript may have run this in anything.
    if (!parent || typeof parent !== 'object') return this.accept({})
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
    // What a tracer made needs no second look.
    if ('kept' in parent ? this.#withoutIds?.has(parent) : !hasIds(parent)) {
      this.#withoutIds ??= new WeakSet()
      this.#withoutIds.add(context)
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
    if (options) this.describe(recording, options)
    return this.runRecorded(recording, () => fn(recording))
  }

  /** Tells a span what the service says of it; a getter of the service's may throw. */
  describe(recording: Recording, options: Pick<SpanOptions, 'remoteService' | 'tags'>): void {
    this.guard('describing a span', () => {
      const { remoteService, tags } = options
      if (remoteService) recording.remote = { service: textOf(remoteService) }
      for (const [key, value] of Object.entries(tags ?? {})) recording.tag(key, value)
    })
  }

  /** Runs `fn` inside a span, which ends as `fn` does. */
  runRecorded<T>(recording: Recording, fn: () => T): T {
    return this.run(recording.context, () =>
      watch(
        fn,
        () => this.#end(recording, 'success'),
        (error) => this.#end(recording, 'error', messageOf(error)),
      ),
    )
  }

  #end(recording: Recording, outcome: Outcome, error?: string): void {
    try {
      recording.finish(outcome, error)
    } catch (fault) {
      this.complain('ending a span', fault)
    }
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

const TRACE_ID = /^(?:[0-9a-f]{16}|[0-9a-f]{32})$/i
const SPAN_ID = /^[0-9a-f]{16}$/i

/** A context made by hand may hold anything. */
const hasIds = ({ traceId, spanId }: Context): boolean =>
  typeof traceId === 'string' && TRACE_ID.test(traceId) && typeof spanId === 'string' && SPAN_ID.test(spanId)

/** As far as each span can be looked at: a propagator of the service's own may have read anything too. */
const hasSizesOfIds = ({ traceId, parentSpanId }: Context): boolean =>
  typeof traceId === 'string' &&
  (traceId.length === 32 || traceId.length === 16) &&
  (parentSpanId === undefined || (typeof parentSpanId === 'string' && parentSpanId.length === 16))

const keptOf = (context: Context & { readonly kept?: KeptSpans | undefined }): KeptSpans | undefined =>
  context.kept
