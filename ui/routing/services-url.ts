// What the addresses of the services pages mean: the time looked at, how often it is asked anew, order and filter.
import { type Period, periodOf, type RefreshedTime, refreshedTimeFrom, type TimeRange } from './time-range.ts'
import { rangeMicros } from './times.ts'

const MINUTE = 60e6
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const COLUMNS = ['name', 'status', 'rate', 'errors', 'p50', 'p95', 'p99'] as const
export type Column = (typeof COLUMNS)[number]

export interface Order {
  readonly column: Column
  readonly descending: boolean
}

export interface ServicesState extends RefreshedTime {
  readonly order: Order
  readonly filter: string
  /** Of a service; '' for all that it is asked to do. */
  readonly operation: string
}

/** What is unknown or makes no sense is as if it were not there. */
export function servicesStateFrom(params: URLSearchParams): ServicesState {
  const sort = params.get('sort') ?? ''
  const column = COLUMNS.find((name) => name === sort.replace(/^-/, ''))
  return {
    ...refreshedTimeFrom(params, 'services'),
    order: column ? { column, descending: sort.startsWith('-') } : { column: 'rate', descending: true },
    filter: params.get('filter') ?? '',
    operation: params.get('operation') ?? '',
  }
}

export const orderText = ({ column, descending }: Order) => `${descending ? '-' : ''}${column}`

export interface Window extends Period {
  /** How long a point of a plot is. */
  readonly step: number
}

/** Most steps of a plot. */
const STEPS = 72
/** Microseconds that people count in. */
const ROUND = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((millis) => millis * 1e3),
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * 1e6),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
]

/**
 * The time to ask for; `now` in epoch microseconds. A range begins with a whole step, a little earlier than its name
 * says: asked again seconds later, the same spans are in the same steps.
 */
export function stepsOf(time: TimeRange, now: number): Window {
  const { start, end } = periodOf(time, now)
  const relative = time.from === '' && time.to === ''
  const step = stepOf((relative ? rangeMicros(time.range) : undefined) ?? end - start)
  return { start: relative ? Math.max(0, Math.floor(start / step) * step) : start, end, step }
}

function stepOf(length: number): number {
  const least = length / STEPS
  return ROUND.find((step) => step >= least) ?? Math.ceil(least / DAY) * DAY
}
