// The layer of each node: callers before what they call, edges short, no layer endlessly tall.
import { at, type Digraph } from './digraph.ts'

/** Sweeps of {@link tighten}; what is left after these is little. */
const MOST_SWEEPS = 12
/** A picture that is there may get this much taller before a layer of it is split. */
const PATIENCE = 1.5

/**
 * Layers from 0 without holes, each edge from a lower one to a higher one.
 * Longest path (P. Eades, K. Sugiyama, How to draw a directed graph, 1990), then nodes move to where their edges are shorter
 * (as in N. Nikolov, A. Tarassov, Graph layering by promotion of nodes, 2006), then layers with more than `tallest` nodes are
 * split, which is safe as no edge is within a layer.
 * @param graph without cycles
 * @param kept layers of a previous picture, -1 for a new node: a known node moves only if an edge would point backward
 */
export function layersOf(graph: Digraph, tallest: number, kept: Int32Array | undefined): Int32Array {
  const order = topological(graph)
  const layer = kept === undefined ? new Int32Array(graph.size) : placedBeside(graph, order, kept)
  for (const node of order) layer[node] = Math.max(at(layer, node), afterCallers(graph, layer, node))
  if (kept === undefined) tighten(graph, order, layer)
  return split(graph, layer, tallest, kept)
}

/** Callers first (A. Kahn, Topological sorting of large networks, 1962). */
function topological({ size, to, incoming, outgoing }: Digraph): Int32Array {
  const order = new Int32Array(size)
  const waits = new Int32Array(size)
  let ready = 0
  for (let node = 0; node < size; node++) {
    waits[node] = at(incoming.start, node + 1) - at(incoming.start, node)
    if (at(waits, node) === 0) order[ready++] = node
  }
  for (let done = 0; done < ready; done++) {
    const node = at(order, done)
    for (let i = at(outgoing.start, node); i < at(outgoing.start, node + 1); i++) {
      const called = at(to, at(outgoing.edge, i))
      waits[called] = at(waits, called) - 1
      if (at(waits, called) === 0) order[ready++] = called
    }
  }
  return order
}

/** -Infinity if nothing calls it. */
function afterCallers({ from, incoming }: Digraph, layer: Int32Array, node: number): number {
  let least = -Infinity
  for (let i = at(incoming.start, node); i < at(incoming.start, node + 1); i++)
    least = Math.max(least, at(layer, at(from, at(incoming.edge, i))) + 1)
  return least
}

/** Infinity if it calls nothing. */
function beforeCalled({ to, outgoing }: Digraph, layer: Int32Array, node: number): number {
  let most = Infinity
  for (let i = at(outgoing.start, node); i < at(outgoing.start, node + 1); i++)
    most = Math.min(most, at(layer, at(to, at(outgoing.edge, i))) - 1)
  return most
}

function tighten(graph: Digraph, order: Int32Array, layer: Int32Array): void {
  const pull = new Float64Array(graph.size)
  graph.from.forEach((from, edge) => {
    const to = at(graph.to, edge)
    pull[from] = at(pull, from) + at(graph.weight, edge)
    pull[to] = at(pull, to) - at(graph.weight, edge)
  })
  for (let sweep = 0, moved = true; moved && sweep < MOST_SWEEPS; sweep++) {
    moved = false
    for (let i = order.length - 1; i >= 0; i--) {
      const node = at(order, i)
      if (at(pull, node) === 0) continue
      const best = at(pull, node) > 0 ? beforeCalled(graph, layer, node) : afterCallers(graph, layer, node)
      if (best === at(layer, node)) continue
      layer[node] = best
      moved = true
    }
  }
}

/** New nodes come next to what they call or are called by; before layer 0 if need be. */
function placedBeside(graph: Digraph, order: Int32Array, kept: Int32Array): Int32Array {
  const layer = kept.slice()
  const placed = Uint8Array.from(kept, (known) => (known >= 0 ? 1 : 0))
  const { from, to, incoming, outgoing } = graph
  for (const node of order) {
    if (at(placed, node)) continue
    let last = -Infinity
    for (let i = at(incoming.start, node); i < at(incoming.start, node + 1); i++) {
      const caller = at(from, at(incoming.edge, i))
      if (at(placed, caller)) last = Math.max(last, at(layer, caller) + 1)
    }
    if (last === -Infinity) continue
    layer[node] = last
    placed[node] = 1
  }
  for (let i = order.length - 1; i >= 0; i--) {
    const node = at(order, i)
    if (at(placed, node)) continue
    let first = Infinity
    for (let j = at(outgoing.start, node); j < at(outgoing.start, node + 1); j++) {
      const called = at(to, at(outgoing.edge, j))
      if (at(placed, called)) first = Math.min(first, at(layer, called) - 1)
    }
    layer[node] = first === Infinity ? 0 : first
    placed[node] = 1
  }
  return layer
}

/** Of a tall layer those that call something stay first, and those known before those that are new. */
function split(
  { size, outgoing }: Digraph,
  layer: Int32Array,
  tallest: number,
  kept: Int32Array | undefined,
): Int32Array {
  const isNew = (node: number) => (kept !== undefined && at(kept, node) < 0 ? 1 : 0)
  const isLeaf = (node: number) => (at(outgoing.start, node) === at(outgoing.start, node + 1) ? 1 : 0)
  const nodes = Int32Array.from({ length: size }, (_, node) => node).sort(
    (a, b) => at(layer, a) - at(layer, b) || isNew(a) - isNew(b) || isLeaf(a) - isLeaf(b) || a - b,
  )
  const most = kept === undefined ? tallest : Math.floor(tallest * PATIENCE)
  const columns = new Int32Array(size)
  let column = 0
  for (let begin = 0, end = 0; begin < size; begin = end) {
    while (end < size && at(layer, at(nodes, end)) === at(layer, at(nodes, begin))) end++
    const height = end - begin
    // A known layer is only added to: what is new goes on behind it.
    const each =
      height <= most ? height : kept === undefined ? Math.ceil(height / Math.ceil(height / tallest)) : most
    for (let i = begin; i < end; i++) columns[at(nodes, i)] = column + Math.floor((i - begin) / each)
    column += Math.ceil(height / each)
  }
  return columns
}
