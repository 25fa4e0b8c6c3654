// What the address bar means. The URL owns the state of a page, so that a link shows another what one sees.
import { durationParam } from '../design/format.ts'

export type Route =
  | { readonly page: 'search' }
  | { readonly page: 'request'; readonly requestId: string }
  | { readonly page: 'trace'; readonly traceId: string }
  | { readonly page: 'unknown'; readonly path: string }

export function parseRoute(pathname: string): Route {
  const parts = pathname.split('/').filter((part) => part !== '')
  const [kind, id] = parts
  if (kind === undefined) return { page: 'search' }
  if (parts.length === 2 && id !== undefined) {
    const decoded = decodedOnce(id)
    if (kind === 'requests' && decoded !== undefined) return { page: 'request', requestId: decoded }
    if (kind === 'traces' && decoded !== undefined) return { page: 'trace', traceId: decoded }
  }
  return { page: 'unknown', path: pathname }
}

function decodedOnce(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined // A stray % is a page that doesn't exist, not a crash.
  }
}

export const RANGES = [
  { id: '15m', label: 'Last 15 min', micros: 15 * 60e6 },
  { id: '1h', label: 'Last hour', micros: 3600e6 },
  { id: '6h', label: 'Last 6 h', micros: 6 * 3600e6 },
  { id: '24h', label: 'Last 24 h', micros: 24 * 3600e6 },
  { id: '7d', label: 'Last 7 days', micros: 7 * 24 * 3600e6 },
  { id: 'all', label: 'All time', micros: undefined },
] as const
export type RangeId = (typeof RANGES)[number]['id']
export const DEFAULT_RANGE: RangeId = '24h'

export const SORTS = [
  { id: 'time', label: 'Newest' },
  { id: 'duration', label: 'Slowest' },
  { id: 'spans', label: 'Most spans' },
  { id: 'errors', label: 'Most errors' },
] as const
export type SortId = (typeof SORTS)[number]['id']

export interface SearchState {
  /** TraceQL or plain words, trimmed; what the API says about places in it counts from its first character. */
  readonly q: string
  readonly service: string
  readonly operation: string
  /** As typed; see {@link durationParam} for what the API gets. */
  readonly minDuration: string
  readonly errorsOnly: boolean
  /** `key=value`, or `key` for "is present". */
  readonly tags: readonly string[]
  readonly range: RangeId
  /** What comes first. */
  readonly sort: SortId
}

export const NO_FILTERS: SearchState = {
  q: '',
  service: '',
  operation: '',
  minDuration: '',
  errorsOnly: false,
  tags: [],
  range: DEFAULT_RANGE,
  sort: 'time',
}

export function searchStateFrom(params: URLSearchParams): SearchState {
  const range = RANGES.find(({ id }) => id === params.get('range'))?.id ?? DEFAULT_RANGE
  const sort = SORTS.find(({ id }) => id === params.get('sort'))?.id ?? 'time'
  return {
    q: params.get('q')?.trim() ?? '',
    service: params.get('service') ?? '',
    operation: params.get('operation') ?? '',
    minDuration: params.get('minDuration') ?? '',
    errorsOnly: params.get('error') === 'true',
    tags: [...new Set(params.getAll('tag'))].filter((tag) => tag !== ''),
    range,
    sort,
  }
}

export function searchHref(state: SearchState): string {
  const params = filterParams(state, state.minDuration)
  if (state.range !== DEFAULT_RANGE) params.set('range', state.range)
  const query = params.toString()
  return query ? `/?${query}` : '/'
}

/** The API's query for a page's state; `now` in epoch microseconds. */
export function searchParams(
  state: SearchState,
  now: number,
  limit: number,
  cursor?: string,
): URLSearchParams {
  const params = filterParams(state, durationParam(state.minDuration) ?? '')
  const span = RANGES.find(({ id }) => id === state.range)?.micros
  if (span !== undefined) params.set('start', String(Math.floor(now - span)))
  params.set('limit', String(limit))
  if (cursor !== undefined) params.set('cursor', cursor)
  return params
}

function filterParams(state: SearchState, minDuration: string): URLSearchParams {
  const params = new URLSearchParams()
  if (state.q) params.set('q', state.q)
  if (state.service) params.set('service', state.service)
  if (state.operation) params.set('operation', state.operation)
  if (minDuration) params.set('minDuration', minDuration)
  if (state.errorsOnly) params.set('error', 'true')
  for (const tag of state.tags) params.append('tag', tag)
  if (state.sort !== 'time') params.set('sort', state.sort)
  return params
}

/** How many filters narrow the list, the time range aside. */
export function filterCount(state: SearchState): number {
  const single = [state.q, state.service, state.operation, state.minDuration, state.errorsOnly]
  return single.filter(Boolean).length + state.tags.length
}

export const requestHref = (requestId: string) => `/requests/${encodeURIComponent(requestId)}`
export const traceHref = (traceId: string, query = '') =>
  `/traces/${encodeURIComponent(traceId)}${query ? `?${query}` : ''}`

/** A part of the trace under the magnifier, in microseconds from its start: `window=1200-3400`. */
export interface TimeWindow {
  readonly start: number
  readonly end: number
}

export function windowFrom(text: string | null, duration: number): TimeWindow {
  const match = /^(\d{1,16})-(\d{1,16})$/.exec(text ?? '')
  const whole = { start: 0, end: Math.max(1, duration) }
  if (!match) return whole
  const start = Number(match[1])
  const end = Math.min(Number(match[2]), whole.end)
  return start < end ? { start, end } : whole
}

export function windowText(window: TimeWindow): string {
  return `${Math.round(window.start)}-${Math.round(window.end)}`
}

/** The query with some of its keys set, or removed where the value is undefined. */
export function withParams(search: string, changes: Readonly<Record<string, string | undefined>>): string {
  const params = new URLSearchParams(search)
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) params.delete(key)
    else params.set(key, value)
  }
  return params.toString()
}

/** Files that other tools open, by the format's name in the API. */
export const FILE_FORMATS = [
  { format: 'zipkin', label: 'Zipkin' },
  { format: 'otlp', label: 'OTLP' },
  { format: 'jaeger', label: 'Jaeger' },
] as const

export const traceFileHref = (traceId: string, format: string) =>
  `/rest/v1/traces/${encodeURIComponent(traceId)}?format=${format}`
