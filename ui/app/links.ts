// Where the pages of the top bar and of the keys are, in the time of the page one is on.
import { graphHref, type Route, servicesHref } from '../routing/routes.ts'
import { type TimedPage, timeRangeFrom, USUAL_RANGE, withTime } from '../routing/time-range.ts'

export type PageLinks = Readonly<Record<'search' | 'services' | 'graph', string>>

/** undefined for a page of one trace or request, whose time is its own. */
function timedPage(route: Route): TimedPage | undefined {
  if (route.page === 'service') return 'services'
  if (route.page === 'compare') return route.a === undefined ? 'compare' : undefined
  return route.page === 'search' || route.page === 'services' || route.page === 'graph'
    ? route.page
    : undefined
}

/** @param params of the address one is at; a time that it does not name is each page's usual one */
export function pageLinks(route: Route, params: URLSearchParams): PageLinks {
  const here = timedPage(route)
  const query = (page: TimedPage) => {
    if (here === undefined) return ''
    const time = timeRangeFrom(params, here)
    const range = params.has('range') ? time.range : USUAL_RANGE[page]
    return withTime('', { ...time, range }, page)
  }
  const search = query('search')
  return {
    search: search ? `/?${search}` : '/',
    services: servicesHref(query('services')),
    graph: graphHref(query('graph')),
  }
}
