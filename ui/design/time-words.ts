// A page's time in words.
import { texts } from '../language/texts.svelte.ts'
import { rangeMicros, timeText, type Zone } from '../routing/times.ts'
import type { TimeRange } from '../routing/time-range.ts'

/** `Last 90 min`, `All time`. */
export function rangeText(range: string): string {
  const micros = rangeMicros(range)
  if (micros === undefined) return texts.design.time.allTime
  const minutes = micros / 60e6
  if (minutes % 1440 === 0 && minutes > 1440) return texts.design.time.lastDays(minutes / 1440)
  if (minutes % 60 === 0) return texts.design.time.lastHours(minutes / 60)
  return texts.design.time.lastMinutes(minutes)
}

/** As `timeText`, to the millisecond where it is no whole second. */
export function exactTimeText(millis: number, zone: Zone, near?: number): string {
  const part = ((millis % 1000) + 1000) % 1000
  return `${timeText(millis, zone, near)}${part > 0 ? `.${String(part).padStart(3, '0')}` : ''}`
}

/** The range, or the absolute times in the page's zone. */
export function timesText({ range, from, to, zone }: TimeRange): string {
  const start = from && exactTimeText(Date.parse(from), zone)
  if (from && to)
    return texts.design.time.fromTo(start, exactTimeText(Date.parse(to), zone, Date.parse(from)))
  if (from) return texts.design.time.since(start)
  if (to) return texts.design.time.until(exactTimeText(Date.parse(to), zone))
  return rangeText(range)
}
