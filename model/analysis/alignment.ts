// Which span of one trace is which span of another: the call trees of two traces laid over each other.
import { int, item } from '../columns.ts'
import { serviceOf } from '../span.ts'
import { compareText } from '../text-order.ts'
import type { SpanRow, TraceView } from '../trace/view.ts'

/** A place in the tree that both traces make together. Rows are indexes of `TraceView.spans`, -1 for none. */
interface AlignedPlace {
  readonly a: number
  readonly b: number
  /** Index of the place above; -1 at the top. */
  readonly parent: number
  readonly depth: number
}

/**
 * In pre-order; siblings by the earlier of their starts, counted from the start of what is above them. Each reported span of each
 * trace is in one place; a made-up root is in none, what hangs under it is at the top.
 *
 * Below two spans that are aligned, calls to the same operation of the same service as the same kind are aligned by rank: the
 * first with the first. Order among different calls doesn't matter, and of repeated calls the surplus is left over, with
 * everything below it. A call that is left over alone at the top of both is aligned whatever its name: comparing two
 * operations means to compare what they do. It comes first. Swapping the traces swaps the sides and nothing else. n log n.
 */
export function alignTraces(a: TraceView, b: TraceView): AlignedPlace[] {
  const names = new Map<string, number>()
  const left = namesOf(a, names)
  const right = namesOf(b, names)
  const texts = [...names.keys()]
  const matched = matcher(left, right, names.size)

  const inOrder = (pairs: Pair[], startA: number, startB: number): Pair[] => {
    if (pairs.length < 2) return pairs
    const nameOf = (pair: Pair) => (pair.a < 0 ? int(right, pair.b) : int(left, pair.a))
    const startOf = (pair: Pair) =>
      Math.min(
        pair.a < 0 ? Infinity : item(a.spans, pair.a).start - startA,
        pair.b < 0 ? Infinity : item(b.spans, pair.b).start - startB,
      )
    return pairs.sort(
      (x, y) =>
        startOf(x) - startOf(y) ||
        (nameOf(x) === nameOf(y) ? 0 : compareText(item(texts, nameOf(x)), item(texts, nameOf(y)))) ||
        // Of one name either a or b has a surplus: this order is the same from both sides.
        sidesOf(y) - sidesOf(x) ||
        x.a - y.a ||
        x.b - y.b,
    )
  }

  const places: AlignedPlace[] = []
  const pending: AlignedPlace[] = []
  const push = (pairs: readonly Pair[], parent: number, depth: number) => {
    for (let i = pairs.length - 1; i >= 0; i--) pending.push({ ...item(pairs, i), parent, depth })
  }
  const { lonely, others } = pairLonely(matched(topsOf(a), topsOf(b)))
  push([...lonely, ...inOrder(others, a.start, b.start)], -1, 0)
  for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
    const index = places.push(place) - 1
    const above = { a: a.spans[place.a], b: b.spans[place.b] }
    const below = matched(childrenOf(a.spans, place.a), childrenOf(b.spans, place.b))
    push(inOrder(below, above.a?.start ?? 0, above.b?.start ?? 0), index, place.depth + 1)
  }
  return places
}

type Pair = Pick<AlignedPlace, 'a' | 'b'>

const sidesOf = ({ a, b }: Pair) => (a < 0 || b < 0 ? 1 : 2)

/** By row: the number of what must be alike. */
function namesOf({ spans }: TraceView, names: Map<string, number>): Int32Array {
  const numbers = new Int32Array(spans.length)
  for (const { index, span } of spans) {
    const service = serviceOf(span)
    // Lengths keep texts apart that only look alike when put together.
    const name = `${service ?? ''}\n${span.name ?? ''}\n${span.kind ?? ''}\n${service?.length ?? -1} ${span.name?.length ?? -1}`
    const known = names.get(name)
    numbers[index] = known ?? names.size
    if (known === undefined) names.set(name, names.size)
  }
  return numbers
}

function topsOf({ spans }: TraceView): number[] {
  const [root] = spans
  if (root === undefined) return []
  return root.synthetic ? childrenOf(spans, 0) : [0]
}

function childrenOf(spans: readonly SpanRow[], row: number): number[] {
  const children: number[] = []
  let child = row + 1
  for (let left = spans[row]?.childCount ?? 0; left > 0; left--) {
    children.push(child)
    child += item(spans, child).descendants + 1
  }
  return children
}

/** Pairs siblings of one name by rank; linear. */
function matcher(left: Int32Array, right: Int32Array, names: number) {
  // By name: the first row of b yet to be paired; by row of b: the one after it. All -1 again after each use.
  const first = new Int32Array(names).fill(-1)
  const next = new Int32Array(right.length)
  return (rowsA: readonly number[], rowsB: readonly number[]): Pair[] => {
    for (let i = rowsB.length - 1; i >= 0; i--) {
      const row = item(rowsB, i)
      const name = int(right, row)
      next[row] = int(first, name)
      first[name] = row
    }
    const take = (name: number): number => {
      const row = int(first, name)
      if (row >= 0) first[name] = int(next, row)
      return row
    }
    const pairs: Pair[] = rowsA.map((row) => ({ a: row, b: take(int(left, row)) }))
    for (const row of rowsB) {
      const surplus = take(int(right, row))
      if (surplus >= 0) pairs.push({ a: -1, b: surplus })
    }
    return pairs
  }
}

function pairLonely(pairs: Pair[]): { lonely: Pair[]; others: Pair[] } {
  const [onlyA, secondA] = pairs.filter(({ b }) => b < 0)
  const [onlyB, secondB] = pairs.filter(({ a }) => a < 0)
  if (!onlyA || !onlyB || secondA || secondB) return { lonely: [], others: pairs }
  const others = pairs.filter((pair) => sidesOf(pair) === 2)
  return { lonely: [{ a: onlyA.a, b: onlyB.b }], others }
}
