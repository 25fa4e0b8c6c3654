// What only the Kafka intake has to show: how far it is behind, what it holds, what it gave up on.
import { Counter, Gauge } from 'prom-client'
import type { CollectorMetrics } from './metrics.ts'

interface PartitionLag {
  readonly topic: string
  readonly partition: number
  readonly lag: number
}

export interface KafkaGauges {
  pendingBytes(): number
  /** Of the partitions that this collector reads now. */
  lags(): readonly PartitionLag[]
}

/** @returns to be called with the code of each dead letter */
export function showKafka(metrics: CollectorMetrics, gauges: KafkaGauges): (code: string) => void {
  const pending = new Gauge({
    name: 'hopscope_collector_kafka_pending_bytes',
    help: 'Bytes of messages taken from Kafka and not yet stored',
    registers: [],
    collect() {
      this.set(gauges.pendingBytes())
    },
  })
  const lag = new Gauge({
    name: 'hopscope_collector_kafka_lag_messages',
    help: 'Messages of a partition that are not yet stored, as of its last fetch',
    labelNames: ['topic', 'partition'],
    registers: [],
    collect() {
      // Partitions move to other collectors, and then the figure is theirs.
      this.reset()
      for (const { topic, partition, lag: messages } of gauges.lags())
        this.set({ topic, partition }, messages)
    },
  })
  const deadLetters = new Counter({
    name: 'hopscope_collector_kafka_dead_letters_total',
    help: 'Messages kept in the dead-letter topic, by code of the reason',
    labelNames: ['code'],
    registers: [],
  })
  for (const metric of [pending, lag, deadLetters]) metrics.register(metric)
  return (code) => deadLetters.inc({ code })
}
