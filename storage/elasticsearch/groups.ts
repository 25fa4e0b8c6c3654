// The groups that spans fall into, as Elasticsearch tells them apart: buckets of a composite aggregation, exact and in pages.
import { compareText, type GroupKey, LONGEST_LABEL } from '@hopscope/model'
import type { Cluster } from './connection.ts'
import { allOf, noneOf, type Query } from './bool-query.ts'
import { search } from './scan.ts'
import { isDigest, keyToken, LONGEST_KEY_TOKEN, textBefore } from './terms.ts'

export interface GroupBucket {
  /** By the sources' names; null where a document has nothing there. */
  readonly key: Readonly<Record<string, string | number | null>>
  readonly doc_count: number
}

const FIELDS = { service: 'service', operation: 'name', remoteService: 'remote', kind: 'kind' } as const

/** How to group by keys of which at most one is a tag. */
export class Grouping {
  readonly #by: readonly GroupKey[]
  /** What the tokens begin with of the tag that is among the keys. */
  readonly #token: string | undefined

  /** @throws RangeError see {@link canGroup} */
  constructor(by: readonly GroupKey[]) {
    if (!canGroup(by)) throw new RangeError('two tags can not be grouped by')
    this.#by = by
    const tag = tagIn(by)
    this.#token = tag && keyToken(tag)
  }

  /**
   * Every bucket of these documents; a tag's and those without it one after the other.
   * @param more sources beyond the keys
   * @param aggs of each bucket
   */
  async *buckets<Bucket extends GroupBucket>(
    cluster: Cluster,
    indices: string,
    query: Query,
    { more = [], aggs, page }: { more?: readonly object[]; aggs?: object; page: number },
  ): AsyncGenerator<Bucket> {
    const token = this.#token
    const sources = [...this.#sources(), ...more]
    const read = (of: Query, all: readonly object[], begin?: string) =>
      compositeBuckets<Bucket>(cluster, indices, of, { sources: all, aggs, page, begin })
    if (token === undefined) return yield* read(query, sources)
    const tagged = { prefix: { tags: token } }
    const withTag = [{ tag: { terms: { field: 'tags' } } }, ...sources]
    yield* read(allOf([query, tagged]), withTag, token)
    yield* read(allOf([query, noneOf(tagged)]), sources)
  }

  labelsOf({ key }: GroupBucket): (string | undefined)[] {
    return this.#by.map(({ on }, i) => {
      const term = key[on === 'tag' ? 'tag' : `by${i}`] ?? undefined
      if (typeof term !== 'string' || isDigest(term)) return undefined
      const label = on === 'tag' ? term.slice(this.#token?.length) : term
      return label.length > LONGEST_LABEL ? undefined : label
    })
  }

  /** The documents of a bucket. */
  queryOf({ key }: GroupBucket): Query {
    return allOf(
      this.#by.map(({ on }, i) => {
        const field = on === 'tag' ? 'tags' : FIELDS[on]
        const term = key[on === 'tag' ? 'tag' : `by${i}`] ?? undefined
        if (term !== undefined) return { term: { [field]: term } }
        return noneOf(on === 'tag' ? { prefix: { tags: this.#token } } : { exists: { field } })
      }),
    )
  }

  #sources(): object[] {
    return this.#by.flatMap(({ on }, i) =>
      on === 'tag' ? [] : [{ [`by${i}`]: { terms: { field: FIELDS[on], missing_bucket: true } } }],
    )
  }
}

/** Two tags would be the product of all tags; of a long key no token tells the value. */
export function canGroup(by: readonly GroupKey[]): boolean {
  const tags = by.filter(({ on }) => on === 'tag')
  return tags.length <= 1 && keyToken(tagIn(by) ?? '').length <= LONGEST_KEY_TOKEN
}

function tagIn(by: readonly GroupKey[]): string | undefined {
  for (const key of by) if (key.on === 'tag') return key.key
  return undefined
}

interface CompositeAnswer<Bucket> {
  readonly groups: { readonly buckets: readonly Bucket[]; readonly after_key?: object }
}

/** Not more than `begin` says: the buckets whose first key begins so. */
async function* compositeBuckets<Bucket extends GroupBucket>(
  cluster: Cluster,
  indices: string,
  query: Query,
  {
    sources,
    aggs,
    page,
    begin,
  }: {
    sources: readonly object[]
    aggs: object | undefined
    page: number
    begin: string | undefined
  },
): AsyncGenerator<Bucket> {
  const names = sources.flatMap((source) => Object.keys(source))
  let after: object | undefined =
    begin === undefined
      ? undefined
      : Object.fromEntries(names.map((name, i) => [name, firstOf(name, i, begin)]))
  do {
    const { aggregations } = await search<never, CompositeAnswer<Bucket>>(cluster, indices, {
      size: 0,
      query,
      aggs: {
        groups: { composite: { size: page, sources, ...(after && { after }) }, ...(aggs && { aggs }) },
      },
    })
    const { buckets = [], after_key } = aggregations?.groups ?? {}
    for (const bucket of buckets) {
      const first = String(bucket.key[names[0] ?? ''])
      if (begin === undefined || first.startsWith(begin)) yield bucket
      else if (compareText(first, begin) > 0) return
    }
    after = after_key
  } while (after !== undefined)
}

function firstOf(name: string, i: number, begin: string): string | number | null {
  if (i === 0) return textBefore(begin) ?? ''
  return name === TIME ? 0 : null
}

/** The name of the source that is the slice of time. */
export const TIME = 'time'
