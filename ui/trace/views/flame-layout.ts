// The flame graph's boxes: spans merged by their call path. A box is as wide as the self time of its spans and of all below
// them, summed up, as profilers do it: work in parallel counts as often as it was done, waiting for a child counts once, and
// a box is never narrower than what stands on it.
import { ROW_FLAGS, type TraceTable } from '@hopscope/model'
import type { Boxes } from './boxes.ts'
import { sortedIndexes } from './sorted-indexes.ts'

export interface FlameBoxes extends Boxes {
  /** -1 for the root. */
  readonly parent: Int32Array
  /** A box's children are beside each other on the next level, the widest first. */
  readonly firstChild: Int32Array
  readonly childCount: Int32Array
  /** Spans merged, and how many of them failed. */
  readonly spans: Int32Array
  readonly errors: Int32Array
  /** Their own time; microseconds. */
  readonly self: Float64Array
}

/** Of a row and all below it. When nothing took any time, boxes are as wide as their number of spans. */
export function flameOf(table: TraceTable, root = 0): FlameBoxes {
  const merged = mergedPaths(table, root)
  const { count, parentOf, self, total } = merged
  const order = sortedIndexes(total, true)
  const first = new Int32Array(count).fill(-1)
  const next = new Int32Array(count).fill(-1)
  const last = new Int32Array(count).fill(-1)
  for (const node of order) {
    const above = parentOf[node] as number
    if (above < 0) continue
    const before = last[above] as number
    if (before < 0) first[above] = node
    else next[before] = node
    last[above] = node
  }
  // Level by level, each parent's children beside each other: the queue of the walk is the order of the boxes.
  const nodes = new Int32Array(count)
  const parent = new Int32Array(count).fill(-1)
  const level = new Int32Array(count)
  const from = new Float64Array(count)
  const to = new Float64Array(count)
  const firstChild = new Int32Array(count)
  const childCount = new Int32Array(count)
  let made = count > 0 ? 1 : 0
  if (made > 0) to[0] = total[0] as number
  for (let box = 0; box < made; box++) {
    let at = from[box] as number
    firstChild[box] = made
    for (let node = first[nodes[box] as number] as number; node >= 0; node = next[node] as number) {
      nodes[made] = node
      parent[made] = box
      level[made] = (level[box] as number) + 1
      from[made] = at
      to[made] = at += total[node] as number
      made++
    }
    childCount[box] = made - (firstChild[box] as number)
  }
  const place = new Int32Array(count)
  for (let box = 0; box < count; box++) place[nodes[box] as number] = box
  return {
    levelEnds: levelEndsOf(level),
    level,
    from,
    to,
    parent,
    firstChild,
    childCount,
    row: nodes.map((node) => merged.slowest[node] as number),
    spans: nodes.map((node) => merged.spans[node] as number),
    errors: nodes.map((node) => merged.errors[node] as number),
    self: Float64Array.from(nodes, (node) => self[node] as number),
    boxOf: merged.nodeOf.map((node) => place[node] as number),
    firstRow: root,
  }
}

/** Where each level ends, of boxes sorted by level. */
export function levelEndsOf(level: Int32Array): Int32Array {
  const ends = new Int32Array(level.length === 0 ? 0 : (level.at(-1) as number) + 1)
  for (let box = 0; box < level.length; box++) ends[level[box] as number] = box + 1
  return ends
}

/** Nodes are numbered as they are met, so that a parent comes before its children. */
function mergedPaths(table: TraceTable, root: number) {
  const { parent, descendants, service, name, selfTime, duration, flags } = table.columns.rows
  const size = table.size === 0 ? 0 : (descendants[root] as number) + 1
  const nodeOf = new Int32Array(size)
  const parentOf = new Int32Array(size)
  const serviceOf = new Int32Array(size)
  const nameOf = new Int32Array(size)
  const slowest = new Int32Array(size)
  const spans = new Int32Array(size)
  const errors = new Int32Array(size)
  const self = new Float64Array(size)
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * size + 2))).fill(-1)
  const mask = slots.length - 1
  let count = 0
  for (let i = 0; i < size; i++) {
    const row = root + i
    const above = i === 0 ? -1 : (nodeOf[(parent[row] as number) - root] as number)
    const [whose, what] = [service[row] as number, name[row] as number]
    let slot = mixed(above, whose, what) & mask
    let node = slots[slot] as number
    while (node >= 0 && !(parentOf[node] === above && serviceOf[node] === whose && nameOf[node] === what)) {
      slot = (slot + 1) & mask
      node = slots[slot] as number
    }
    if (node < 0) {
      node = count++
      slots[slot] = node
      parentOf[node] = above
      serviceOf[node] = whose
      nameOf[node] = what
      slowest[node] = row
    } else if ((duration[row] as number) > (duration[slowest[node] as number] as number)) slowest[node] = row
    nodeOf[i] = node
    spans[node] = (spans[node] as number) + 1
    if (((flags[row] as number) & ROW_FLAGS.error) !== 0) errors[node] = (errors[node] as number) + 1
    self[node] = (self[node] as number) + Math.max(0, selfTime[row] as number)
  }
  return {
    count,
    nodeOf,
    parentOf,
    slowest,
    spans,
    errors,
    self,
    total: totals(count, parentOf, self, spans),
  }
}

function totals(count: number, parentOf: Int32Array, self: Float64Array, spans: Int32Array): Float64Array {
  const timed = self.some((time) => time > 0)
  const total = timed ? self.slice(0, count) : Float64Array.from(spans.subarray(0, count))
  for (let node = count - 1; node > 0; node--) {
    const above = parentOf[node] as number
    total[above] = (total[above] as number) + (total[node] as number)
  }
  return total
}

function mixed(above: number, service: number, name: number): number {
  let hash = Math.imul(above + 1, 0x9e3779b1)
  hash = Math.imul(hash ^ (hash >>> 15) ^ (service + 1), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13) ^ name, 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
