// The picture of a graph of services: layers from left to right, callers before what they call.
import { cycleEdges } from './cycles.ts'
import { at, components, digraph, digraphOf, turned, type Digraph } from './digraph.ts'
import { keptParts, keptPlaces, type Kept, type NodeSize } from './kept.ts'
import { layersOf } from './layers.ts'
import { columnsOf, heights } from './order.ts'
import { pack, packLoose, type Box } from './pack.ts'
import { loop, route } from './routes.ts'

export interface GraphEdge {
  readonly from: string
  readonly to: string
  readonly calls: number
  /** Tells edges between the same two apart. */
  readonly kind?: string
}

/** In pixels, from the left upper corner of the picture. Plain data: it can be sent to and from a worker. */
export interface GraphLayout {
  readonly width: number
  readonly height: number
  readonly node: NodeSize
  /** Each node once, sorted: the index into x, y and layer. */
  readonly names: readonly string[]
  /** Middles of the nodes. */
  readonly x: Float64Array
  readonly y: Float64Array
  /** Counted within each connected part; -1 for a node without edges to others. */
  readonly layer: Int32Array
  /** Which connected part; -1 as with layer. */
  readonly part: Int32Array
  /** The ends of edge i of the input, as indexes of nodes. */
  readonly from: Int32Array
  readonly to: Int32Array
  /** The points of edge i of the input, as x, y, x, y…: `points.subarray(pointsFrom[i], pointsFrom[i + 1])`. See {@link layoutGraph}. */
  readonly points: Float64Array
  readonly pointsFrom: Uint32Array
  /** 1 for an edge drawn from right to left, as it closes a cycle (or did when it was placed). */
  readonly backward: Uint8Array
}

export const NODE_SIZE: NodeSize = { width: 168, height: 32, layerGap: 96, gap: 16 }

/** Between two parts that aren't connected. */
const PART_GAP = 48
/** Width to height that a picture had better have, and the fewest nodes of a layer that are ever split for it. */
const ASPECT = 1.6
const LEAST_TALL = 12
/** Width to height from which on a picture is a strip, and how many times as high it may get. */
const STRIP = 4
const MOST_ROOM = 4
/** Between edges that join the same two nodes. */
const LANE = 6

/**
 * A layered picture (K. Sugiyama, S. Tagawa, M. Toda, 1981): cycles broken, layers, order, places, routes; each step names its
 * source. The same for the same graph in any order of input.
 *
 * An edge's points go from the side of its first node to the side of its second, x only growing (or only falling, if it is
 * backward): meant for d3's curveMonotoneX. An edge from a node to itself has four points instead, of a cubic Bézier curve.
 * @param nodes names; one that only an edge names is a node too
 * @param previous the picture shown until now, of the same or of another graph: if it has at least half of the nodes, these
 *   keep their layers, their order and, as far as there is room, their places. Leave it out to tidy up.
 */
export function layoutGraph(
  nodes: readonly string[],
  edges: readonly GraphEdge[],
  previous?: GraphLayout,
  node: NodeSize = NODE_SIZE,
): GraphLayout {
  const names = [...new Set([...nodes, ...edges.flatMap(({ from, to }) => [from, to])])].sort()
  const indexes = new Map(names.map((name, index) => [name, index]))
  const from = Int32Array.from(edges, (edge) => indexes.get(edge.from) ?? 0)
  const to = Int32Array.from(edges, (edge) => indexes.get(edge.to) ?? 0)
  const calls = Float64Array.from(edges, (edge) => edge.calls)
  const graph = digraphOf(names.length, from, to, calls)
  const kept = previous === undefined ? undefined : keptPlaces(names, previous)
  const layer = new Int32Array(names.length).fill(-1)
  const x = new Float64Array(names.length)
  const y = new Float64Array(names.length)
  const local = new Int32Array(names.length)
  const columns: Int32Array[][] = []
  const partOfNode = new Int32Array(names.length).fill(-1)
  const boxes: Box[] = []
  const loose: number[] = []
  const parts = components(graph)
  for (const part of kept === undefined ? parts : keptParts(parts, kept)) {
    if (part.length === 1) {
      loose.push(...part)
      continue
    }
    const placed = placePart(partOf(graph, part, local), part, kept, node)
    part.forEach((index, i) => {
      layer[index] = at(placed.layer, i)
      x[index] = at(placed.layer, i) * (node.width + node.layerGap) + node.width / 2
      y[index] = at(placed.y, i) * (node.height + node.gap)
      partOfNode[index] = columns.length
    })
    columns.push(placed.columns.map((column) => column.map((i) => part[i] ?? 0)))
    boxes.push(boxOf(part, x, y, node))
  }
  const packed = pack(boxes, kept, PART_GAP, ASPECT)
  const { width, height } = packLoose(loose, packed, x, y, node, PART_GAP, ASPECT)

  const lane = lanesOf(edges, from, to, names.length)
  const boxed = { ...node, x, y, layer }
  const points: number[] = []
  const pointsFrom = new Uint32Array(edges.length + 1)
  const backward = new Uint8Array(edges.length)
  for (let edge = 0; edge < edges.length; edge++) {
    const [a, b] = [at(from, edge), at(to, edge)]
    const back = at(layer, a) > at(layer, b)
    const way =
      a === b
        ? loop(boxed, a)
        : route(
            boxed,
            columns[at(partOfNode, a)] ?? [],
            back ? b : a,
            back ? a : b,
            offsetOf(at(lane, edge), back, node),
          )
    if (back) {
      backward[edge] = 1
      for (let i = way.length - 2; i >= 0; i -= 2) points.push(at(way, i), at(way, i + 1))
    } else for (const value of way) points.push(value)
    pointsFrom[edge + 1] = points.length
  }
  return {
    width,
    height,
    node,
    names,
    x,
    y,
    layer,
    points: Float64Array.from(points),
    pointsFrom,
    backward,
    part: partOfNode,
    from,
    to,
  }
}

function partOf(graph: Digraph, part: readonly number[], local: Int32Array): Digraph {
  part.forEach((node, i) => (local[node] = i))
  const edges = part.flatMap((node) =>
    Array.from(
      graph.outgoing.edge.subarray(at(graph.outgoing.start, node), at(graph.outgoing.start, node + 1)),
    ),
  )
  return digraph(
    part.length,
    Int32Array.from(edges, (edge) => at(local, at(graph.from, edge))),
    Int32Array.from(edges, (edge) => at(local, at(graph.to, edge))),
    Float64Array.from(edges, (edge) => at(graph.weight, edge)),
  )
}

/** y in rows. */
function placePart(
  graph: Digraph,
  part: readonly number[],
  kept: Kept | undefined,
  node: NodeSize,
): { layer: Int32Array; y: Float64Array; columns: Int32Array[] } {
  // A node that had no edges was in no layer.
  const known = kept === undefined ? undefined : Int32Array.from(part, (index) => at(kept.layer, index))
  const keeps = known?.some((layer) => layer >= 0) ? known : undefined
  const { width, height, layerGap, gap } = node
  const square = Math.sqrt((part.length * (width + layerGap)) / ((height + gap) * ASPECT))
  const before =
    kept === undefined || keeps === undefined
      ? graph
      : turned(
          graph,
          Uint8Array.from(graph.from, (from, edge) =>
            kept.backward.has(at(part, from) * kept.y.length + at(part, at(graph.to, edge))) ? 1 : 0,
          ),
        )
  const acyclic = turned(before, cycleEdges(before, keeps))
  const layer = layersOf(acyclic, Math.max(LEAST_TALL, Math.ceil(square)), keeps)
  const rows =
    kept === undefined || keeps === undefined
      ? undefined
      : Float64Array.from(part, (index, i) => (at(keeps, i) < 0 ? NaN : at(kept.y, index) / kept.rowHeight))
  const y = heights(acyclic, layer, rows)
  if (rows === undefined) giveRoom(layer, y, node)
  const columns = columnsOf(layer).map((column) => column.sort((a, b) => at(y, a) - at(y, b)))
  return { layer, y, columns }
}

/** A part that came out as a long strip, as dense graphs do, gets more room between its rows: for the edges. */
function giveRoom(layer: Int32Array, y: Float64Array, node: NodeSize): void {
  let [last, top, bottom] = [0, Infinity, -Infinity]
  for (let i = 0; i < y.length; i++) {
    last = Math.max(last, at(layer, i))
    top = Math.min(top, at(y, i))
    bottom = Math.max(bottom, at(y, i))
  }
  const width = (last + 1) * (node.width + node.layerGap)
  const height = (bottom - top + 1) * (node.height + node.gap)
  const room = Math.min(MOST_ROOM, width / height / STRIP)
  if (room > 1) for (let i = 0; i < y.length; i++) y[i] = at(y, i) * room
}

function boxOf(part: readonly number[], x: Float64Array, y: Float64Array, node: NodeSize): Box {
  let [right, top, bottom] = [0, Infinity, -Infinity]
  for (const index of part) {
    right = Math.max(right, at(x, index) + node.width / 2)
    top = Math.min(top, at(y, index) - node.height / 2)
    bottom = Math.max(bottom, at(y, index) + node.height / 2)
  }
  // Routes may run above the first and below the last node.
  return { nodes: part, top: top - node.gap, width: right, height: bottom - top + 2 * node.gap, x, y }
}

/** 0 for the only edge between two nodes; else from -(n - 1) / 2 on, by kind, then by calls. */
function lanesOf(edges: readonly GraphEdge[], from: Int32Array, to: Int32Array, size: number): Float64Array {
  const same = new Map<number, number[]>()
  edges.forEach((_, edge) => {
    const key = at(from, edge) * size + at(to, edge)
    const others = same.get(key)
    if (others === undefined) same.set(key, [edge])
    else others.push(edge)
  })
  const lane = new Float64Array(edges.length)
  const kindOf = (edge: number) => edges[edge]?.kind ?? ''
  const callsOf = (edge: number) => edges[edge]?.calls ?? 0
  for (const group of same.values()) {
    if (group.length === 1) continue
    group.sort((a, b) => (kindOf(a) === kindOf(b) ? callsOf(b) - callsOf(a) : kindOf(a) < kindOf(b) ? -1 : 1))
    group.forEach((edge, i) => (lane[edge] = i - (group.length - 1) / 2))
  }
  return lane
}

/** From the middle of a node; what goes backward is lower, so that it doesn't lie on what goes forward between the same two. */
function offsetOf(lane: number, back: boolean, { height }: NodeSize): number {
  const most = height / 2 - 2
  return Math.max(-most, Math.min(most, lane * LANE + (back ? height / 4 : 0)))
}
