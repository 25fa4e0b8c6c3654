// The icicle's boxes: one a span, x is time. What runs one after the other under a parent stands directly below it; what runs
// at the same time gets a track of its own below that, together with all that it called. So a subtree is a block that no
// other one reaches into, and parallel work is as high as it is parallel.
import type { TraceTable } from '@hopscope/model'
import type { Boxes } from './boxes.ts'
import { sortedIndexes } from './sorted-indexes.ts'
import { levelEndsOf } from './flame-layout.ts'

/** Of a row and all below it; times are microseconds from the trace's start. */
export function icicleOf(table: TraceTable, root = 0): Boxes {
  const { start, duration, descendants } = table.columns.rows
  const size = table.size === 0 ? 0 : (descendants[root] as number) + 1
  const begin = start.slice(root, root + size)
  const finish = begin.map((at, i) => at + Math.max(0, duration[root + i] as number))
  const level = levelsOf(table, root, begin, finish)
  // By the end where the begin is the same: a box without length goes before the one on whose edge it stands.
  const byEnd = sortedIndexes(finish)
  const byBegin = sortedIndexes(Float64Array.from(byEnd, (i) => begin[i] as number))
  const order = byLevel(
    level,
    byBegin.map((place) => byEnd[place] as number),
  )
  const boxOf = new Int32Array(size)
  for (let box = 0; box < size; box++) boxOf[order[box] as number] = box
  const sorted = order.map((i) => level[i] as number)
  return {
    levelEnds: levelEndsOf(sorted),
    level: sorted,
    from: Float64Array.from(order, (i) => begin[i] as number),
    to: Float64Array.from(order, (i) => finish[i] as number),
    row: order.map((i) => root + i),
    boxOf,
    firstRow: root,
  }
}

/** A counting sort, which keeps the order within a level. */
function byLevel(level: Int32Array, order: Int32Array): Int32Array {
  const free = new Int32Array(level.length + 1)
  for (const each of level) free[each + 1] = (free[each + 1] as number) + 1
  for (let i = 1; i < free.length; i++) free[i] = (free[i] as number) + (free[i - 1] as number)
  const sorted = new Int32Array(order.length)
  for (const i of order) {
    const at = free[level[i] as number] as number
    free[level[i] as number] = at + 1
    sorted[at] = i
  }
  return sorted
}

function levelsOf(table: TraceTable, root: number, begin: Float64Array, finish: Float64Array): Int32Array {
  const { parent, descendants } = table.columns.rows
  const size = begin.length
  /** When a row or anything below it first began and last ended. */
  const low = begin.slice()
  const high = finish.slice()
  /** Levels of the block of a row, and from a row's level down to its child's. */
  const height = new Int32Array(size)
  const below = new Int32Array(size)
  const tracks = new Tracks()
  for (let i = size - 1; i >= 0; i--) {
    const end = i + (descendants[root + i] as number)
    const children: number[] = []
    for (let child = i + 1; child <= end; child += (descendants[root + child] as number) + 1)
      children.push(child)
    for (const child of children) {
      low[i] = Math.min(low[i] as number, low[child] as number)
      high[i] = Math.max(high[i] as number, high[child] as number)
    }
    height[i] = 1 + tracks.place(children, low, high, height, below)
  }
  const level = new Int32Array(size)
  for (let i = 1; i < size; i++)
    level[i] = (level[(parent[root + i] as number) - root] as number) + (below[i] as number)
  return level
}

/** Puts the blocks of siblings on tracks: each on the first that is free when it begins. */
class Tracks {
  /** A tree of least values over the times at which the tracks become free; the leaves are its second half. */
  #free = new Float64Array(2)
  #heights = new Int32Array(1)
  #trackOf = new Int32Array(1)

  /** Sets `below` of the children; gives the height of all tracks. */
  place(
    children: number[],
    low: Float64Array,
    high: Float64Array,
    height: Int32Array,
    below: Int32Array,
  ): number {
    const [only] = children
    if (only === undefined) return 0
    if (children.length === 1) {
      below[only] = 1
      return height[only] as number
    }
    children.sort((a, b) => (low[a] as number) - (low[b] as number) || a - b)
    const leaves = this.#clear(children.length)
    let used = 0
    for (const [i, child] of children.entries()) {
      const track = this.#take(leaves, low[child] as number, high[child] as number)
      used = Math.max(used, track + 1)
      this.#trackOf[i] = track
      this.#heights[track] = Math.max(this.#heights[track] as number, height[child] as number)
    }
    let all = 0
    for (let track = 0; track < used; track++) {
      const own = this.#heights[track] as number
      this.#heights[track] = all
      all += own
    }
    for (const [i, child] of children.entries())
      below[child] = 1 + (this.#heights[this.#trackOf[i] as number] as number)
    return all
  }

  #clear(children: number): number {
    const leaves = 2 ** Math.ceil(Math.log2(children))
    if (this.#free.length < 2 * leaves) {
      this.#free = new Float64Array(2 * leaves)
      this.#heights = new Int32Array(leaves)
      this.#trackOf = new Int32Array(leaves)
    }
    this.#free.fill(-Infinity, 0, 2 * leaves)
    this.#heights.fill(0, 0, leaves)
    return leaves
  }

  #take(leaves: number, from: number, to: number): number {
    const free = this.#free
    let node = 1
    while (node < leaves) node = (free[2 * node] as number) <= from ? 2 * node : 2 * node + 1
    const track = node - leaves
    free[node] = to
    for (node >>= 1; node >= 1; node >>= 1)
      free[node] = Math.min(free[2 * node] as number, free[2 * node + 1] as number)
    return track
  }
}
