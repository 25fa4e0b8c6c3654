// How often something happens, as people read it.
import { grouped, short } from '../language/numbers.ts'
import { texts } from '../language/texts.svelte.ts'

/** A rate in the unit in which it reads best: calls a second, a minute or an hour. */
export type RateUnit = 'second' | 'minute' | 'hour'
const UNIT_SECONDS: Readonly<Record<RateUnit, number>> = { second: 1, minute: 60, hour: 3600 }

/** @param rate calls a second, the highest of those that share the unit */
export function rateUnit(rate: number): RateUnit {
  if (rate >= 0.995 || rate <= 0) return 'second'
  return rate * 60 >= 0.995 ? 'minute' : 'hour'
}

export const inUnit = (rate: number, unit: RateUnit) => rate * UNIT_SECONDS[unit]

/** `12.3/s`, `40/min`, `3/h`; takes calls a second. */
export function formatRate(rate: number, unit: RateUnit = rateUnit(rate)): string {
  return texts.services.per[unit](plainNumber(inUnit(rate, unit)))
}

/** Without digits that nobody reads: `12,482`, `12.3`, `0.034`. */
export function plainNumber(value: number): string {
  if (value >= 10_000) return short(value)
  if (value >= 99.95) return grouped(Math.round(value))
  if (value >= 9.995) return String(Number(value.toFixed(1)))
  return String(Number(value.toPrecision(2)))
}
