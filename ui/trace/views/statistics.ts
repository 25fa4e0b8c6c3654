// Statistics of a trace by service, or by service and operation; columns, for there may be as many operations as spans.
import { nearestRank, ROW_FLAGS, type TraceTable } from '@hopscope/model'
import { sortedIndexes } from './sorted-indexes.ts'
import { ranksOf } from './span-columns.ts'
import type { TableOrder } from './table-order.ts'

export const GROUPINGS = ['service', 'operation'] as const
export type Grouping = (typeof GROUPINGS)[number]

export const STATISTIC_COLUMNS = [
  'service',
  'operation',
  'spans',
  'errors',
  'total',
  'self',
  'critical',
  'min',
  'p50',
  'p95',
  'max',
] as const
export type StatisticColumn = (typeof STATISTIC_COLUMNS)[number]

/** By group. Times are microseconds; those of durations NaN where no span of the group has one. */
export interface Statistics {
  /** A row of the group, for its names. */
  readonly row: Int32Array
  readonly spans: Float64Array
  readonly errors: Float64Array
  readonly total: Float64Array
  readonly self: Float64Array
  readonly critical: Float64Array
  readonly min: Float64Array
  readonly p50: Float64Array
  readonly p95: Float64Array
  readonly max: Float64Array
}

/** Of a row and all below it. Quantiles are by nearest rank. */
export function statisticsOf(table: TraceTable, root: number, by: Grouping): Statistics {
  const { flags, duration, selfTime, criticalTime } = table.columns.rows
  const { groupOf, row } = groupsOf(table, root, by)
  const sums = () => new Float64Array(row.length)
  const [spans, errors, total, self, critical] = [sums(), sums(), sums(), sums(), sums()]
  const timed = new Int32Array(row.length)
  const add = (sum: Float64Array | Int32Array, group: number, value: number) => {
    sum[group] = (sum[group] as number) + value
  }
  for (let i = 0; i < groupOf.length; i++) {
    const group = groupOf[i] as number
    if (group < 0) continue
    const at = root + i
    add(spans, group, 1)
    if (((flags[at] as number) & ROW_FLAGS.error) !== 0) add(errors, group, 1)
    if (((flags[at] as number) & ROW_FLAGS.hasDuration) !== 0) add(timed, group, 1)
    add(total, group, duration[at] as number)
    add(self, group, selfTime[at] as number)
    add(critical, group, criticalTime[at] as number)
  }
  return { row, spans, errors, total, self, critical, ...quantilesOf(table, root, groupOf, timed) }
}

/** -1 for a made-up root. */
function groupsOf(table: TraceTable, root: number, by: Grouping) {
  const { service, name, flags, descendants } = table.columns.rows
  const size = table.size === 0 ? 0 : (descendants[root] as number) + 1
  const groupOf = new Int32Array(size).fill(-1)
  const groups = new Map<number, number>()
  const firsts: number[] = []
  const names = table.columns.texts.ends.length
  for (let i = 0; i < size; i++) {
    const row = root + i
    if (((flags[row] as number) & ROW_FLAGS.synthetic) !== 0) continue
    const whose = (service[row] as number) + 1
    const key = by === 'service' ? whose : whose * names + (name[row] as number)
    let group = groups.get(key)
    if (group === undefined) {
      groups.set(key, (group = firsts.length))
      firsts.push(row)
    }
    groupOf[i] = group
  }
  return { groupOf, row: Int32Array.from(firsts) }
}

/** All durations are sorted once, then dealt out to their groups. */
function quantilesOf(table: TraceTable, root: number, groupOf: Int32Array, timed: Int32Array) {
  const { duration, flags } = table.columns.rows
  const starts = new Int32Array(timed.length + 1)
  for (let group = 0; group < timed.length; group++)
    starts[group + 1] = (starts[group] as number) + (timed[group] as number)
  const free = starts.slice()
  const sorted = new Float64Array(starts.at(-1) ?? 0)
  for (const i of sortedIndexes(duration.slice(root, root + groupOf.length))) {
    const group = groupOf[i] as number
    if (group < 0 || ((flags[root + i] as number) & ROW_FLAGS.hasDuration) === 0) continue
    const at = free[group] as number
    free[group] = at + 1
    sorted[at] = duration[root + i] as number
  }
  const quantile = (q: number) =>
    Float64Array.from(timed, (count, group) =>
      count === 0 ? Number.NaN : (sorted[(starts[group] as number) + nearestRank(q, count) - 1] as number),
    )
  return { min: quantile(0), p50: quantile(0.5), p95: quantile(0.95), max: quantile(1) }
}

/** Groups in the order of a column. */
export function groupsInOrder(
  table: TraceTable,
  statistics: Statistics,
  { column, descending }: TableOrder<StatisticColumn>,
): Int32Array {
  if (column !== 'service' && column !== 'operation') return sortedIndexes(statistics[column], descending)
  const textOf = (row: number) =>
    (column === 'service' ? table.serviceName(row) : table.name(row))?.slice(0, 200) ?? ''
  return sortedIndexes(Float64Array.from(ranksOf(Array.from(statistics.row, textOf))), descending)
}
