// What became of a request: when any of its traces ran and when none did, which were tried again, which nobody waited for.
import type { RequestView } from '../api/api.ts'

type RequestTrace = RequestView['traces'][number]

/** A time in which no trace of the request ran; microseconds from the request's start. */
interface Gap {
  readonly start: number
  readonly end: number
}

/**
 * Traces whose root has the same service and operation are attempts, numbered by start. One is a `retry` if the attempt
 * before it has errors; `parallel` if that one has none and was still running; else a `repeat`.
 */
interface Attempt {
  readonly number: number
  readonly of: number
  /** undefined for the first. */
  readonly kind: 'retry' | 'parallel' | 'repeat' | undefined
}

/** Microseconds from the request's start. */
export interface StoryRow {
  readonly trace: RequestTrace
  readonly start: number
  readonly end: number
  /** undefined where there is but one. */
  readonly attempt: Attempt | undefined
  /**
   * What whoever waited for the first trace did not wait for: `after` started once the first had ended, `outlasts` only
   * ended later. Attempts after the first are none: they are the caller's own.
   */
  readonly async: 'after' | 'outlasts' | undefined
  /** Another trace ran at some time that this one did. */
  readonly overlaps: boolean
}

export interface Story {
  readonly rows: readonly StoryRow[]
  readonly gaps: readonly Gap[]
  /** From the first start to the last end. `busy` and `idle` make it up. */
  readonly wall: number
  /** Any trace ran. */
  readonly busy: number
  /** None did: all gaps together. */
  readonly idle: number
  readonly spans: number
  readonly errors: number
  /** Names of services, sorted. */
  readonly services: readonly string[]
  readonly retries: number
  readonly asyncs: number
}

/** Times are as the services' clocks had them. n log n in the traces. */
export function storyOf(traces: readonly RequestTrace[]): Story {
  const sorted = traces.toSorted((a, b) => a.start - b.start || b.duration - a.duration)
  const origin = sorted[0]?.start ?? 0
  const times = sorted.map(({ start, duration }) => ({
    start: start - origin,
    end: start - origin + duration,
  }))
  const { gaps, wall } = gapsOf(times)
  const attempts = attemptsOf(sorted)
  const overlaps = overlapsOf(times)
  const firstEnd = times[0]?.end ?? 0
  const rows = sorted.map((trace, i): StoryRow => {
    const { start, end } = times[i] ?? { start: 0, end: 0 }
    const attempt = attempts[i]
    const waited = i === 0 || attempt?.kind !== undefined || end <= firstEnd
    const async = waited ? undefined : start >= firstEnd ? 'after' : 'outlasts'
    return { trace, start, end, attempt, async, overlaps: overlaps[i] === true }
  })
  const idle = sum(gaps, ({ start, end }) => end - start)
  return {
    rows,
    gaps,
    wall,
    busy: wall - idle,
    idle,
    spans: sum(sorted, ({ spanCount }) => spanCount),
    errors: sum(sorted, ({ errorCount }) => errorCount),
    services: [...new Set(sorted.flatMap(({ services }) => services.map(({ name }) => name)))].sort(),
    retries: sum(rows, ({ attempt }) => (attempt?.kind === 'retry' ? 1 : 0)),
    asyncs: sum(rows, ({ async }) => (async ? 1 : 0)),
  }
}

interface Times {
  readonly start: number
  readonly end: number
}

function gapsOf(byStart: readonly Times[]): { gaps: Gap[]; wall: number } {
  const gaps: Gap[] = []
  let until = 0
  for (const { start, end } of byStart) {
    if (start > until) gaps.push({ start: until, end: start })
    until = Math.max(until, end)
  }
  return { gaps, wall: until }
}

function attemptsOf(byStart: readonly RequestTrace[]): (Attempt | undefined)[] {
  const groups = new Map<string, number[]>()
  for (const [i, { rootService, rootOperation }] of byStart.entries()) {
    if (rootService === undefined && rootOperation === undefined) continue
    const key = JSON.stringify([rootService, rootOperation])
    const group = groups.get(key)
    if (group) group.push(i)
    else groups.set(key, [i])
  }
  const attempts: (Attempt | undefined)[] = byStart.map(() => undefined)
  for (const group of groups.values()) {
    if (group.length < 2) continue
    for (const [place, i] of group.entries()) {
      const before = byStart[group[place - 1] ?? -1]
      const start = byStart[i]?.start ?? 0
      const running = before !== undefined && before.start + before.duration > start
      const kind = !before ? undefined : before.errorCount > 0 ? 'retry' : running ? 'parallel' : 'repeat'
      attempts[i] = { number: place + 1, of: group.length, kind }
    }
  }
  return attempts
}

/** By start: one overlaps what began before it if that lasts beyond its start, and what begins before its end. */
function overlapsOf(byStart: readonly Times[]): boolean[] {
  let until = -Infinity
  return byStart.map(({ start, end }, i) => {
    const next = byStart[i + 1]
    const overlaps = start < until || (next !== undefined && next.start < end)
    until = Math.max(until, end)
    return overlaps
  })
}

function sum<T>(list: readonly T[], value: (each: T) => number): number {
  return list.reduce((total, each) => total + value(each), 0)
}
