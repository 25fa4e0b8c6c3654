// The way out over Kafka by @platformatic/kafka: it publishes each send on a diagnostics channel, those of transactions
// and streams too, so a producer is traced as it is, unwrapped.
import { subscribe } from 'node:diagnostics_channel'
import { currentScope, enterScope, isUntraced, runInScope, type Scope } from '../context/context.ts'
import type { Core } from '../spans/core.ts'
import { endSpans, type KafkaOptions, startSpan } from './kafka-span.ts'
import { platformaticInjectorOf } from './platformatic-headers.ts'
import {
  type PlatformaticProducer,
  type PlatformaticSend,
  type PlatformaticSent,
  type PlatformaticSerializers,
  producerStreamIn,
  sendIn,
} from './platformatic-types.ts'
import { messageOf, type Outcome, type Recording } from '../spans/span.ts'

export interface PlatformaticKafkaOptions extends KafkaOptions {
  /** Those given to the `Producer`, where its own can't be found out: headers are made to go through them. */
  serializers?: PlatformaticSerializers
}

const SENDS = 'tracing:plt:kafka:producer:sends'
const INSTANCES = 'plt:kafka:instances'

/** On the object that the library makes for the events of a send, and for nothing else. A WeakMap costs twice the rest. */
const SENDING = Symbol('hopscope sending')
/** On what is sent instead of what the service gave: the service may send the same options twice at a time. */
const GIVEN = Symbol('hopscope given')
type Event = PlatformaticSend & { [SENDING]?: Sending }
type Messages = PlatformaticSent[] & { [GIVEN]?: PlatformaticSent[] }

interface Traced {
  core: Core
  options: KafkaOptions | undefined
  inject: ReturnType<typeof platformaticInjectorOf>
}

interface Sending {
  core: Core
  given: PlatformaticSent[]
  announced: PlatformaticSent[]
  recordings: Recording[]
  /** Where the service called `send`, and where the library calls back. */
  scope: Scope
  outer: Scope | undefined
}

const producers = new WeakMap<object, Traced>()
/** Where each message was written to a stream, which sends it later with those of others. */
const written = new WeakMap<object, Scope>()

const announce = (send: Event, { core, options, inject }: Traced): void => {
  const recordings: Recording[] = []
  const begin = (message: PlatformaticSent): PlatformaticSent => {
    if (isUntraced()) return message
    const recording = startSpan(core, core.child(), 'PRODUCER', message.topic, options)
    recordings.push(recording)
    const headers = inject(recording.context, message)
    return headers ? { ...message, headers } : message
  }
  const messages: Messages = send.options.messages
  const given = messages[GIVEN] ?? messages
  const announced: Messages = given.map((message) => {
    const scope = written.get(message)
    if (!scope) return begin(message)
    written.delete(message)
    return runInScope(scope, () => begin(message))
  })
  announced[GIVEN] = given
  // The one way in. The object is the service's own, so it is put back before the service is called back.
  send.options.messages = announced
  send[SENDING] = { core, given, announced, recordings, scope: currentScope(), outer: undefined }
}

const settle = (send: PlatformaticSend, sending: Sending, outcome: Outcome, error?: string): void => {
  if (send.options.messages === sending.announced) send.options.messages = sending.given
  endSpans(sending.recordings, outcome, error)
}

/** A listener that throws would end the process. */
const onSend = (
  stage: string,
  doing: string,
  act: (send: PlatformaticSend, sending: Sending) => void,
): void => {
  subscribe(`${SENDS}:${stage}`, (message) => {
    if (typeof message !== 'object' || message === null) return
    const event = message as Event
    const sending = event[SENDING]
    if (sending) sending.core.guard(doing, () => act(event, sending))
  })
}

let subscribed = false

const subscribeOnce = (): void => {
  if (subscribed) return
  subscribed = true
  subscribe(`${SENDS}:start`, (event) => {
    const send = sendIn(event)
    const traced = send && producers.get(send.client)
    if (traced) traced.core.guard('a Kafka send', () => announce(send, traced))
  })
  onSend('error', 'ending Kafka spans', (send, sending) => {
    settle(send, sending, 'error', messageOf(send.error))
  })
  onSend('asyncStart', 'ending Kafka spans', (send, sending) => {
    // Of the spans of a send that failed, the first ending counts.
    settle(send, sending, 'success')
    // A callback would run where its connection was opened: in another request.
    sending.outer = currentScope()
    enterScope(sending.scope)
  })
  onSend('asyncEnd', 'leaving a Kafka callback', (_send, { outer }) => {
    if (outer) enterScope(outer)
  })
  subscribe(INSTANCES, (event) => {
    const stream = producerStreamIn(event)
    const traced = stream && producers.get(stream.producer)
    if (!traced) return
    for (const name of ['write', 'end'] as const) {
      const original = stream[name]
      // The one place where it still shows which request a message is of; no channel tells.
      stream[name] = function (this: unknown, message, ...rest) {
        if (typeof message === 'object' && message !== null) written.set(message, currentScope())
        return Reflect.apply(original, this, [message, ...rest])
      }
    }
  })
}

/** The same producer, each message of it sent in a PRODUCER span and with headers from now on. */
export const tracePlatformaticProducer = <P extends PlatformaticProducer>(
  core: Core,
  producer: P,
  options?: PlatformaticKafkaOptions,
): P => {
  // Given twice: the first one has it.
  if (producers.has(producer)) return producer
  core.guard('tracing a Kafka producer', () => {
    producers.set(producer, {
      core,
      options,
      inject: platformaticInjectorOf(core, producer, options?.serializers),
    })
    subscribeOnce()
  })
  return producer
}
