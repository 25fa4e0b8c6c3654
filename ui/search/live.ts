// Live mode: how what has just arrived joins what is listed.
import type { TraceSummary } from '@hopscope/model'

/** Traces kept; older ones fall off. */
export const MOST_LIVE = 1000
/** Spans arrive late, and a trace may have got more of them: so much is asked for again, in microseconds. */
const OVERLAP = 30e6

export interface Merged {
  readonly traces: readonly TraceSummary[]
  /** Older ones fell off. */
  readonly cut: boolean
}

/** The list with what was found since, newest first; a trace found again is the newer word on it. */
export function merged(listed: readonly TraceSummary[], found: readonly TraceSummary[]): Merged {
  if (found.length === 0) return { traces: listed, cut: false }
  const all = new Map(listed.map((trace) => [trace.traceId, trace]))
  for (const trace of found) all.set(trace.traceId, trace)
  const traces = [...all.values()].sort((a, b) => b.start - a.start).slice(0, MOST_LIVE)
  return { traces, cut: traces.length < all.size }
}

/** How many of those found are not listed. */
export function newOnes(listed: readonly TraceSummary[], found: readonly TraceSummary[]): number {
  const known = new Set(listed.map(({ traceId }) => traceId))
  return found.reduce((sum, { traceId }) => sum + (known.has(traceId) ? 0 : 1), 0)
}

/**
 * From where on to ask, in epoch microseconds: a clock that is ahead must not hide what others send.
 * @param askedAt when all was asked for the last time
 */
export function since(listed: readonly TraceSummary[], askedAt: number): number {
  const newest = listed.reduce((latest, { start }) => Math.max(latest, start), 0)
  return Math.floor(Math.min(newest === 0 ? askedAt : newest, askedAt) - OVERLAP)
}
