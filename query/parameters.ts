// Reads query parameters: each function gives a value or says which parameter is wrong, and why.
import type { Request } from 'express'
import type { DurationMicros, EpochMicros, TraceId } from '@hopscope/model'
import { HopscopeError, traceIdFrom } from '@hopscope/proto'

export function invalid(name: string, why: string): HopscopeError {
  return new HopscopeError('parameter-invalid', `${name}: ${why}`)
}

/** A parameter that isn't one of these is a slip of the pen, and is refused by name. */
export function onlyParameters(request: Request, known: readonly string[]): void {
  for (const name of Object.keys(request.query))
    if (!known.includes(name))
      throw invalid(
        name,
        `there is no such parameter; ${known.length === 0 ? 'this route takes none' : `there are ${known.join(', ')}`}`,
      )
}

/** A parameter given at most once; an empty one counts as not given. */
export function textParameter(request: Request, name: string): string | undefined {
  const value: unknown = request.query[name]
  if (value === undefined || value === '') return undefined
  if (typeof value !== 'string') throw invalid(name, 'give it once')
  return value
}

/** A parameter that may be given several times. */
export function textParameters(request: Request, name: string): string[] {
  const value: unknown = request.query[name]
  const values: unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value]
  return values.filter((each) => each !== '').map(String)
}

export function wholeParameter(request: Request, name: string): number | undefined {
  const text = textParameter(request, name)
  if (text === undefined) return undefined
  const value = /^[+-]?\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(value)) throw invalid(name, `${shown(text)} is not a whole number`)
  return value
}

/** How many are asked for at most: 1 to `most`. @param why there can't be more */
export function limitParameter(request: Request, fallback: number, most: number, why = ''): number {
  const limit = wholeParameter(request, 'limit') ?? fallback
  if (limit < 1 || limit > most) throw invalid('limit', `${limit} is not between 1 and ${most}${why}`)
  return limit
}

/** One of a few words. */
export function choiceParameter<Word extends string>(
  request: Request,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const text = textParameter(request, name)
  if (text === undefined) return undefined
  const word = words.find((each) => each === text)
  if (word === undefined) throw invalid(name, `${shown(text)} is none of ${words.join(', ')}`)
  return word
}

export function flagParameter(request: Request, name: string): boolean | undefined {
  const text = textParameter(request, name)
  if (text === undefined) return undefined
  if (text !== 'true' && text !== 'false') throw invalid(name, `${shown(text)} is neither true nor false`)
  return text === 'true'
}

const MICROS_PER = { us: 1, µs: 1, ms: 1e3, s: 1e6, m: 60e6, h: 3600e6 }

/** `250ms`, `1.5s`, `300us`, or a bare number of microseconds. */
export function durationParameter(request: Request, name: string): DurationMicros | undefined {
  const text = textParameter(request, name)
  if (text === undefined) return undefined
  const [, amount, unit = 'us'] = /^(\d{1,15}(?:\.\d{1,6})?)(us|µs|ms|s|m|h)?$/.exec(text) ?? []
  if (amount === undefined)
    throw invalid(name, `${shown(text)} is not a duration such as 250ms, 1.5s or 300us`)
  return Math.round(Number(amount) * MICROS_PER[unit as keyof typeof MICROS_PER]) as DurationMicros
}

/** Microseconds since the epoch, or an RFC 3339 date and time. */
export function timeParameter(request: Request, name: string): EpochMicros | undefined {
  const text = textParameter(request, name)
  if (text === undefined) return undefined
  const micros = /^\d{1,16}$/.test(text) ? Number(text) : microsFromRfc3339(text)
  if (micros === undefined || !Number.isSafeInteger(micros))
    throw invalid(
      name,
      `${shown(text)} is neither microseconds since the epoch nor a time such as 2026-11-20T21:00:00Z`,
    )
  return micros as EpochMicros
}

/**
 * Microseconds, negative before 1970; undefined for what is no time of the calendar, or a leap second. What is finer is cut
 * off. Grafana sends the offset's `+` as it is, which a query turns into a blank: that is read as the `+` it was.
 */
export function microsFromRfc3339(text: string): number | undefined {
  const [, time, fraction = '', zone] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+ -]\d\d:\d\d)$/.exec(text.toUpperCase()) ?? []
  if (time === undefined || zone === undefined) return undefined
  // Date makes March of the 30th of February, and the next day of 24:00.
  const asRead = new Date(`${time}Z`)
  if (Number.isNaN(asRead.getTime()) || !asRead.toISOString().startsWith(time)) return undefined
  const millis = Date.parse(time + zone.replace(' ', '+'))
  // Date knows only milliseconds of the fraction.
  return Number.isNaN(millis) ? undefined : millis * 1000 + Number(fraction.slice(0, 6).padEnd(6, '0'))
}

/** A trace id from a path or a parameter, as the model holds it. */
export function traceIdParameter(text: string, name: string): TraceId {
  const id = traceIdFrom(text.trim())
  if (id === undefined)
    throw invalid(name, `${shown(text)} is not a trace id: 1 to 32 lower-case hex characters, not all zeros`)
  return id
}

/** A stranger's text, quoted and bounded, for an error message. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}
