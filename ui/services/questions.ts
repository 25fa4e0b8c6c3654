// What is asked of the server for the services pages: paths behind /rest/v1/.
import type { Window } from '../routing/services-url.ts'
import type { Period } from '../routing/time-range.ts'

/** As many series as the server gives. */
const MOST_SERIES = 1000
/** The newest traces that a profile is made of: enough for shares, and quick. */
const PROFILE_TRACES = 500
const LISTED_TRACES = 8

/** Spans of a service, or of one of its operations. */
export interface Subject {
  readonly service: string
  readonly operation?: string
}

function path(name: string, params: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(params).flatMap(([key, value]) =>
    value === undefined || value === '' ? [] : [[key, String(value)]],
  )
  return `${name}?${new URLSearchParams(given).toString()}`
}

/** TraceQL; its texts have the escapes of JSON. */
function queryOf({ service, operation }: Subject): string {
  const name = operation ? ` && name = ${JSON.stringify(operation)}` : ''
  return `{ resource.service.name = ${JSON.stringify(service)}${name} }`
}

interface Counting {
  readonly by?: 'service' | 'operation'
  readonly of?: Subject
}

const counted = ({ by, of }: Counting) => ({ by, q: of && queryOf(of), limit: MOST_SERIES })

/** Step by step. */
export const stepsPath = ({ start, end, step }: Window, what: Counting) =>
  path('metrics', { ...counted(what), start, end, step: `${step}us` })

/** Two points: the window, and as long a time before it. */
export function totalsPath({ start, end }: Period, what: Counting): string {
  const step = end - start
  // A whole step, or the window would not begin one.
  const before = start >= step ? start - step : start
  return path('metrics', { ...counted(what), start: before, end, step: `${step}us` })
}

export const graphPath = (service: string, { start, end }: Period) => path('graph', { service, start, end })

export const profilePath = ({ service, operation }: Subject, { start, end }: Period) =>
  path('profile', { service, operation, start, end, limit: PROFILE_TRACES })

/** The parameters of `api.traces`. */
export function tracesParams(
  { service, operation }: Subject,
  { start, end }: Period,
  which: 'slowest' | 'failed',
): URLSearchParams {
  const params = new URLSearchParams({ service, start: String(start), end: String(end) })
  if (operation) params.set('operation', operation)
  params.set(which === 'slowest' ? 'sort' : 'error', which === 'slowest' ? 'duration' : 'true')
  params.set('limit', String(LISTED_TRACES))
  return params
}
