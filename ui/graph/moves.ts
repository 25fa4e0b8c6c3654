// Where the arrow keys lead in a picture.
import type { Picture, Thing } from './picture.ts'

export const ARROWS = {
  ArrowLeft: { dx: -1, dy: 0 },
  ArrowRight: { dx: 1, dy: 0 },
  ArrowUp: { dx: 0, dy: -1 },
  ArrowDown: { dx: 0, dy: 1 },
} as const
export type Arrow = keyof typeof ARROWS

/** What is off the way counts as this much farther. */
const ASIDE = 2

/** The nearest box in the direction of the arrow; the same one if there is none. */
export function boxTowards({ boxes }: Picture, from: number, arrow: Arrow): number {
  const { dx, dy } = ARROWS[arrow]
  const here = boxes[from]
  if (!here) return boxes.length > 0 ? 0 : from
  let best = Infinity
  let found = from
  boxes.forEach(({ x, y }, index) => {
    const ahead = (x - here.x) * dx + (y - here.y) * dy
    const aside = Math.abs((x - here.x) * dy) + Math.abs((y - here.y) * dx)
    // Within 60° of the arrow, so that each key leads somewhere of its own.
    if (index === from || ahead <= 0 || aside > ahead * 1.75) return
    const far = ahead + ASIDE * aside
    if (far < best) [best, found] = [far, index]
  })
  return found
}

/** The calls of a box, in the order of the keys. */
export function edgesAt({ boxes }: Picture, node: number): number[] {
  const box = boxes[node]
  return [...new Set([...(box?.incoming ?? []), ...(box?.outgoing ?? [])])]
}

/** The next of the calls of a box, from the upper left one on and around; with an edge, of the box it was come to from. */
export function nextEdge(picture: Picture, node: number, edge: number | undefined, step: 1 | -1): Thing {
  const edges = edgesAt(picture, node)
  if (edges.length === 0) return { kind: 'node', index: node }
  const at = edge === undefined ? -1 : edges.indexOf(edge)
  const next = at < 0 ? (step > 0 ? 0 : edges.length - 1) : (at + step + edges.length) % edges.length
  return { kind: 'edge', index: edges[next] ?? 0 }
}
