// What the server says of the graph of services, as openapi.yaml has it.

/** Microseconds; null if not known. */
type Micros = number | null

export interface Load {
  readonly calls: number
  readonly errors: number
  /** 0..1 */
  readonly errorRatio: number
  /** Calls a second. */
  readonly rate: number
  readonly p50: Micros
  readonly p95: Micros
  readonly p99: Micros
  /** Ids of traces. */
  readonly slowest: string | null
  readonly failed: string | null
}

export interface GraphService extends Load {
  readonly name: string
  /** False if it reported no call that it served: its numbers are those of its callers. */
  readonly reported: boolean
}

export interface ServiceEdge extends Load {
  readonly from: string
  readonly to: string
  readonly kind: 'rpc' | 'messaging'
}

export interface ServiceGraph {
  /** Epoch microseconds. */
  readonly start: number
  readonly end: number
  readonly services: readonly GraphService[]
  readonly edges: readonly ServiceEdge[]
  /** False if there are more calls than are given. */
  readonly complete: boolean
}
