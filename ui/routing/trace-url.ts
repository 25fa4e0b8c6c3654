// What the trace page's address means.

/** A part of the trace under the magnifier, in microseconds from its start: `window=1200-3400`, `window=1.25-2.5`. */
export interface TimeWindow {
  readonly start: number
  readonly end: number
}

export function windowFrom(text: string | null, duration: number): TimeWindow {
  const match = /^(\d{1,16}(?:\.\d{1,3})?)-(\d{1,16}(?:\.\d{1,3})?)$/.exec(text ?? '')
  const whole = { start: 0, end: Math.max(1, duration) }
  if (!match) return whole
  const start = Number(match[1])
  const end = Math.min(Number(match[2]), whole.end)
  return start < end ? { start, end } : whole
}

export function windowText({ start, end }: TimeWindow): string {
  // In a short window whole microseconds would swallow the small steps of a slow pinch.
  const digits = end - start < 5000 ? 3 : 0
  return `${Number(start.toFixed(digits))}-${Number(end.toFixed(digits))}`
}
