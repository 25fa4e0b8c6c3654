// How long ago something was, in words.
import { formatDuration } from '../design/format.ts'
import { texts } from './texts.svelte.ts'

/** `just now`, `12 s ago`, `5 min ago`, `3 h ago`, `4 d ago`; both in epoch microseconds. */
export function formatAgo(then: number, now: number): string {
  const words = texts.design
  const seconds = Math.round((now - then) / 1e6)
  if (seconds < -5) return words.ahead(formatDuration(then - now))
  if (seconds < 5) return words.justNow
  if (seconds < 60) return words.secondsAgo(seconds)
  if (seconds < 3600) return words.minutesAgo(Math.floor(seconds / 60))
  if (seconds < 2 * 86_400) return words.hoursAgo(Math.floor(seconds / 3600))
  return words.daysAgo(Math.floor(seconds / 86_400))
}
