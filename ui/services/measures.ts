// Rate, errors and durations of services or operations: rows of a table, and what of them is worth a word.
import type { Column, Order } from '../routing/services-url.ts'
import type { MetricPoint, SpanMetrics } from './answers.ts'
import { sliceCount } from './charts/scale.ts'

export const MEASURES = ['rate', 'errors', 'p50', 'p95', 'p99'] as const
export type Measure = (typeof MEASURES)[number]

export interface MeasuredRow {
  /** Of a service or an operation; null for spans without a name. */
  readonly name: string | null
  /** In the window, and in as long a time before it; undefined if nothing happened. */
  readonly now: MetricPoint | undefined
  readonly before: MetricPoint | undefined
  /** Step by step; undefined where nothing happened. */
  readonly points: readonly (MetricPoint | undefined)[]
}

/** Points of a series at their places among all the steps. */
export function slotted(
  metrics: SpanMetrics,
  points: readonly MetricPoint[],
): readonly (MetricPoint | undefined)[] {
  const slots = Array.from<MetricPoint | undefined>({ length: sliceCount(metrics) })
  for (const point of points) {
    const index = Math.round((point.at - metrics.start) / metrics.step)
    if (index >= 0 && index < slots.length) slots[index] = point
  }
  // The newest step has only begun: that nothing happened in it yet is no drop to zero.
  const begun = (metrics.end - metrics.start) % metrics.step
  if (begun > 0 && begun < metrics.step / 2 && slots.at(-1) === undefined) slots.pop()
  return slots
}

/** One for each name of either answer; `totals` has one point for the window, or that and one before it. */
export function rowsOf(totals: SpanMetrics, steps: SpanMetrics | undefined, label: string): MeasuredRow[] {
  const nowAt = sliceCount(totals) - 1
  const points = new Map(
    steps?.series.map((series) => [series.labels[label] ?? null, slotted(steps, series.points)]),
  )
  return totals.series.map(({ labels, points: sums }) => {
    const name = labels[label] ?? null
    const slots = slotted(totals, sums)
    return { name, now: slots[nowAt], before: slots[nowAt - 1], points: points.get(name) ?? [] }
  })
}

/** Of a point; null where there is none. A rate is 0 where nothing happened. */
export function measured(point: MetricPoint | undefined, measure: Measure): number | null {
  if (measure === 'rate') return point?.rate ?? 0
  if (measure === 'errors') return point?.errorRatio ?? null
  return point?.[measure] ?? null
}

export type Status = 'fine' | 'few' | 'many' | 'silent'
/** From this share of errors on, something is wrong. */
const MANY_ERRORS = 0.05

export function statusOf({ now }: Pick<MeasuredRow, 'now'>): Status {
  if (!now || now.count === 0) return 'silent'
  if (now.errors === 0) return 'fine'
  return now.errorRatio >= MANY_ERRORS ? 'many' : 'few'
}

/** What is worse is higher. */
const SEVERITY: Readonly<Record<Status, number>> = { silent: 0, fine: 1, few: 2, many: 3 }

export interface Change {
  readonly up: boolean
  /** Of a rate or a duration, the share it grew or shrank by; of an error ratio the difference. */
  readonly by: number
  /** Worse for whoever calls: slower, or more errors. A rate is neither. */
  readonly worse: boolean
}

/** Shares and differences below which a change is no news. */
const LEAST_CHANGE = 0.1
const LEAST_DIFFERENCE = 0.005

/** undefined if there is nothing to compare, or little changed. */
export function changeOf({ now, before }: MeasuredRow, measure: Measure): Change | undefined {
  if (!now || !before) return undefined
  const [is, was] = [measured(now, measure), measured(before, measure)]
  if (is === null || was === null) return undefined
  const isRatio = measure === 'errors'
  if (!isRatio && was <= 0) return undefined
  const by = isRatio ? is - was : is / was - 1
  if (Math.abs(by) < (isRatio ? LEAST_DIFFERENCE : LEAST_CHANGE)) return undefined
  return { up: by > 0, by: Math.abs(by), worse: by > 0 && measure !== 'rate' }
}

/** The rows whose name holds the text, in the wished order; without a number last, of equals by name. */
export function arranged<Row extends MeasuredRow>(
  rows: readonly Row[],
  { column, descending }: Order,
  filter = '',
): Row[] {
  const text = filter.trim().toLowerCase()
  const found = text ? rows.filter(({ name }) => name?.toLowerCase().includes(text)) : [...rows]
  const byName = (a: Row, b: Row) => compareTexts(a.name ?? '', b.name ?? '')
  const sign = descending ? -1 : 1
  if (column === 'name') return found.sort((a, b) => sign * byName(a, b))
  return found.sort((a, b) => {
    const [x, y] = [sortValue(a, column), sortValue(b, column)]
    if (x === null || y === null) return x === y ? byName(a, b) : x === null ? 1 : -1
    return sign * (x - y) || byName(a, b)
  })
}

const compareTexts = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

function sortValue(row: MeasuredRow, column: Exclude<Column, 'name'>): number | null {
  if (column !== 'status') return measured(row.now, column)
  // Within a status, the higher ratio is the worse.
  return SEVERITY[statusOf(row)] + (row.now?.errorRatio ?? 0)
}
