// The way out over Kafka: one PRODUCER span and one set of headers for each message a kafkajs producer sends.
import { isUntraced } from '../context/context.ts'
import { type Core, watch } from '../spans/core.ts'
import { injectorOf, TEXT } from './kafka-headers.ts'
import { endSpans, type KafkaOptions, startSpan } from './kafka-span.ts'
import type { KafkaMessage, KafkaProducer, KafkaSends } from './kafka-types.ts'
import { messageOf, type Recording } from '../spans/span.ts'

const tracedBefore = new WeakSet()

/** The same producer, with every `send` and `sendBatch` traced, those of its transactions too. */
export const traceProducer = <P extends KafkaProducer>(
  core: Core,
  producer: P,
  options?: KafkaOptions,
): P => {
  // Wrapped twice: the first one has it.
  if (tracedBefore.has(producer)) return producer
  const { intoRecord } = injectorOf(core)

  /** Sends what `announce` makes of the record, or where that fails the record as it is. */
  const traced = <R>(
    record: R,
    announce: (messagesOf: <M extends KafkaMessage>(topic: string, messages: M[]) => M[]) => R,
    send: (record: R) => Promise<unknown>,
  ): Promise<unknown> => {
    if (isUntraced()) return send(record)
    const recordings: Recording[] = []
    const announced = core.guard('a Kafka send', () =>
      announce((topic, messages) =>
        messages.map((message) => {
          const recording = startSpan(core, core.child(), 'PRODUCER', topic, options)
          recordings.push(recording)
          return { ...message, headers: intoRecord(recording.context, message.headers, TEXT) }
        }),
      ),
    )
    if (!announced) return send(record)
    return watch(
      () => send(announced),
      () => core.guard('ending Kafka spans', () => endSpans(recordings, 'success')),
      (error) => core.guard('ending Kafka spans', () => endSpans(recordings, 'error', messageOf(error))),
    )
  }

  const wrap = <T extends KafkaSends>(target: T): T => {
    const replaced: Partial<KafkaProducer> = {
      send: (record) =>
        traced(
          record,
          (messagesOf) => ({ ...record, messages: messagesOf(record.topic, record.messages) }),
          (announced) => target.send(announced),
        ),
      sendBatch: (batch) =>
        traced(
          batch,
          (messagesOf) => ({
            ...batch,
            topicMessages: (batch.topicMessages ?? []).map((of) => ({
              ...of,
              messages: messagesOf(of.topic, of.messages),
            })),
          }),
          (announced) => target.sendBatch(announced),
        ),
      ...(target === (producer as KafkaSends) && {
        transaction: async () => wrap(await producer.transaction()),
      }),
    }
    return new Proxy(target, {
      get(_target, name) {
        const value: unknown = Reflect.get(Object.hasOwn(replaced, name) ? replaced : target, name)
        // Bound to the producer itself: a method may look for private fields, which a proxy has not.
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }
  const wrapped = wrap(producer)
  tracedBefore.add(wrapped)
  return wrapped
}
