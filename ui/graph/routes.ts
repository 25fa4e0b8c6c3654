// The ways of the edges: between the nodes of the layers that they pass.
import { at } from './digraph.ts'

/** In pixels; see GraphLayout. */
interface Boxes {
  readonly x: Float64Array
  readonly y: Float64Array
  readonly layer: Int32Array
  readonly width: number
  readonly height: number
  /** Between two nodes of a layer, at least. */
  readonly gap: number
}

/**
 * Points x, y, x, y… from the right side of a node to the left side of another in a later layer. Where a straight line would
 * run through nodes of a layer it goes level through the gap next to it; edges that do so at one place look like a bundle.
 * @param columns nodes by layer, from top to bottom
 * @param offset below the middle of both nodes
 */
export function route(
  boxes: Boxes,
  columns: readonly Int32Array[],
  from: number,
  to: number,
  offset: number,
): number[] {
  const { x, y, layer, width } = boxes
  let atX = at(x, from) + width / 2
  let atY = at(y, from) + offset
  const endX = at(x, to) - width / 2
  const endY = at(y, to) + offset
  const points = [atX, atY]
  // Where the line runs freely, fixed only if it bends after that.
  let free: number[] = []
  for (let passed = at(layer, from) + 1; passed < at(layer, to); passed++) {
    const column = columns[passed]
    const member = column?.[0]
    if (column === undefined || member === undefined) continue
    const enters = at(x, member) - width / 2
    const leaves = enters + width
    const slope = (endY - atY) / (endX - atX)
    const enterY = atY + slope * (enters - atX)
    const leaveY = atY + slope * (leaves - atX)
    const level = levelThrough(boxes, column, enterY, leaveY)
    if (level === undefined) {
      free.push(enters, enterY, leaves, leaveY)
      continue
    }
    points.push(...free, enters, level, leaves, level)
    free = []
    atX = leaves
    atY = level
  }
  points.push(endX, endY)
  return points
}

/** undefined if nothing is in the way. */
function levelThrough(
  { y, height, gap }: Boxes,
  column: Int32Array,
  enterY: number,
  leaveY: number,
): number | undefined {
  const away = height / 2 + gap / 4
  const middle = (enterY + leaveY) / 2
  const below = firstBelow(column, y, middle)
  const top = below === 0 ? -Infinity : at(y, at(column, below - 1)) + away
  const bottom = below === column.length ? Infinity : at(y, at(column, below)) - away
  if (Math.min(enterY, leaveY) >= top && Math.max(enterY, leaveY) <= bottom) return undefined
  return Math.min(bottom, Math.max(top, middle))
}

/** The index in the column. */
function firstBelow(column: Int32Array, y: Float64Array, height: number): number {
  let low = 0
  let high = column.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (at(y, at(column, middle)) < height) low = middle + 1
    else high = middle
  }
  return low
}

/** Four points, those of a Bézier curve: out at the right side, over the top and back. */
export function loop({ x, y, width, height, gap }: Boxes, node: number): number[] {
  const right = at(x, node) + width / 2
  const middle = at(y, node)
  return [
    right,
    middle,
    right + 2 * gap,
    middle,
    right + 2 * gap,
    middle - height,
    right - gap,
    middle - height / 2,
  ]
}
