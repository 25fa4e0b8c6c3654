// Which calls are repeats of one that failed: attempts of one caller at the same operation (and path) of the same service.
import { int, item, num } from '../columns.ts'
import { type Span, tagOf } from '../span.ts'
import type { RowTable } from './tree.ts'
import type { Hop } from './view.ts'

/** One client span that tries a call; several hops if several servers answered it. */
interface Attempt {
  readonly client: number
  readonly start: number
  readonly end: number
  /** Who was called, as the caller knows it: a host's name, perhaps. */
  readonly to: string
  /** The service that answered. */
  readonly callee: string | undefined
  failed: boolean
  readonly hops: number[]
}

/** By hop: the failed attempts right before it that were over when it started. */
export function retryCounts(rows: RowTable, hops: readonly Hop[]): number[] {
  const counts = hops.map(() => 0)
  // Most rows call without failure: only where a call failed are its siblings worth comparing.
  const failedBelow = new Uint8Array(rows.spans.length + 1)
  for (const { client, error } of hops) {
    if (error && client !== undefined) failedBelow[int(rows.parent, client) + 1] = 1
  }
  const groups = new Map<string, Attempt[]>()
  for (const { index, client, server, kind, to, operation, error } of hops) {
    if (client === undefined || kind !== 'rpc' || failedBelow[int(rows.parent, client) + 1] === 0) continue
    const span = item(rows.spans, client)
    // Rows put under the root for want of a parent are siblings only if they miss the same parent.
    const parentId = rows.orphan[client] === 1 ? (span.parentId ?? '') : ''
    const key = `${int(rows.parent, client)} ${parentId}\n${operation}\n${pathOf(span) ?? ''}`
    let attempts = groups.get(key)
    if (attempts === undefined) groups.set(key, (attempts = []))
    const last = attempts.at(-1)
    if (last?.client === client) {
      last.hops.push(index)
      // Of hedged servers one good answer is enough, unless the client itself failed.
      last.failed = rows.error[client] === 1 || (last.failed && error)
      continue
    }
    const start = num(rows.start, client)
    const end = start + num(rows.duration, client)
    const callee = server === undefined ? undefined : to
    attempts.push({ client, start, end, to, callee, failed: error, hops: [index] })
  }
  for (const group of groups.values()) {
    if (group.length > 1) for (const attempts of byCallee(group)) countIn(attempts, counts)
  }
  return counts
}

/** Calls for different things often have one name: `get /items/:id`. */
const PATH_TAGS = ['http.path', 'http.url', 'url.full', 'http.target', 'url.path'] as const

function pathOf(span: Span): string | undefined {
  for (const key of PATH_TAGS) {
    const path = tagOf(span, key)
    if (path !== undefined) return path
  }
  return undefined
}

/**
 * An attempt that reached nobody may know its target by another name than the service's own. If nobody in the group has
 * that name, it was for the service that the next attempt reached, or the last one did.
 */
function byCallee(group: readonly Attempt[]): Iterable<readonly Attempt[]> {
  const lists = new Map<string | undefined, Attempt[]>()
  for (const { callee } of group) if (callee !== undefined) lists.set(callee, [])
  if (lists.size < 2) return [group]
  let next = group.findLast(({ callee }) => callee !== undefined)?.callee
  for (const attempt of group.toReversed()) {
    next = attempt.callee ?? next
    const named = attempt.callee === undefined && lists.has(attempt.to)
    lists.get(named ? attempt.to : next)?.push(attempt)
  }
  for (const list of lists.values()) list.reverse()
  return lists.values()
}

/** Attempts come by start, as rows of one parent do. Linear: each attempt is put on the stack and taken off once. */
function countIn(attempts: readonly Attempt[], counts: number[]): void {
  // Attempts that bar the count of later ones: the last that didn't fail, and failed ones that ran on, the one that
  // ends first on top.
  const barriers: { index: number; end: number }[] = []
  for (let i = 0; i < attempts.length; i++) {
    const { start, end, failed, hops } = item(attempts, i)
    for (let top = barriers.at(-1); top !== undefined && top.end <= start; top = barriers.at(-1))
      barriers.pop()
    const count = i - 1 - (barriers.at(-1)?.index ?? -1)
    for (const hop of hops) counts[hop] = count
    const barrier = { index: i, end: failed ? end : Infinity }
    for (let top = barriers.at(-1); top !== undefined && top.end <= barrier.end; top = barriers.at(-1))
      barriers.pop()
    barriers.push(barrier)
  }
}
