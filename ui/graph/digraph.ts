// A directed graph by numbers: nodes are indexes in the order of their names, so that the order of the input can't matter.

/** Edge numbers by node: those of node n are `edge[start[n]]` up to before `edge[start[n + 1]]`. */
interface Incidence {
  readonly start: Int32Array
  readonly edge: Int32Array
}

/** Each pair (from, to) at most once, sorted by it; no edge from a node to itself. */
export interface Digraph {
  readonly size: number
  readonly from: Int32Array
  readonly to: Int32Array
  /** 1 or more: grows by one as calls double, so that a few calls more or fewer change no decision. */
  readonly weight: Float64Array
  readonly outgoing: Incidence
  readonly incoming: Incidence
}

/** What is at an index known to be there. */
export function at(values: ArrayLike<number>, index: number): number {
  return values[index] ?? 0
}

export function digraph(size: number, from: Int32Array, to: Int32Array, weight: Float64Array): Digraph {
  return { size, from, to, weight, outgoing: incidence(size, from), incoming: incidence(size, to) }
}

/** The same nodes, with some edges turned round. A pair called both ways is then two edges one way. */
export function turned({ size, from, to, weight }: Digraph, reversed: Uint8Array): Digraph {
  return digraph(
    size,
    from.map((node, edge) => (at(reversed, edge) ? at(to, edge) : node)),
    to.map((node, edge) => (at(reversed, edge) ? at(from, edge) : node)),
    weight,
  )
}

function incidence(size: number, ends: Int32Array): Incidence {
  const start = new Int32Array(size + 1)
  for (const node of ends) start[node + 1] = at(start, node + 1) + 1
  for (let node = 0; node < size; node++) start[node + 1] = at(start, node + 1) + at(start, node)
  const next = start.slice()
  const edge = new Int32Array(ends.length)
  for (let index = 0; index < ends.length; index++) {
    const node = at(ends, index)
    const place = at(next, node)
    edge[place] = index
    next[node] = place + 1
  }
  return { start, edge }
}

/** Merges what is called more than once; calls that are no number count as none. */
export function digraphOf(
  size: number,
  from: ArrayLike<number>,
  to: ArrayLike<number>,
  calls: ArrayLike<number>,
): Digraph {
  const sums = new Map<number, number>()
  for (let edge = 0; edge < from.length; edge++) {
    if (at(from, edge) === at(to, edge)) continue
    const key = at(from, edge) * size + at(to, edge)
    const count = at(calls, edge)
    sums.set(key, (sums.get(key) ?? 0) + (count > 0 ? count : 0))
  }
  const keys = Float64Array.from(sums.keys()).sort()
  return digraph(
    size,
    Int32Array.from(keys, (key) => Math.floor(key / size)),
    Int32Array.from(keys, (key) => key % size),
    keys.map((key) => 1 + Math.min(60, Math.floor(Math.log2(1 + (sums.get(key) ?? 0))))),
  )
}

/** Each part that hangs together, as its nodes in order; parts by their first node. */
export function components({ size, from, to, outgoing, incoming }: Digraph): number[][] {
  const seen = new Uint8Array(size)
  const parts: number[][] = []
  for (let first = 0; first < size; first++) {
    if (at(seen, first)) continue
    seen[first] = 1
    const part = [first]
    const reach = (node: number) => {
      if (at(seen, node)) return
      seen[node] = 1
      part.push(node)
    }
    // The loop goes on over what it adds.
    for (const node of part) {
      for (let i = at(outgoing.start, node); i < at(outgoing.start, node + 1); i++)
        reach(at(to, at(outgoing.edge, i)))
      for (let i = at(incoming.start, node); i < at(incoming.start, node + 1); i++)
        reach(at(from, at(incoming.edge, i)))
    }
    parts.push(part.sort((a, b) => a - b))
  }
  return parts
}
