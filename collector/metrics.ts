// Counts what the collector took, kept and dropped, under Zipkin's metric names.
import { Counter, Gauge, type Metric, type Registry } from 'prom-client'

export type Transport = 'http' | 'kafka'

const COUNTERS = {
  messages: 'Messages received',
  messages_dropped: 'Messages of which nothing could be read or stored',
  bytes: 'Bytes of message bodies, inflated',
  spans: 'Spans read from messages',
  spans_dropped: 'Spans refused, sampled out or not stored',
} as const

type CounterName = keyof typeof COUNTERS

const GAUGES = {
  message_bytes: 'Bytes of the last message',
  message_spans: 'Spans of the last message',
} as const

type GaugeName = keyof typeof GAUGES

export class CollectorMetrics {
  readonly #counters: Record<CounterName, Counter>
  readonly #gauges: Record<GaugeName, Gauge>
  readonly #registry: Registry

  constructor(registry: Registry, transports: readonly Transport[]) {
    this.#registry = registry
    const labelNames = ['transport']
    const counter = (name: CounterName) =>
      new Counter({
        name: `zipkin_collector_${name}_total`,
        help: COUNTERS[name],
        labelNames,
        registers: [registry],
      })
    const gauge = (name: GaugeName) =>
      new Gauge({ name: `zipkin_collector_${name}`, help: GAUGES[name], labelNames, registers: [registry] })
    this.#counters = {
      messages: counter('messages'),
      messages_dropped: counter('messages_dropped'),
      bytes: counter('bytes'),
      spans: counter('spans'),
      spans_dropped: counter('spans_dropped'),
    }
    this.#gauges = { message_bytes: gauge('message_bytes'), message_spans: gauge('message_spans') }
    // A rate over a counter that isn't there yet is no answer: start every series at 0.
    for (const transport of transports) {
      for (const each of Object.values(this.#counters)) each.inc({ transport }, 0)
      for (const each of Object.values(this.#gauges)) each.set({ transport }, 0)
    }
  }

  count(name: CounterName, transport: Transport, by = 1): void {
    if (by > 0) this.#counters[name].inc({ transport }, by)
  }

  /** A whole message: its size and what was read from it. */
  message(transport: Transport, bytes: number, spans: number): void {
    this.count('bytes', transport, bytes)
    this.count('spans', transport, spans)
    this.#gauges.message_bytes.set({ transport }, bytes)
    this.#gauges.message_spans.set({ transport }, spans)
  }

  /** Shows at every scrape what the collector holds and has not stored: near HOPSCOPE_COLLECTOR_MAX_PENDING it refuses. */
  showPending(heldBytes: () => number): void {
    const pending = new Gauge({
      name: 'hopscope_collector_pending_bytes',
      help: 'Bytes of message bodies held until stored',
      registers: [],
      collect() {
        this.set(heldBytes())
      },
    })
    this.register(pending)
  }

  /** Shows another metric beside these, such as one that only one transport has. */
  register(metric: Metric): void {
    this.#registry.registerMetric(metric)
  }

  /** The flat JSON that Zipkin serves at /metrics, such as `counter.zipkin_collector.spans.http`. */
  async toJson(): Promise<Record<string, number>> {
    const json: Record<string, number> = {}
    const add = async (kind: 'counter' | 'gauge', name: string, metric: Counter | Gauge) => {
      for (const { labels, value } of (await metric.get()).values)
        json[`${kind}.zipkin_collector.${name}.${String(labels['transport'])}`] = value
    }
    for (const [name, metric] of Object.entries(this.#counters)) await add('counter', name, metric)
    for (const [name, metric] of Object.entries(this.#gauges)) await add('gauge', name, metric)
    return json
  }
}
