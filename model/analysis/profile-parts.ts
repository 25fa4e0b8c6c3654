// How a measured whole (the time of many calls) divides among named parts, and how slow ones differ from usual ones.
import { item } from '../columns.ts'
import { nearestRank } from '../metrics/sketch.ts'
import type { DurationMicros, TraceId } from '../span.ts'

/** Where the time of an operation's calls went, of one kind. Durations in microseconds. */
export interface TimePart {
  /** Of all calls together. */
  readonly time: DurationMicros
  /** 0..1, of the critical paths of all calls. */
  readonly share: number
  /** Calls that spent time in it. */
  readonly calls: number
  /** Of those calls, by nearest rank, exact; 0 if there are none. */
  readonly p50: DurationMicros
  readonly p95: DurationMicros
}

/** The slow calls against the usual ones. Means over all calls of the group, in microseconds. */
export interface AddedTime {
  readonly slow: number
  readonly usual: number
  /** slow - usual; what all parts add is what the slow calls took longer. */
  readonly added: number
  /** Of slow calls, those that spent the most time in it first, at most {@link MOST_EXEMPLARS}, each trace once. */
  readonly exemplars: readonly TraceId[]
}

/** One call of the operation. */
export interface Call {
  readonly traceId: TraceId
  /** The length of its critical path. */
  readonly duration: number
}

/** Positions of calls, the slowest first. */
export interface Groups {
  readonly slow: readonly number[]
  readonly usual: readonly number[]
}

const MOST_EXEMPLARS = 5

interface Times {
  readonly calls: number[]
  readonly times: number[]
}

/** The times of each part in each call; what a call spent nothing on takes no room. */
export class PartTable<Part> {
  readonly #parts = new Map<string, { readonly part: Part } & Times>()

  get size(): number {
    return this.#parts.size
  }

  has(key: string): boolean {
    return this.#parts.has(key)
  }

  /** Calls are added in order. */
  add(call: number, key: string, part: Part, time: number): void {
    let known = this.#parts.get(key)
    if (known === undefined) this.#parts.set(key, (known = { part, calls: [], times: [] }))
    const last = known.calls.length - 1
    if (last >= 0 && known.calls[last] === call) known.times[last] = item(known.times, last) + time
    else {
      known.calls.push(call)
      known.times.push(time)
    }
  }

  /** The most time first. @param total time of all calls */
  parts(total: number): (Part & TimePart)[] {
    return [...this.#parts.values()]
      .map(({ part, times }) => {
        const sorted = Float64Array.from(times).sort()
        const time = sorted.reduce((sum, each) => sum + each, 0)
        return {
          ...part,
          time: time as DurationMicros,
          share: total > 0 ? time / total : 0,
          calls: sorted.length,
          p50: quantileOf(sorted, 0.5) as DurationMicros,
          p95: quantileOf(sorted, 0.95) as DurationMicros,
        }
      })
      .sort((a, b) => b.time - a.time)
  }

  /** The most added first. Parts that neither group has are left out. */
  added(calls: readonly Call[], { slow, usual }: Groups): (Part & AddedTime)[] {
    const isSlow = new Set(slow)
    const isUsual = new Set(usual)
    const result: (Part & AddedTime)[] = []
    for (const { part, calls: with_, times } of this.#parts.values()) {
      let slowTime = 0
      let usualTime = 0
      const slowOnes: { call: number; time: number }[] = []
      for (let i = 0; i < with_.length; i++) {
        const [call, time] = [item(with_, i), item(times, i)]
        if (isUsual.has(call)) usualTime += time
        if (!isSlow.has(call)) continue
        slowTime += time
        slowOnes.push({ call, time })
      }
      if (slowTime === 0 && usualTime === 0) continue
      const [slowMean, usualMean] = [slowTime / slow.length, usualTime / usual.length]
      slowOnes.sort((a, b) => b.time - a.time || a.call - b.call)
      result.push({
        ...part,
        slow: slowMean,
        usual: usualMean,
        added: slowMean - usualMean,
        exemplars: exemplarsOf(calls, slowOnes.map(({ call }) => call)),
      }) // prettier-ignore
    }
    return result.sort((a, b) => b.added - a.added)
  }
}

/** The traces of these calls, in their order. */
export function exemplarsOf(calls: readonly Call[], positions: readonly number[]): TraceId[] {
  const ids = new Set<TraceId>()
  for (const position of positions) {
    if (ids.size >= MOST_EXEMPLARS) break
    ids.add(item(calls, position).traceId)
  }
  return [...ids]
}

/** By nearest rank; 0 of nothing. @param sorted ascending */
export function quantileOf(sorted: Float64Array, q: number): number {
  return sorted[nearestRank(q, sorted.length) - 1] ?? 0
}
