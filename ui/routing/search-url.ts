// What the search page's address means.
import { durationParam } from '../design/format.ts'
import { type TimeRange, timeRangeFrom, USUAL_RANGE, windowOf, withTime } from './time-range.ts'

export const SORTS = ['time', 'duration', 'spans', 'errors'] as const
export type SortId = (typeof SORTS)[number]

/** What is drawn over the list: a dot a trace, how many of them where, or nothing. */
export const VIEWS = ['scatter', 'heat', 'none'] as const
type ViewId = (typeof VIEWS)[number]

/** Traces that start from `start` to `end` and last `min` to `max`, in (epoch) microseconds. */
export interface Group {
  readonly start: number
  readonly end: number
  readonly min: number
  readonly max: number
}

export interface SearchState extends TimeRange {
  /** TraceQL or plain words, trimmed; what the API says about places in it counts from its first character. */
  readonly q: string
  readonly service: string
  readonly operation: string
  /** Of a span, as typed; see {@link durationParam} for what the API gets. */
  readonly minDuration: string
  readonly maxDuration: string
  readonly errorsOnly: boolean
  /** `key=value`, or `key` for "is present". */
  readonly tags: readonly string[]
  /** What comes first. */
  readonly sort: SortId
  readonly view: ViewId
  /** New traces as they arrive. */
  readonly live: boolean
  /** Selected in the plot. */
  readonly group: Group | undefined
}

export const NO_FILTERS: SearchState = {
  q: '',
  service: '',
  operation: '',
  minDuration: '',
  maxDuration: '',
  errorsOnly: false,
  tags: [],
  range: USUAL_RANGE.search,
  from: '',
  to: '',
  sort: 'time',
  zone: 'local',
  view: 'scatter',
  live: false,
  group: undefined,
}

/** How the page shows what it found; another search keeps it. */
export const shownAs = ({ sort, view, zone }: SearchState) => ({ sort, view, zone })

export function searchStateFrom(params: URLSearchParams): SearchState {
  const time = timeRangeFrom(params, 'search')
  const sort = SORTS.find((id) => id === params.get('sort')) ?? 'time'
  return {
    q: params.get('q')?.trim() ?? '',
    service: params.get('service') ?? '',
    operation: params.get('operation') ?? '',
    minDuration: params.get('minDuration') ?? '',
    maxDuration: params.get('maxDuration') ?? '',
    errorsOnly: params.get('error') === 'true',
    tags: [...new Set(params.getAll('tag'))].filter((tag) => tag !== ''),
    ...time,
    sort,
    view: VIEWS.find((id) => id === params.get('view')) ?? 'scatter',
    live: params.get('live') === '1' && canBeLive({ sort, to: time.to }),
    group: groupFrom(params.get('group')),
  }
}

/** What arrives is the newest of all: in another order, or in a time that is over, it has no place. */
const canBeLive = ({ sort, to }: Pick<SearchState, 'sort' | 'to'>) => sort === 'time' && to === ''

export function searchHref(state: SearchState): string {
  const { view, group } = state
  const params = new URLSearchParams(withTime(filterParams(state, state).toString(), state, 'search'))
  if (view !== 'scatter') params.set('view', view)
  if (state.live && canBeLive(state)) params.set('live', '1')
  if (group) params.set('group', [group.start, group.end, group.min, group.max].join('-'))
  const query = params.toString()
  return query ? `/?${query}` : '/'
}

/** What decides which traces are listed: an address with the same lists the same. */
export function listedBy(state: SearchState): string {
  return searchHref({
    ...state,
    zone: 'local',
    view: state.view === 'none' ? 'none' : 'scatter',
    group: undefined,
  })
}

/** Whether the durations can be read. */
export function readable(state: SearchState): boolean {
  return durationParam(state.minDuration) !== undefined && durationParam(state.maxDuration) !== undefined
}

/** The API's query for a page's state; `now` in epoch microseconds. */
export function searchParams(
  state: SearchState,
  now: number,
  limit: number,
  cursor?: string,
): URLSearchParams {
  const params = filterParams(state, {
    minDuration: durationParam(state.minDuration) ?? '',
    maxDuration: durationParam(state.maxDuration) ?? '',
  })
  const { start, end } = windowOf(state, now)
  if (start !== undefined) params.set('start', String(start))
  if (end !== undefined) params.set('end', String(end))
  params.set('limit', String(limit))
  if (cursor !== undefined) params.set('cursor', cursor)
  return params
}

type Durations = Pick<SearchState, 'minDuration' | 'maxDuration'>

function filterParams(state: SearchState, { minDuration, maxDuration }: Durations): URLSearchParams {
  const params = new URLSearchParams()
  if (state.q) params.set('q', state.q)
  if (state.service) params.set('service', state.service)
  if (state.operation) params.set('operation', state.operation)
  if (minDuration) params.set('minDuration', minDuration)
  if (maxDuration) params.set('maxDuration', maxDuration)
  if (state.errorsOnly) params.set('error', 'true')
  for (const tag of state.tags) params.append('tag', tag)
  if (state.sort !== 'time') params.set('sort', state.sort)
  return params
}

/** How many filters narrow the list, the time range aside. */
export function filterCount(state: SearchState): number {
  const { q, service, operation, minDuration, maxDuration, errorsOnly, tags } = state
  return [q, service, operation, minDuration, maxDuration, errorsOnly].filter(Boolean).length + tags.length
}

function groupFrom(text: string | null): Group | undefined {
  const match = /^(\d{1,16})-(\d{1,16})-(\d{1,16})-(\d{1,16})$/.exec(text ?? '')
  if (!match) return undefined
  const [start = 0, end = 0, min = 0, max = 0] = match.slice(1).map(Number)
  return start <= end && min <= max ? { start, end, min, max } : undefined
}
