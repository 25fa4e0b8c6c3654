// What the middleware, the outgoing calls and `withSpan` share: who this service is, new contexts, new recordings.
import { types } from 'node:util'
import type { Now } from './clock.ts'
import { type Context, currentContext, currentOwner, runOwned } from './context.ts'
import type { Peer } from './headers.ts'
import { newRequestId, newSpanId, newTraceId, sampledAt } from './ids.ts'
import { carefulLog, type Log } from './log.ts'
import type { Extracted, Propagator } from './propagator.ts'
import { type ActiveSpan, messageOf, Recording, type Span, type SpanKind, textOf } from './span.ts'

interface CoreOptions {
  self: Peer & { service: string }
  sampleRate: number
  now: Now
  log: Log
  report: (span: Span) => void
  propagator: Propagator
  /** Service names by `host:port` or `host`. */
  peers: Readonly<Record<string, string>>
  /** Whether a call to `host:port` is given headers. */
  propagateTo: (hostAndPort: string) => boolean
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

export class Core {
  readonly options: CoreOptions
  readonly #now: Now
  readonly #report: (span: Span) => void
  readonly #log: Log
  #complained = false

  constructor(options: CoreOptions) {
    this.options = options
    this.#log = carefulLog(options.log)
    this.#now = (at) => this.guard('the now option', () => options.now(at)) ?? Date.now() * 1000
    this.#report = (span) => this.guard('the reporter', () => options.report(span))
  }

  /** The port others reach this service at, learnt from the first request where it was not configured. */
  learnPort(port: number | undefined): void {
    if (port && !this.options.self.port) this.options.self.port = port
  }

  /** The context of a call that came in: new ids for all it did not bring. */
  accept(from: Extracted): Context {
    const traceId = from.traceId ?? newTraceId()
    return {
      requestId: from.requestId ?? newRequestId(),
      traceId,
      spanId: newSpanId(),
      ...(from.spanId && { parentSpanId: from.spanId }),
      sampled: from.sampled ?? sampledAt(this.options.sampleRate, traceId),
    }
  }

  /** The context of a span below the current one, or of a new trace where there is none. */
  child(): Context {
    const parent = currentContext()
    return parent ? { ...parent, spanId: newSpanId(), parentSpanId: parent.spanId } : this.accept({})
  }

  start(context: Context, kind: SpanKind | undefined, name: string): Recording {
    return new Recording(context, kind, name, this.options.self, this.#now, this.#report)
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
      if (!this.#complained) {
        this.#complained = true
        this.#log(`hopscope: ${doing} failed and went on untraced: ${messageOf(error)}`)
      }
      return undefined
    }
  }
}
