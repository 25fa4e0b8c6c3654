// What is listed, and groups of it, as TraceQL: for zooming into a part of the plot and for comparing one part with the rest.
import { durationParam } from '../design/format.ts'
import { compareGroupsHref } from '../routing/routes.ts'
import { groupsQuery } from '../routing/compare-url.ts'
import type { Group, SearchState } from '../routing/search-url.ts'
import { fixedTime, timeOf, windowOf } from '../routing/time-range.ts'
import { attributeText, quoted } from '../routing/traceql-text.ts'
import { narrowed, widened } from './conjuncts.ts'

/** The filters of the page, which hold for one and the same span; undefined without any. */
function filtersOf(state: SearchState): string | undefined {
  const all: string[] = []
  if (state.service) all.push(`resource.service.name = ${quoted(state.service)}`)
  if (state.operation) all.push(`name = ${quoted(state.operation)}`)
  const least = durationParam(state.minDuration)
  const most = durationParam(state.maxDuration)
  if (least) all.push(`duration >= ${least}`)
  if (most) all.push(`duration <= ${most}`)
  if (state.errorsOnly) all.push('status = error')
  for (const tag of state.tags) {
    const at = tag.indexOf('=')
    if (at < 0) all.push(`.${attributeText(tag)} != nil`)
    else all.push(`.${attributeText(tag.slice(0, at))} = ${quoted(tag.slice(at + 1))}`)
  }
  return all.length > 0 ? `{ ${all.join(' && ')} }` : undefined
}

const micros = (value: number) => `${Math.max(0, Math.round(value))}us`

type Most = '<' | '<='

/** The traces that last from `min` to `max` microseconds; `max` may be Infinity. */
function band(min: number, max: number, most: Most): string {
  const least = min > 0 || max === Infinity ? [`traceDuration >= ${micros(min)}`] : []
  const upTo = max === Infinity ? [] : [`traceDuration ${most} ${micros(max)}`]
  return `{ ${[...least, ...upTo].join(' && ')} }`
}

/** What {@link band} writes, and nothing else: a condition that someone wrote stays. */
const BAND = /^\{ traceDuration (?:>= \d+us|(?:>= \d+us && traceDuration )?<=? \d+us) \}$/

function outside(min: number, max: number): string {
  const below = min > 0 ? [`traceDuration < ${micros(min)}`] : []
  const above = max === Infinity ? [] : [`traceDuration > ${micros(max)}`]
  return `{ ${[...below, ...above].join(' || ')} }`
}

/**
 * The box's query for those of the listed traces that last `min` to `max` microseconds, in place of what an earlier zoom chose.
 * @param understood the query in TraceQL, for one in words; as the server gives it
 * @param most whether `max` itself is in
 */
export function withDuration(understood: string, min: number, max: number, most: Most = '<='): string {
  return narrowed(withoutDuration(understood), band(min, max, most))
}

/** The query without the duration that an earlier zoom chose. */
export const withoutDuration = (query: string) => widened(query, (condition) => BAND.test(condition))

/**
 * The page that compares the listed traces that last `min` to `max` microseconds with the other listed ones.
 * @param times in epoch microseconds; undefined for the whole time that is searched
 */
export function compareHref(
  state: SearchState,
  understood: string,
  { min, max }: Pick<Group, 'min' | 'max'>,
  times: Parameters<typeof fixedTime>[0],
): string {
  const filters = filtersOf(state)
  const listed = filters ? narrowed(understood, filters) : understood
  const [a, b] = [narrowed(listed, band(min, max, '<=')), narrowed(listed, outside(min, max))]
  const time = { ...timeOf(state), ...fixedTime(times) }
  return compareGroupsHref(groupsQuery({ a, b, service: '', show: 'all', ...time }))
}

/** The duration, in microseconds, from which a trace is among the slowest share of these; undefined of too few. */
export function slowest(durations: readonly number[], share: number): number | undefined {
  if (durations.length < 20) return undefined
  const sorted = [...durations].sort((a, b) => a - b)
  const from = sorted[Math.floor(sorted.length * (1 - share))] ?? 0
  return from > (sorted[0] ?? 0) ? from : undefined
}

/** The times to compare in. */
export function comparedTimes(state: SearchState, askedAt: number) {
  const { start, end } = windowOf(state, askedAt)
  return { start, end: end ?? askedAt }
}

/** Whether a trace is in the group. */
export function isIn(
  { start, end, min, max }: Group,
  trace: { readonly start: number; readonly duration: number },
): boolean {
  return trace.start >= start && trace.start <= end && trace.duration >= min && trace.duration <= max
}
