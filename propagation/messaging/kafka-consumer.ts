// The way in over Kafka: opens the context each message brings, and times what is done with it in a CONSUMER span.
import { isUntraced } from '../context/context.ts'
import type { Core } from '../spans/core.ts'
import { carrierOf, headerOf, type ReceivedHeaders } from './kafka-headers.ts'
import { type KafkaOptions, startSpan } from './kafka-span.ts'
import type { KafkaBatchPayload, KafkaMessage, KafkaMessagePayload } from './kafka-types.ts'
import type { PlatformaticMessage } from './platformatic-types.ts'
import type { Recording } from '../spans/span.ts'

/** Runs `fn` in the context of a message of the batch, in a span of its own; gives back what it gives. */
export type ProcessMessage = <T>(message: KafkaMessage, fn: () => T) => T

type Source = Pick<KafkaMessagePayload, 'topic' | 'partition'>
interface Received {
  headers?: ReceivedHeaders
}

/** Starts when the processing does, so that between the PRODUCER span's end and this one's start the message waited. */
const begin = (core: Core, { topic, partition }: Source, message: Received, options?: KafkaOptions) => {
  const headers = carrierOf(message.headers)
  // A span of its own below the producer's: only HTTP's two halves of one call share an id, and only in Zipkin's B3.
  const { from, peer } = core.inbound(headers, headerOf)
  const recording: Recording = startSpan(core, core.accept(from), 'CONSUMER', topic, options)
  recording.tag('kafka.partition', partition)
  if (peer.service) recording.put('peer.service', peer.service)
  return recording
}

const processed = <T>(
  core: Core,
  source: Source,
  message: Received,
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

/** Runs `fn` in the context of a message of @platformatic/kafka, in a span of its own; gives back what it gives. */
export const processPlatformaticMessage = <M extends PlatformaticMessage, T>(
  core: Core,
  message: M,
  fn: (message: M) => T,
  options?: KafkaOptions,
): T => processed(core, message, message, () => fn(message), options)
