// A span's annotations, against its own time; those that OpenTelemetry's events became are taken apart again.
import type { SpanRow } from '@hopscope/model'

export interface Mark {
  /** Microseconds from the span's start; below 0 or beyond its duration if the reporter says so. */
  readonly offset: number
  /** As reported, epoch microseconds by the trace's clock. */
  readonly time: number
  /** Where on the span's bar, 0 to 1. */
  readonly share: number
  readonly name: string
  /** Of an event, with its attributes. */
  readonly attributes: readonly (readonly [string, string])[]
  readonly outside: 'before' | 'after' | undefined
}

/** By time. @param shift what clock correction added to the span's times */
export function marksOf({ span, start, duration }: SpanRow, shift: number): Mark[] {
  const sorted = [...span.annotations].sort((a, b) => a.timestamp - b.timestamp)
  const last = sorted.at(-1)
  // Without a duration the line ends at the last of them.
  const length = duration > 0 ? duration : Math.max(1, (last?.timestamp ?? 0) + shift - start)
  return sorted.map(({ timestamp, value }) => {
    const time = timestamp + shift
    const offset = time - start
    const outside = offset < 0 ? 'before' : duration > 0 && offset > duration ? 'after' : undefined
    return { ...eventOf(value), offset, time, share: Math.min(1, Math.max(0, offset / length)), outside }
  })
}

/** Longer texts are shown as they are. */
const LONGEST_PARSED = 200_000

/** Of `"name":{"key":value}`, as OpenTelemetry's mapping to Zipkin writes an event with attributes. */
function eventOf(value: string): Pick<Mark, 'name' | 'attributes'> {
  const plain = { name: value, attributes: [] }
  if (!value.startsWith('"') || !value.endsWith('}') || value.length > LONGEST_PARSED) return plain
  try {
    const whole: unknown = JSON.parse(`{${value}}`)
    const [entry, ...more] = Object.entries(whole as Record<string, unknown>)
    if (!entry || more.length > 0 || typeof entry[1] !== 'object' || entry[1] === null) return plain
    const attributes = Object.entries(entry[1]).map(([key, each]) => [key, textOf(each)] as const)
    return { name: entry[0], attributes }
  } catch {
    return plain // Someone else's text that begins like ours.
  }
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
