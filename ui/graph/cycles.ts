// Which edges are drawn against the direction of the layers, so that no cycle is left.
import { at, type Digraph } from './digraph.ts'

/** The strongly connected component of each node (R. Tarjan, Depth-first search and linear graph algorithms, 1972). */
function stronglyConnected({ size, to, outgoing }: Digraph): Int32Array {
  const component = new Int32Array(size).fill(-1)
  const found = new Int32Array(size).fill(-1)
  const lowest = new Int32Array(size)
  const next = outgoing.start.slice()
  const open: number[] = []
  const path: number[] = []
  let time = 0
  let count = 0
  const enter = (node: number) => {
    found[node] = lowest[node] = time++
    open.push(node)
    path.push(node)
  }
  for (let root = 0; root < size; root++) {
    if (at(found, root) < 0) enter(root)
    for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
      const place = at(next, node)
      if (place < at(outgoing.start, node + 1)) {
        next[node] = place + 1
        const called = at(to, at(outgoing.edge, place))
        if (at(found, called) < 0) enter(called)
        else if (at(component, called) < 0) lowest[node] = Math.min(at(lowest, node), at(found, called))
        continue
      }
      path.pop()
      const caller = path.at(-1)
      if (caller !== undefined) lowest[caller] = Math.min(at(lowest, caller), at(lowest, node))
      if (at(lowest, node) !== at(found, node)) continue
      for (let member = -1; member !== node;) {
        member = open.pop() ?? node
        component[member] = count
      }
      count++
    }
  }
  return component
}

/**
 * 1 for each edge to turn round; what is in no cycle is never turned.
 * Within a cycle by the greedy order of P. Eades, X. Lin, W. Smyth, A fast and effective heuristic for the feedback arc set
 * problem (1993), where being called from outside of the cycle counts for coming first: there a request enters.
 * @param kept layers of a previous picture, undefined for none, -1 for a new node: edges go on pointing as they did
 */
export function cycleEdges(graph: Digraph, kept: Int32Array | undefined): Uint8Array {
  const component = stronglyConnected(graph)
  const rank = kept === undefined ? greedyRanks(graph, component) : keptRanks(graph, kept)
  return Uint8Array.from(graph.from, (from, edge) => {
    const to = at(graph.to, edge)
    if (at(component, from) !== at(component, to)) return 0
    const ahead = at(rank, to) - at(rank, from)
    return ahead < 0 || (ahead === 0 && to < from) ? 1 : 0
  })
}

/** A new node comes right after the last known one that calls it, or else right before the first one that it calls. */
function keptRanks({ size, from, to, incoming, outgoing }: Digraph, kept: Int32Array): Float64Array {
  const rank = Float64Array.from(kept)
  for (let node = 0; node < size; node++) {
    if (at(kept, node) >= 0) continue
    let last = -1
    for (let i = at(incoming.start, node); i < at(incoming.start, node + 1); i++)
      last = Math.max(last, at(kept, at(from, at(incoming.edge, i))))
    let first = Infinity
    for (let i = at(outgoing.start, node); i < at(outgoing.start, node + 1); i++) {
      const layer = at(kept, at(to, at(outgoing.edge, i)))
      if (layer >= 0) first = Math.min(first, layer)
    }
    rank[node] = last >= 0 ? last + 0.5 : first === Infinity ? 0 : first - 0.5
  }
  return rank
}

function greedyRanks(graph: Digraph, component: Int32Array): Float64Array {
  const { size, from, to, weight } = graph
  const ins = new Int32Array(size)
  const outs = new Int32Array(size)
  const surplus = new Float64Array(size)
  for (let edge = 0; edge < from.length; edge++) {
    const [a, b, w] = [at(from, edge), at(to, edge), at(weight, edge)]
    if (at(component, a) === at(component, b)) {
      outs[a] = at(outs, a) + 1
      ins[b] = at(ins, b) + 1
      surplus[a] = at(surplus, a) + w
      surplus[b] = at(surplus, b) - w
    } else surplus[b] = at(surplus, b) + w
  }
  const members = new Map<number, number[]>()
  for (let node = 0; node < size; node++) {
    const list = members.get(at(component, node))
    if (list === undefined) members.set(at(component, node), [node])
    else list.push(node)
  }
  const rank = new Float64Array(size)
  const gone = new Uint8Array(size)
  for (const list of members.values())
    if (list.length > 1) rankComponent(graph, component, list, { ins, outs, surplus, gone }, rank)
  return rank
}

interface Left {
  readonly ins: Int32Array
  readonly outs: Int32Array
  readonly surplus: Float64Array
  readonly gone: Uint8Array
}

function rankComponent(
  { from, to, weight, outgoing, incoming }: Digraph,
  component: Int32Array,
  members: readonly number[],
  { ins, outs, surplus, gone }: Left,
  rank: Float64Array,
): void {
  const loose: number[] = []
  let first = 0
  let last = members.length
  const remove = (node: number, asLast: boolean) => {
    gone[node] = 1
    rank[node] = asLast ? --last : first++
    for (let i = at(outgoing.start, node); i < at(outgoing.start, node + 1); i++) {
      const edge = at(outgoing.edge, i)
      const other = at(to, edge)
      if (at(component, other) !== at(component, node) || at(gone, other)) continue
      surplus[other] = at(surplus, other) + at(weight, edge)
      ins[other] = at(ins, other) - 1
      if (at(ins, other) === 0) loose.push(other)
    }
    for (let i = at(incoming.start, node); i < at(incoming.start, node + 1); i++) {
      const edge = at(incoming.edge, i)
      const other = at(from, edge)
      if (at(component, other) !== at(component, node) || at(gone, other)) continue
      surplus[other] = at(surplus, other) - at(weight, edge)
      outs[other] = at(outs, other) - 1
      if (at(outs, other) === 0) loose.push(other)
    }
  }
  while (first < last) {
    const free = loose.pop()
    if (free !== undefined) {
      if (!at(gone, free)) remove(free, at(outs, free) === 0)
      continue
    }
    let best = -1
    for (const node of members)
      if (!at(gone, node) && (best < 0 || at(surplus, node) > at(surplus, best))) best = node
    remove(best, false)
  }
}
