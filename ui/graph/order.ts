// The order of the nodes within their layers, and how high each is: few crossings, short edges.
import { at, type Digraph } from './digraph.ts'
import { spread } from './spread.ts'
import { transpose } from './transpose.ts'

/** A layer's nodes from top to bottom. */
type Columns = readonly Int32Array[]

/** Sweeps that may follow each other without a better picture; and at most. */
const PATIENCE = 6
const MOST_SWEEPS = 40
/** Last sweeps, which keep the order. */
const SETTLING = 8
/** How many pairs of edges {@link transpose} may look at, for all sweeps: bounds the time of huge graphs. */
const MOST_PAIRS = 12_000_000

/**
 * How high each node is, in rows: those of one layer are at least 1 apart.
 * Barycentre sweeps (K. Sugiyama, S. Tagawa, M. Toda, Methods for visual understanding of hierarchical system structures, 1981)
 * with transpositions (E. Gansner et al., A technique for drawing directed graphs, 1993). An edge over several layers has no
 * virtual nodes, of which 2,000 edges could make 100,000: both of its ends pull at each other, the less the further apart,
 * and its way between the nodes is found later.
 * @param kept how high a node was, NaN for a new one; then nothing is swept: known nodes stay, new ones go to their neighbours
 */
export function heights(graph: Digraph, layer: Int32Array, kept: Float64Array | undefined): Float64Array {
  const columns = columnsOf(layer)
  if (kept !== undefined) return keptHeights(graph, columns, kept)
  const y = new Float64Array(graph.size)
  firstOrder(graph, columns, y)
  const best = y.slice()
  let least = Infinity
  let pairs = MOST_PAIRS
  for (let sweep = 0, worse = 0; sweep < MOST_SWEEPS && worse < PATIENCE; sweep++) {
    const down = sweep % 2 === 0
    for (let i = 0; i < columns.length; i++) {
      const column = columns[down ? i : columns.length - 1 - i]
      if (column !== undefined) reorder(column, wantedOf(graph, layer, column, y, down, !down), y)
    }
    pairs = transpose(graph, layer, columns, y, pairs)
    const cost = stretch(graph, layer, y)
    worse++
    if (cost >= least) continue
    if (cost < least * 0.995) worse = 0
    least = cost
    best.set(y)
  }
  for (const column of columns) column.sort((a, b) => at(best, a) - at(best, b))
  for (let sweep = 0; sweep < SETTLING; sweep++)
    for (let i = 0; i < columns.length; i++) {
      const column = columns[sweep % 2 === 0 ? columns.length - 1 - i : i]
      if (column !== undefined) place(column, wantedOf(graph, layer, column, best, true, true), best)
    }
  return best
}

export function columnsOf(layer: Int32Array): Columns {
  const columns: number[][] = []
  layer.forEach((column, node) => (columns[column] ??= []).push(node))
  return Array.from(columns, (nodes) => Int32Array.from(nodes))
}

/** Depth first from the entries, so that what belongs together begins together. */
function firstOrder({ size, to, incoming, outgoing }: Digraph, columns: Columns, y: Float64Array): void {
  const rank = new Int32Array(size).fill(-1)
  let count = 0
  const stack: number[] = []
  for (let node = size - 1; node >= 0; node--)
    if (at(incoming.start, node) === at(incoming.start, node + 1)) stack.push(node)
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (at(rank, node) >= 0) continue
    rank[node] = count++
    for (let i = at(outgoing.start, node + 1) - 1; i >= at(outgoing.start, node); i--)
      stack.push(at(to, at(outgoing.edge, i)))
  }
  for (const column of columns) {
    column.sort((a, b) => at(rank, a) - at(rank, b))
    column.forEach((node, i) => (y[node] = i - (column.length - 1) / 2))
  }
}

/** For each node of the column the mean height of its callers, of what it calls, or of both; its own if it has none. */
function wantedOf(
  { from, to, incoming, outgoing }: Digraph,
  layer: Int32Array,
  column: Int32Array,
  y: Float64Array,
  callers: boolean,
  called: boolean,
): Float64Array {
  return Float64Array.from(column, (node) => {
    let sum = 0
    let total = 0
    const pull = (other: number) => {
      const strength = 1 / Math.abs(at(layer, other) - at(layer, node))
      sum += strength * at(y, other)
      total += strength
    }
    if (callers)
      for (let i = at(incoming.start, node); i < at(incoming.start, node + 1); i++)
        pull(at(from, at(incoming.edge, i)))
    if (called)
      for (let i = at(outgoing.start, node); i < at(outgoing.start, node + 1); i++)
        pull(at(to, at(outgoing.edge, i)))
    return total === 0 ? at(y, node) : sum / total
  })
}

function reorder(column: Int32Array, wanted: Float64Array, y: Float64Array): void {
  const byNode = new Map(Array.from(column, (node, i) => [node, at(wanted, i)]))
  column.sort((a, b) => (byNode.get(a) ?? 0) - (byNode.get(b) ?? 0) || at(y, a) - at(y, b) || a - b)
  place(
    column,
    Float64Array.from(column, (node) => byNode.get(node) ?? 0),
    y,
  )
}

function place(column: Int32Array, wanted: Float64Array, y: Float64Array): void {
  const places = spread(wanted, 1)
  column.forEach((node, i) => (y[node] = at(places, i)))
}

/** How far edges go up and down, in rows. */
function stretch({ from, to }: Digraph, layer: Int32Array, y: Float64Array): number {
  let sum = 0
  for (let edge = 0; edge < from.length; edge++) {
    const [a, b] = [at(from, edge), at(to, edge)]
    sum += Math.abs(at(y, a) - at(y, b)) / (at(layer, b) - at(layer, a))
  }
  return sum
}

/** New nodes go where their known neighbours are; a second round is for those whose neighbours are new too. */
function keptHeights(graph: Digraph, columns: Columns, kept: Float64Array): Float64Array {
  const { size, from, to, incoming, outgoing } = graph
  const y = kept.slice()
  for (let round = 0; round < 2; round++)
    for (let node = 0; node < size; node++) {
      if (!Number.isNaN(at(kept, node))) continue
      let sum = 0
      let total = 0
      const pull = (other: number) => {
        if (Number.isNaN(at(y, other))) return
        sum += at(y, other)
        total++
      }
      for (let i = at(incoming.start, node); i < at(incoming.start, node + 1); i++)
        pull(at(from, at(incoming.edge, i)))
      for (let i = at(outgoing.start, node); i < at(outgoing.start, node + 1); i++)
        pull(at(to, at(outgoing.edge, i)))
      if (total > 0) y[node] = sum / total
    }
  for (let node = 0; node < size; node++) if (Number.isNaN(at(y, node))) y[node] = 0
  for (const column of columns) {
    column.sort((a, b) => at(y, a) - at(y, b) || a - b)
    place(
      column,
      Float64Array.from(column, (node) => at(y, node)),
      y,
    )
  }
  return y
}
