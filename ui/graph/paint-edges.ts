// Draws the calls: thin and pale while nothing is looked at, so that a graph of thousands is no ball of wool.
import { endOf, middleOf, trace } from './curves.ts'
import { edgeWidth, type ErrorClass } from './encode.ts'
import { edgesWithin, type Picture } from './picture.ts'
import { classOf, ERROR_TOKENS, litEdges, type Scene, traceMark } from './scene.ts'

const CLASSES = ['none', 'few', 'some', 'many'] as const
/** Widths are drawn in steps of a pixel, each in one stroke. */
interface Group {
  readonly kind: ErrorClass
  readonly width: number
  readonly dashed: boolean
  readonly lines: Path2D
  readonly heads: Path2D
}

interface Groups {
  readonly most: number
  readonly groups: readonly Group[]
}

const kept = new WeakMap<Picture, Groups>()

function groupsOf(picture: Picture, most: number): readonly Group[] {
  const known = kept.get(picture)
  if (known?.most === most) return known.groups
  const groups = grouped(picture, most, picture.edges.keys())
  kept.set(picture, { most, groups })
  return groups
}

function grouped(picture: Picture, most: number, edges: Iterable<number>): readonly Group[] {
  const groups = new Map<string, Group>()
  for (const i of edges) {
    const [edge, curve] = [picture.edges[i], picture.curves[i]]
    if (!edge || !curve) continue
    const kind = classOf(edge)
    const width = Math.round(2 * thickness(edge.calls, most)) / 2
    const dashed = edge.kind === 'messaging'
    const id = `${CLASSES.indexOf(kind)} ${width} ${dashed}`
    const group = groups.get(id) ?? { kind, width, dashed, lines: new Path2D(), heads: new Path2D() }
    groups.set(id, group)
    trace(group.lines, curve)
    traceHead(group.heads, curve, width)
  }
  // Errors lie on top.
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group)
}

/** An arrow's head whose tip is the curve's end. */
function traceHead(pen: Path2D, curve: Float64Array, width: number): void {
  const { x, y, angle } = endOf(curve)
  const length = 6 + width
  const half = 2.5 + width * 0.6
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  const corner = (side: number) =>
    [x - length * cos - side * half * sin, y - length * sin + side * half * cos] as const
  pen.moveTo(x, y)
  pen.lineTo(...corner(1))
  pen.lineTo(...corner(-1))
  pen.closePath()
}

/** A little less than the scale has: boxes are small. */
const thickness = (calls: number, most: number) => 0.6 * edgeWidth(calls, most) + 0.4

/** How strong lines are that nobody looks at. */
function strength(picture: Picture): number {
  const { length } = picture.edges
  if (length <= 40) return 0.6
  return length <= 200 ? 0.45 : length <= 800 ? 0.26 : 0.16
}

/** The pen stands in pixels of the layout. */
export function paintEdges(pen: CanvasRenderingContext2D, scene: Scene): void {
  const { picture, view, most, lit } = scene
  const base = strength(picture) * (lit === undefined ? 1 : 0.3)
  // From near, most lines are out of sight: a pen is slow with what it doesn't show.
  const seen = edgesWithin(picture, {
    left: -view.x / view.k,
    right: (scene.width - view.x) / view.k,
    top: -view.y / view.k,
    bottom: (scene.height - view.y) / view.k,
  })
  const groups = seen === undefined ? groupsOf(picture, most) : grouped(picture, most, seen)
  // Far away, a line is thinner, but never so thin that the screen shows none.
  const scale = Math.max(0.5, Math.min(1, view.k * 1.4)) / view.k
  for (const { kind, width, dashed, lines, heads } of groups) {
    const loud = kind === 'none' ? 1 : 1.5
    pen.globalAlpha = Math.min(1, base * loud)
    pen.strokeStyle = pen.fillStyle = scene.colour(ERROR_TOKENS[kind])
    pen.lineWidth = picture.edges.length > 800 ? Math.min(width, 2) * scale : width * scale
    pen.setLineDash(dashed ? [6 * scale, 4 * scale] : [])
    pen.stroke(lines)
    if (view.k > 0.25) pen.fill(heads)
  }
  pen.setLineDash([])
  pen.globalAlpha = lit === undefined ? 1 : 0.3
  if (picture.edges.length <= 400 || view.k > 0.6) paintMarks(pen, scene, seen ?? picture.edges.keys())
  pen.globalAlpha = 1
  paintLit(pen, scene, scale)
}

function paintLit(pen: CanvasRenderingContext2D, scene: Scene, scale: number): void {
  const { picture, most, chosen } = scene
  const edges = chosen?.kind === 'edge' ? [chosen.index, ...litEdges(scene)] : litEdges(scene)
  for (const index of edges) {
    const [edge, curve] = [picture.edges[index], picture.curves[index]]
    if (!edge || !curve) continue
    const kind = classOf(edge)
    const width = Math.max(1.5, thickness(edge.calls, most))
    const [line, head] = [new Path2D(), new Path2D()]
    trace(line, curve)
    traceHead(head, curve, width)
    if (chosen?.kind === 'edge' && chosen.index === index) {
      pen.globalAlpha = 0.35
      pen.strokeStyle = scene.colour('--accent')
      pen.lineWidth = (width + 8) * scale
      pen.setLineDash([])
      pen.stroke(line)
      pen.globalAlpha = 1
    }
    pen.strokeStyle = pen.fillStyle = scene.colour(kind === 'none' ? '--accent' : ERROR_TOKENS[kind])
    pen.lineWidth = width * scale
    pen.setLineDash(edge.kind === 'messaging' ? [6 * scale, 4 * scale] : [])
    pen.stroke(line)
    pen.fill(head)
  }
  pen.setLineDash([])
  paintMarks(pen, scene, edges)
}

/** On the middle of calls that fail. */
function paintMarks(pen: CanvasRenderingContext2D, scene: Scene, edges: Iterable<number>): void {
  const { picture, view, colour } = scene
  const r = 4.5 / Math.max(0.6, Math.min(1.2, view.k))
  for (const index of edges) {
    const [edge, curve] = [picture.edges[index], picture.curves[index]]
    if (!edge || !curve) continue
    const kind = classOf(edge)
    if (kind === 'none') continue
    const { x, y } = middleOf(curve)
    pen.beginPath()
    traceMark(pen, kind, x, y, r)
    pen.lineWidth = 1.5 / view.k
    pen.fillStyle = colour(kind === 'many' ? '--error' : '--surface')
    pen.strokeStyle = colour(kind === 'many' ? '--surface' : ERROR_TOKENS[kind])
    pen.fill()
    pen.stroke()
  }
}
