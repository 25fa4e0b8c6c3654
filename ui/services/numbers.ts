// Numbers of services as people read them.
import { formatDuration, formatShare, formatTick } from '../design/format.ts'
import { formatRate, plainNumber, type RateUnit } from '../design/rate.ts'
import { short } from '../language/numbers.ts'
import { texts } from '../language/texts.svelte.ts'
import type { Change, Measure } from './measures.ts'

/** A value of a measure; `–` for none. `unit`: of the rates that one compares it with. */
export function formatMeasure(value: number | null | undefined, measure: Measure, unit?: RateUnit): string {
  if (value === null || value === undefined) return '–'
  if (measure === 'rate') return formatRate(value, unit)
  return measure === 'errors' ? formatShare(value) : formatDuration(value)
}

/** `▲ 12 %`, `▼ 3.2 points`: by how much, for the eye; {@link changeWords} for all. */
export function changeText({ up, by }: Change, measure: Measure): string {
  const amount = measure === 'errors' ? texts.services.points(plainNumber(by * 100)) : amountOf(by, up)
  return `${up ? '▲' : '▼'} ${amount}`
}

/** A share, and from twice as much on how many times. */
const amountOf = (by: number, up: boolean) => (up && by >= 1 ? `×${plainNumber(by + 1)}` : formatShare(by))

export function changeWords({ up, by }: Change, measure: Measure): string {
  const words = texts.services
  if (measure === 'errors') return (up ? words.morePoints : words.fewerPoints)(plainNumber(by * 100))
  if (up && by >= 1) return words.timesBefore(plainNumber(by + 1))
  return (up ? words.moreThanBefore : words.lessThanBefore)(formatShare(by))
}

const exact = (value: number, step: number) => {
  const digits = Math.min(6, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)))
  return value >= 10_000 ? short(value) : value.toFixed(digits)
}

/** Ticks of the three kinds of axes. */
export const tickOf = {
  rate: exact,
  /** A share of 0..1. */
  errors: (value: number, step: number) => `${exact(value * 100, step * 100)} %`,
  /** Microseconds. */
  duration: (value: number, step: number) =>
    step >= 30e6 ? (value === 0 ? '0' : formatDuration(value)) : formatTick(value, step),
} as const
