// Finds traces: newest first, exactly, and without reading more than the newest matching spans need.
import {
  compareSummaries,
  type EpochMicros,
  MATCH_WITHIN,
  requestIdIn,
  type SpanFilter,
  type TraceId,
  type TraceQuery,
  type TraceSummary,
} from '@hopscope/model'
import type { Cluster } from './connection.ts'
import { type Day, type Days, NO_DAY } from './days.ts'
import { allOf, type Query, queryFromFilter } from './filter-query.ts'
import { daysOf } from './lookups.ts'
import { distinctTerms, type Hit, search } from './scan.ts'
import { summariesOf } from './summaries.ts'

/** Traces asked about in one request. */
const TOGETHER = 500
/** Traces only counted through. */
const MANY = 10_000
/** Traces on one page of answers. */
const PAGE = 100

interface Found {
  readonly traceId: TraceId
  readonly start: EpochMicros
}

export async function* findTraces(
  query: TraceQuery,
  cluster: Cluster,
  days: Days,
): AsyncGenerator<TraceSummary> {
  const { limit } = query
  if (limit <= 0) return
  const from = Math.max(1, query.from ?? 1)
  const to = Math.min(query.to ?? Infinity, query.after?.start ?? Infinity)
  if (from > to) return
  // Matching spans may begin later than the trace that they are found by.
  const last = Number.isFinite(to) ? to + MATCH_WITHIN : undefined
  const indices = await indicesFor(query, cluster, days, last)
  const finder = new Finder({ ...query, from: from as EpochMicros }, to, indices, cluster, days)
  let left = limit
  let page: Found[] = []
  for await (const found of finder.found()) {
    page.push(found)
    if (page.length < Math.min(left, PAGE)) continue
    yield* await summariesOf(page, cluster, finder.traceIndices)
    left -= page.length
    page = []
    if (left === 0) return
  }
  if (page.length > 0) yield* await summariesOf(page, cluster, finder.traceIndices)
}

/** A request's days are looked up; otherwise the time tells. */
async function indicesFor(
  { spans, from }: TraceQuery,
  cluster: Cluster,
  days: Days,
  last: number | undefined,
): Promise<string> {
  for (const filter of spans) {
    const request = requestIdIn(filter)
    if (request === undefined) continue
    return days.spanIndicesOf([...(await daysOf({ request }, cluster, days))])
  }
  return days.spanIndices(from, last)
}

interface Filter {
  readonly query: Query
  /** How long after its trace's start a span may begin that passes, microseconds. */
  readonly within: number
}

/** Walks the newest matching spans down, and gives each of their traces when nothing newer can come. */
class Finder {
  readonly #query: TraceQuery & { readonly from: EpochMicros }
  /** Traces start at or before this. */
  readonly #to: number
  readonly #indices: string
  readonly #cluster: Cluster
  readonly #days: Days
  /** On which the traces considered have spans: more than those that the search itself goes over. */
  readonly #traceDays = new Set<Day>()
  readonly #filters: readonly Filter[]
  /** What every trace is found by: the filter that few spans pass. Undefined if all do. */
  readonly #driver: Filter | undefined
  readonly #seen = new Set<TraceId>()
  /** Belong in the answer, and are not given yet. */
  #waiting: Found[] = []

  constructor(
    query: TraceQuery & { readonly from: EpochMicros },
    to: number,
    indices: string,
    cluster: Cluster,
    days: Days,
  ) {
    this.#query = query
    this.#to = to
    this.#indices = indices
    this.#cluster = cluster
    this.#days = days
    const filters = query.spans.filter((filter) => filter.length > 0).sort((a, b) => costOf(a) - costOf(b))
    this.#filters = filters.map((filter) => ({
      query: queryFromFilter(filter),
      within: requestIdIn(filter) === undefined ? MATCH_WITHIN : Infinity,
    }))
    this.#driver = this.#filters[0]
  }

  get traceIndices(): string {
    return this.#days.spanIndicesOf([...this.#traceDays])
  }

  async *found(): AsyncGenerator<Found> {
    // A trace is found by its first span if any span will do; otherwise by spans that have no time, or come later.
    if (this.#driver !== undefined) {
      const { query, within } = this.#driver
      await this.#considerAll({ bool: { must_not: [{ exists: { field: 'ts' } }], filter: [query] } })
      if (Number.isFinite(this.#to)) {
        const later = { gt: this.#to, ...(Number.isFinite(within) && { lte: this.#to + within }) }
        await this.#considerAll(allOf([query, timeRange(later)]))
      }
    }
    let latest = this.#to
    for (
      let size = Math.max(64, Math.min(TOGETHER, this.#query.limit * 4));
      ;
      size = Math.min(MANY, size * 4)
    ) {
      const hits = await this.#newest(size, latest)
      // Where a span is, its trace is, whether or not a look-up says so yet.
      for (const { _index } of hits) this.#traceDays.add(this.#days.dayOfIndex(_index) ?? NO_DAY)
      await this.#consider(hits.map((hit) => String(hit.fields?.['trace']?.[0]) as TraceId))
      // A trace starts no later than any of its spans: those not seen yet start at or before the last of these.
      let horizon = hits.length < size ? -Infinity : timeOf(hits.at(-1))
      if (horizon === timeOf(hits[0]) && size === MANY) {
        // No page gets past so many spans of one moment.
        const moment = timeRange({ gte: horizon, lte: horizon })
        await this.#considerAll(this.#driver === undefined ? moment : allOf([this.#driver.query, moment]))
        horizon -= 1
      }
      this.#waiting.sort(compareSummaries)
      const later = this.#waiting.findIndex(({ start }) => start <= horizon)
      yield* this.#waiting.splice(0, later < 0 ? this.#waiting.length : later)
      if (horizon === -Infinity) return
      latest = horizon
    }
  }

  /**
   * The newest matching spans. By time alone, which is the order they are stored in: what the last page ended with comes
   * again. Nothing falls between two pages, whatever is written meanwhile: no point in time is needed.
   */
  async #newest(size: number, latest: number): Promise<readonly Hit<never>[]> {
    const range = timeRange({ gte: this.#query.from, ...(Number.isFinite(latest) && { lte: latest }) })
    const { hits } = await search<never>(this.#cluster, this.#indices, {
      size,
      query: allOf(this.#driver === undefined ? [range] : [this.#driver.query, range]),
      sort: [{ ts: 'desc' }],
      stored_fields: '_none_',
      docvalue_fields: ['trace'],
    })
    return hits.hits
  }

  /** Considers the traces of all spans that pass, unless they only begin after the time asked for. */
  async #considerAll(query: Query): Promise<void> {
    const terms = { field: 'trace', query, page: MANY }
    for await (const page of distinctTerms(this.#cluster, this.#indices, terms)) {
      const ids = page as readonly TraceId[]
      await this.#consider(Number.isFinite(this.#to) ? await this.#begunInTime(ids) : ids)
    }
  }

  /** Those of these traces that have a span before the end of the time asked for. */
  async #begunInTime(ids: readonly TraceId[]): Promise<TraceId[]> {
    if (ids.length === 0) return []
    const { aggregations } = await search<never, MatchesAnswer>(
      this.#cluster,
      this.#days.spanIndices(this.#query.from, this.#to),
      {
        size: 0,
        query: allOf([{ terms: { trace: ids } }, timeRange({ gte: this.#query.from, lte: this.#to })]),
        aggs: { traces: { terms: { field: 'trace', size: ids.length, execution_hint: 'map' } } },
      },
    )
    return (aggregations?.traces.buckets ?? []).map(({ key }) => key as TraceId)
  }

  async #consider(ids: readonly TraceId[]): Promise<void> {
    const unseen = [...new Set(ids)].filter((id) => !this.#seen.has(id))
    for (const id of unseen) this.#seen.add(id)
    for (let at = 0; at < unseen.length; at += TOGETHER) {
      const some = unseen.slice(at, at + TOGETHER)
      for (const day of await daysOf({ traces: some }, this.#cluster, this.#days)) this.#traceDays.add(day)
      this.#waiting.push(...(await this.#matching(some)))
    }
  }

  /** Those of these traces that belong in the answer: their start and their filters, looked at trace by trace. */
  async #matching(ids: readonly TraceId[]): Promise<Found[]> {
    const { aggregations } = await search<never, MatchesAnswer>(this.#cluster, this.traceIndices, {
      size: 0,
      query: { terms: { trace: ids } },
      aggs: {
        traces: {
          terms: { field: 'trace', size: ids.length, execution_hint: 'map' },
          aggs: {
            start: { min: { field: 'ts' } },
            ...Object.fromEntries(this.#filters.map(({ query }, i) => [`filter${i}`, FIRST_OF(query)])),
          },
        },
      },
    })
    return (aggregations?.traces.buckets ?? []).flatMap((bucket) => {
      const start = bucket.start.value
      if (start === null || start < this.#query.from || start > this.#to) return []
      const found = { traceId: bucket.key as TraceId, start: start as EpochMicros }
      const { after } = this.#query
      if (after !== undefined && compareSummaries(found, after) <= 0) return []
      const passes = this.#filters.every(({ within }, i) => {
        const { untimed, first } = bucket[`filter${i}`] as FirstOf
        return untimed.doc_count > 0 || (first.value !== null && first.value <= start + within)
      })
      return passes ? [found] : []
    })
  }
}

/** When the first span that passes began, and whether one passes that doesn't say when. */
const FIRST_OF = (filter: Query) => ({
  filter,
  aggs: { first: { min: { field: 'ts' } }, untimed: { missing: { field: 'ts' } } },
})

interface FirstOf {
  readonly doc_count: number
  readonly first: { readonly value: number | null }
  readonly untimed: { readonly doc_count: number }
}

interface MatchesAnswer {
  readonly traces: {
    readonly buckets: readonly ({
      readonly key: string
      readonly start: { readonly value: number | null }
    } & Readonly<Record<`filter${number}`, FirstOf>>)[]
  }
}

const timeOf = (hit: Hit<never> | undefined): number => Number(hit?.sort?.[0])

function timeRange(bounds: Readonly<Record<string, number>>): Query {
  return { range: { ts: bounds } }
}

/** The filter that is tried first should be the one that few spans pass. */
function costOf(filter: SpanFilter): number {
  const ranks = {
    requestId: 0,
    error: 1,
    operation: 2,
    tag: 3,
    annotation: 3,
    remoteService: 4,
    service: 5,
    duration: 6,
    kind: 7,
  }
  return Math.min(9, ...filter.map((part) => ('anyOf' in part ? 6 : ranks[part.field.on])))
}
