// Who is above, below and beside whom among the stored spans of a trace, for TraceQL's structural operators. Each operator takes
// n log n steps in the spans it is given, however deep or wide the trace is.
import { int, item } from '../columns.ts'
import { cutCycles } from '../cycles.ts'
import { serviceOf, type Span, type SpanId } from '../span.ts'
import { comesBefore } from '../search/summary.ts'

/** Positions of spans in a trace, ascending. */
export type Positions = readonly number[]

export type Relation = '>' | '>>' | '<' | '<<' | '~'

const INVERSE: Readonly<Record<Relation, Relation>> = { '>': '<', '>>': '<<', '<': '>', '<<': '>>', '~': '~' }

export class Structure {
  /** By position; -1 for a span without a parent in the trace. */
  readonly parents: Int32Array
  /** Places in pre-order: everything below a span has the places between its own and its last. */
  readonly #first: Int32Array
  readonly #last: Int32Array
  readonly #childCounts: Int32Array

  constructor(spans: readonly Span[]) {
    this.parents = parentsOf(spans)
    const count = spans.length
    this.#childCounts = new Int32Array(count)
    for (const parent of this.parents)
      if (parent >= 0) this.#childCounts[parent] = this.childCount(parent) + 1
    const bottomUp = childrenFirst(this.parents, this.#childCounts)
    const sizes = new Int32Array(count).fill(1)
    for (const i of bottomUp) {
      const parent = int(this.parents, i)
      if (parent >= 0) sizes[parent] = int(sizes, parent) + int(sizes, i)
    }
    this.#first = new Int32Array(count)
    this.#last = new Int32Array(count)
    const free = new Int32Array(count)
    let freeForRoot = 0
    for (let at = count - 1; at >= 0; at--) {
      const i = int(bottomUp, at)
      const parent = int(this.parents, i)
      const place = parent < 0 ? freeForRoot : int(free, parent)
      if (parent < 0) freeForRoot += int(sizes, i)
      else free[parent] = place + int(sizes, i)
      this.#first[i] = place
      this.#last[i] = place + int(sizes, i) - 1
      free[i] = place + 1
    }
  }

  childCount(position: number): number {
    return int(this.#childCounts, position)
  }

  /**
   * Those on the right that have one on the left as their parent (`>`), ancestor, child, descendant or sibling.
   * @param keepTime called for each span looked at; may throw
   */
  related(left: Positions, relation: Relation, right: Positions, keepTime = () => {}): number[] {
    return this.#chosen(left, relation, right, true, keepTime)
  }

  unrelated(left: Positions, relation: Relation, right: Positions, keepTime = () => {}): number[] {
    return this.#chosen(left, relation, right, false, keepTime)
  }

  /** Both sides of every pair. */
  pairs(left: Positions, relation: Relation, right: Positions, keepTime = () => {}): number[] {
    return union(
      this.related(left, relation, right, keepTime),
      this.related(right, INVERSE[relation], left, keepTime),
    )
  }

  #chosen(left: Positions, relation: Relation, right: Positions, related: boolean, keepTime: () => void) {
    for (let i = 0; i < left.length; i++) keepTime()
    const isRelated = this.#test(left, relation)
    return right.filter((i) => {
      keepTime()
      return isRelated(i) === related
    })
  }

  #test(left: Positions, relation: Relation): (i: number) => boolean {
    switch (relation) {
      case '>': {
        const above = new Set(left)
        return (i) => above.has(int(this.parents, i))
      }
      case '<': {
        const parents = new Set<number>()
        for (const i of left) parents.add(int(this.parents, i))
        return (i) => parents.has(i)
      }
      case '~':
        return this.#siblingTest(left)
      case '>>':
        return this.#descendantTest(left)
      case '<<': {
        const places = this.#placesOf(left)
        return (i) => (places[countBelow(places, int(this.#first, i) + 1)] ?? Infinity) <= int(this.#last, i)
      }
    }
  }

  #siblingTest(left: Positions): (i: number) => boolean {
    const own = new Set(left)
    const counts = new Map<number, number>()
    for (const i of left) {
      const parent = int(this.parents, i)
      if (parent >= 0) counts.set(parent, (counts.get(parent) ?? 0) + 1)
    }
    return (i) => (counts.get(int(this.parents, i)) ?? 0) > (own.has(i) ? 1 : 0)
  }

  #descendantTest(left: Positions): (i: number) => boolean {
    const sorted = Int32Array.from(left).sort((a, b) => int(this.#first, a) - int(this.#first, b))
    const places = this.#placesOf(left)
    // Whoever begins before a span and reaches farthest is above it if anyone is.
    const reach = new Int32Array(sorted.length)
    let farthest = -1
    for (let at = 0; at < sorted.length; at++) {
      farthest = Math.max(farthest, int(this.#last, int(sorted, at)))
      reach[at] = farthest
    }
    return (i) => {
      const place = int(this.#first, i)
      const before = countBelow(places, place)
      return before > 0 && int(reach, before - 1) >= place
    }
  }

  #placesOf(positions: Positions): Int32Array {
    return Int32Array.from(positions, (i) => int(this.#first, i)).sort()
  }
}

/** How many of the sorted numbers are below this one. */
function countBelow(sorted: Int32Array, value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (int(sorted, middle) < value) low = middle + 1
    else high = middle
  }
  return low
}

/** Ascending, each once. */
export function union(a: Positions, b: Positions): number[] {
  const both: number[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    const next = Math.min(a[i] ?? Infinity, b[j] ?? Infinity)
    if (a[i] === next) i++
    if (b[j] === next) j++
    both.push(next)
  }
  return both
}

/** The spans of one id: the first of all, of those that joined another's span, of those that didn't, of each service. */
interface Namesakes {
  first: number
  shared: number
  unshared: number
  /** Undefined while there is one span only, as a rule. */
  byService: Map<string | undefined, number> | undefined
}

/**
 * A span's parent is the one that its parent id names, and of several that of its own service, else one that joined
 * another's span, else the first. The parent of a span that joined another's is that one. A cycle is cut above its first.
 */
function parentsOf(spans: readonly Span[]): Int32Array {
  const comesFirst = (i: number, than: number | undefined) =>
    than === undefined || than < 0 || comesBefore(item(spans, i), item(spans, than))
  const byId = new Map<SpanId, Namesakes>()
  for (let i = 0; i < spans.length; i++) {
    const span = item(spans, i)
    const half = span.shared ? 'shared' : 'unshared'
    const same = byId.get(span.id)
    if (same === undefined) {
      byId.set(span.id, { first: i, shared: -1, unshared: -1, byService: undefined, [half]: i })
      continue
    }
    same.byService ??= new Map([[serviceOf(item(spans, same.first)), same.first]])
    if (comesFirst(i, same.first)) same.first = i
    if (comesFirst(i, same[half])) same[half] = i
    if (comesFirst(i, same.byService.get(serviceOf(span)))) same.byService.set(serviceOf(span), i)
  }
  const parents = new Int32Array(spans.length).fill(-1)
  for (let i = 0; i < spans.length; i++) {
    const span = item(spans, i)
    const other = span.shared ? (byId.get(span.id)?.unshared ?? -1) : -1
    if (other >= 0) {
      parents[i] = other
      continue
    }
    const named =
      span.parentId === undefined || span.parentId === span.id ? undefined : byId.get(span.parentId)
    if (named === undefined) continue
    const own = serviceOf(span) === undefined ? undefined : named.byService?.get(serviceOf(span))
    parents[i] = own ?? (named.shared >= 0 ? named.shared : named.first)
  }
  cutCycles(parents, (a, b) => comesBefore(item(spans, a), item(spans, b)))
  return parents
}

function childrenFirst(parents: Int32Array, childCounts: Int32Array): Int32Array {
  const waitFor = childCounts.slice()
  const order = new Int32Array(parents.length)
  let end = 0
  for (let i = 0; i < parents.length; i++) if (int(waitFor, i) === 0) order[end++] = i
  for (let at = 0; at < end; at++) {
    const parent = int(parents, int(order, at))
    if (parent < 0) continue
    waitFor[parent] = int(waitFor, parent) - 1
    if (int(waitFor, parent) === 0) order[end++] = parent
  }
  return order
}
