// Counts spans and their durations over time, by Elasticsearch's aggregations where those are exact, and by the model itself
// from the spans where they aren't. First the groups are counted, then those with most spans are looked at over time.
import { setImmediate } from 'node:timers/promises'
import {
  type AggregateQuery,
  compareLabels,
  type EpochMicros,
  type MetricPoint,
  type Metrics,
  SpanAggregator,
  TooSlow,
  type TraceId,
} from '@hopscope/model'
import { HopscopeError } from '@hopscope/proto'
import type { Cluster } from './connection.ts'
import type { Days } from './days.ts'
import { type SpanDocument, spanFrom } from './document.ts'
import { canGroup, type GroupBucket, Grouping, TIME } from './groups.ts'
import { allOf, anyOf, type Query } from './bool-query.ts'
import { translate } from './predicate-query.ts'
import { percentFor, percentsFor } from './ranks.ts'
import { type Hit, scan } from './scan.ts'

const GROUPS_PAGE = 5000
/** Each has a histogram of some 20 kB on every shard. */
const POINTS_PAGE = 200
/** Groups that one query names. */
const NAMED_GROUPS = 100
/** Spellings of one group that a query names. */
const MOST_SPELLINGS = 500
/** How long spans are looked at before others have their turn. */
const LONGEST_TURN_MS = 20
/** Groups held while they are counted. */
const MOST_GROUPS = 100_000

export async function readAggregate(query: AggregateQuery, cluster: Cluster, days: Days): Promise<Metrics> {
  const from = Math.max(1, query.from)
  const to = Math.min(query.to, Number.MAX_SAFE_INTEGER)
  if (from >= to || query.limit <= 0) return new SpanAggregator(query).metrics()
  const indices = days.spanIndices(from, to)
  const { query: where, exact } = translate(query.where)
  const spans = allOf([where, { range: { ts: { gte: from, lt: to } } }])
  if (!exact || !canGroup(query.by)) return readSpanBySpan(query, spans, cluster, indices)
  const reader = new Reader(query, { from, to }, cluster, indices)
  const counted = await reader.countGroups(spans)
  if (counted.groups.some(({ spellings }) => spellings.length > MOST_SPELLINGS))
    return readSpanBySpan(query, spans, cluster, indices)
  await reader.addPoints(spans, counted)
  const series = counted.groups.map(({ labels, points }) => ({
    labels,
    points: points.sort((a, b) => a.at - b.at),
  }))
  return { series, complete: counted.complete }
}

async function readSpanBySpan(
  query: AggregateQuery,
  superset: Query,
  cluster: Cluster,
  indices: string,
): Promise<Metrics> {
  const aggregator = new SpanAggregator(query)
  let turnEnds = performance.now() + LONGEST_TURN_MS
  try {
    for await (const page of scan<SpanDocument>(cluster, indices, { query: superset }))
      for (const { _source } of page) {
        aggregator.add(spanFrom(_source))
        // A regular expression may take long, and this thread answers others, too.
        if (performance.now() < turnEnds) continue
        await setImmediate()
        turnEnds = performance.now() + LONGEST_TURN_MS
      }
  } catch (cause) {
    if (!(cause instanceof TooSlow)) throw cause
    const detail =
      'The spans fall into too many groups. Group by something with fewer values, or ask for less.'
    throw new HopscopeError('query-too-slow', detail, { cause })
  }
  return aggregator.metrics()
}

interface Group {
  readonly labels: readonly (string | undefined)[]
  count: number
  /** What Elasticsearch tells apart and we don't: labels too long for one. */
  readonly spellings: GroupBucket[]
  readonly points: MetricPoint[]
}

interface Counted {
  /** In the order of the answer. */
  readonly groups: readonly Group[]
  readonly complete: boolean
}

interface PointBucket extends GroupBucket {
  readonly timed: { readonly value: number }
  readonly durations?: { readonly values: readonly { readonly value: number | null }[] }
  readonly slowest: TopHit
  readonly errors: { readonly doc_count: number; readonly failed: TopHit }
}

interface TopHit {
  readonly hits: { readonly hits: readonly Hit<never>[] }
}

class Reader {
  readonly #query: AggregateQuery
  readonly #window: { readonly from: number; readonly to: number }
  readonly #cluster: Cluster
  readonly #indices: string
  readonly #grouping: Grouping

  constructor(
    query: AggregateQuery,
    window: { readonly from: number; readonly to: number },
    cluster: Cluster,
    indices: string,
  ) {
    this.#query = query
    this.#window = window
    this.#cluster = cluster
    this.#indices = indices
    this.#grouping = new Grouping(query.by)
  }

  async countGroups(spans: Query): Promise<Counted> {
    const { limit, by } = this.#query
    let groups = new Map<string, Group>()
    let isCut = false
    let mostGroups = MOST_GROUPS + 2 * limit
    // Those without the tag, or without any key, are one group, and no composite is without a source.
    const more = by.every(({ on }) => on === 'tag') ? [this.#always()] : []
    const buckets = this.#grouping.buckets(this.#cluster, this.#indices, spans, { more, page: GROUPS_PAGE })
    for await (const bucket of buckets) {
      const labels = this.#grouping.labelsOf(bucket)
      const name = nameOf(labels)
      const group = groups.get(name)
      if (group === undefined)
        groups.set(name, { labels, count: bucket.doc_count, spellings: [bucket], points: [] })
      else {
        group.count += bucket.doc_count
        if (group.spellings.length <= MOST_SPELLINGS) group.spellings.push(bucket)
      }
      if (groups.size < mostGroups) continue
      // A group without a label may come again, and with it grow.
      const all = [...groups].sort(([, a], [, b]) => byCount(a, b))
      groups = new Map(all.filter(([, each], i) => i < limit || each.labels.includes(undefined)))
      isCut ||= groups.size < all.length
      mostGroups = Math.max(mostGroups, 2 * groups.size)
    }
    const sorted = [...groups.values()].sort(byCount)
    return { groups: sorted.slice(0, limit), complete: !isCut && sorted.length <= limit }
  }

  async addPoints(spans: Query, { groups, complete }: Counted): Promise<void> {
    const plain = groups.filter(({ spellings }) => spellings.length === 1)
    const byName = new Map(plain.map((group) => [nameOf(group.labels), group]))
    const grouping = this.#grouping
    const named = (some: readonly Group[]) =>
      allOf([spans, anyOf(some.flatMap(({ spellings }) => spellings.map((each) => grouping.queryOf(each))))])
    const groupOf = (bucket: GroupBucket) => byName.get(nameOf(grouping.labelsOf(bucket)))
    if (complete && plain.length === groups.length) return this.#addPoints(spans, grouping, groupOf)
    for (let at = 0; at < plain.length; at += NAMED_GROUPS)
      await this.#addPoints(named(plain.slice(at, at + NAMED_GROUPS)), grouping, groupOf)
    for (const group of groups)
      if (group.spellings.length > 1) await this.#addPoints(named([group]), new Grouping([]), () => group)
  }

  async #addPoints(
    spans: Query,
    grouping: Grouping,
    groupOf: (bucket: GroupBucket) => Group | undefined,
  ): Promise<void> {
    const { quantiles, step, from } = this.#query
    const percents = await this.#percents(spans, grouping)
    const buckets = grouping.buckets<PointBucket>(this.#cluster, this.#indices, spans, {
      more: [this.#slices()],
      aggs: {
        timed: TIMED,
        ...(percents.length > 0 && { durations: percentiles(percents) }),
        slowest: LONGEST,
        errors: { filter: { term: { error: true } }, aggs: { failed: LONGEST } },
      },
      page: POINTS_PAGE,
    })
    for await (const bucket of buckets) {
      const { doc_count: count, errors, timed, durations, slowest, key } = bucket
      const durationOf = (quantile: number) => {
        // A slice may have grown since the percentiles were chosen; then its rank may be the next.
        const at = percents.indexOf(percentFor(quantile, timed.value))
        return durations?.values[at < 0 ? percents.indexOf(quantile * 100) : at]?.value ?? Number.NaN
      }
      groupOf(bucket)?.points.push({
        at: (step === undefined ? from : Number(key[TIME])) as EpochMicros,
        count,
        errors: errors.doc_count,
        durations: timed.value === 0 ? undefined : quantiles.map(durationOf),
        slowest: traceOf(slowest),
        failed: traceOf(errors.failed),
      })
    }
  }

  /** What to ask of each slice, in the order of the answers: their counts decide. */
  async #percents(spans: Query, grouping: Grouping): Promise<readonly number[]> {
    const { quantiles } = this.#query
    if (quantiles.length === 0) return []
    const percents = new Set(quantiles.map((quantile) => quantile * 100))
    const counts = grouping.buckets<Pick<PointBucket, 'timed'> & GroupBucket>(
      this.#cluster,
      this.#indices,
      spans,
      { more: [this.#slices()], aggs: { timed: TIMED }, page: GROUPS_PAGE },
    )
    for await (const { timed } of counts)
      for (const quantile of quantiles)
        for (const percent of percentsFor(quantile, Math.max(1, timed.value))) percents.add(percent)
    return [...percents].sort((a, b) => a - b)
  }

  /** Microseconds are milliseconds to a date histogram, which unlike others knows of an offset here. */
  #slices(): object {
    const { step, from } = this.#query
    if (step === undefined) return this.#always()
    const offset = ((from % step) + step) % step
    return sliceSource(step, offset)
  }

  /** All time as one slice. */
  #always(): object {
    const { from, to } = this.#window
    return sliceSource(to - from, from % (to - from))
  }
}

function sliceSource(step: number, offset: number): object {
  const histogram = { field: 'ts', fixed_interval: `${step}ms`, offset: `+${offset}ms` }
  return { [TIME]: { date_histogram: histogram } }
}

const TIMED = { value_count: { field: 'dur' } }

const percentiles = (percents: readonly number[]) => ({
  percentiles: { field: 'dur', percents, keyed: false, hdr: { number_of_significant_value_digits: 2 } },
})

const LONGEST = {
  top_hits: {
    size: 1,
    sort: [{ dur: { order: 'desc', missing: '_last' } }],
    _source: false,
    stored_fields: '_none_',
    docvalue_fields: ['trace'],
  },
}

function traceOf({ hits }: TopHit): TraceId | undefined {
  return hits.hits[0]?.fields?.['trace']?.[0] as TraceId | undefined
}

const nameOf = (labels: readonly (string | undefined)[]): string =>
  JSON.stringify(labels.map((label) => label ?? null))

function byCount(a: Group, b: Group): number {
  return b.count - a.count || compareLabels(a.labels, b.labels)
}
