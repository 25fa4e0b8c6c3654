// Differences as people read them.
import { formatDuration } from '../design/format.ts'

/** `+340 ms`, `−12 ms`, `0`. Takes microseconds. */
export function signedDuration(micros: number): string {
  if (micros === 0) return '0'
  return micros > 0 ? `+${formatDuration(micros)}` : `−${formatDuration(-micros)}`
}

/** How many times as much b is: `×2.9`, `×0.41`; '' where a is nothing. */
export function ratioText(a: number, b: number): string {
  if (a <= 0) return ''
  const ratio = b / a
  return `×${ratio >= 99.5 ? Math.round(ratio) : ratio >= 9.95 ? ratio.toFixed(1) : ratio.toFixed(2)}`
}
