// Finds traces: newest first, exactly, and without reading more than the newest matching spans need; or the greatest first,
// for which all that match are looked at.
import {
  compareCursors,
  type EpochMicros,
  MATCH_WITHIN,
  type TraceCursor,
  type TraceId,
  type TraceQuery,
  type TraceSort,
  type TraceSummary,
} from '@hopscope/model'
import type { Cluster } from './connection.ts'
import { type Day, type Days, NO_DAY } from './days.ts'
import { daysOf } from './lookups.ts'
import { allOf, noneOf, type Query } from './bool-query.ts'
import { distinctTerms, type Hit, search } from './scan.ts'
import { summariesOf } from './summaries.ts'
import { driverQuery, planOf, type TracePlan } from './trace-plan.ts'

/** Traces asked about in one request. */
const TOGETHER = 500
/** Traces only counted through. */
const MANY = 10_000
/** Traces on one page of answers. */
const PAGE = 100
/** What one answer may have; Elasticsearch takes 65,536. */
const MOST_BUCKETS = 50_000

export async function* findTraces(
  query: TraceQuery,
  cluster: Cluster,
  days: Days,
): AsyncGenerator<TraceSummary> {
  const { limit, sort = 'time', after } = query
  if (limit <= 0) return
  const from = Math.max(1, query.from ?? 1)
  const to = Math.min(query.to ?? Infinity, (sort === 'time' ? after?.start : undefined) ?? Infinity)
  if (from > to) return
  const plan = planOf(query.where)
  const indices = await indicesFor(plan, from, to, cluster, days)
  const window = { from: from as EpochMicros, to, sort, limit, after }
  const finder = new Finder(window, plan, indices, cluster, days)
  let left = limit
  let page: TraceCursor[] = []
  for await (const found of sort === 'time' ? finder.newestFirst() : finder.greatestFirst()) {
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
  { drivers = [] }: TracePlan,
  from: number,
  to: number,
  cluster: Cluster,
  days: Days,
): Promise<string> {
  // Matching spans may begin later than the trace that they are found by.
  const byTime = days.spanIndices(from, Number.isFinite(to) ? to + MATCH_WITHIN : undefined)
  const requests = drivers.flatMap(({ request }) => request ?? [])
  if (requests.length === 0) return byTime
  const theirs = new Set<Day>()
  for (const request of new Set(requests))
    for (const day of await daysOf({ request }, cluster, days)) theirs.add(day)
  const byRequest = days.spanIndicesOf([...theirs])
  if (requests.length === drivers.length) return byRequest
  return days.together(byTime, byRequest)
}

interface Window {
  readonly from: EpochMicros
  /** Traces start at or before this. */
  readonly to: number
  readonly sort: TraceSort
  readonly limit: number
  readonly after: TraceCursor | undefined
}

/** Goes from the matching spans to their traces, and looks at each trace once. */
class Finder {
  readonly #window: Window
  readonly #plan: TracePlan
  /** Of the spans that a trace may be found by. */
  readonly #driver: Query
  readonly #indices: string
  readonly #cluster: Cluster
  readonly #days: Days
  /** On which the traces considered have spans: more than those that the search itself goes over. */
  readonly #traceDays = new Set<Day>()
  readonly #seen = new Set<TraceId>()
  readonly #together: number
  /** Belong in the answer, and are not given yet. */
  #waiting: TraceCursor[] = []

  constructor(window: Window, plan: TracePlan, indices: string, cluster: Cluster, days: Days) {
    this.#window = window
    this.#plan = plan
    this.#driver = driverQuery(plan.drivers)
    this.#indices = indices
    this.#cluster = cluster
    this.#days = days
    this.#together = Math.max(1, Math.min(TOGETHER, Math.floor(MOST_BUCKETS / (2 + 2 * plan.filters.length))))
  }

  get traceIndices(): string {
    return this.#days.spanIndicesOf([...this.#traceDays])
  }

  /** Walks the newest matching spans down, and gives each of their traces when nothing newer can come. */
  async *newestFirst(): AsyncGenerator<TraceCursor> {
    const { to, limit } = this.#window
    await this.#considerLate()
    let latest = to
    for (let size = Math.max(64, Math.min(TOGETHER, limit * 4)); ; size = Math.min(MANY, size * 4)) {
      const hits = await this.#newest(size, latest)
      // Where a span is, its trace is, whether or not a look-up says so yet.
      for (const { _index } of hits) this.#traceDays.add(this.#days.dayOfIndex(_index) ?? NO_DAY)
      await this.#consider(hits.map((hit) => String(hit.fields?.['trace']?.[0]) as TraceId))
      // A trace starts no later than any of its spans: those not seen yet start at or before the last of these.
      let horizon = hits.length < size ? -Infinity : timeOf(hits.at(-1))
      if (horizon === timeOf(hits[0]) && size === MANY) {
        // No page gets past so many spans of one moment.
        await this.#considerAll(allOf([this.#driver, timeRange({ gte: horizon, lte: horizon })]))
        horizon -= 1
      }
      this.#waiting.sort(compareCursors)
      const later = this.#waiting.findIndex(({ start }) => start <= horizon)
      yield* this.#waiting.splice(0, later < 0 ? this.#waiting.length : later)
      if (horizon === -Infinity) return
      latest = horizon
    }
  }

  /** Looks at every matching trace, and keeps no more than are wanted. */
  async *greatestFirst(): AsyncGenerator<TraceCursor> {
    const { from, to } = this.#window
    await this.#considerAll(allOf([this.#driver, timeRange({ gte: from, ...atMost(to) })]), 'in time')
    await this.#considerLate()
    this.#keepBest()
    yield* this.#waiting
  }

  /** A trace is found by its first span if any span will do; otherwise also by spans that have no time, or come later. */
  async #considerLate(): Promise<void> {
    const { to } = this.#window
    for (const { query, within } of this.#plan.drivers ?? []) {
      if (within === 0) continue
      await this.#considerAll(allOf([query, UNTIMED]))
      if (Number.isFinite(to)) await this.#considerAll(allOf([query, laterThan(to, within)]))
    }
  }

  #keepBest(): void {
    this.#waiting.sort(compareCursors)
    this.#waiting.length = Math.min(this.#waiting.length, this.#window.limit)
  }

  /**
   * The newest matching spans. By time alone, which is the order they are stored in: what the last page ended with comes
   * again. Nothing falls between two pages, whatever is written meanwhile: no point in time is needed.
   */
  async #newest(size: number, latest: number): Promise<readonly Hit<never>[]> {
    const range = timeRange({ gte: this.#window.from, ...atMost(latest) })
    const { hits } = await search<never>(this.#cluster, this.#indices, {
      size,
      query: allOf([this.#driver, range]),
      sort: [{ ts: 'desc' }],
      stored_fields: '_none_',
      docvalue_fields: ['trace'],
    })
    return hits.hits
  }

  /** Considers the traces of all spans that pass, unless they only begin after the time asked for. */
  async #considerAll(query: Query, when?: 'in time'): Promise<void> {
    const terms = { field: 'trace', query, page: MANY }
    for await (const page of distinctTerms(this.#cluster, this.#indices, terms)) {
      const ids = page as readonly TraceId[]
      const isLate = when === undefined && Number.isFinite(this.#window.to)
      await this.#consider(isLate ? await this.#begunInTime(ids) : ids)
      if (this.#window.sort !== 'time' && this.#waiting.length > 2 * this.#window.limit + MANY)
        this.#keepBest()
    }
  }

  /** Those of these traces that have a span before the end of the time asked for. */
  async #begunInTime(ids: readonly TraceId[]): Promise<TraceId[]> {
    if (ids.length === 0) return []
    const { from, to } = this.#window
    const { aggregations } = await search<never, MatchesAnswer>(
      this.#cluster,
      this.#days.spanIndices(from, to),
      {
        size: 0,
        query: allOf([{ terms: { trace: ids } }, timeRange({ gte: from, lte: to })]),
        aggs: { traces: { terms: { field: 'trace', size: ids.length, execution_hint: 'map' } } },
      },
    )
    return (aggregations?.traces.buckets ?? []).map(({ key }) => key as TraceId)
  }

  async #consider(ids: readonly TraceId[]): Promise<void> {
    const unseen = [...new Set(ids)].filter((id) => !this.#seen.has(id))
    for (const id of unseen) this.#seen.add(id)
    for (let at = 0; at < unseen.length; at += this.#together) {
      const some = unseen.slice(at, at + this.#together)
      for (const day of await daysOf({ traces: some }, this.#cluster, this.#days)) this.#traceDays.add(day)
      this.#waiting.push(...(await this.#matching(some)))
    }
  }

  /** Those of these traces that belong in the answer: their start and what is asked of them, looked at trace by trace. */
  async #matching(ids: readonly TraceId[]): Promise<TraceCursor[]> {
    const { filters } = this.#plan
    const { from, to, after, sort } = this.#window
    const { aggregations } = await search<never, MatchesAnswer>(this.#cluster, this.traceIndices, {
      size: 0,
      query: { terms: { trace: ids } },
      aggs: {
        traces: {
          terms: { field: 'trace', size: ids.length, execution_hint: 'map' },
          aggs: {
            start: { min: { field: 'ts' } },
            end: { max: { field: 'end' } },
            ...(sort === 'errors' && { errors: { filter: { term: { error: true } } } }),
            ...Object.fromEntries(filters.map(({ query }, i) => [`filter${i}`, FIRST_OF(query)])),
          },
        },
      },
    })
    return (aggregations?.traces.buckets ?? []).flatMap((bucket) => {
      const start = bucket.start.value
      if (start === null || start < from || start > to) return []
      const traceId = bucket.key as TraceId
      const duration = bucket.end.value === null ? 0 : bucket.end.value - start
      const value = {
        time: undefined,
        duration,
        spans: bucket.doc_count,
        errors: bucket.errors?.doc_count ?? 0,
      }[sort]
      const found = { traceId, start: start as EpochMicros, value }
      if (after !== undefined && compareCursors(found, after) <= 0) return []
      const firsts = filters.map((_, i) => {
        const { untimed, first } = bucket[`filter${i}`] as FirstAnswer
        return { untimed: untimed.doc_count > 0, first: first.value }
      })
      return this.#plan.passes({ traceId, start, duration, firsts }) ? [found] : []
    })
  }
}

const FIRST_OF = (filter: Query) => ({
  filter,
  aggs: { first: { min: { field: 'ts' } }, untimed: { missing: { field: 'ts' } } },
})

interface FirstAnswer {
  readonly doc_count: number
  readonly first: { readonly value: number | null }
  readonly untimed: { readonly doc_count: number }
}

interface MatchesAnswer {
  readonly traces: {
    readonly buckets: readonly ({
      readonly key: string
      readonly doc_count: number
      readonly start: { readonly value: number | null }
      readonly end: { readonly value: number | null }
      readonly errors?: { readonly doc_count: number }
    } & Readonly<Record<`filter${number}`, FirstAnswer>>)[]
  }
}

const timeOf = (hit: Hit<never> | undefined): number => Number(hit?.sort?.[0])

const UNTIMED = noneOf({ exists: { field: 'ts' } })

function timeRange(bounds: Readonly<Record<string, number>>): Query {
  return { range: { ts: bounds } }
}

const atMost = (latest: number) => (Number.isFinite(latest) ? { lte: latest } : {})

/** Later than this, but no later than `within` after it. */
function laterThan(time: number, within: number): Query {
  return timeRange({ gt: time, ...atMost(time + within) })
}
