// The ways on from a services page, with its time.
import { router } from '../routing/router.svelte.ts'
import { graphHref, withParams } from '../routing/routes.ts'
import { NO_FILTERS, searchHref, type SearchState } from '../routing/search-url.ts'
import type { ServicesState } from '../routing/services-url.ts'
import { refreshedTimeFrom, timeOf, withTime } from '../routing/time-range.ts'

/** @param more sort and the like */
export function tracesHref(service: string, now: ServicesState, more: Partial<SearchState> = {}): string {
  return searchHref({ ...NO_FILTERS, service, operation: now.operation, ...timeOf(now), ...more })
}

/** The graph of all services, or of what is around one. */
export const graphLink = (now: ServicesState, focus?: string) =>
  graphHref(withParams(withTime('', now, 'graph'), { focus }))

/** Of this page's query, the time: for another services page. */
export const timeQuery = () => withTime('', refreshedTimeFrom(router.params, 'services'), 'services')

/** The same page with another query: a step that back undoes, or a change of the present one. */
export function goTo(search: string, { replace = false } = {}): void {
  const href = search ? `${router.pathname}?${search}` : router.pathname
  if (replace) router.replace(href)
  else router.push(href)
}
