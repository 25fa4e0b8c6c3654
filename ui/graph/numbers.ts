// Numbers of calls as people read them.
import { formatDuration, formatShare } from '../design/format.ts'
import { formatRate } from '../design/rate.ts'
import { texts } from '../language/texts.svelte.ts'
import type { Load } from '../api/graph-answer.ts'
import type { Totals } from './totals.ts'

export const micros = (value: number | null) => (value === null ? '–' : formatDuration(value))

/** Of an edge or a service: `320 calls · 5.3/min · 0.4 % errors · p50 12 ms · p95 57 ms`. */
export function loadText(load: Totals & Partial<Pick<Load, 'p50' | 'p95'>>): string {
  const words = texts.graph
  const parts = [
    words.calls(load.calls),
    formatRate(load.rate),
    words.errorShare(formatShare(load.errorRatio), load.errors),
  ]
  if (typeof load.p50 === 'number') parts.push(`p50 ${formatDuration(load.p50)}`)
  if (typeof load.p95 === 'number') parts.push(`p95 ${formatDuration(load.p95)}`)
  return parts.join(' · ')
}
