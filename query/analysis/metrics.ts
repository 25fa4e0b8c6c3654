// Rate, errors and durations over time, as JSON has them.
import type {
  AggregateQuery,
  EdgeQuery,
  EpochMicros,
  GroupKey,
  MetricPoint,
  SpanPredicate,
} from '@hopscope/model'
import type { SpanReader } from '@hopscope/storage'
import type { GivenQuery } from '../rest/query-parameter.ts'
import type { Window } from './window-query.ts'

export const DEFAULT_QUANTILES: readonly number[] = [0.5, 0.95, 0.99]
const HOP_LABELS: readonly string[] = ['from', 'to', 'kind']

/** Calls begin here: what a service did when it was asked to. */
export const ENTRY: SpanPredicate = {
  any: (['SERVER', 'CONSUMER'] as const).map((value) => ({ field: { on: 'kind' }, is: '=', value })),
}

interface Labels {
  readonly [name: string]: string | null
}

export interface PointJson {
  readonly at: EpochMicros
  readonly count: number
  /** Of a second. */
  readonly rate: number
  readonly errors: number
  readonly errorRatio: number
  readonly slowest: string | null
  readonly failed: string | null
  /** `p50` and so on, in microseconds. */
  readonly [quantile: `p${string}`]: number | null
}

export interface MetricsAnswer {
  readonly start: EpochMicros
  readonly end: EpochMicros
  readonly step: number
  readonly by: readonly string[]
  readonly query?: Pick<GivenQuery, 'text' | 'fromWords'>
  readonly series: readonly { readonly labels: Labels; readonly points: readonly PointJson[] }[]
  readonly complete: boolean
}

export type MetricsQuestion = {
  readonly step: number
  readonly quantiles: readonly number[]
  readonly limit: number
  readonly given: GivenQuery | undefined
} & Window &
  ({ readonly by: 'hop'; readonly of: EdgeQuery } | { readonly by: 'span'; readonly of: AggregateQuery })

export async function metricsAnswer(reader: SpanReader, question: MetricsQuestion): Promise<MetricsAnswer> {
  const { from, to, step, quantiles, limit, given } = question
  const { by, series, complete } =
    question.by === 'span' ? await ofSpans(reader, question.of) : await ofHops(reader, question.of, limit)
  return {
    start: from,
    end: to,
    step,
    by,
    ...(given && { query: { text: given.text, fromWords: given.fromWords } }),
    series: series.map(({ labels, points }) => ({
      labels: Object.fromEntries(by.map((name, i) => [name, labels[i] ?? null])),
      points: points.map((point) => pointJson(point, quantiles, Math.min(step, to - point.at))),
    })),
    complete,
  }
}

interface Answered {
  readonly by: readonly string[]
  readonly series: readonly {
    readonly labels: readonly (string | undefined)[]
    readonly points: readonly MetricPoint[]
  }[]
  readonly complete: boolean
}

async function ofSpans(reader: SpanReader, query: AggregateQuery): Promise<Answered> {
  return { by: query.by.map(nameOf), ...(await reader.aggregate(query)) }
}

/** The most calls first. */
async function ofHops(reader: SpanReader, query: EdgeQuery, limit: number): Promise<Answered> {
  const edges = (await reader.edges(query)).map(({ from, to, kind, points }) => ({
    labels: [from, to, kind],
    points,
    count: points.reduce((sum, point) => sum + point.count, 0),
  }))
  const series = edges.sort((a, b) => b.count - a.count).slice(0, limit)
  return { by: HOP_LABELS, series, complete: edges.length <= limit }
}

/** @param micros the slice's length */
export function pointJson(point: MetricPoint, quantiles: readonly number[], micros: number): PointJson {
  const { at, count, errors, durations, slowest, failed } = point
  return {
    at,
    count,
    rate: count / (micros / 1e6),
    errors,
    errorRatio: count === 0 ? 0 : errors / count,
    ...quantilesJson(quantiles, durations),
    slowest: slowest ?? null,
    failed: failed ?? null,
  }
}

/** Whole microseconds: finer is not known. */
function quantilesJson(
  quantiles: readonly number[],
  durations: readonly number[] | undefined,
): Record<`p${string}`, number | null> {
  return Object.fromEntries(
    quantiles.map((q, i) => {
      const duration = durations?.[i]
      return [quantileName(q), duration === undefined ? null : Math.round(duration)]
    }),
  )
}

/** `p50`, `p99.9` */
export function quantileName(q: number): `p${number}` {
  return `p${Number((q * 100).toPrecision(12))}`
}

function nameOf(key: GroupKey): string {
  return key.on === 'tag' ? `tag:${key.key}` : key.on
}
