// What a service gets from @hopscope/propagation.
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
export type { Log } from './log.ts'
export type { ErrorMiddleware, Middleware } from './middleware.ts'
export {
  type Extracted,
  type Getter,
  hopscopePropagator,
  type Propagator,
  type Setter,
} from './propagator.ts'
export { HttpReporter, type ReporterOptions, type ReporterStats, type SpanReporter } from './reporter.ts'
export type { ActiveSpan, Endpoint, Outcome, Span, SpanKind } from './span.ts'
export { createTracer, type Tracer, type TracerOptions } from './tracer.ts'
