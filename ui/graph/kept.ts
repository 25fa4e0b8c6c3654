// What a picture takes over from the one before.

/** In pixels. */
export interface NodeSize {
  readonly width: number
  readonly height: number
  /** Between one layer and the next: for the edges. */
  readonly layerGap: number
  /** Between two nodes of a layer, at least. */
  readonly gap: number
}

/** Where known nodes were, by index; NaN and -1 for new ones. */
export interface Kept {
  readonly x: Float64Array
  readonly y: Float64Array
  readonly layer: Int32Array
  readonly part: Int32Array
  /** Edges drawn backward, as `from * number of nodes + to`: they stay so, even if their cycle is gone. */
  readonly backward: ReadonlySet<number>
  /** Of a node and the gap to the next, in pixels. */
  readonly rowHeight: number
}

interface Picture {
  readonly names: readonly string[]
  readonly x: Float64Array
  readonly y: Float64Array
  readonly layer: Int32Array
  readonly part: Int32Array
  readonly from: Int32Array
  readonly to: Int32Array
  readonly backward: Uint8Array
  readonly node: NodeSize
}

/** undefined if fewer than half of the names were in it: little would be gained, and the old places fit badly. */
export function keptPlaces(names: readonly string[], previous: Picture): Kept | undefined {
  const indexes = new Map(previous.names.map((name, index) => [name, index]))
  const old = names.map((name) => indexes.get(name) ?? -1)
  if (old.filter((index) => index >= 0).length * 2 < names.length) return undefined
  const now = new Int32Array(previous.names.length).fill(-1)
  old.forEach((before, index) => {
    if (before >= 0) now[before] = index
  })
  const backward = new Set<number>()
  previous.backward.forEach((back, edge) => {
    const from = now[previous.from[edge] ?? -1] ?? -1
    const to = now[previous.to[edge] ?? -1] ?? -1
    if (back && from >= 0 && to >= 0) backward.add(from * names.length + to)
  })
  return {
    backward,
    x: Float64Array.from(old, (index) => previous.x[index] ?? NaN),
    y: Float64Array.from(old, (index) => previous.y[index] ?? NaN),
    layer: Int32Array.from(old, (index) => previous.layer[index] ?? -1),
    part: Int32Array.from(old, (index) => previous.part[index] ?? -1),
    rowHeight: previous.node.height + previous.node.gap,
  }
}

/** Parts that were one in the picture before are laid out as one still: what loses its last call to the others doesn't jump. */
export function keptParts(parts: readonly number[][], kept: Kept): number[][] {
  const groups = new Map<number, number[]>()
  const ofPart = new Map<number, number>()
  parts.forEach((part, group) => {
    let nodes = part
    for (const before of new Set(part.map((node) => kept.part[node] ?? -1))) {
      const other = before < 0 ? undefined : ofPart.get(before)
      const others = other === undefined || other === group ? undefined : groups.get(other)
      if (other !== undefined && others !== undefined) {
        nodes = [...nodes, ...others]
        groups.delete(other)
        for (const [known, at] of ofPart) if (at === other) ofPart.set(known, group)
      }
      if (before >= 0) ofPart.set(before, group)
    }
    groups.set(group, nodes)
  })
  return [...groups.values()].map((nodes) => nodes.sort((a, b) => a - b))
}
