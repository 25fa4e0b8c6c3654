// Counts spans and their durations over time: the meaning that every store's `aggregate` is held to, and what does it where a
// store can't.
import { matchesSpan, textOf } from '../search/evaluate.ts'
import {
  type AggregateQuery,
  type GroupKey,
  LONGEST_LABEL,
  type MetricPoint,
  type Metrics,
  type TimeSlices,
} from './metrics.ts'
import { QuantileSketch } from './sketch.ts'
import { type EpochMicros, isError, type Span, type TraceId } from '../span.ts'
import { compareOptionalText } from '../text-order.ts'
import { TooSlow } from '../too-slow.ts'

/** Groups held, each of a kB or more. */
const MOST_GROUPS = 50_000

interface Measured {
  /** Microseconds. */
  readonly duration: number | undefined
  readonly error: boolean
  readonly traceId: TraceId
}

interface Slice {
  count: number
  errors: number
  readonly durations: QuantileSketch
  slowest: Measured | undefined
  failed: Measured | undefined
}

/** The points of one series. */
export class MetricAccumulator {
  readonly #query: TimeSlices & { readonly quantiles: readonly number[] }
  readonly #slices = new Map<number, Slice>()
  #count = 0

  constructor(query: TimeSlices & { readonly quantiles: readonly number[] }) {
    this.#query = query
  }

  get count(): number {
    return this.#count
  }

  /** @param timestamp within the query's time */
  add(timestamp: number, measured: Measured): void {
    const { from, step } = this.#query
    const at = step === undefined ? from : from + Math.floor((timestamp - from) / step) * step
    let slice = this.#slices.get(at)
    if (slice === undefined)
      this.#slices.set(
        at,
        (slice = {
          count: 0,
          errors: 0,
          durations: new QuantileSketch(),
          slowest: undefined,
          failed: undefined,
        }),
      )
    this.#count++
    slice.count++
    if (measured.error) slice.errors++
    if (measured.duration !== undefined) slice.durations.add(measured.duration)
    if (isSlower(measured, slice.slowest)) slice.slowest = measured
    if (measured.error && isSlower(measured, slice.failed)) slice.failed = measured
  }

  points(): MetricPoint[] {
    return [...this.#slices]
      .sort(([a], [b]) => a - b)
      .map(([at, { count, errors, durations, slowest, failed }]) => ({
        at: at as EpochMicros,
        count,
        errors,
        durations:
          durations.count === 0 ? undefined : this.#query.quantiles.map((q) => durations.quantile(q)),
        slowest: slowest?.traceId,
        failed: failed?.traceId,
      }))
  }
}

function isSlower(a: Measured, b: Measured | undefined): boolean {
  return b === undefined || (a.duration ?? 0) > (b.duration ?? 0)
}

/** Takes spans one by one. */
export class SpanAggregator {
  readonly #query: AggregateQuery
  readonly #groups = new Map<string, { labels: (string | undefined)[]; metrics: MetricAccumulator }>()

  constructor(query: AggregateQuery) {
    this.#query = query
  }

  /** @throws TooSlow if there are too many groups to hold */
  add(span: Span): void {
    const { from, to, where, by } = this.#query
    const { timestamp, duration, traceId } = span
    if (timestamp === undefined || timestamp < from || timestamp >= to || !matchesSpan(span, where)) return
    const labels = by.map((key) => labelOf(span, key))
    const name = JSON.stringify(labels.map((label) => label ?? null))
    let group = this.#groups.get(name)
    if (group === undefined && this.#groups.size >= MOST_GROUPS) throw new TooSlow('Too many groups.')
    if (group === undefined)
      this.#groups.set(name, (group = { labels, metrics: new MetricAccumulator(this.#query) }))
    group.metrics.add(timestamp, { duration, error: isError(span), traceId })
  }

  metrics(): Metrics {
    const series = [...this.#groups.values()]
      .sort((a, b) => b.metrics.count - a.metrics.count || compareLabels(a.labels, b.labels))
      .slice(0, this.#query.limit)
      .map(({ labels, metrics }) => ({ labels, points: metrics.points() }))
    return { series, complete: this.#groups.size <= this.#query.limit }
  }
}

function labelOf(span: Span, key: GroupKey): string | undefined {
  const text = textOf(span, key)
  return text === undefined || text.length > LONGEST_LABEL ? undefined : text
}

/** Missing ones last. */
export function compareLabels(
  a: readonly (string | undefined)[],
  b: readonly (string | undefined)[],
): number {
  for (let i = 0; i < a.length; i++) {
    const order = compareOptionalText(a[i], b[i])
    if (order !== 0) return order
  }
  return 0
}
