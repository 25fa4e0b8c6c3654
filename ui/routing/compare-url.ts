// What the address of the compare page means: of two traces which rows, of two groups which queries and which time.
import { type TimeRange, timeRangeFrom, windowOf, withTime } from './time-range.ts'

/** Of two traces. */
export interface PairState {
  /** Only what differs, with the calls that lead to it. */
  readonly differences: boolean
  /** By the tree, or the largest change of own time first. */
  readonly byChange: boolean
  /** The row whose details are open: an index in `TraceDiff.nodes`. */
  readonly row: number | undefined
  readonly folds: Folds
}

/** Which rows are folded: all or none but for some, by index. */
export interface Folds {
  readonly all: boolean
  readonly but: ReadonlySet<number>
}

/** As many exceptions are kept in the address: the newest. */
const MOST_FOLDS = 200

export function pairStateFrom(params: URLSearchParams): PairState {
  const row = /^\d{1,9}$/.exec(params.get('row') ?? '')?.[0]
  return {
    differences: params.get('only') === 'differences',
    byChange: params.get('sort') === 'change',
    row: row === undefined ? undefined : Number(row),
    folds: foldsFrom(params.get('folds') ?? ''),
  }
}

function foldsFrom(text: string): Folds {
  const parts = text.split('.')
  const but = parts.filter((part) => /^[0-9a-z]{1,6}$/.test(part))
  return { all: parts[0] === '*', but: new Set(but.map((part) => Number.parseInt(part, 36))) }
}

/** As the address has them; '' for none. */
export function foldsText({ all, but }: Folds): string {
  const newest = [...but].slice(-MOST_FOLDS).map((index) => index.toString(36))
  return [...(all ? ['*'] : []), ...newest].join('.')
}

/** Without the question mark. */
export function pairQuery({ differences, byChange, row, folds }: PairState): string {
  const params = new URLSearchParams()
  if (differences) params.set('only', 'differences')
  if (byChange) params.set('sort', 'change')
  const text = foldsText(folds)
  if (text) params.set('folds', text)
  if (row !== undefined) params.set('row', String(row))
  return params.toString()
}

export const GROUP_SHOWS = ['all', 'service', 'operation', 'tag'] as const
type GroupShow = (typeof GROUP_SHOWS)[number]

/** Of two groups. */
export interface GroupsState extends TimeRange {
  /** TraceQL or plain words. */
  readonly a: string
  /** '' for the traces that `a` doesn't find. */
  readonly b: string
  /** Only spans of this service; '' for all. */
  readonly service: string
  /** Which attributes are listed. */
  readonly show: GroupShow
}

export function groupsStateFrom(params: URLSearchParams): GroupsState {
  const text = (name: string) => params.get(name)?.trim() ?? ''
  return {
    a: text('a'),
    b: text('b'),
    service: text('service'),
    ...timeRangeFrom(params, 'compare'),
    show: GROUP_SHOWS.find((id) => id === params.get('show')) ?? 'all',
  }
}

/** Without the question mark. */
export function groupsQuery(state: GroupsState): string {
  const params = new URLSearchParams()
  for (const name of ['a', 'b', 'service'] as const) if (state[name] !== '') params.set(name, state[name])
  if (state.show !== 'all') params.set('show', state.show)
  return withTime(params.toString(), state, 'compare')
}

/** The API's query; `now` in epoch microseconds. */
export function groupsApiQuery(state: GroupsState, now: number): URLSearchParams {
  const params = new URLSearchParams({ a: state.a })
  if (state.b !== '') params.set('b', state.b)
  if (state.service !== '') params.set('service', state.service)
  // Without a start the API compares an hour.
  const { start = 0, end = Math.floor(now) } = windowOf(state, now)
  params.set('start', String(start))
  params.set('end', String(end))
  return params
}
