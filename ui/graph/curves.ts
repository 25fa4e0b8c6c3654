// The edges as curves: for the pen, and for what the pointer is on.
import { curveMonotoneX } from 'd3-shape'
import type { GraphLayout } from './layout.ts'

/** x, y of the start, then six numbers of each cubic Bézier curve; pixels of the layout. */
export type Curve = Float64Array

/** Of each edge of the layout's input. */
export function curvesOf({ points, pointsFrom, from, to }: GraphLayout): readonly Curve[] {
  return Array.from(from, (node, edge) => {
    const way = points.subarray(pointsFrom[edge], pointsFrom[edge + 1])
    return node === to[edge] ? Float64Array.from(way) : monotone(way)
  })
}

function monotone(way: Float64Array): Curve {
  const curve: number[] = []
  const pen = {
    beginPath() {},
    closePath() {},
    moveTo: (x: number, y: number) => curve.push(x, y),
    bezierCurveTo: (...numbers: number[]) => curve.push(...numbers),
    lineTo(x: number, y: number) {
      const [fromX = x, fromY = y] = curve.slice(-2)
      const [dx, dy] = [(x - fromX) / 3, (y - fromY) / 3]
      curve.push(fromX + dx, fromY + dy, x - dx, y - dy, x, y)
    },
  }
  const line = curveMonotoneX(pen as unknown as CanvasRenderingContext2D)
  line.lineStart()
  for (let i = 0; i + 1 < way.length; i += 2) line.point(way[i] ?? 0, way[i + 1] ?? 0)
  line.lineEnd()
  return Float64Array.from(curve)
}

export function trace(path: Path2D | CanvasRenderingContext2D, curve: Curve): void {
  path.moveTo(curve[0] ?? 0, curve[1] ?? 0)
  for (let i = 2; i + 5 < curve.length; i += 6) {
    const [a = 0, b = 0, c = 0, d = 0, x = 0, y = 0] = curve.subarray(i, i + 6)
    path.bezierCurveTo(a, b, c, d, x, y)
  }
}

const SAMPLES = 8

/** x, y, x, y… along the curve. */
export function sampled(curve: Curve): Float64Array {
  const points = [curve[0] ?? 0, curve[1] ?? 0]
  for (let i = 2; i + 5 < curve.length; i += 6) {
    for (let n = 1; n <= SAMPLES; n++) {
      const t = n / SAMPLES
      points.push(along(curve, i, t), along(curve, i + 1, t))
    }
  }
  return Float64Array.from(points)
}

function along(curve: Curve, i: number, t: number): number {
  const [p0 = 0, p1 = 0, p2 = 0, p3 = 0] = [curve[i - 2], curve[i], curve[i + 2], curve[i + 4]]
  const u = 1 - t
  return u * u * u * p0 + 3 * u * u * t * p1 + 3 * u * t * t * p2 + t * t * t * p3
}

export interface Tip {
  readonly x: number
  readonly y: number
  /** Radians; where the curve goes to as it ends. */
  readonly angle: number
}

export function endOf(curve: Curve): Tip {
  const n = curve.length
  const [x = 0, y = 0] = curve.subarray(n - 2)
  // From a little before the end: the curve's last handle may lie on it.
  const [bx, by] = n >= 8 ? [along(curve, n - 6, 0.9), along(curve, n - 5, 0.9)] : [x - 1, y]
  return { x, y, angle: Math.atan2(y - by, x - bx) }
}

/** Halfway, by the curve's pieces. */
export function middleOf(curve: Curve): { x: number; y: number } {
  const pieces = Math.max(1, (curve.length - 2) / 6)
  const i = 2 + 6 * Math.floor(pieces / 2)
  const t = pieces % 2 === 1 ? 0.5 : 0
  return { x: along(curve, i, t), y: along(curve, i + 1, t) }
}
