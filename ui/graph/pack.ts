// Parts of a graph that aren't connected, side by side in rows; then the nodes without edges, in a grid.
import { at } from './digraph.ts'
import type { Kept, NodeSize } from './kept.ts'

/** A part as it was placed, its left side at 0. */
export interface Box {
  readonly nodes: readonly number[]
  readonly top: number
  readonly width: number
  readonly height: number
  /** Of all nodes of the graph: moved in place. */
  readonly x: Float64Array
  readonly y: Float64Array
}

interface Size {
  readonly width: number
  readonly height: number
}

/** The largest part first; or, of a picture that is there, in the order of reading. Moves their nodes. */
export function pack(boxes: readonly Box[], kept: Kept | undefined, gap: number, aspect: number): Size {
  let area = 0
  let widest = 0
  for (const { width, height } of boxes) {
    area += (width + gap) * (height + gap)
    widest = Math.max(widest, width)
  }
  const wide = Math.max(widest, Math.sqrt(area * aspect))
  const places = boxes.map((box) => ({ box, ...firstPlace(box, kept) }))
  places.sort(
    (a, b) =>
      // Infinity - Infinity is NaN: both are new.
      a.top - b.top ||
      a.left - b.left ||
      b.box.nodes.length - a.box.nodes.length ||
      at(a.box.nodes, 0) - at(b.box.nodes, 0),
  )
  let [x, y, rowHeight, width] = [0, 0, 0, 0]
  for (const { box } of places) {
    if (x > 0 && x + box.width > wide) {
      y += rowHeight + gap
      x = rowHeight = 0
    }
    for (const node of box.nodes) {
      box.x[node] = at(box.x, node) + x
      box.y[node] = at(box.y, node) + y - box.top
    }
    width = Math.max(width, x + box.width)
    rowHeight = Math.max(rowHeight, box.height)
    x += box.width + gap
  }
  return { width, height: y + rowHeight }
}

function firstPlace({ nodes }: Box, kept: Kept | undefined): { top: number; left: number } {
  let [top, left] = [Infinity, Infinity]
  if (kept !== undefined)
    for (const node of nodes) {
      if (at(kept.layer, node) < 0) continue
      top = Math.min(top, at(kept.y, node))
      left = Math.min(left, at(kept.x, node))
    }
  return { top, left }
}

/** Below all else, by name. */
export function packLoose(
  loose: readonly number[],
  above: Size,
  x: Float64Array,
  y: Float64Array,
  { width, height, gap }: NodeSize,
  partGap: number,
  aspect: number,
): Size {
  if (loose.length === 0) return above
  const wide = Math.max(above.width, Math.sqrt(loose.length * (width + gap) * (height + gap) * aspect))
  const columns = Math.max(1, Math.floor((wide + gap) / (width + gap)))
  const top = above.height === 0 ? gap : above.height + partGap
  loose.forEach((node, i) => {
    x[node] = (i % columns) * (width + gap) + width / 2
    y[node] = top + Math.floor(i / columns) * (height + gap) + height / 2
  })
  const across = Math.min(columns, loose.length)
  return {
    width: Math.max(above.width, across * (width + gap) - gap),
    height: top + Math.ceil(loose.length / columns) * (height + gap),
  }
}
