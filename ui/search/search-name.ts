// A search in a few words, for the title and the list of those that were made.
import { texts } from '../language/texts.svelte.ts'
import { NO_FILTERS, type SearchState } from '../routing/search-url.ts'
import { timesText } from '../design/time-words.ts'

/** What narrows it, most telling first; without the time unless that is all there is, or `timed`. */
export function searchName(state: SearchState): string {
  const { q, service, operation, minDuration, maxDuration, errorsOnly, tags, range, from, to } = state
  const parts = [
    q,
    service,
    operation,
    minDuration && texts.search.atLeast(minDuration),
    maxDuration && texts.search.atMost(maxDuration),
    errorsOnly && texts.search.onlyErrors,
    ...tags,
    (range !== NO_FILTERS.range || from !== '' || to !== '') && timesText(state),
  ].filter((part) => part !== '' && part !== false)
  return parts.length > 0 ? parts.join(' · ') : texts.search.everything
}
