// Reads every document of a query, page by page: no answer is cut at Elasticsearch's 10,000, and none is larger than
// memory allows.
import { AnswerTooLarge, type Cluster } from './connection.ts'
import type { Query } from './bool-query.ts'

export interface Hit<Source> {
  readonly _id: string
  readonly _index: string
  readonly _routing?: string
  readonly _source: Source
  /** Doc values that were asked for, each a list. */
  readonly fields?: Readonly<Record<string, readonly unknown[]>>
  readonly sort?: readonly unknown[]
}

export interface SearchAnswer<Source, Aggregations = unknown> {
  readonly hits: { readonly hits: readonly Hit<Source>[] }
  readonly aggregations?: Aggregations
  readonly pit_id?: string
}

const SEARCH = { allow_partial_search_results: false }
/** Days may have no index, or none any more. */
const MISSING_DAYS = { ignore_unavailable: true, allow_no_indices: true }

/** One search. Routing sends it to the shards of these traces only. */
export async function search<Source, Aggregations = unknown>(
  cluster: Cluster,
  indices: string,
  body: object,
  routing?: string,
): Promise<SearchAnswer<Source, Aggregations>> {
  return cluster.ask('POST', `/${indices}/_search`, {
    body: { track_total_hits: false, ...body },
    query: { ...SEARCH, ...MISSING_DAYS, ...(routing !== undefined && { routing }) },
  })
}

const PAGE = 2000
const KEEP_ALIVE = '1m'

export interface Scan {
  readonly query: Query
  readonly routing?: string | undefined
  readonly sort?: readonly object[]
  /** What each hit shall have: `_source`, `docvalue_fields`, `stored_fields`. Default: the source. */
  readonly fetch?: object
  /** Hits wanted in one answer. */
  readonly page?: number
}

/** Pages of hits. One page is one search; more are read from one point in time, from the beginning. */
export async function* scan<Source>(
  cluster: Cluster,
  indices: string,
  { query, routing, sort, fetch = {}, page = PAGE }: Scan,
): AsyncGenerator<readonly Hit<Source>[]> {
  let size = page
  for (;;) {
    try {
      const { hits } = await search<Source>(
        cluster,
        indices,
        { size, query, sort: sort ?? ['_doc'], ...fetch },
        routing,
      )
      if (hits.hits.length < size) return yield hits.hits
      break
    } catch (error) {
      size = smaller(size, error)
    }
  }
  const opened = await cluster.ask<{ id: string }>('POST', `/${indices}/_pit`, {
    query: { keep_alive: KEEP_ALIVE, ...MISSING_DAYS, ...(routing !== undefined && { routing }) },
  })
  let { id } = opened
  try {
    let after: readonly unknown[] | undefined
    for (;;) {
      let answer: SearchAnswer<Source>
      try {
        answer = await cluster.ask<SearchAnswer<Source>>('POST', '/_search', {
          query: SEARCH,
          body: {
            track_total_hits: false,
            size,
            query,
            // A point in time adds the shard's order as the last key: no two hits are equal.
            sort: sort ?? ['_shard_doc'],
            pit: { id, keep_alive: KEEP_ALIVE },
            ...(after && { search_after: after }),
            ...fetch,
          },
        })
      } catch (error) {
        size = smaller(size, error)
        continue
      }
      const { hits } = answer.hits
      id = answer.pit_id ?? id
      after = hits.at(-1)?.sort
      yield hits
      if (hits.length < size) return
    }
  } finally {
    // Best effort: it ends by itself a minute later, and must not hide what went wrong before.
    await cluster.ask('DELETE', '/_pit', { body: { id }, missing: {} }).catch(() => undefined)
  }
}

interface TermsAnswer {
  readonly terms: {
    readonly buckets: readonly { readonly key: { readonly term: string } }[]
    readonly after_key?: object
  }
}

export interface DistinctTerms {
  readonly field: string
  readonly query: Query
  /** Terms wanted in one answer. */
  readonly page: number
  /** Only terms after this one. */
  readonly after?: string | undefined
}

/** Pages of the distinct terms that the documents of a query have in a field, in their order. */
export async function* distinctTerms(
  cluster: Cluster,
  indices: string,
  { field, query, page, after: first }: DistinctTerms,
): AsyncGenerator<readonly string[]> {
  let after: object | undefined = first === undefined ? undefined : { term: first }
  do {
    const { aggregations } = await search<never, TermsAnswer>(cluster, indices, {
      size: 0,
      query,
      aggs: {
        terms: {
          composite: { size: page, sources: [{ term: { terms: { field } } }], ...(after && { after }) },
        },
      },
    })
    after = aggregations?.terms.after_key
    yield (aggregations?.terms.buckets ?? []).map(({ key }) => key.term)
  } while (after !== undefined)
}

function smaller(size: number, error: unknown): number {
  if (!(error instanceof AnswerTooLarge) || size === 1) throw error
  return Math.ceil(size / 8)
}
