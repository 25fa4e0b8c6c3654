// Single values of parsed JSON, each of which may be anything: text, objects, whole numbers, flags. As lenient as gson, which
// Zipkin reads with.
import { Refused, shown } from '../decoded.ts'

/** Not a refusal: the body must be read again with its numbers as text, for JSON.parse has lost their digits. */
export const NUMBER_FOR_TEXT = new Refused('', 'a number where text is wanted')

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null
}

export function textFrom(value: unknown, field: string): string | Refused {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return NUMBER_FOR_TEXT
  return new Refused(field, value === undefined ? 'It is missing.' : `It must be text, not ${shown(value)}.`)
}

const NUMBER_TEXT = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** Of a number or its text, `"1.5e3"` too; NaN for a fraction or anything else. May be infinite. */
export function wholeNumberFrom(value: unknown): number {
  const number =
    typeof value === 'number'
      ? value
      : typeof value === 'string' && NUMBER_TEXT.test(value)
        ? Number(value)
        : NaN
  return Math.trunc(number) === number ? number : NaN
}

export function flagFrom(value: unknown, field: string): boolean | Refused {
  if (!isGiven(value)) return false
  return typeof value === 'boolean' ? value : new Refused(field, `${shown(value)} is not true or false.`)
}
