// What is drawn: the answer's services and calls at the places of a layout, and what is where.
import { type Curve, curvesOf, middleOf, sampled } from './curves.ts'
import type { GraphService, ServiceEdge } from '../api/graph-answer.ts'
import type { EdgeName } from '../routing/graph-url.ts'
import type { GraphLayout } from './layout.ts'

export interface Box {
  readonly name: string
  /** The middle. */
  readonly x: number
  readonly y: number
  readonly service: GraphService | undefined
  /** Indexes of edges. */
  readonly incoming: readonly number[]
  readonly outgoing: readonly number[]
}

/** Of a picture: a box or an edge, by its index. */
export interface Thing {
  readonly kind: 'node' | 'edge'
  readonly index: number
}

export interface Picture {
  readonly layout: GraphLayout
  readonly boxes: readonly Box[]
  readonly edges: readonly ServiceEdge[]
  readonly curves: readonly Curve[]
}

/** @param graph the same nodes and edges, in the same order, as the layout was made of */
export function pictureOf(
  graph: { readonly services: readonly GraphService[]; readonly edges: readonly ServiceEdge[] },
  laid: GraphLayout,
): Picture {
  const layout = roomy(laid)
  const incoming = layout.names.map((): number[] => [])
  const outgoing = layout.names.map((): number[] => [])
  layout.from.forEach((node, edge) => outgoing[node]?.push(edge))
  layout.to.forEach((node, edge) => incoming[node]?.push(edge))
  const services = new Map(graph.services.map((service) => [service.name, service]))
  const boxes = layout.names.map((name, i) => ({
    name,
    x: layout.x[i] ?? 0,
    y: layout.y[i] ?? 0,
    service: services.get(name),
    incoming: incoming[i] ?? [],
    outgoing: outgoing[i] ?? [],
  }))
  return { layout, boxes, edges: graph.edges, curves: curvesKept(layout) }
}

/** Width to height that a picture had better not exceed, and the most that its rows are moved apart for it. */
const STRIP = 2.4
const MOST_ROOM = 2.5
const roomyOnes = new WeakMap<GraphLayout, GraphLayout>()

/** A strip as high as windows are, so that all of it can be seen in one: rows apart, boxes as they are. */
function roomy(layout: GraphLayout): GraphLayout {
  const known = roomyOnes.get(layout)
  if (known) return known
  const room = Math.min(MOST_ROOM, layout.width / Math.max(1, layout.height) / STRIP)
  // A few services side by side are no strip.
  const made = room > 1 && layout.names.length > 40 ? stretched(layout, room) : layout
  roomyOnes.set(layout, made)
  return made
}

function stretched(layout: GraphLayout, by: number): GraphLayout {
  const { from, to, pointsFrom } = layout
  const y = layout.y.map((value) => value * by)
  const points = layout.points.slice()
  from.forEach((node, edge) => {
    const [first, end] = [(pointsFrom[edge] ?? 0) + 1, pointsFrom[edge + 1] ?? 0]
    for (let i = first; i < end; i += 2) {
      // The ends, and a loop, stay with their box.
      const box = i === first || node === to[edge] ? node : i + 1 === end ? (to[edge] ?? node) : undefined
      const value = layout.points[i] ?? 0
      points[i] = box === undefined ? value * by : (y[box] ?? 0) + value - (layout.y[box] ?? 0)
    }
  })
  return { ...layout, height: layout.height * by, y, points }
}

const kept = new WeakMap<GraphLayout, readonly Curve[]>()

function curvesKept(layout: GraphLayout): readonly Curve[] {
  const curves = kept.get(layout) ?? curvesOf(layout)
  kept.set(layout, curves)
  return curves
}

/** The same text as long as nothing moves. FNV-1a. */
export function positionsOf({ names, x, y }: GraphLayout): string {
  let hash = 0x811c9dc5
  names.forEach((name, i) => {
    for (const character of `${name}\n${Math.round(x[i] ?? 0)} ${Math.round(y[i] ?? 0)}\n`)
      hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  })
  return (hash >>> 0).toString(16).padStart(8, '0')
}

export const indexOf = ({ layout }: Picture, name: string) => layout.names.indexOf(name)

/** -1 if it isn't there. */
export const edgeIndexOf = ({ edges }: Picture, { from, to, kind }: EdgeName) =>
  edges.findIndex((edge) => edge.from === from && edge.to === to && edge.kind === kind)

/** What is the same thing in the next picture too: a service's name, or its call's ends. */
export type Name = string | EdgeName

export function nameOf(picture: Picture, thing: Thing | undefined): Name | undefined {
  if (!thing) return undefined
  return thing.kind === 'node' ? picture.boxes[thing.index]?.name : picture.edges[thing.index]
}

/** undefined if it is no longer there. */
export function thingNamed(picture: Picture, name: Name | undefined): Thing | undefined {
  if (name === undefined) return undefined
  const [kind, index] =
    typeof name === 'string'
      ? (['node', indexOf(picture, name)] as const)
      : (['edge', edgeIndexOf(picture, name)] as const)
  return index < 0 ? undefined : { kind, index }
}

/** What is at a point of the layout; a box before an edge, and the nearest edge at most `reach` away. */
export function thingAt(picture: Picture, x: number, y: number, reach: number): Thing | undefined {
  const { width, height } = picture.layout.node
  const index = picture.boxes.findIndex(
    (box) => Math.abs(box.x - x) <= width / 2 && Math.abs(box.y - y) <= height / 2,
  )
  if (index >= 0) return { kind: 'node', index }
  let best = reach * reach
  let nearest = -1
  linesOf(picture.layout, picture.curves).forEach(({ points, left, right, top, bottom }, edge) => {
    if (x < left - reach || x > right + reach || y < top - reach || y > bottom + reach) return
    for (let i = 2; i + 1 < points.length; i += 2) {
      const distance = toSegment(x, y, points, i)
      if (distance < best) [best, nearest] = [distance, edge]
    }
  })
  return nearest < 0 ? undefined : { kind: 'edge', index: nearest }
}

/** Squared. */
function toSegment(x: number, y: number, points: Float64Array, i: number): number {
  const [ax = 0, ay = 0, bx = 0, by = 0] = points.subarray(i - 2, i + 2)
  const [dx, dy] = [bx - ax, by - ay]
  const length = dx * dx + dy * dy
  const t = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length))
  return (ax + t * dx - x) ** 2 + (ay + t * dy - y) ** 2
}

interface Line {
  readonly points: Float64Array
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

const lines = new WeakMap<GraphLayout, readonly Line[]>()

function linesOf(layout: GraphLayout, curves: readonly Curve[]): readonly Line[] {
  const known = lines.get(layout)
  if (known) return known
  const made = curves.map((curve) => {
    const points = sampled(curve)
    let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity]
    for (let i = 0; i + 1 < points.length; i += 2) {
      const [px = 0, py = 0] = points.subarray(i, i + 2)
      left = Math.min(left, px)
      right = Math.max(right, px)
      top = Math.min(top, py)
      bottom = Math.max(bottom, py)
    }
    return { points, left, right, top, bottom }
  })
  lines.set(layout, made)
  return made
}

/** The edges that may be seen in a part of the layout; undefined for all, or nearly all. */
export function edgesWithin(
  { layout, curves }: Picture,
  part: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number },
): readonly number[] | undefined {
  const found: number[] = []
  linesOf(layout, curves).forEach(({ left, right, top, bottom }, edge) => {
    if (right >= part.left && left <= part.right && bottom >= part.top && top <= part.bottom) found.push(edge)
  })
  return found.length > 0.8 * curves.length ? undefined : found
}

/** Where one looks for it, in pixels of the layout. */
export function placeOf(picture: Picture, { kind, index }: Thing): { x: number; y: number } {
  const curve = picture.curves[index]
  if (kind === 'edge') return curve ? middleOf(curve) : { x: 0, y: 0 }
  return picture.boxes[index] ?? { x: 0, y: 0 }
}
