// What a service gets from @hopscope/propagation.
export type { BatchOptions, ReporterStats, SpanReporter } from './batch-reporter.ts'
export type { Now } from './clock.ts'
export { type Context, currentContext, runUntraced, runWithContext } from './context.ts'
export type { SpanOptions } from './core.ts'
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
} from './headers.ts'
export type { ProcessMessage } from './kafka-consumer.ts'
export { KafkaReporter, type KafkaReporterOptions } from './kafka-reporter.ts'
export type { KafkaOptions } from './kafka-span.ts'
export type {
  KafkaBatchPayload,
  KafkaClient,
  KafkaHeaders,
  KafkaMessage,
  KafkaMessagePayload,
  KafkaProducer,
  KafkaSends,
  KafkaSpanProducer,
} from './kafka-types.ts'
export type { Log } from './log.ts'
export type { ErrorMiddleware, Middleware } from './middleware.ts'
export {
  type Extracted,
  type Getter,
  hopscopePropagator,
  type Propagator,
  type Setter,
} from './propagator.ts'
export { HttpReporter, type ReporterOptions } from './reporter.ts'
export type { ActiveSpan, Endpoint, Outcome, Span, SpanKind } from './span.ts'
export { createTracer, type Tracer, type TracerOptions } from './tracer.ts'
