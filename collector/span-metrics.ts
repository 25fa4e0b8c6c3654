// Rate, errors and durations of stored spans for Prometheus, under the names of Tempo's metrics-generator, for its dashboards.
import { serviceOf, type Span, SPAN_STATUSES, type SpanKind, statusOf } from '@hopscope/model'
import type { Refusal } from '@hopscope/proto'
import type { Metric } from 'prom-client'
import { type Labels, LimitedSeries } from './label-limit.ts'
import { ServiceGraph } from './service-graph.ts'
import { Durations, ReadCounter, ReadHistogram } from './span-metrics-exposition.ts'

/** Microseconds: 2 ms, doubled up to 16.384 s. */
const BOUNDS = Array.from({ length: 14 }, (_, power) => 2000 * 2 ** power)

const KINDS = ['INTERNAL', 'CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER'] as const

export interface SpanMetricsOptions {
  /** Label sets of each of the two families (spans; calls between services), at most. */
  readonly series: number
  /** A clock in milliseconds that never goes back. */
  readonly now?: () => number
  /** How long one side of a call waits for the other, in milliseconds. */
  readonly wait?: number
  /** How many of them may wait at a time. */
  readonly waiting?: number
}

interface Calls {
  readonly labels: Labels
  count: number
  readonly durations: Durations
}

export class SpanMetrics {
  readonly #now: () => number
  readonly #graph: ServiceGraph
  readonly #calls: LimitedSeries<Calls>

  constructor({
    series,
    now = () => performance.now(),
    wait = 10_000,
    waiting = 10_000,
  }: SpanMetricsOptions) {
    this.#now = now
    this.#graph = new ServiceGraph({ series, now, wait, waiting })
    this.#calls = new LimitedSeries(
      series,
      (service, name, variant) => ({
        service,
        span_name: name,
        span_kind: `SPAN_KIND_${KINDS[Math.floor(variant / SPAN_STATUSES.length)] ?? ''}`,
        status_code: `STATUS_CODE_${SPAN_STATUSES[variant % SPAN_STATUSES.length]?.toUpperCase() ?? ''}`,
      }),
      (labels) => ({ labels, count: 0, durations: new Durations(BOUNDS) }),
    )
  }

  /**
   * Counts what a store has taken.
   * @param refused the spans it hasn't, by index in `spans`
   */
  add(spans: readonly Span[], refused: readonly Refusal[]): void {
    const left = new Set(refused.map(({ index }) => index))
    const now = this.#now()
    this.#graph.expire(now)
    for (const [index, span] of spans.entries()) {
      if (left.size > 0 && left.has(index)) continue
      const variant = kindOf(span.kind) * SPAN_STATUSES.length + SPAN_STATUSES.indexOf(statusOf(span))
      const calls = this.#calls.of(serviceOf(span) ?? '', span.name ?? '', variant)
      calls.count++
      if (span.duration !== undefined) calls.durations.add(span.duration)
      this.#graph.add(span, now)
    }
  }

  /** To be registered where they are to be shown. */
  metrics(): readonly Metric[] {
    return [
      new ReadCounter(
        {
          name: 'traces_spanmetrics_calls_total',
          help: 'Spans stored; those that a client sends again may count again',
        },
        () => this.#calls.all().map(({ labels, count }) => ({ labels, value: count })),
      ),
      new ReadHistogram(
        {
          name: 'traces_spanmetrics_latency',
          help: 'Duration of stored spans in seconds; those that a client sends again may count again',
        },
        (name) => this.#calls.all().flatMap(({ labels, durations }) => durations.samples(name, labels)),
      ),
      ...this.#graph.metrics(),
      new ReadCounter(
        {
          name: 'hopscope_collector_span_metrics_overflow_total',
          help: 'Counted as metric_overflow, as HOPSCOPE_SPAN_METRICS_SERIES label sets were taken',
        },
        () => [
          { labels: { family: 'spanmetrics' }, value: this.#calls.overflowed },
          { labels: { family: 'service_graph' }, value: this.#graph.overflowed },
        ],
      ),
    ]
  }
}

const kindOf = (kind: SpanKind | undefined) => (kind === undefined ? 0 : KINDS.indexOf(kind))
