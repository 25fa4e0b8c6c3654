// The way out over Kafka: one PRODUCER span and one set of headers for each message a kafkajs producer sends.
import { isUntraced } from '../context/context.ts'
import type { Core } from '../spans/core.ts'
import { injectorOf, TEXT } from './kafka-headers.ts'
import { endSpans, type KafkaOptions, startSpan } from './kafka-span.ts'
import type { KafkaMessage, KafkaProducer, KafkaSends } from './kafka-types.ts'
import { messageOf, type Recording } from '../spans/span.ts'
import { watch } from '../spans/watch.ts'

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
    const methods = new Map<string | symbol, { of: unknown; standIn: unknown }>()
    return new Proxy(target, {
      get(_target, name) {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        const known = methods.get(name)
        if (known?.of === value) return known.standIn
        const method: unknown = Object.hasOwn(replaced, name) ? Reflect.get(replaced, name) : value
        // A proxy again, for the method's own properties. Called on the producer itself: it may look for private fields.
        const standIn = new Proxy(value, {
          apply: (_value, _self, args) => Reflect.apply(method as typeof value, target, args),
        })
        methods.set(name, { of: value, standIn })
        return standIn
      },
    })
  }
  const wrapped = wrap(producer)
  tracedBefore.add(wrapped)
  return wrapped
}
