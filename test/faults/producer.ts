// Writes the messages of a plan to Kafka and never gives one up: what isn't acknowledged is sent again.
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import type { Plan, PlannedMessage } from './plan.ts'

export interface ProduceOptions {
  readonly bootstrap: string
  readonly topic: string
  readonly spansPerSecond: number
  /** From this share of the messages on, nothing is sent before `until`. */
  readonly hold: { readonly share: number; readonly until: Promise<void> }
  readonly onAcknowledged: (message: PlannedMessage, offset: number) => void
  readonly signal: AbortSignal
}

/** Names the message in its headers, which a dead letter keeps. */
export const NUMBER_HEADER = 'faults-message'
const MESSAGES_PER_SEND = 20
const PAUSE_MS = 200

/** @returns how often a send failed */
export async function produce(plan: Plan, options: ProduceOptions): Promise<number> {
  const { bootstrap, topic, spansPerSecond, hold, onAcknowledged, signal } = options
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING, retry: { retries: 2 } })
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  let failures = 0
  /** @returns where each partition's messages begin */
  const send = async (messages: readonly PlannedMessage[]): Promise<Map<number, number>> => {
    for (;;) {
      signal.throwIfAborted()
      try {
        await producer.connect()
        const sent = await producer.send({
          topic,
          acks: -1,
          timeout: 5_000,
          messages: messages.map((message) => ({
            partition: message.partition,
            value: plan.value(message),
            headers: { [NUMBER_HEADER]: String(message.number) },
          })),
        })
        return new Map(sent.map(({ partition, baseOffset }) => [partition, Number(baseOffset)]))
      } catch {
        failures++
        await sleep(PAUSE_MS)
      }
    }
  }
  try {
    const heldAt = Math.floor(plan.messages.length * hold.share)
    let held = false
    let spans = 0
    let started = performance.now()
    for (let at = 0; at < plan.messages.length; at += MESSAGES_PER_SEND) {
      if (at >= heldAt && !held) {
        held = true
        await hold.until
        // What was not sent meanwhile isn't made up for.
        started = performance.now() - (spans / spansPerSecond) * 1000
      }
      const messages = plan.messages.slice(at, at + MESSAGES_PER_SEND)
      const offsets = await send(messages)
      for (const message of messages) {
        const offset = offsets.get(message.partition) ?? 0
        offsets.set(message.partition, offset + 1)
        onAcknowledged(message, offset)
        spans += message.count
      }
      const ahead = (spans / spansPerSecond) * 1000 - (performance.now() - started)
      if (ahead > 0) await sleep(ahead)
    }
    return failures
  } finally {
    await producer.disconnect().catch(() => undefined)
  }
}
