// Queries of Elasticsearch joined by all, any and none.

export type Query = Readonly<Record<string, unknown>>

export const EVERYTHING: Query = { match_all: {} }
export const NOTHING: Query = { match_none: {} }

/** Flat where it can be: Elasticsearch takes thirty levels. */
export function allOf(queries: readonly Query[]): Query {
  const flat = queries.flatMap((query) => partsOf(query, 'filter')).filter((query) => query !== EVERYTHING)
  if (flat.length === 0) return EVERYTHING
  return flat.length === 1 && flat[0] ? flat[0] : { bool: { filter: flat } }
}

export function anyOf(queries: readonly Query[]): Query {
  const flat = queries.flatMap((query) => partsOf(query, 'should'))
  if (flat.length === 0) return NOTHING
  if (flat.includes(EVERYTHING)) return EVERYTHING
  return flat.length === 1 && flat[0] ? flat[0] : { bool: { should: flat, minimum_should_match: 1 } }
}

export function noneOf(query: Query): Query {
  const [only, ...more] = partsOf(query, 'must_not')
  return only !== undefined && only !== query && more.length === 0 ? only : { bool: { must_not: [query] } }
}

/** What a `bool` of this kind alone joins; of any other query the query itself. */
function partsOf(query: Query, kind: 'filter' | 'should' | 'must_not'): readonly Query[] {
  const clauses = (query['bool'] ?? {}) as Readonly<Record<string, readonly Query[] | number>>
  const others = Object.keys(clauses).filter((name) => name !== kind && name !== 'minimum_should_match')
  const parts = clauses[kind]
  return others.length === 0 && typeof parts === 'object' ? parts : [query]
}

/** Levels of queries within queries. */
export function depthOf(query: Query): number {
  const parts = Object.values((query['bool'] ?? {}) as Readonly<Record<string, unknown>>)
  return 1 + parts.flat().reduce<number>((most, part) => Math.max(most, typeof part === 'object' ? depthOf(part as Query) : 0), 0) // prettier-ignore
}
