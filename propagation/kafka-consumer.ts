// The way in over Kafka: opens the context each message brings, and times what is done with it in a CONSUMER span.
import { isUntraced } from './context.ts'
import type { Core } from './core.ts'
import { headerOf } from './kafka-headers.ts'
import { type KafkaOptions, startSpan } from './kafka-span.ts'
import type { KafkaBatchPayload, KafkaMessage, KafkaMessagePayload } from './kafka-types.ts'
import { peerFrom } from './propagator.ts'
import type { Recording } from './span.ts'

/** Runs `fn` in the context of a message of the batch, in a span of its own; gives back what it gives. */
export type ProcessMessage = <T>(message: KafkaMessage, fn: () => T) => T

type Source = Pick<KafkaMessagePayload, 'topic' | 'partition'>

/** Starts when the processing does, so that between the PRODUCER span's end and this one's start the message waited. */
const begin = (core: Core, { topic, partition }: Source, message: KafkaMessage, options?: KafkaOptions) => {
  const headers = message.headers ?? {}
  // A span of its own below the producer's: only HTTP's two halves of one call share an id, and only in Zipkin's B3.
  const context = core.accept(core.options.propagator.extract(headers, headerOf))
  const recording: Recording = startSpan(core, context, 'CONSUMER', topic, options)
  recording.tag('kafka.partition', partition)
  const { service } = peerFrom(headers, headerOf)
  if (service) recording.tag('peer.service', service)
  return recording
}

const processed = <T>(
  core: Core,
  source: Source,
  message: KafkaMessage,
  fn: () => T,
  options?: KafkaOptions,
): T => {
  const recording = isUntraced()
    ? undefined
    : core.guard('a Kafka message', () => begin(core, source, message, options))
  return recording ? core.runRecorded(recording, fn) : fn()
}

export const eachMessageOf =
  <P extends KafkaMessagePayload>(
    core: Core,
    handler: (payload: P) => Promise<void>,
    options?: KafkaOptions,
  ): ((payload: P) => Promise<void>) =>
  (payload) =>
    processed(core, payload, payload.message, () => handler(payload), options)

export const eachBatchOf =
  <P extends KafkaBatchPayload>(
    core: Core,
    handler: (payload: P, processMessage: ProcessMessage) => Promise<void>,
    options?: KafkaOptions,
  ): ((payload: P) => Promise<void>) =>
  (payload) =>
    handler(payload, (message, fn) => processed(core, payload.batch, message, fn, options))
