// Two traces laid over each other: which rows are shown, what changed most, and where. No recursion: a chain may be 50,000 deep.
import type { DiffNode, TraceDiff } from '@hopscope/model'
import type { Folds } from '../routing/compare-url.ts'

/** A change of error outranks a change of time: it is what one looks for. */
export type Change = 'added' | 'missing' | 'slower' | 'faster' | 'failing' | 'fixed' | 'same'

/** Told apart by their sign, not by colour alone. */
export const SIGNS: Readonly<Record<Change, string>> = {
  added: '+',
  missing: '−',
  slower: '▲',
  faster: '▼',
  failing: '!',
  fixed: '✓',
  same: '',
}

export function changeOf({ status, errorChange }: DiffNode): Change {
  if (errorChange === 'appeared') return 'failing'
  if (errorChange === 'vanished') return 'fixed'
  return status
}

/** Signed microseconds: how much own time b has more; all of it for what only one of them has. */
export function ownChange({ selfA, selfB }: DiffNode): number {
  return (selfB ?? 0) - (selfA ?? 0)
}

/** What moves the eye through the rows of a comparison; made once. */
export interface PairIndex {
  readonly nodes: readonly DiffNode[]
  /** How many nodes lie below each. */
  readonly below: Int32Array
  /** 1 for nodes that differ. */
  readonly differs: Uint8Array
  /** 1 for nodes that differ or have one below that does. */
  readonly leads: Uint8Array
  /** The longest duration of either trace, microseconds; at least 1. */
  readonly longest: number
}

export function pairIndex({ nodes, a, b }: TraceDiff): PairIndex {
  const below = new Int32Array(nodes.length)
  const differs = new Uint8Array(nodes.length)
  const leads = new Uint8Array(nodes.length)
  let longest = Math.max(1, a.duration, b.duration)
  // A parent comes before its children: from the end, each is complete when it is added to its parent.
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]
    if (!node) continue
    longest = Math.max(longest, node.durationA ?? 0, node.durationB ?? 0)
    if (changeOf(node) !== 'same') differs[i] = leads[i] = 1
    const { parent } = node
    if (parent < 0) continue
    below[parent] = (below[parent] ?? 0) + 1 + (below[i] ?? 0)
    if (leads[i]) leads[parent] = 1
  }
  return { nodes, below, differs, leads, longest }
}

interface Shown {
  readonly differences: boolean
  readonly byChange: boolean
  readonly folds: Folds
}

export const isFolded = ({ all, but }: Folds, node: number) => all !== but.has(node)

/** The nodes in the order of the rows. */
export function visibleNodes(index: PairIndex, { differences, byChange, folds }: Shown): number[] {
  const { nodes, below, differs, leads } = index
  if (byChange) {
    const all = Array.from(nodes, (_, i) => i)
    const change = Float64Array.from(nodes, (node) => Math.abs(ownChange(node)))
    return (differences ? all.filter((i) => differs[i]) : all).sort(
      (x, y) => (change[y] ?? 0) - (change[x] ?? 0) || x - y,
    )
  }
  const rows: number[] = []
  for (let i = 0; i < nodes.length; i++) {
    const skipped = differences && !leads[i]
    if (!skipped) rows.push(i)
    if (skipped || ((below[i] ?? 0) > 0 && isFolded(folds, i))) i += below[i] ?? 0
  }
  return rows
}

/** A call from one service to another, or the trace's beginning, with all time that the called one spent for it. */
interface HopChange {
  readonly from: string | undefined
  readonly to: string | undefined
  /** Signed microseconds of own time. */
  readonly change: number
  /** Spans more or less. */
  readonly spans: number
  /** The node of it with the largest change. */
  readonly node: number
}

/** What changed most by own time, the largest first; what changed by less than a millisecond is left out. */
export function hopChanges({ nodes }: PairIndex, most: number): HopChange[] {
  const callers: (string | undefined)[] = []
  const hops = new Map<string, HopChange & { largest: number }>()
  for (const [i, node] of nodes.entries()) {
    const above = nodes[node.parent]
    const from = !above || above.service !== node.service ? above?.service : callers[node.parent]
    callers.push(from)
    const key = JSON.stringify([from, node.service])
    const change = ownChange(node)
    const known = hops.get(key) ?? { from, to: node.service, change: 0, spans: 0, node: i, largest: -1 }
    const spans = (node.b === undefined ? 0 : 1) - (node.a === undefined ? 0 : 1)
    const isLarger = Math.abs(change) > known.largest
    hops.set(key, {
      ...known,
      change: known.change + change,
      spans: known.spans + spans,
      node: isLarger ? i : known.node,
      largest: isLarger ? Math.abs(change) : known.largest,
    })
  }
  return [...hops.values()]
    .filter(({ change }) => Math.abs(change) >= 1000)
    .sort((x, y) => Math.abs(y.change) - Math.abs(x.change))
    .slice(0, most)
}

/** The next row that differs, from `at` on, in the direction of `step`; undefined if there is none. */
export function nextDifference(
  { differs }: PairIndex,
  rows: readonly number[],
  at: number,
  step: 1 | -1,
): number | undefined {
  for (let row = at + step; row >= 0 && row < rows.length; row += step) {
    const node = rows[row]
    if (node !== undefined && differs[node]) return row
  }
  return undefined
}

interface TagChange {
  readonly key: string
  readonly a: string | undefined
  readonly b: string | undefined
}

/** Tags that are not the same in both, by key. */
export function tagChanges(
  a: Readonly<Record<string, string>> | undefined,
  b: Readonly<Record<string, string>> | undefined,
): TagChange[] {
  const valueOf = (tags: typeof a, key: string) => (tags && Object.hasOwn(tags, key) ? tags[key] : undefined)
  return [...new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})])]
    .sort()
    .map((key) => ({ key, a: valueOf(a, key), b: valueOf(b, key) }))
    .filter((each) => each.a !== each.b)
}
