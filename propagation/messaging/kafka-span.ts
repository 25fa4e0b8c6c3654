// The span of a message, on either side of the broker: named and tagged as Zipkin's own Kafka instrumentation does it.
import type { Context } from '../context/context.ts'
import type { Core } from '../spans/core.ts'
import { type Outcome, type Recording, type SpanKind, textOf } from '../spans/span.ts'

export interface KafkaOptions {
  /** What the broker is called in spans: the other end of those who send and of those who receive. Default `kafka`. */
  remoteService?: string
}

/** https://github.com/openzipkin/brave/tree/master/instrumentation/kafka-clients, and OpenTelemetry's `messaging.*`. */
export const startSpan = (
  core: Core,
  context: Context,
  kind: SpanKind,
  topic: string,
  { remoteService = 'kafka' }: KafkaOptions = {},
): Recording => {
  const name = textOf(topic)
  const recording = core.start(context, kind, `${kind === 'PRODUCER' ? 'send' : 'process'} ${name}`)
  recording.remote = { service: textOf(remoteService) }
  recording.tag('messaging.system', 'kafka')
  recording.tag('messaging.destination.name', name)
  recording.tag('kafka.topic', name)
  return recording
}

/** Ends the spans of messages sent together: at one time, ahead of the work of handing them over. */
export const endSpans = (recordings: readonly Recording[], outcome: Outcome, error?: string): void => {
  for (const recording of recordings) recording.stop()
  for (const recording of recordings) recording.finish(outcome, error)
}
