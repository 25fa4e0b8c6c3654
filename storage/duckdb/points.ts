// What aggregates and edges have in common: slices of time, and what is measured in each.
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'
import type { EpochMicros, MetricPoint, TimeSlices, TraceId } from '@hopscope/model'
import { traceIdFrom } from './span-reader.ts'

/** Times beyond are none that a span has; what is asked for may be anything. */
const LATEST = Number.MAX_SAFE_INTEGER

const clamped = (time: number) => Math.min(LATEST, Math.max(0, Math.ceil(time)))

/** Whether a column of times is in the window; 0 is no time. */
export function windowSql({ from, to }: TimeSlices, column: string): string {
  return `${column} >= ${Math.max(1, clamped(from))} AND ${column} < ${clamped(to)}`
}

/** The number of the slice that a time of the window is in. */
export function sliceSql({ from, step }: TimeSlices, column: string): string {
  return step === undefined ? '0' : `(${column} - (${Math.floor(from)})) // ${Math.max(1, Math.floor(step))}`
}

/** Over rows with `took` (0: unknown), `failed` and `span` (a row id of spans). */
export function measuresSql(quantiles: readonly number[]): string {
  const durations = `quantile_disc(took, [${quantiles.map((q) => q.toFixed(9)).join(', ')}]::DECIMAL(10, 9)[]) FILTER (took > 0)`
  return `count(*), count(*) FILTER (failed), ${quantiles.length === 0 ? `CASE WHEN max(took) > 0 THEN [] END` : durations},
    arg_max(span, took), arg_max(span, took) FILTER (failed)`
}

/** @param rows each a slice and what {@link measuresSql} gives for it */
export async function addPoints(
  { from, step = 0 as never }: TimeSlices,
  rows: readonly (readonly DuckDBValue[])[],
  connection: DuckDBConnection,
): Promise<MetricPoint[]> {
  const examples = new Set<number>()
  for (const [, , , , slowest, failed] of rows)
    for (const span of [slowest, failed]) if (typeof span === 'bigint') examples.add(Number(span))
  const traceIds = await traceIdsOf(examples, connection)
  const exampleOf = (span: DuckDBValue | undefined) =>
    typeof span === 'bigint' ? traceIds.get(Number(span)) : undefined
  return rows.map(([slice, count, errors, durations, slowest, failed]) => ({
    at: (from + Number(slice) * step) as EpochMicros,
    count: Number(count),
    errors: Number(errors),
    durations: durationsFrom(durations),
    slowest: exampleOf(slowest),
    failed: exampleOf(failed),
  }))
}

function durationsFrom(list: DuckDBValue | undefined): number[] | undefined {
  if (list === null || typeof list !== 'object' || !('items' in list)) return undefined
  return (list.items as readonly unknown[]).map(Number)
}

/** Of rows of spans, which never change or move. */
async function traceIdsOf(
  rows: ReadonlySet<number>,
  connection: DuckDBConnection,
): Promise<Map<number, TraceId>> {
  if (rows.size === 0) return new Map()
  const reader = await connection.runAndReadAll(
    `SELECT rowid, trace_high, trace_low FROM spans WHERE rowid IN (SELECT unnest(from_json($1, '["BIGINT"]')))`,
    [JSON.stringify([...rows])],
  )
  return new Map(reader.getRows().map(([row, high, low]) => [Number(row), traceIdFrom(high, low)]))
}
