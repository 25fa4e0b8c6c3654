// Finds traces: newest first, exactly, and without reading more than the newest matching spans need; or the greatest first.
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'
import {
  compareText,
  MOST_REQUEST_IDS,
  type DurationMicros,
  type EpochMicros,
  type ServiceCount,
  type TraceCursor,
  type TraceQuery,
  type TraceSummary,
} from '@hopscope/model'
import { FLAG_ERROR, FLAG_SHARED } from './columns.ts'
import { numberSql, Parameters } from './predicate-sql.ts'
import { idLiterals, traceIdFrom, tracesSql } from './span-reader.ts'
import { type Driver, driverOf, DURATION, traceSql } from './trace-sql.ts'

/** Trace ids in the order of their texts, of which some have 16 characters and some 32. */
const ID_ORDER = 'if(trace_high = 0, trace_low, trace_high), trace_high <> 0, trace_low'

/** One page of answers. */
export async function findTraces(query: TraceQuery, connection: DuckDBConnection): Promise<TraceSummary[]> {
  const { sort = 'time', limit } = query
  if (sort !== 'time') return detailed(await findGreatest(query, sort, connection), connection)
  // A trace starts no later than any of its spans. So among the newest `depth` matching spans since some time, every
  // trace that starts after the oldest of them is in its final place; look deeper, or further back, until enough are.
  const from = Math.max(1, query.from ?? 1)
  const to = Math.min(query.to ?? Infinity, query.after?.start ?? Infinity)
  const [first, newest] = await extent(from, to, connection)
  let depth = Math.max(64, limit * 4)
  for (let back = FIRST_LOOK; ;) {
    const since = Math.max(first, newest - back)
    const { found, oldest } = await findAmongNewest(query, { since, to, depth }, connection)
    const horizon = oldest ?? (since > first ? since - 1 : undefined)
    const final = horizon === undefined ? found : found.filter(({ start }) => start > horizon)
    if (horizon === undefined || final.length >= limit) return detailed(final.slice(0, limit), connection)
    if (oldest === undefined) back *= 8
    else depth *= 8
  }
}

/** How far back the first look goes; what is asked for most has just happened. Microseconds; a minute. */
const FIRST_LOOK = 60_000_000

/** The times of the first and the last span of the window. */
async function extent(from: number, to: number, connection: DuckDBConnection): Promise<[number, number]> {
  const reader = await connection.runAndReadAll(
    `SELECT coalesce(min(ts), ${from}), coalesce(max(ts), ${from}) FROM spans WHERE ts >= ${from} ${upTo('ts', to)}`,
  )
  const [first, last] = reader.getRows()[0] ?? []
  return [Number(first), Number(last)]
}

/** A summary without what only the traces on the page are asked for. */
type Found = Omit<TraceSummary, 'services' | 'requestIds' | 'rootService' | 'rootOperation'>

/**
 * The first traces among those that own one of the newest `depth` spans since some time which pass the filter.
 * `oldest`: time of the oldest span looked at; undefined when there were no more.
 */
async function findAmongNewest(
  query: TraceQuery,
  { since, to, depth }: { readonly since: number; readonly to: number; readonly depth: number },
  connection: DuckDBConnection,
): Promise<{ found: Found[]; oldest: number | undefined }> {
  const parameters = new Parameters()
  const driver = driverOf(query.where, parameters)
  const order = `start DESC, ${ID_ORDER}`
  const reader = await connection.runAndReadAll(
    `WITH newest AS MATERIALIZED (
      SELECT trace_high, trace_low, ts FROM spans WHERE ts >= ${since} ${upTo('ts', to)} AND ${driver.sql}
      ORDER BY ts DESC LIMIT ${depth}
    ), candidates AS (
      SELECT trace_high, trace_low FROM newest ${outsideSql(driver, to)}
    ), mine AS MATERIALIZED (
      -- By row id, as the texts of all other rows would be read too, just to be thrown away.
      SELECT rowid AS row FROM spans SEMI JOIN candidates USING (trace_high, trace_low)
    ), found AS (
      ${foundSql(query, since, to, 'SEMI JOIN mine ON spans.rowid = mine.row', parameters)}
        ${query.after === undefined ? '' : `AND ${followsSql(query.after)}`}
      ORDER BY ${order} LIMIT ${query.limit}
    )
    SELECT oldest, trace_high, trace_low, start, took, spans, errors
    FROM (SELECT CASE WHEN count(*) = ${depth} THEN min(ts) END AS oldest FROM newest) LEFT JOIN found ON true
    ORDER BY ${order}`,
    parameters.values,
  )
  const rows = reader.getRows()
  const oldest = rows[0]?.[0]
  return {
    oldest: typeof oldest === 'bigint' ? Number(oldest) : undefined,
    found: rows.filter((row) => row[3] !== null).map(([, ...row]) => foundFromRow(row)),
  }
}

/** The columns of {@link foundSql} by which there are other sorts. */
const GREATEST = { duration: 'took', spans: 'spans', errors: 'errors' } as const

/** The traces of the window with the greatest of something: all of them are looked at. */
async function findGreatest(
  query: TraceQuery,
  by: keyof typeof GREATEST,
  connection: DuckDBConnection,
): Promise<Found[]> {
  const parameters = new Parameters()
  const driver = driverOf(query.where, parameters)
  const from = Math.max(1, query.from ?? 1)
  const to = query.to ?? Infinity
  const everyTrace = driver.sql === 'true' && query.from === undefined && query.to === undefined
  const candidates = `SEMI JOIN (
    SELECT trace_high, trace_low FROM spans WHERE ts >= ${from} ${upTo('ts', to)} AND ${driver.sql} ${outsideSql(driver, to)}
  ) USING (trace_high, trace_low)`
  const reader = await connection.runAndReadAll(
    `SELECT trace_high, trace_low, start, took, spans, errors
    FROM (${foundSql(query, from, to, everyTrace ? '' : candidates, parameters)})
    WHERE ${query.after === undefined ? 'true' : afterSql(query.after, GREATEST[by])}
    ORDER BY ${GREATEST[by]} DESC, start DESC, ${ID_ORDER} LIMIT ${query.limit}`,
    parameters.values,
  )
  return reader.getRows().map(foundFromRow)
}

const upTo = (time: string, to: number) => (Number.isFinite(to) ? `AND ${time} <= ${to}` : '')

/** Rows by which a trace of the window is found though they are not in it: without a time, or later. */
function outsideSql({ sql, within }: Driver, to: number): string {
  if (within === 0) return ''
  const untimed = `UNION ALL SELECT trace_high, trace_low FROM spans WHERE ts = 0 AND ${sql}`
  if (!Number.isFinite(to)) return untimed
  const later = `UNION ALL SELECT trace_high, trace_low FROM spans WHERE ts > ${to} ${upTo('ts', to + within)} AND ${sql}`
  return `${untimed} ${later}`
}

/** Summed-up traces that start in the window and meet the predicate. Ends inside HAVING. */
function foundSql(
  { where }: TraceQuery,
  from: number,
  to: number,
  candidates: string,
  parameters: Parameters,
): string {
  return `SELECT trace_high, trace_low,
      min(ts) FILTER (ts > 0) AS start, max(ts + duration) FILTER (ts > 0 AND duration > 0) AS "end",
      ${DURATION} AS took, count(*) AS spans, count(*) FILTER (flags & ${FLAG_ERROR} <> 0) AS errors
    FROM spans ${candidates}
    GROUP BY trace_high, trace_low
    HAVING start >= ${from} ${upTo('start', to)} AND ${traceSql(where, parameters)}`
}

/** Of traces that start no later than the cursor's. */
function followsSql({ start, traceId }: TraceCursor): string {
  const [high, low] = idLiterals(traceId)
  const wide = high !== '0'
  return `(start < ${start} OR (${ID_ORDER}) > (${wide ? high : low}::UBIGINT, ${wide}, ${low}::UBIGINT))`
}

function afterSql(after: TraceCursor, by: string): string {
  const value = numberSql(after.value ?? after.start)
  return `(${by} < ${value} OR (${by} = ${value} AND start <= ${after.start} AND ${followsSql(after)}))`
}

function foundFromRow([high, low, start, duration, spans, errors]: readonly DuckDBValue[]): Found {
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
  // The root is that of model/search/summary.ts: parentless first, then by time, id, unshared first, names.
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
