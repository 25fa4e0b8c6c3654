// Who calls whom, how often and how long, by SQL, as model/metrics/edges.ts defines it.
import type { DuckDBConnection } from '@duckdb/node-api'
import {
  compareText,
  type EdgeQuery,
  type EdgeSeries,
  type EpochMicros,
  MATCH_WITHIN,
  MOST_CALLERS,
  SPAN_KINDS,
} from '@hopscope/model'
import { FLAG_ERROR, FLAG_SHARED } from './columns.ts'
import { addPoints, measuresSql, sliceSql, windowSql } from './points.ts'

const [CLIENT, SERVER, PRODUCER, CONSUMER] = SPAN_KINDS.map((_, at) => at + 1)

export async function readEdges(query: EdgeQuery, connection: DuckDBConnection): Promise<EdgeSeries[]> {
  const reader = await connection.runAndReadAll(callsSql(query))
  const rows = reader.getRows()
  const points = await addPoints(
    query,
    rows.map(([, , , ...measured]) => measured),
    connection,
  )
  const edges = new Map<string, EdgeSeries & { points: EdgeSeries['points'][number][] }>()
  for (const [at, [from, to, messaging]] of rows.entries()) {
    const key = JSON.stringify([from, to, messaging])
    let edge = edges.get(key)
    if (edge === undefined)
      edges.set(
        key,
        (edge = { from: String(from), to: String(to), kind: messaging ? 'messaging' : 'rpc', points: [] }),
      )
    const point = points[at]
    if (point !== undefined) edge.points.push(point)
  }
  return [...edges.values()].sort(
    (a, b) => compareText(a.from, b.from) || compareText(a.to, b.to) || compareText(b.kind, a.kind),
  )
}

/**
 * From, to, whether by message, slice, measures. Spans of the window and an hour around it are joined, as all else is too far.
 * DuckDB has no quick outer join on more than equality: so what is in no pair is looked for by its row id.
 */
function callsSql(query: EdgeQuery): string {
  const around = windowSql(
    {
      from: (query.from - MATCH_WITHIN) as EpochMicros,
      to: (query.to + MATCH_WITHIN) as EpochMicros,
      step: undefined,
    },
    'ts',
  )
  const columns = `trace_high, trace_low, rowid AS span, flags & ${FLAG_SHARED} AS shared, ts,
    if(ts = 0, ${Number.MAX_SAFE_INTEGER}, ts) AS latest, kind, duration, service, remote_service, flags & ${FLAG_ERROR} <> 0 AS failed`
  const calling = `caller.kind IN (${CLIENT}, ${PRODUCER})`
  const messaging = `(caller.kind = ${PRODUCER} OR callee.kind = ${CONSUMER})`
  const alone = (kinds: string) =>
    `FROM spans WHERE kind IN (${kinds}) AND service <> 0 AND remote_service <> 0 AND ${windowSql(query, 'ts')}`
  return `WITH caller AS NOT MATERIALIZED (
      SELECT ${columns}, id FROM spans WHERE (ts = 0 OR ${around})
    ), large AS MATERIALIZED (
      SELECT trace_high, trace_low FROM caller GROUP BY ALL HAVING count(*) > ${MOST_CALLERS}
    ), crowded AS MATERIALIZED (
      SELECT trace_high, trace_low, id FROM caller SEMI JOIN large USING (trace_high, trace_low)
      GROUP BY ALL HAVING count(*) > ${MOST_CALLERS}
    ), callee AS NOT MATERIALIZED (
      SELECT ${columns}, if(shared <> 0, id, parent_id) AS named
      FROM spans WHERE kind IN (${SERVER}, ${CONSUMER}) AND (ts = 0 OR ${around})
    ), pairs AS MATERIALIZED (
      SELECT if(caller.service <> 0, caller.service, callee.remote_service) AS source, callee.service AS target, ${messaging} AS messaging,
        callee.ts AS ts, if(${calling} AND NOT ${messaging} AND caller.duration > 0, caller.duration, callee.duration) AS took,
        callee.failed OR (${calling} AND caller.failed) AS failed, callee.span AS span, caller.span AS caller
      FROM callee JOIN (SELECT * FROM caller ANTI JOIN crowded USING (trace_high, trace_low, id)) caller
        ON callee.trace_low = caller.trace_low AND callee.trace_high = caller.trace_high AND callee.named = caller.id
        AND callee.span <> caller.span AND callee.shared + caller.shared < ${2 * FLAG_SHARED}
        AND callee.ts <= caller.latest + ${MATCH_WITHIN} AND caller.ts <= callee.latest + ${MATCH_WITHIN}
    ), calls AS (
      SELECT source, target, messaging, ts, took, failed, span FROM pairs WHERE ${windowSql(query, 'ts')}
      UNION ALL
      SELECT remote_service, service, kind = ${CONSUMER}, ts, duration, flags & ${FLAG_ERROR} <> 0, rowid
      ${alone(`${SERVER}, ${CONSUMER}`)} AND NOT EXISTS (SELECT 1 FROM pairs WHERE pairs.span = spans.rowid)
      UNION ALL
      SELECT service, remote_service, kind = ${PRODUCER}, ts, duration, flags & ${FLAG_ERROR} <> 0, rowid
      ${alone(`${CLIENT}, ${PRODUCER}`)} AND NOT EXISTS (SELECT 1 FROM pairs WHERE pairs.caller = spans.rowid)
    ), measured AS (
      SELECT source, target, messaging, ${sliceSql(query, 'ts')} AS slice, ${measuresSql(query.quantiles)}
      FROM calls WHERE source <> 0 AND target <> 0 GROUP BY source, target, messaging, slice
    )
    SELECT source.text, target.text, measured.* EXCLUDE (source, target)
    FROM measured JOIN texts source ON source.code = measured.source JOIN texts target ON target.code = measured.target
    ORDER BY slice`
}
