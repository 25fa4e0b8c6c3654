// What a reader is asked so that it finds every trace that a TraceQL query does, and how each of them is then looked at.
import {
  EVERY_TRACE,
  isEverything,
  matchTrace,
  planOf,
  TooSlow,
  type Trace,
  type TraceId,
  type TraceMatch,
  type TracePredicate,
  type TraceQl,
} from '@hopscope/model'
import type { SpanReader } from '@hopscope/storage'
import { isOfRequest, joinsIds, lowOf } from '../zipkin-readers.ts'

/** What one trace may take; nobody else is answered meanwhile. */
export const TRACE_MILLISECONDS = 1000

export interface SearchPlan {
  readonly where: TracePredicate
  /** Whether the query finds all that `where` does. */
  readonly exact: boolean
  /** @param deadline as performance.now() has it */
  match(trace: Trace, deadline: number): TraceMatch | undefined | 'too slow'
}

/** @param where holds beside the query */
export async function searchPlan(
  reader: SpanReader,
  query: TraceQl,
  where: TracePredicate = EVERY_TRACE,
): Promise<SearchPlan> {
  const plan = planOf(query, (condition) => reader.native(condition))
  if (!joinsIds(reader))
    return {
      where: isEverything(where) ? plan.where : { all: [plan.where, where] },
      exact: plan.exact,
      match: (trace, deadline) => matchUntil(deadline, query, trace),
    }
  const asked = idsIn(plan.where)
  const ids = asked.length === 0 ? [] : [...new Set([...asked, ...(await reader.spellings(asked))])]
  return {
    where: { all: [ofOnePart(plan.where, ids), where] },
    exact: plan.exact && isEverything(plan.where),
    match: (trace, deadline) => {
      // Each spelling of its id is the trace's.
      const traceId = asked.find((id) => lowOf(id) === lowOf(trace.traceId)) ?? trace.traceId
      return matchUntil(deadline, query, { ...trace, traceId })
    },
  }
}

function matchUntil(deadline: number, query: TraceQl, trace: Trace): TraceMatch | undefined | 'too slow' {
  try {
    return matchTrace(query, trace, () => performance.now() > deadline)
  } catch (error) {
    if (error instanceof TooSlow) return 'too slow'
    throw error
  }
}

/**
 * What at least one of the stored traces must meet that together meet the predicate. Of several conditions that need not be the
 * same one; what only all of them tell (the duration) says nothing.
 * @param ids every spelling of those in the predicate
 */
function ofOnePart(where: TracePredicate, ids: readonly TraceId[]): TracePredicate {
  if ('span' in where) return where
  if ('any' in where) return { any: where.any.map((part) => ofOnePart(part, ids)) }
  if ('all' in where) {
    const parts = where.all.map((part) => ofOnePart(part, ids)).filter((part) => !isEverything(part))
    if (parts.length === 0) return EVERY_TRACE
    return parts.find(isOfIds) ?? parts.find(isOfRequest) ?? { any: parts }
  }
  if (where.on === 'traceDuration') return EVERY_TRACE
  const spellings = ids.filter((id) => lowOf(id) === lowOf(where.value))
  return { any: spellings.map((value): TracePredicate => ({ on: 'traceId', is: '=', value })) }
}

function idsIn(where: TracePredicate): TraceId[] {
  if ('any' in where) return where.any.flatMap(idsIn)
  if ('all' in where) return where.all.flatMap(idsIn)
  return 'on' in where && where.on === 'traceId' ? [where.value] : []
}

function isOfIds(where: TracePredicate): boolean {
  return 'any' in where ? where.any.every(isOfIds) : 'on' in where && where.on === 'traceId'
}
