// Finds traces: newest first, exactly, and without reading more than the newest matching spans need.
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'
import {
  compareText,
  MATCH_WITHIN,
  MOST_REQUEST_IDS,
  requestIdIn,
  type DurationMicros,
  type EpochMicros,
  type ServiceCount,
  type SpanFilter,
  type TraceQuery,
  type TraceSummary,
} from '@hopscope/model'
import { FLAG_ERROR, FLAG_SHARED } from './columns.ts'
import { Parameters, sqlFromFilter } from './filter-sql.ts'
import { idLiterals, traceIdFrom, tracesSql } from './span-reader.ts'

/** Trace ids in the order of their texts, of which some have 16 characters and some 32. */
const ID_ORDER = 'if(trace_high = 0, trace_low, trace_high), trace_high <> 0, trace_low'

/** One page of answers. */
export async function findTraces(query: TraceQuery, connection: DuckDBConnection): Promise<TraceSummary[]> {
  const filters = [...query.spans].sort((a, b) => costOf(a) - costOf(b))
  // A trace starts no later than any of its spans. So among the newest `depth` matching spans, every trace
  // that starts after the oldest of them is in its final place; look deeper until enough are.
  for (let depth = Math.max(64, query.limit * 4); ; depth *= 8) {
    const { found, horizon } = await findAmongNewest(query, filters, depth, connection)
    const final = horizon === undefined ? found : found.filter(({ start }) => start > horizon)
    if (horizon === undefined || final.length >= query.limit)
      return detailed(final.slice(0, query.limit), connection)
  }
}

/** The filter that is tried first should be the one that few spans pass. */
function costOf(filter: SpanFilter): number {
  const ranks = {
    requestId: 0,
    operation: 1,
    remoteService: 2,
    service: 3,
    error: 4,
    duration: 5,
    tag: 6,
    annotation: 6,
    kind: 7,
  }
  return Math.min(9, ...filter.map((part) => ('anyOf' in part ? 6 : ranks[part.field.on])))
}

/** A summary without what only the traces on the page are asked for. */
type Found = Omit<TraceSummary, 'services' | 'requestIds' | 'rootService' | 'rootOperation'>

/**
 * The first traces among those that own one of the newest `depth` spans which pass the filter.
 * `horizon`: time of the oldest span looked at; undefined when there were no more.
 */
async function findAmongNewest(
  query: TraceQuery,
  filters: readonly SpanFilter[],
  depth: number,
  connection: DuckDBConnection,
): Promise<{ found: Found[]; horizon: number | undefined }> {
  const parameters = new Parameters()
  const from = Math.max(1, query.from ?? 1)
  const to = Math.min(query.to ?? Infinity, query.after?.start ?? Infinity)
  const upTo = (time: string) => (Number.isFinite(to) ? `AND ${time} <= ${to}` : '')
  const matching = sqlFromFilter(filters[0] ?? [], parameters)
  const reader = await connection.runAndReadAll(
    `WITH newest AS MATERIALIZED (
      SELECT trace_high, trace_low, ts FROM spans WHERE ts >= ${from} ${upTo('ts')} AND ${matching}
      ORDER BY ts DESC LIMIT ${depth}
    ), candidates AS (
      SELECT trace_high, trace_low FROM newest
      UNION ALL SELECT trace_high, trace_low FROM spans WHERE ts = 0 AND ${matching}
      ${Number.isFinite(to) ? `UNION ALL SELECT trace_high, trace_low FROM spans WHERE ts > ${to} ${latestSql('ts', `${to}`, filters[0] ?? [])} AND ${matching}` : ''}
    ), found AS (
      SELECT trace_high, trace_low,
        min(ts) FILTER (ts > 0) AS start, max(ts + duration) FILTER (ts > 0 AND duration > 0) AS "end",
        count(*) AS spans, count(*) FILTER (flags & ${FLAG_ERROR} <> 0) AS errors
      FROM spans SEMI JOIN candidates USING (trace_high, trace_low)
      GROUP BY trace_high, trace_low
      HAVING start >= ${from} ${upTo('start')} ${afterSql(query)}
        ${filters.map((filter) => `AND ${earlySql(filter, sqlFromFilter(filter, parameters))}`).join(' ')}
      ORDER BY start DESC, ${ID_ORDER} LIMIT ${query.limit}
    )
    SELECT horizon, trace_high, trace_low, start, coalesce("end" - start, 0), spans, errors
    FROM (SELECT CASE WHEN count(*) = ${depth} THEN min(ts) END AS horizon FROM newest) LEFT JOIN found ON true
    ORDER BY start DESC, ${ID_ORDER}`,
    parameters.values,
  )
  const rows = reader.getRows()
  const horizon = rows[0]?.[0]
  return {
    horizon: typeof horizon === 'bigint' ? Number(horizon) : undefined,
    found: rows.filter((row) => row[3] !== null).map(foundFromRow),
  }
}

/** A span passes that began early enough in its trace, or doesn't say when. */
function earlySql(filter: SpanFilter, passes: string): string {
  if (requestIdIn(filter) !== undefined) return `bool_or(${passes})`
  return `(coalesce(min(ts) FILTER (ts > 0 AND ${passes}) <= start + ${MATCH_WITHIN}, false) OR bool_or(ts = 0 AND ${passes}))`
}

function latestSql(time: string, start: string, filter: SpanFilter): string {
  return requestIdIn(filter) === undefined ? `AND ${time} <= ${start} + ${MATCH_WITHIN}` : ''
}

function afterSql({ after }: TraceQuery): string {
  if (after === undefined) return ''
  const [high, low] = idLiterals(after.traceId)
  const wide = high !== '0'
  return `AND (start < ${after.start} OR (${ID_ORDER}) > (${wide ? high : low}::UBIGINT, ${wide}, ${low}::UBIGINT))`
}

function foundFromRow([, high, low, start, duration, spans, errors]: readonly DuckDBValue[]): Found {
  return {
    traceId: traceIdFrom(high, low),
    start: Number(start) as EpochMicros,
    duration: Number(duration) as DurationMicros,
    spanCount: Number(spans),
    errorCount: Number(errors),
  }
}

/** Adds what names each trace, its services and its request ids. */
async function detailed(found: readonly Found[], connection: DuckDBConnection): Promise<TraceSummary[]> {
  if (found.length === 0) return []
  const mine = tracesSql(found.map(({ traceId }) => traceId))
  // The root is that of model/summary.ts: parentless first, then by time, id, unshared first, names.
  const reader = await connection.runAndReadAll(
    `SELECT trace_high, trace_low,
      arg_min(struct_pack(service := s.text, name := n.text), struct_pack(
        child := parent_id <> 0, untimed := ts = 0, ts := ts, id := id, shared := flags & ${FLAG_SHARED}, service := s.text, name := n.text
      )) AS root,
      histogram(s.text) FILTER (service <> 0), histogram(s.text) FILTER (service <> 0 AND flags & ${FLAG_ERROR} <> 0),
      list(DISTINCT request_id) FILTER (request_id <> '')
    FROM spans LEFT JOIN texts s ON s.code = service LEFT JOIN texts n ON n.code = name
    WHERE ${mine} GROUP BY trace_high, trace_low`,
  )
  const rows = new Map(reader.getRowsJS().map((row) => [traceIdFrom(row[0], row[1]), row]))
  return found.map((trace) => {
    const [, , root, spans, errors, requestIds] = rows.get(trace.traceId) ?? []
    const { service, name } = (root ?? {}) as { service?: string | null; name?: string | null }
    const errorsOf = new Map(countsFrom(errors))
    const services: ServiceCount[] = countsFrom(spans).map(([text, count]) => ({
      name: text,
      spanCount: count,
      errorCount: errorsOf.get(text) ?? 0,
    }))
    return {
      ...trace,
      rootService: service ?? undefined,
      rootOperation: name ?? undefined,
      services: services.sort((x, y) => compareText(x.name, y.name)),
      requestIds: ((requestIds ?? []) as string[]).sort(compareText).slice(0, MOST_REQUEST_IDS),
    }
  })
}

/** A histogram as the binding gives it: a list of key and value. */
function countsFrom(histogram: unknown): [text: string, count: number][] {
  return ((histogram ?? []) as { key: string; value: bigint }[]).map(({ key, value }) => [key, Number(value)])
}
