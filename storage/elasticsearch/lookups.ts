// Where an id lives: small documents that say on which days a trace or a request has spans, so that a look-up by id
// opens the indices of those days and no others.
import { requestIdOf, type Span, type TraceId } from '@hopscope/model'
import { textId } from './base64.ts'
import type { Cluster } from './connection.ts'
import { type Day, type Days, NO_DAY } from './days.ts'

/** One look-up document to write. */
export interface Lookup {
  readonly day: Day
  readonly trace: TraceId
  readonly request: string | undefined
  /**
   * On which day the spans came, where they have no day of their own: such look-ups are forgotten by their age, and
   * one of long ago must not stand for spans of now. Otherwise undefined.
   */
  readonly arrived: Day | undefined
}

/** Ids remembered as written. Forgetting one costs no more than writing it again. */
const REMEMBERED = 100_000
/** Nor are they remembered for longer, milliseconds: an index may be deleted, and with it what was known to be there. */
const REMEMBERED_MS = 600_000

/** The look-ups that this process knows to be stored: the spans of a trace come close together. */
export class KnownLookups {
  #recent = new Set<string>()
  #older = new Set<string>()
  #since = performance.now()

  /** What these spans, of these days, need and isn't known to be stored; each once. */
  missingOf(spans: readonly Span[], days: readonly Day[], today: Day): Lookup[] {
    const missing = new Map<string, Lookup>()
    let last: Lookup | undefined
    for (let i = 0; i < spans.length; i++) {
      const span = spans[i] as Span
      const day = days[i] ?? NO_DAY
      const arrived = day === NO_DAY ? today : undefined
      const lookup = { day, trace: span.traceId, request: requestIdOf(span), arrived }
      // The spans of a trace mostly follow each other.
      if (last?.trace === lookup.trace && last.request === lookup.request && last.day === lookup.day) continue
      last = lookup
      const key = keyOf(lookup)
      if (!this.#has(key) && !missing.has(key)) missing.set(key, lookup)
    }
    // A trace is found by any of its look-ups: one without a request id is needed only where there is no other.
    for (const lookup of missing.values())
      if (lookup.request !== undefined) missing.delete(keyOf({ ...lookup, request: undefined }))
    return [...missing.values()]
  }

  remember(lookups: readonly Lookup[]): void {
    for (const lookup of lookups) {
      this.#add(keyOf(lookup))
      if (lookup.request !== undefined) this.#add(keyOf({ ...lookup, request: undefined }))
    }
  }

  #has(key: string): boolean {
    return this.#recent.has(key) || this.#older.has(key)
  }

  #add(key: string): void {
    const now = performance.now()
    if (this.#recent.size >= REMEMBERED / 2 || now - this.#since > REMEMBERED_MS / 2) {
      this.#since = now
      this.#older = this.#recent
      this.#recent = new Set()
    }
    this.#recent.add(key)
  }
}

function keyOf({ day, trace, request, arrived }: Lookup): string {
  const when = arrived === undefined ? `${day}` : `arrived-${arrived}`
  if (request === undefined) return `${when}/${trace}`
  // A hundred thousand are remembered: none may be long.
  return `${when}/${trace}/${request.length > LONGEST_KEPT ? textId(request, 20) : request}`
}

/** UTF-16 units. */
const LONGEST_KEPT = 100

/** The id says what the document says: a look-up written twice is one. */
export function lookupId(lookup: Lookup): string {
  return textId(keyOf(lookup), 16)
}

/** A part of the id, or of its hash, is enough: two that are mistaken for each other only open a day too many. */
export function lookupDocument({ day, trace, request }: Lookup, stored: number | undefined): object {
  return {
    trace: traceTerm(trace),
    request: request === undefined ? undefined : requestTerm(request),
    day,
    stored,
  }
}

/** The last digits: some make the first ones from the time. */
function traceTerm(trace: TraceId): string {
  return trace.slice(-12)
}

function requestTerm(request: string): string {
  return textId(request, 8)
}

interface DaysAnswer {
  readonly aggregations?: { readonly days: { readonly buckets: readonly { readonly key: number }[] } }
}

/** More days than this, and a search may as well ask all of them. */
const MOST_DAYS = 1000

/** The days on which any of these traces, or this request, has spans, and those on which it may have, having just come. */
export async function daysOf(
  what: { readonly traces: readonly TraceId[] } | { readonly request: string },
  cluster: Cluster,
  days: Days,
): Promise<Set<Day>> {
  const answer = await cluster.ask<DaysAnswer>('POST', `/${days.allLookups}/_search`, {
    query: { allow_partial_search_results: false },
    body: {
      size: 0,
      query: {
        bool: {
          filter:
            'traces' in what
              ? { terms: { trace: what.traces.map(traceTerm) } }
              : { term: { request: requestTerm(what.request) } },
        },
      },
      aggs: { days: { terms: { field: 'day', size: MOST_DAYS } } },
    },
  })
  const known = answer.aggregations?.days.buckets ?? []
  return new Set([...days.recent, ...known.map(({ key }) => key)])
}
