// What several calls come to.
import type { Load } from '../api/graph-answer.ts'

export interface Totals {
  readonly calls: number
  readonly errors: number
  readonly rate: number
  readonly errorRatio: number
}

/** Of several edges only the counts can be added. */
export function totalsOf(edges: readonly Load[]): Totals {
  let [calls, errors, rate] = [0, 0, 0]
  for (const edge of edges) {
    calls += edge.calls
    errors += edge.errors
    rate += edge.rate
  }
  return { calls, errors, rate, errorRatio: calls > 0 ? errors / calls : 0 }
}
