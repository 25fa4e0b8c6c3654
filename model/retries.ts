// Which calls are repeats of one that failed: attempts of one caller at the same operation of the same service.
import { int, item, num } from './columns.ts'
import { isError } from './span.ts'
import type { RowTable } from './tree.ts'
import type { Hop } from './view.ts'

/** One client span that tries a call; several hops if several servers answered it. */
interface Attempt {
  readonly client: number
  readonly start: number
  readonly end: number
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
  for (const { index, client, kind, to, operation, error } of hops) {
    if (client === undefined || kind !== 'rpc' || failedBelow[int(rows.parent, client) + 1] === 0) continue
    // Rows put under the root for want of a parent are siblings only if they miss the same parent.
    const parentId = rows.orphan[client] === 1 ? (item(rows.spans, client).parentId ?? '') : ''
    const key = `${int(rows.parent, client)} ${parentId}\n${to}\n${operation}`
    let attempts = groups.get(key)
    if (attempts === undefined) groups.set(key, (attempts = []))
    const last = attempts.at(-1)
    if (last?.client === client) {
      last.hops.push(index)
      // Of hedged servers one good answer is enough, unless the client itself failed.
      last.failed = isError(item(rows.spans, client)) || (last.failed && error)
      continue
    }
    const start = num(rows.start, client)
    attempts.push({ client, start, end: start + num(rows.duration, client), failed: error, hops: [index] })
  }
  for (const attempts of groups.values()) countIn(attempts, counts)
  return counts
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
