// For tests: answers of the server about two services in five steps of a minute.
import type { ServiceGraph } from '../api/graph-answer.ts'
import type { MetricPoint, OperationProfile, SpanMetrics } from './answers.ts'

const MINUTE = 60e6
export const START = 1_769_860_800_000_000

const point = (at: number, fields: Partial<MetricPoint> = {}): MetricPoint => ({
  at,
  count: 60,
  rate: 1,
  errors: 0,
  errorRatio: 0,
  p50: 10_000,
  p95: 20_000,
  p99: 30_000,
  slowest: 'abc1',
  failed: null,
  ...fields,
})

export type Sums = Readonly<
  Record<string, readonly [now?: Partial<MetricPoint> | undefined, before?: Partial<MetricPoint>]>
>

const LENGTH = 5 * MINUTE

/** Two points of each name: before, and now. */
export function totalsOf(label: string, sums: Sums, complete = true): SpanMetrics {
  return {
    start: START - LENGTH,
    end: START + LENGTH,
    step: LENGTH,
    complete,
    series: Object.entries(sums).map(([name, [now, before]]) => ({
      labels: label ? { [label]: name } : {},
      points: [...(before ? [point(START - LENGTH, before)] : []), ...(now ? [point(START, now)] : [])],
    })),
  }
}

/** Four points of each name; in the third minute nothing happened. */
export function stepsOf(label: string, names: readonly string[]): SpanMetrics {
  const failing = { errors: 6, errorRatio: 0.1, failed: 'fa11', slowest: 'abc3', p99: 90_000, rate: 3 }
  const points = [0, 1, 3, 4].map((index) => point(START + index * MINUTE, index === 3 ? failing : {}))
  const series = names.map((name) => ({ labels: label ? { [label]: name } : {}, points }))
  return { start: START, end: START + LENGTH, step: MINUTE, complete: true, series }
}

const load = {
  calls: 60,
  errors: 3,
  errorRatio: 0.05,
  rate: 0.2,
  p50: 1000,
  p95: 12_000,
  p99: 3000,
  slowest: 'abc1',
  failed: null,
}

export const graph: ServiceGraph = {
  start: START,
  end: START + LENGTH,
  services: ['web', 'shop', 'db'].map((name) => ({ ...load, name, reported: name !== 'db' })),
  edges: [
    { ...load, from: 'web', to: 'shop', kind: 'rpc' },
    { ...load, from: 'shop', to: 'db', kind: 'rpc' },
  ],
  complete: true,
}

const part = { calls: 60, p50: 4000, p95: 9000 }

export const profile: OperationProfile = {
  start: START,
  end: START + LENGTH,
  traces: 50,
  calls: 60,
  services: [
    { ...part, service: 'shop', reported: true, share: 0.7 },
    { ...part, service: 'db', reported: false, share: 0.25 },
  ],
  network: { ...part, share: 0.05 },
  slowness: {
    slow: { calls: 15, mean: 80_000 },
    usual: { mean: 10_000 },
    services: [{ service: 'db', added: 60_000, exemplars: ['abc3'] }],
    network: { added: 0, exemplars: [] },
  },
  complete: true,
}
