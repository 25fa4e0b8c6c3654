// What the server says about services, as openapi.yaml has it.
import type { Period } from '../routing/time-range.ts'

type Micros = number | null

export interface MetricPoint {
  /** Epoch microseconds. */
  readonly at: number
  readonly count: number
  /** Calls a second. */
  readonly rate: number
  readonly errors: number
  readonly errorRatio: number
  readonly p50?: Micros
  readonly p95?: Micros
  readonly p99?: Micros
  /** Ids of traces. */
  readonly slowest: string | null
  readonly failed: string | null
}

interface Series {
  readonly labels: Readonly<Record<string, string | null>>
  readonly points: readonly MetricPoint[]
}

export interface SpanMetrics extends Period {
  readonly step: number
  readonly series: readonly Series[]
  /** False if there are more series than are given. */
  readonly complete: boolean
}

interface Part {
  /** 0..1 of all the time. */
  readonly share: number
  readonly calls: number
  readonly p50: number
  readonly p95: number
}

interface AddedTime {
  /** Microseconds a call, in the mean. */
  readonly added: number
  readonly exemplars: readonly string[]
}

export interface OperationProfile extends Period {
  readonly traces: number
  readonly calls: number
  readonly services: readonly (Part & { readonly service: string; readonly reported: boolean })[]
  readonly network: Part
  readonly slowness: {
    readonly slow: { readonly calls: number; readonly mean: number }
    readonly usual: { readonly mean: number }
    readonly services: readonly (AddedTime & { readonly service: string })[]
    readonly network: AddedTime
  } | null
  readonly complete: boolean
}
