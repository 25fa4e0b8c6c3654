// Single values of Zipkin's JSON, each of which may be anything: names and microseconds.
// Leniency: zipkin2.internal.V2SpanReader on gson.
import { Refused, shown } from '../decoded.ts'
import { isGiven, textFrom, wholeNumberFrom } from '../wire/json-values.ts'

export function nameFrom(value: unknown, field: string): string | undefined | Refused {
  if (typeof value !== 'string') return isGiven(value) ? textFrom(value, field) : undefined
  return value === '' ? undefined : value.toLowerCase()
}

/** Zero and less mean absent. */
export function microsFrom(value: unknown, field: string): number | undefined | Refused {
  if (!isGiven(value)) return undefined
  const number = wholeNumberFrom(value)
  if (number <= Number.MAX_SAFE_INTEGER) return number > 0 ? number : undefined
  return refusedMicros(field, value, number)
}

export function refusedMicros(field: string, value: unknown, number: number): Refused {
  if (value === undefined) return new Refused(field, 'It is missing.')
  const why = Number.isNaN(number)
    ? 'is not a whole number'
    : 'is out of range: the unit must be microseconds'
  return new Refused(field, `${shown(value)} ${why}.`)
}
