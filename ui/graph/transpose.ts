// Exchanges neighbours within a layer where fewer edges cross then.
import { at, type Digraph } from './digraph.ts'

const MOST_ROUNDS = 4

/**
 * Changes the columns and y (in rows). Edges count as straight lines, also those over several layers.
 * @param pairs how many pairs of edges to look at, at most
 * @returns how many are left
 */
export function transpose(
  graph: Digraph,
  layer: Int32Array,
  columns: readonly Int32Array[],
  y: Float64Array,
  pairs: number,
): number {
  let left = pairs
  for (let round = 0, better = true; better && round < MOST_ROUNDS && left > 0; round++) {
    better = false
    for (const column of columns)
      for (let i = 0; i + 1 < column.length; i++) {
        const upper = at(column, i)
        const lower = at(column, i + 1)
        left -= costOf(graph, upper, lower)
        if (left < 0) return 0
        if (gain(graph, layer, y, upper, lower) <= 0) continue
        column[i] = lower
        column[i + 1] = upper
        const height = at(y, upper)
        y[upper] = at(y, lower)
        y[lower] = height
        better = true
      }
  }
  return left
}

function costOf({ incoming, outgoing }: Digraph, a: number, b: number): number {
  return (
    (at(incoming.start, a + 1) - at(incoming.start, a)) *
      (at(incoming.start, b + 1) - at(incoming.start, b)) +
    (at(outgoing.start, a + 1) - at(outgoing.start, a)) * (at(outgoing.start, b + 1) - at(outgoing.start, b))
  )
}

/** How many crossings fewer, among the edges of these two. */
function gain(graph: Digraph, layer: Int32Array, y: Float64Array, upper: number, lower: number): number {
  const { from, to, incoming, outgoing } = graph
  const [top, bottom, here] = [at(y, upper), at(y, lower), at(layer, upper)]
  let fewer = 0
  for (const [side, far] of [
    [incoming, from],
    [outgoing, to],
  ] as const)
    for (let i = at(side.start, upper); i < at(side.start, upper + 1); i++) {
      const a = at(far, at(side.edge, i))
      const spanA = Math.abs(at(layer, a) - here)
      for (let j = at(side.start, lower); j < at(side.start, lower + 1); j++) {
        const b = at(far, at(side.edge, j))
        if (a === b) continue
        const spanB = Math.abs(at(layer, b) - here)
        // Both lines at the layer where the shorter one ends.
        const span = Math.min(spanA, spanB)
        const [partA, partB] = [span / spanA, span / spanB]
        const [endA, endB] = [at(y, a) * partA, at(y, b) * partB]
        if (top + endA - top * partA > bottom + endB - bottom * partB) fewer++
        if (bottom + endA - bottom * partA < top + endB - top * partB) fewer--
      }
    }
  return fewer
}
