// Turns a trace predicate into SQL: what holds for a trace among its grouped rows, and by which of its spans to find it.
import {
  MATCH_WITHIN,
  type SpanCondition,
  type SpanPredicate,
  type TraceId,
  type TracePredicate,
  withinOf,
} from '@hopscope/model'
import { allSql, anySql, comparisonSql, type Parameters, sqlFromPredicate } from './predicate-sql.ts'
import { idLiterals } from './span-reader.ts'

/** Every trace that meets the predicate has a row that passes this one's `sql`. */
export interface Driver {
  readonly sql: string
  /** How long after its trace's start such a row may begin. Microseconds; 0 if the trace's first row is one. */
  readonly within: number
}

/** The most selective driver there is: of several that must all hold the best, of alternatives all together. */
export function driverOf(where: TracePredicate, parameters: Parameters): Driver {
  const parts = choose(where).parts
  if (parts === undefined) return { sql: 'true', within: 0 }
  const sql = parts.map((part) =>
    'span' in part ? sqlFromPredicate(part.span, parameters) : `(${traceIdSql(part.traceId)})`,
  )
  return {
    sql: anySql(sql),
    within: Math.max(0, ...parts.map((part) => ('span' in part ? withinOf(part.span) : Infinity))),
  }
}

type Part = { readonly span: SpanPredicate } | { readonly traceId: TraceId }

/** `parts` undefined: any row will do. */
interface Choice {
  readonly cost: number
  readonly parts: readonly Part[] | undefined
}

const ANY_ROW: Choice = { cost: 10, parts: undefined }

function choose(where: TracePredicate): Choice {
  if ('span' in where) {
    const cost = costOf(where.span)
    return cost === ANY_ROW.cost ? ANY_ROW : { cost, parts: [where] }
  }
  if ('all' in where)
    return where.all.map(choose).reduce((best, each) => (each.cost < best.cost ? each : best), ANY_ROW)
  if ('any' in where) {
    const choices = where.any.map(choose)
    if (choices.some(({ parts }) => parts === undefined)) return ANY_ROW
    return {
      cost: Math.max(0, ...choices.map(({ cost }) => cost)),
      parts: choices.flatMap(({ parts }) => parts ?? []),
    }
  }
  return where.on === 'traceId' ? { cost: 0, parts: [{ traceId: where.value }] } : ANY_ROW
}

const RANKS = {
  id: 0,
  requestId: 0,
  parentId: 1,
  operation: 2,
  remoteService: 3,
  service: 4,
  error: 5,
  duration: 6,
  tag: 7,
  annotation: 7,
  kind: 8,
} as const satisfies Record<SpanCondition['field']['on'], number>

/** The predicate that is tried first should be the one that few spans pass. */
function costOf(predicate: SpanPredicate): number {
  if ('all' in predicate) return Math.min(ANY_ROW.cost, ...predicate.all.map(costOf))
  if ('any' in predicate) return Math.max(0, ...predicate.any.map(costOf))
  return 'not' in predicate ? 9 : RANKS[predicate.field.on]
}

/** Over the rows of one trace, grouped, with `start` and `"end"` of its own. Never NULL. */
export function traceSql(where: TracePredicate, parameters: Parameters): string {
  if ('span' in where) return spanSql(where.span, parameters)
  const sqlOf = (part: TracePredicate) => `(${traceSql(part, parameters)})`
  if ('all' in where) return allSql(where.all.map(sqlOf))
  if ('any' in where) return anySql(where.any.map(sqlOf))
  return where.on === 'traceId' ? traceIdSql(where.value) : comparisonSql(DURATION, where.is, where.value)
}

/** A span passes that began early enough in its trace, or doesn't say when. */
function spanSql(predicate: SpanPredicate, parameters: Parameters): string {
  const passes = sqlFromPredicate(predicate, parameters)
  if (withinOf(predicate) === Infinity) return `bool_or(${passes})`
  return `(coalesce(min(ts) FILTER (ts > 0 AND ${passes}) <= start + ${MATCH_WITHIN}, false) OR bool_or(ts = 0 AND ${passes}))`
}

/** The duration as summaries have it, from grouped rows. */
export const DURATION = `coalesce("end" - start, 0)`

function traceIdSql(traceId: TraceId): string {
  const [high, low] = idLiterals(traceId)
  return `trace_low = ${low} AND trace_high = ${high}`
}
