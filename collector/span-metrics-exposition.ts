// How the metrics of spans are counted and shown: prom-client hashes all labels at every count, which is too slow for each span.
import { Counter, Histogram } from 'prom-client'
import type { Labels } from './label-limit.ts'

interface Sample {
  readonly labels: Labels
  readonly value: number
}

/** As prom-client has the lines of a histogram: what all lines of a series share it writes only once. */
interface HistogramSample extends Sample {
  readonly metricName: string
  readonly sharedLabels: Labels
}

interface Description {
  readonly name: string
  readonly help: string
}

/** Durations, counted by how long they are. */
export class Durations {
  /** Microseconds, ascending. */
  readonly #bounds: readonly number[]
  readonly #counts: number[]
  #sum = 0

  /** @param bounds the largest duration of each bucket but the last, in microseconds, ascending */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = new Array<number>(bounds.length + 1).fill(0)
  }

  add(micros: number): void {
    let bucket = 0
    while (micros > (this.#bounds[bucket] ?? Infinity)) bucket++
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#sum += micros
  }

  /** As Prometheus has a classic histogram, in seconds; nothing if there is nothing in it. */
  samples(name: string, sharedLabels: Labels): HistogramSample[] {
    let count = 0
    const buckets = this.#counts.map((each, bucket) => {
      const bound = this.#bounds[bucket]
      const le = bound === undefined ? '+Inf' : String(bound / MICROS)
      return { metricName: `${name}_bucket`, labels: { le }, sharedLabels, value: (count += each) }
    })
    if (count === 0) return []
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels: {}, sharedLabels, value: this.#sum / MICROS },
      { metricName: `${name}_count`, labels: {}, sharedLabels, value: count },
    ]
  }
}

const MICROS = 1_000_000

/** A counter whose figures are read when they are asked for. */
export class ReadCounter extends Counter {
  readonly #read: () => readonly Sample[]

  constructor(description: Description, read: () => readonly Sample[]) {
    super({ ...description, registers: [] })
    this.#read = read
  }

  override async get() {
    return { ...(await super.get()), values: [...this.#read()] }
  }
}

/** A histogram whose figures are read when they are asked for. */
export class ReadHistogram extends Histogram {
  readonly #description: Description
  readonly #read: (name: string) => HistogramSample[]

  constructor(description: Description, read: (name: string) => HistogramSample[]) {
    super({ ...description, registers: [] })
    this.#description = description
    this.#read = read
  }

  /** What prom-client itself asks a histogram for, be it to write text or to answer `get`. */
  getForPromString() {
    const { name, help } = this.#description
    return Promise.resolve({ name, help, type: 'histogram', aggregator: 'sum', values: this.#read(name) })
  }
}
