// Counts and durations of spans by SQL, as model/metrics/aggregate.ts defines them.
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'
import {
  type AggregateQuery,
  type GroupKey,
  LONGEST_LABEL,
  type Metrics,
  type MetricSeries,
  SPAN_KINDS,
} from '@hopscope/model'
import { FLAG_ERROR } from './columns.ts'
import { addPoints, measuresSql, sliceSql, windowSql } from './points.ts'
import { fitsSql, Parameters, sqlFromPredicate, tagTextSql } from './predicate-sql.ts'

/** One key of a grouping: what rows are grouped by, and the label's text once they are. */
interface Label {
  /** Over a row of `spans`. */
  readonly group: string
  /** Over a group, where `group` is the column `name`. */
  readonly text: string
  readonly join: string
}

export async function readMetrics(query: AggregateQuery, connection: DuckDBConnection): Promise<Metrics> {
  const { by, where, quantiles, limit } = query
  const parameters = new Parameters()
  const labels = by.map((key, at) => labelOf(key, `l${at}`, parameters))
  const names = labels.map((_, at) => `l${at}`)
  // One group for no labels.
  const keys = names.length === 0 ? 'one' : names.join(', ')
  const groups =
    labels.length === 0 ? '1 AS one' : labels.map(({ group }, at) => `${group} AS l${at}`).join(', ')
  const texts = labels.map(({ text }, at) => `${text} AS t${at}`)
  const order = ['total DESC', ...names.map((_, at) => `t${at} NULLS LAST`)].join(', ')
  const same =
    names.length === 0
      ? 'true'
      : names.map((name) => `picked.${name} IS NOT DISTINCT FROM first.${name}`).join(' AND ')
  // What is parsed out of JSON is parsed once.
  const kept = by.some(({ on }) => on === 'tag') ? 'MATERIALIZED' : 'NOT MATERIALIZED'
  const reader = await connection.runAndReadAll(
    `WITH picked AS ${kept} (
      SELECT ${groups}, ${sliceSql(query, 'ts')} AS slice, duration AS took, flags & ${FLAG_ERROR} <> 0 AS failed, rowid AS span
      FROM spans WHERE ${windowSql(query, 'ts')} AND ${sqlFromPredicate(where, parameters)}
    ), totals AS (
      SELECT ${keys}, count(*) AS total FROM picked GROUP BY ${keys}
    ), ranked AS (
      SELECT ${['totals.*', ...texts].join(', ')} FROM totals ${labels.map(({ join }) => join).join(' ')}
      ORDER BY ${order} LIMIT ${limit + 1}
    ), first AS MATERIALIZED (
      SELECT *, row_number() OVER (ORDER BY ${order}) AS place FROM ranked
    ), measured AS (
      SELECT place, slice, ${measuresSql(quantiles)} FROM picked JOIN first ON ${same} WHERE place <= ${limit} GROUP BY place, slice
    )
    SELECT place, (SELECT count(*) FROM first), measured.* EXCLUDE (place)${names.map((_, at) => `, t${at}`).join('')}
    FROM measured JOIN first USING (place) ORDER BY place, slice`,
    parameters.values,
  )
  const rows = reader.getRows()
  const series: (MetricSeries & { points: MetricSeries['points'][number][] })[] = []
  const measures = rows.map(([, , ...measured]) => measured)
  const points = await addPoints(query, measures, connection)
  for (const [at, row] of rows.entries()) {
    const place = Number(row[0]) - 1
    const labelled = (series[place] ??= {
      labels: names.map((_, i) => textFrom(row[row.length - names.length + i])),
      points: [],
    })
    const point = points[at]
    if (point !== undefined) labelled.points.push(point)
  }
  return { series, complete: Number(rows[0]?.[1] ?? 0) <= limit }
}

const textFrom = (value: DuckDBValue | undefined) => (typeof value === 'string' ? value : undefined)

const CODED = { service: 'service', remoteService: 'remote_service', operation: 'name' } as const

function labelOf(key: GroupKey, name: string, parameters: Parameters): Label {
  switch (key.on) {
    case 'kind': {
      const texts = SPAN_KINDS.map((kind, at) => `WHEN ${at + 1} THEN '${kind}'`).join(' ')
      return { group: 'kind', text: `CASE ${name} ${texts} END`, join: '' }
    }
    case 'tag': {
      const text = tagTextSql(key.key, parameters)
      const short = `CASE WHEN strlen(tags) <= ${LONGEST_LABEL} OR ${fitsSql(text, LONGEST_LABEL)} THEN ${text} END`
      return { group: short, text: name, join: '' }
    }
    default: {
      const long = `SELECT code FROM texts WHERE NOT ${fitsSql('text', LONGEST_LABEL)}`
      const column = CODED[key.on]
      return {
        group: `CASE WHEN ${column} IN (${long}) THEN 0 ELSE ${column} END`,
        text: `${name}_texts.text`,
        join: `LEFT JOIN texts ${name}_texts ON ${name}_texts.code = ${name}`,
      }
    }
  }
}
