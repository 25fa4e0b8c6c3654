// The graph of services: who calls whom, how often, how well and how fast, over a window of time.
import {
  compareText,
  type EdgeSeries,
  type EpochMicros,
  type MetricPoint,
  type Metrics,
} from '@hopscope/model'
import type { SpanReader } from '@hopscope/storage'
import { DEFAULT_QUANTILES, ENTRY, pointJson, type PointJson } from './metrics.ts'
import type { Window } from './window-query.ts'

const MOST_SERVICES = 10_000
const MOST_EDGES = 20_000

/** As a point of metrics, without its time. */
interface Load extends Omit<PointJson, 'at' | 'count'> {
  readonly calls: number
}

interface GraphService extends Load {
  readonly name: string
  /** False if it reported no call that it served: its numbers are then those of its callers. */
  readonly reported: boolean
}

interface GraphEdge extends Load {
  readonly from: string
  readonly to: string
  readonly kind: EdgeSeries['kind']
}

export interface GraphAnswer {
  readonly start: EpochMicros
  readonly end: EpochMicros
  readonly services: readonly GraphService[]
  readonly edges: readonly GraphEdge[]
  readonly complete: boolean
}

/** @param service only what calls it and what it calls */
export async function graphAnswer(
  reader: SpanReader,
  window: Window,
  service: string | undefined,
): Promise<GraphAnswer> {
  const asked = { ...window, step: undefined, quantiles: DEFAULT_QUANTILES }
  const [all, served] = await Promise.all([
    reader.edges(asked),
    reader.aggregate({ ...asked, where: ENTRY, by: [{ on: 'service' }], limit: MOST_SERVICES }),
  ])
  const near = service === undefined ? all : all.filter(({ from, to }) => from === service || to === service)
  const edges = mostCalled(near)
  const names = new Set(edges.flatMap(({ from, to }) => [from, to]))
  for (const name of pointsByService(served).keys())
    if (service === undefined || name === service) names.add(name)
  const length = window.to - window.from
  return {
    start: window.from,
    end: window.to,
    services: servicesOf(names, served, all, length),
    edges: edges.map(({ from, to, kind, points }) => ({ from, to, kind, ...loadOf(points, length) })),
    complete: served.complete && near.length <= MOST_EDGES,
  }
}

/** In the order given. */
function mostCalled(edges: readonly EdgeSeries[]): readonly EdgeSeries[] {
  if (edges.length <= MOST_EDGES) return edges
  const counted = edges.map((edge) => ({
    edge,
    calls: edge.points.reduce((sum, { count }) => sum + count, 0),
  }))
  const most = counted.sort((a, b) => b.calls - a.calls).slice(0, MOST_EDGES)
  const kept = new Set(most.map(({ edge }) => edge))
  return edges.filter((edge) => kept.has(edge))
}

function pointsByService({ series }: Metrics): Map<string, readonly MetricPoint[]> {
  return new Map(series.flatMap(({ labels: [name], points }) => (name === undefined ? [] : [[name, points]])))
}

/** By name. */
function servicesOf(
  names: ReadonlySet<string>,
  served: Metrics,
  edges: readonly EdgeSeries[],
  length: number,
): GraphService[] {
  const own = pointsByService(served)
  const incoming = new Map<string, MetricPoint[]>()
  for (const { to, points } of edges) {
    const known = incoming.get(to)
    if (known === undefined) incoming.set(to, [...points])
    else known.push(...points)
  }
  return [...names].sort(compareText).map((name) => {
    const points = own.get(name)
    return { name, reported: points !== undefined, ...loadOf(points ?? incoming.get(name) ?? [], length) }
  })
}

const NOTHING: MetricPoint = {
  at: 0 as EpochMicros,
  count: 0,
  errors: 0,
  durations: undefined,
  slowest: undefined,
  failed: undefined,
}

/** Of several points only the counts can be added: quantiles, and which trace was the slowest, are known of one. */
function loadOf(points: readonly MetricPoint[], length: number): Load {
  const [first = NOTHING, ...others] = points
  const sum =
    others.length === 0
      ? first
      : {
          ...NOTHING,
          count: points.reduce((total, { count }) => total + count, 0),
          errors: points.reduce((total, { errors }) => total + errors, 0),
          failed: points.find(({ failed }) => failed !== undefined)?.failed,
        }
  const { at: _, count, ...load } = pointJson(sum, DEFAULT_QUANTILES, length)
  return { ...load, calls: count }
}
