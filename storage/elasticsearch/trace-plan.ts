// What a predicate over traces means for the search: which spans lead to the traces that may pass, and what to ask of each
// trace to know whether it does.
import {
  compareNumbers,
  requestIdIn,
  type SpanPredicate,
  type TraceId,
  type TracePredicate,
  withinOf,
} from '@hopscope/model'
import { anyOf, EVERYTHING, type Query } from './bool-query.ts'
import { queryFromPredicate } from './predicate-query.ts'

interface SpanFilter {
  readonly query: Query
  /** How long after its trace's start a span may begin that passes, microseconds. */
  readonly within: number
  /** The request id that the spans must have. */
  readonly request: string | undefined
}

/** When the first span that passes began, and whether one passes that doesn't say when. */
interface FirstOf {
  readonly first: number | null
  readonly untimed: boolean
}

/** What decides about a trace; `firsts` has one for each of {@link TracePlan.filters}. */
interface TraceFacts {
  readonly traceId: TraceId
  readonly start: number
  /** Microseconds. */
  readonly duration: number
  readonly firsts: readonly FirstOf[]
}

export interface TracePlan {
  /** Every trace that passes has a span that passes one of these. Undefined if any span will do. */
  readonly drivers: readonly SpanFilter[] | undefined
  readonly filters: readonly SpanFilter[]
  readonly passes: (trace: TraceFacts) => boolean
}

interface Node {
  readonly drivers: readonly SpanFilter[] | undefined
  /** Of looking at all that the drivers lead to; only to be compared. */
  readonly cost: number
  readonly passes: (trace: TraceFacts) => boolean
}

const EVERY_SPAN = { drivers: undefined, cost: 100 }

export function planOf(where: TracePredicate): TracePlan {
  const filters: SpanFilter[] = []
  const { drivers, passes } = nodeOf(where, filters)
  return { drivers, filters, passes }
}

/** @param filters where to add what the node asks of each trace */
function nodeOf(where: TracePredicate, filters: SpanFilter[]): Node {
  if ('all' in where) {
    const nodes = where.all.map((part) => nodeOf(part, filters))
    const cheapest = nodes.reduce<Pick<Node, 'drivers' | 'cost'>>(
      (best, node) => (node.cost < best.cost ? node : best),
      EVERY_SPAN,
    )
    return { ...cheapest, passes: (trace) => nodes.every((node) => node.passes(trace)) }
  }
  if ('any' in where) {
    const nodes = where.any.map((part) => nodeOf(part, filters))
    const passes = (trace: TraceFacts) => nodes.some((node) => node.passes(trace))
    if (nodes.some(({ drivers }) => drivers === undefined)) return { ...EVERY_SPAN, passes }
    const cost = nodes.reduce((sum, node) => sum + node.cost, 0)
    return { drivers: nodes.flatMap(({ drivers = [] }) => drivers), cost, passes }
  }
  if ('span' in where) return spanNode(where.span, filters)
  if (where.on === 'traceDuration')
    return { ...EVERY_SPAN, passes: ({ duration }) => compareNumbers(duration, where.is, where.value) }
  // Any of its spans leads to a trace, its first one too.
  const driver = { query: { term: { trace: where.value } }, within: 0, request: undefined }
  return { drivers: [driver], cost: 0, passes: ({ traceId }) => traceId === where.value }
}

function spanNode(predicate: SpanPredicate, filters: SpanFilter[]): Node {
  const query = queryFromPredicate(predicate)
  // A trace that has a start has a span that began then.
  if (query === EVERYTHING) return { ...EVERY_SPAN, passes: () => true }
  const filter = { query, within: withinOf(predicate), request: requestIdIn(predicate) }
  const at = filters.push(filter) - 1
  return {
    drivers: [filter],
    cost: costOf(predicate),
    passes({ start, firsts }) {
      const { first, untimed } = firsts[at] ?? { first: null, untimed: false }
      return untimed || (first !== null && first <= start + filter.within)
    },
  }
}

/** The spans that some driver leads from. */
export function driverQuery(drivers: readonly SpanFilter[] | undefined): Query {
  return drivers === undefined ? EVERYTHING : anyOf(drivers.map(({ query }) => query))
}

const RANKS = {
  requestId: 1,
  error: 2,
  operation: 3,
  tag: 4,
  annotation: 4,
  remoteService: 5,
  service: 6,
  duration: 7,
  kind: 8,
  parentId: 9,
  id: 9,
}

/** What is tried first should be what few spans pass. */
function costOf(predicate: SpanPredicate): number {
  if ('all' in predicate) return Math.min(9, ...predicate.all.map(costOf))
  if ('any' in predicate) return predicate.any.reduce((sum, part) => sum + costOf(part), 0)
  return 'not' in predicate ? 9 : RANKS[predicate.field.on]
}
