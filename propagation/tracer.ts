// The one line that sets a service up: middleware in, headers out, spans to the collector.
import { hostname } from 'node:os'
import type { ReporterStats, SpanReporter } from './batch-reporter.ts'
import { type Now, monotonicNow } from './clock.ts'
import { Core, type SpanOptions } from './core.ts'
import { traceFetch } from './fetch-calls.ts'
import { hostFrom } from './headers.ts'
import { traceHttp } from './http-calls.ts'
import { type ErrorMiddleware, errorMiddlewareOf, type Middleware, middlewareOf } from './middleware.ts'
import { eachBatchOf, eachMessageOf, type ProcessMessage } from './kafka-consumer.ts'
import { traceProducer } from './kafka-producer.ts'
import type { KafkaOptions } from './kafka-span.ts'
import type { KafkaBatchPayload, KafkaMessagePayload, KafkaProducer } from './kafka-types.ts'
import { checkOptions } from './options.ts'
import { leaveCallsOf, traceCallsOf } from './outgoing.ts'
import { hopscopePropagator, type Propagator } from './propagator.ts'
import { HttpReporter, type ReporterOptions } from './reporter.ts'
import type { ActiveSpan } from './span.ts'

export interface TracerOptions extends ReporterOptions {
  /** This service's name: 1 to 128 of `A-Z a-z 0-9 _ . : / + @ -`. */
  service: string
  /** How others reach this service; told to those it calls. Default: the machine's name, the port first served on. */
  host?: string
  port?: number
  /** Share of new traces recorded, 0 to 1; a decision made upstream is kept. Default 1. */
  sampleRate?: number
  /** Names of called services that don't say theirs, by `host:port` or `host`. */
  peers?: Readonly<Record<string, string>>
  /** Whether a call to `host:port` is given headers; default all. For calls that leave the house. */
  propagateTo?: (hostAndPort: string) => boolean
  /** Trace calls made with `http`, `https` and `fetch`. Default true. */
  enableHttpTracing?: boolean
  /** Header format. Default Hopscope's own. */
  propagator?: Propagator
  /** Epoch microseconds; for tests and demonstrations. */
  now?: Now
  /** Where spans go instead of to the collector. */
  reporter?: SpanReporter
}

export interface Tracer {
  readonly service: string
  /** For `app.use`, before anything that should be timed. */
  middleware(): Middleware
  /** For `app.use` after the routes, optional: puts a thrown error's message into the span, and passes it on. */
  errorMiddleware(): ErrorMiddleware
  /**
   * Runs `fn` in a span of its own; returns what it returns, and throws what it throws once that is recorded. What is
   * no promise but can be awaited, as a query builder, is run there and then, once, and its promise returned.
   */
  withSpan<T>(name: string, fn: (span: ActiveSpan) => T, options?: SpanOptions): T
  /** The same kafkajs producer, with a PRODUCER span and headers for each message it sends. */
  kafkaProducer<P extends KafkaProducer>(producer: P, options?: KafkaOptions): P
  /** For kafkajs' `consumer.run`: the handler runs in the context the message brings, in a CONSUMER span. */
  kafkaEachMessage<P extends KafkaMessagePayload>(
    handler: (payload: P) => Promise<void>,
    options?: KafkaOptions,
  ): (payload: P) => Promise<void>
  /** The same for `eachBatch`: what is run by `processMessage` is in the context of that message of the batch. */
  kafkaEachBatch<P extends KafkaBatchPayload>(
    handler: (payload: P, processMessage: ProcessMessage) => Promise<void>,
    options?: KafkaOptions,
  ): (payload: P) => Promise<void>
  stats(): ReporterStats
  /** Sends what is queued; false where that took longer than the limit. */
  flush(timeoutMs?: number): Promise<boolean>
  /** Ends the tracing of calls and sends what is queued. Await it before `process.exit()`. */
  close(timeoutMs?: number): Promise<void>
}

let stopTracing: (() => void) | undefined

const startTracing = (): (() => void) => {
  const stops = [traceHttp(), traceFetch()]
  return () => {
    for (const stop of stops) stop()
  }
}

/** @throws TypeError where an option can't be right; after that, tracing never throws into the service. */
export const createTracer = (options: TracerOptions): Tracer => {
  // The one option that has no default.
  checkOptions({ ...options, service: options?.service ?? '' })
  const { service } = options
  const host = hostFrom(options.host ?? hostname())
  const reporter = options.reporter ?? new HttpReporter(options)
  const core = new Core({
    self: { service, ...(host && { host }), ...(options.port && { port: options.port }) },
    sampleRate: options.sampleRate ?? 1,
    now: options.now ?? monotonicNow(),
    log: options.log ?? console.warn,
    report: (span) => reporter.report(span),
    propagator: options.propagator ?? hopscopePropagator,
    peers: options.peers ?? {},
    propagateTo: options.propagateTo ?? (() => true),
  })
  if (options.enableHttpTracing ?? true) {
    traceCallsOf(core)
    stopTracing ??= startTracing()
  }
  return {
    service,
    middleware: () => middlewareOf(core),
    errorMiddleware: errorMiddlewareOf,
    withSpan: (name, fn, spanOptions) => core.withSpan(name, fn, spanOptions),
    kafkaProducer: (producer, kafkaOptions) => traceProducer(core, producer, kafkaOptions),
    kafkaEachMessage: (handler, kafkaOptions) => eachMessageOf(core, handler, kafkaOptions),
    kafkaEachBatch: (handler, kafkaOptions) => eachBatchOf(core, handler, kafkaOptions),
    stats: () => reporter.stats(),
    flush: (timeoutMs) => reporter.flush(timeoutMs),
    close: async (timeoutMs) => {
      if (leaveCallsOf(core)) {
        stopTracing?.()
        stopTracing = undefined
      }
      await reporter.close(timeoutMs)
    },
  }
}
