// Quantiles of many numbers in little memory, within 1 % of the value: a histogram whose buckets grow by 2 %.
// The scheme is DDSketch's (Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile sketch", VLDB 2019).

const ACCURACY = 0.01
const GROWTH = (1 + ACCURACY) / (1 - ACCURACY)
const PER_BUCKET = 1 / Math.log(GROWTH)

/** The nearest rank of a quantile among so many values, from 1 on. @param q 0..1 */
export function nearestRank(q: number, count: number): number {
  // The product may be a hair above the whole number that is meant.
  return Math.max(1, Math.ceil(q * count * (1 - 2 * Number.EPSILON)))
}

export class QuantileSketch {
  readonly #buckets = new Map<number, number>()
  #count = 0

  get count(): number {
    return this.#count
  }

  /** @param value at least 1; durations of up to a year give at most 1,600 buckets */
  add(value: number): void {
    const bucket = Math.ceil(Math.log(value) * PER_BUCKET)
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1)
    this.#count++
  }

  /** By nearest rank. @param q 0..1 */
  quantile(q: number): number {
    const rank = nearestRank(q, this.#count)
    let seen = 0
    for (const [bucket, count] of [...this.#buckets].sort(([a], [b]) => a - b)) {
      seen += count
      if (seen >= rank) return (2 * GROWTH ** bucket) / (GROWTH + 1)
    }
    return Number.NaN
  }
}
