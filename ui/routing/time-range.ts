// The time that a page is about and how often it asks anew, as every page's address has them: `range=90m` or
// `from=`/`to=`, `zone=utc`, `refresh=10s`.
import { withParams } from './routes.ts'
import { iso, rangeMicros, timeFrom, type Zone } from './times.ts'

export interface TimeRange {
  /** `15m`, `6h`, `7d`, `all`: how far back from now, unless `from` or `to` says when. */
  readonly range: string
  /** ISO 8601 in UTC, or '' for no bound. */
  readonly from: string
  readonly to: string
  readonly zone: Zone
}

/** Epoch microseconds; `start` before `end`. */
export interface Period {
  readonly start: number
  readonly end: number
}

/** The same, undefined without a bound. */
interface Bounds {
  readonly start: number | undefined
  readonly end: number | undefined
}

/** The ranges offered; an address may have any other such as `90m`. */
export const RANGES = ['15m', '1h', '6h', '24h', '7d'] as const

/** What an address without a range means. */
export const USUAL_RANGE = { search: '24h', services: '1h', graph: '1h', compare: '1h' } as const
export type TimedPage = keyof typeof USUAL_RANGE

/** Seconds by name. */
export const REFRESH_SECONDS = { off: 0, '10s': 10, '30s': 30 } as const
export type Refresh = keyof typeof REFRESH_SECONDS
export const REFRESHES = Object.keys(REFRESH_SECONDS) as readonly Refresh[]

export interface RefreshedTime extends TimeRange {
  readonly refresh: Refresh
}

/** Plots and graphs are of a time that begins somewhere. */
const takesAll = (page: TimedPage) => page === 'search' || page === 'compare'

/** What is unknown or makes no sense is as if it were not there. */
export function timeRangeFrom(params: URLSearchParams, page: TimedPage): TimeRange {
  const range = params.get('range') ?? ''
  const known = rangeMicros(range) !== undefined || (range === 'all' && takesAll(page))
  const at = (key: string) => timeFrom(params.get(key) ?? '', 'utc')
  const [from, to] = [at('from'), at('to')]
  const sound = from === undefined || to === undefined || from < to
  return {
    range: known ? range : USUAL_RANGE[page],
    from: sound && from !== undefined ? iso(from) : '',
    to: sound && to !== undefined ? iso(to) : '',
    zone: params.get('zone') === 'utc' ? 'utc' : 'local',
  }
}

/** A fixed time is over; there is nothing to ask anew. */
export function refreshedTimeFrom(params: URLSearchParams, page: TimedPage): RefreshedTime {
  const time = timeRangeFrom(params, page)
  const refresh = REFRESHES.find((id) => id === params.get('refresh')) ?? 'off'
  return { ...time, refresh: time.to === '' ? refresh : 'off' }
}

/** The query with another time in it. */
export function withTime(search: string, time: TimeRange & { refresh?: Refresh }, page: TimedPage): string {
  const { range, from, to, zone } = time
  const { refresh = new URLSearchParams(search).get('refresh') ?? 'off' } = time
  const relative = from === '' && to === ''
  const known = range !== 'all' || takesAll(page)
  return withParams(search, {
    range: relative && known && range !== USUAL_RANGE[page] ? range : undefined,
    from: from || undefined,
    to: to || undefined,
    zone: zone === 'utc' ? zone : undefined,
    refresh: to === '' && refresh !== 'off' ? refresh : undefined,
  })
}

/** Of a page's state, only the time: for links to other pages. */
export const timeOf = ({ range, from, to, zone }: TimeRange): TimeRange => ({ range, from, to, zone })

/** A time that stays as it is, to the millisecond around. */
export const fixedTime = ({ start, end }: Bounds & { readonly end: number }) => ({
  from: start === undefined ? '' : iso(Math.floor(start / 1e3)),
  to: iso(Math.ceil(end / 1e3)),
})

/** In epoch microseconds, as `now` is; undefined without a bound. */
export function windowOf({ range, from, to }: TimeRange, now: number): Bounds {
  const micros = (text: string) => (text === '' ? undefined : Date.parse(text) * 1e3)
  if (from || to) return { start: micros(from), end: micros(to) }
  const back = rangeMicros(range)
  return { start: back === undefined ? undefined : Math.max(0, Math.floor(now - back)), end: undefined }
}

/** The same with both bounds: until now, and from a range before the end. */
export function periodOf(time: TimeRange, now: number): Period {
  const { start, end } = windowOf(time, now)
  const until = end ?? Math.max(Math.ceil(now), (start ?? 0) + 1000)
  return { start: start ?? Math.max(0, until - (rangeMicros(time.range) ?? 0)), end: until }
}

/** The offered ranges that show more. */
export function longerRanges({ range, from, to }: TimeRange): readonly string[] {
  const micros = from || to ? 0 : (rangeMicros(range) ?? Infinity)
  return RANGES.filter((id) => (rangeMicros(id) ?? 0) > micros)
}

/** Twice as long around the same middle, but not beyond `now`. */
export function wider({ start, end }: Period, now: number): Period {
  const length = (end - start) * 2
  const to = Math.min(Math.max(now, end), Math.round((start + end + length) / 2))
  return { start: Math.max(0, to - length), end: to }
}
