// What a service gets from @hopscope/propagation.
export type { BatchOptions, ReporterStats, SpanReporter } from './reporter/batch-reporter.ts'
export type { Now } from './context/clock.ts'
export { bindContext, type Context, currentContext, runUntraced, runWithContext } from './context/context.ts'
export { type LogFields, logFields } from './logs/log-fields.ts'
export { traceConsole, tracedConsole } from './logs/traced-console.ts'
export { traceWinston, winstonFormat } from './logs/winston.ts'
export type { RequestOptions } from './spans/run-with-request.ts'
export type { SpanOptions } from './spans/core.ts'
export {
  PARENT_SPAN_ID,
  PEER_HOST,
  PEER_PORT,
  PEER_SERVICE,
  type Peer,
  REQUEST_ID,
  RESPONSE_TIME,
  SAMPLED,
  SPAN_ID,
  TRACE_ID,
} from './formats/headers.ts'
export type { ProcessMessage } from './messaging/kafka-consumer.ts'
export { ConsoleReporter, type ConsoleReporterOptions, type LineStream } from './reporter/console-reporter.ts'
export { KafkaReporter, type KafkaReporterOptions } from './reporter/kafka-reporter.ts'
export type { KafkaOptions } from './messaging/kafka-span.ts'
export type {
  KafkaBatchPayload,
  KafkaClient,
  KafkaHeaders,
  KafkaMessage,
  KafkaMessagePayload,
  KafkaProducer,
  KafkaSends,
  KafkaSpanProducer,
} from './messaging/kafka-types.ts'
export {
  type BaggageEntries,
  type BaggageEntry,
  type BaggageProperty,
  currentBaggage,
  formatBaggage,
  parseBaggage,
  runWithBaggage,
} from './formats/baggage.ts'
export { type FormatName, type FormatOptions, propagatorOf as createPropagator } from './formats/formats.ts'
export type { InboundPeer, TrustInbound } from './formats/trust.ts'
export type { Log } from './reporter/log.ts'
export type { ErrorMiddleware, Middleware } from './servers/express.ts'
export { type Extracted, type Getter, type Propagator, type Setter } from './formats/propagator.ts'
export type { ReporterOptions } from './reporter/batch-options.ts'
export { HttpReporter } from './reporter/http-reporter.ts'
export type { ActiveSpan, Outcome, Span, SpanKind } from './spans/span.ts'
export type { Endpoint } from './spans/endpoint.ts'
export type { PlatformaticKafkaOptions } from './messaging/platformatic-producer.ts'
export type {
  PlatformaticMessage,
  PlatformaticProducer,
  PlatformaticSerializers,
} from './messaging/platformatic-types.ts'
export type { FastifyTracing } from './servers/fastify.ts'
export type { HonoMiddleware } from './servers/hono.ts'
export type { HonoContext } from './servers/hono-types.ts'
export { type NodeRequest, type NodeResponse, setError, setRoute } from './servers/http.ts'
export type { KoaContext, KoaMiddleware } from './servers/koa.ts'
export type { PromClient } from './servers/metrics.ts'
export type { RecordOptions } from './servers/recorded-values.ts'
export type { SqlOptions, StoreOptions } from './stores/command.ts'
export type { ElasticsearchClient } from './stores/elasticsearch.ts'
export type { IoredisCommands } from './stores/ioredis.ts'
export type { Mysql2Statements } from './stores/mysql2.ts'
export type { PgQueries } from './stores/pg.ts'
export type { KeepingStats } from './spans/kept-spans.ts'
export type { SampleRule } from './spans/sampling.ts'
export { createTracer, type Tracer, type TracerStats } from './tracer.ts'
export type { TracerOptions } from './tracer-options.ts'
