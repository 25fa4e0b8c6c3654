// The one line that sets a service up: middleware in, headers out, spans to the collector.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { hostname } from 'node:os'
import type { ReporterStats } from './reporter/batch-reporter.ts'
import { monotonicNow } from './context/clock.ts'
import { Core, type SpanOptions } from './spans/core.ts'
import { traceFetch } from './clients/fetch-calls.ts'
import { hostFrom } from './formats/headers.ts'
import { traceHttp } from './clients/http-calls.ts'
import { type ErrorMiddleware, errorMiddlewareOf, type Middleware, middlewareOf } from './servers/express.ts'
import {
  eachBatchOf,
  eachMessageOf,
  type ProcessMessage,
  processPlatformaticMessage,
} from './messaging/kafka-consumer.ts'
import {
  type PlatformaticKafkaOptions,
  tracePlatformaticProducer,
} from './messaging/platformatic-producer.ts'
import type { PlatformaticMessage, PlatformaticProducer } from './messaging/platformatic-types.ts'
import { traceProducer } from './messaging/kafka-producer.ts'
import type { KafkaOptions } from './messaging/kafka-span.ts'
import type { KafkaBatchPayload, KafkaMessagePayload, KafkaProducer } from './messaging/kafka-types.ts'
import { checkOptions, TRACER_RULES } from './options.ts'
import { leaveCallsOf, traceCallsOf } from './clients/outgoing.ts'
import { propagatorOf } from './formats/formats.ts'
import { HttpReporter } from './reporter/http-reporter.ts'
import { type FastifyTracing, fastifyPluginOf } from './servers/fastify.ts'
import { type HonoMiddleware, honoMiddlewareOf } from './servers/hono.ts'
import { listenerOf, type NodeRequest, type NodeResponse } from './servers/http.ts'
import { type KoaMiddleware, koaMiddlewareOf } from './servers/koa.ts'
import { serverMetricsOf } from './servers/metrics.ts'
import { recordValuesOf } from './servers/recorded-values.ts'
import { KEEPING, type KeepingStats } from './spans/kept-spans.ts'
import { ownRedactorOf, redactorOf } from './spans/redaction.ts'
import { type RequestOptions, runWithRequest } from './spans/run-with-request.ts'
import { samplerOf } from './spans/sampling.ts'
import type { SqlOptions, StoreOptions } from './stores/command.ts'
import { type ElasticsearchClient, traceElasticsearch } from './stores/elasticsearch.ts'
import { type IoredisCommands, traceIoredis } from './stores/ioredis.ts'
import { type Mysql2Statements, traceMysql2 } from './stores/mysql2.ts'
import { type PgQueries, tracePg } from './stores/pg.ts'
import type { TracerOptions } from './tracer-options.ts'
import type { ActiveSpan } from './spans/span.ts'

/** The reporter's counts, and with `keepErrors` those of what is kept of unsampled requests. */
export interface TracerStats extends ReporterStats {
  kept?: KeepingStats
}

export interface Tracer {
  readonly service: string
  /** For `app.use`, before anything that should be timed. */
  middleware(): Middleware
  /** For `app.use` after the routes, optional: puts a thrown error's message into the span, and passes it on. */
  errorMiddleware(): ErrorMiddleware
  /** For `app.register` of Fastify 5, before other plugins: traces the whole app, whatever is encapsulated in it. */
  fastify(): FastifyTracing
  /** For `app.use` of Koa, first: with the routes of @koa/router, and the errors that the app is told of. */
  koa(): KoaMiddleware
  /** For `app.use` of Hono 4, first: on @hono/node-server, and where there is no node response by that of fetch. */
  hono(): HonoMiddleware
  /**
   * For `http.createServer`, https and http2: the handler in the request's context. What it throws is recorded and thrown
   * on; a promise is given back as it is, and its rejection is the service's. The span is named by `setRoute`.
   */
  listener<
    Request extends NodeRequest = IncomingMessage,
    Response extends NodeResponse = ServerResponse,
    T = unknown,
  >(
    handler: (request: Request, response: Response) => T,
  ): (request: Request, response: Response) => T
  /**
   * Runs `fn` in a span of its own; returns what it returns, and throws what it throws once that is recorded. Of a
   * promise another that settles alike, or where it has properties or a class of its own (got's) that promise itself: of
   * such a one a rejection that nobody handles goes unnoticed. What is no promise but can be awaited, as a query
   * builder, is run there and then, once, and its promise returned.
   */
  withSpan<T>(name: string, fn: (span: ActiveSpan) => T, options?: SpanOptions): T
  /**
   * Runs `fn` in a new request and trace, also inside of another, in a span that ends as `fn` does: for cron jobs and
   * queues.
   * @throws TypeError where `requestId` or `baggage` can't be carried by a header.
   */
  runWithRequest<T>(name: string, fn: (span: ActiveSpan) => T, options?: RequestOptions): T
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
  /**
   * The very same @platformatic/kafka `Producer`, with a PRODUCER span and headers for each message it sends from now on,
   * by `send`, in transactions and by streams made after this. Headers are made to fit the producer's serializers.
   */
  platformaticKafkaProducer<P extends PlatformaticProducer>(
    producer: P,
    options?: PlatformaticKafkaOptions,
  ): P
  /**
   * Runs `fn` in the context that a message of a @platformatic/kafka stream brings, in a CONSUMER span that ends as `fn`
   * does; returns what it returns, and throws what it throws once that is recorded.
   */
  platformaticKafkaMessage<M extends PlatformaticMessage, T>(
    message: M,
    fn: (message: M) => T,
    options?: KafkaOptions,
  ): T
  /**
   * The same client or pool of pg, with a CLIENT span for each query, by promise, by callback, as a cursor or a stream.
   * As of all data stores: on the object itself, and only inside of a request.
   */
  pg<C extends PgQueries>(clientOrPool: C, options?: SqlOptions): C
  /** The same connection or pool of mysql2 or mysql2/promise, with a CLIENT span for each statement. */
  mysql2<C extends Mysql2Statements>(connectionOrPool: C, options?: SqlOptions): C
  /** The same `Redis` or `Cluster` of ioredis, with a CLIENT span for each command, and one for each pipeline. */
  ioredis<R extends IoredisCommands>(redis: R, options?: StoreOptions): R
  /** The same client of @elastic/elasticsearch 8 or later, with a CLIENT span for each call of its API. */
  elasticsearch<C extends ElasticsearchClient>(client: C, options?: StoreOptions): C
  stats(): TracerStats
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
  checkOptions({ ...options, service: options?.service ?? '' }, TRACER_RULES)
  const { service } = options
  const host = hostFrom(options.host ?? hostname())
  const core = new Core({
    self: { service, ...(host && { host }), ...(options.port && { port: options.port }) },
    sampler: samplerOf(options),
    keeping: options.keepErrors
      ? {
          maxSpans: options.keepMaxSpans ?? KEEPING.maxSpans,
          maxBytes: options.keepMaxBytes ?? KEEPING.maxBytes,
        }
      : undefined,
    redacts: redactorOf(options.redact),
    redactsOwn: ownRedactorOf(options.redact),
    recordValues: recordValuesOf(options.record),
    metrics: options.metrics && serverMetricsOf(options.metrics),
    now: options.now ?? monotonicNow(),
    log: options.log ?? console.warn,
    report: (span) => reporter.report(span),
    propagator: options.propagator ?? propagatorOf(options.formats),
    trustInbound: options.trustInbound,
    peers: options.peers ?? {},
    propagateTo: options.propagateTo ?? (() => true),
  })
  // Last of what can fail: it listens to the process, and where there is no tracer nobody would close it.
  const reporter = options.reporter ?? new HttpReporter(options)
  if (options.enableHttpTracing ?? true) {
    traceCallsOf(core)
    stopTracing ??= startTracing()
  }
  return {
    service,
    middleware: () => middlewareOf(core),
    errorMiddleware: errorMiddlewareOf,
    fastify: () => fastifyPluginOf(core),
    koa: () => koaMiddlewareOf(core),
    hono: () => honoMiddlewareOf(core),
    listener: (handler) => listenerOf(core, handler),
    withSpan: (name, fn, spanOptions) => core.withSpan(name, fn, spanOptions),
    runWithRequest: (name, fn, requestOptions) => runWithRequest(core, name, fn, requestOptions),
    kafkaProducer: (producer, kafkaOptions) => traceProducer(core, producer, kafkaOptions),
    kafkaEachMessage: (handler, kafkaOptions) => eachMessageOf(core, handler, kafkaOptions),
    kafkaEachBatch: (handler, kafkaOptions) => eachBatchOf(core, handler, kafkaOptions),
    platformaticKafkaProducer: (producer, kafkaOptions) =>
      tracePlatformaticProducer(core, producer, kafkaOptions),
    platformaticKafkaMessage: (message, fn, kafkaOptions) =>
      processPlatformaticMessage(core, message, fn, kafkaOptions),
    pg: (clientOrPool, storeOptions) => tracePg(core, clientOrPool, storeOptions),
    mysql2: (connectionOrPool, storeOptions) => traceMysql2(core, connectionOrPool, storeOptions),
    ioredis: (redis, storeOptions) => traceIoredis(core, redis, storeOptions),
    elasticsearch: (client, storeOptions) => traceElasticsearch(core, client, storeOptions),
    stats: () => ({ ...reporter.stats(), ...(core.keeping && { kept: core.keeping }) }),
    flush: (timeoutMs) => reporter.flush(timeoutMs),
    close: async (timeoutMs) => {
      core.closed = true
      if (leaveCallsOf(core)) {
        stopTracing?.()
        stopTracing = undefined
      }
      await reporter.close(timeoutMs)
    },
  }
}
