// The calls and messages that a span is a side of.
import type { Hop, TraceTable } from '@hopscope/model'

export interface HopsOf {
  /** The first of them, at most as many as were asked for. */
  readonly hops: readonly Hop[]
  readonly count: number
}

/** A walk over two arrays: only those that are shown become objects. */
export function hopsOf(table: TraceTable, row: number, most: number): HopsOf {
  const { client, server } = table.columns.hops
  const hops: Hop[] = []
  let count = 0
  for (let hop = 0; hop < client.length; hop++) {
    if (client[hop] !== row && server[hop] !== row) continue
    if (count < most) hops.push(table.hop(hop))
    count++
  }
  return { hops, count }
}

/** The row received a message: whoever sent it had gone on. */
export function isReceiver(table: TraceTable, row: number): boolean {
  const { kind, server } = table.columns.hops
  for (let hop = 0; hop < server.length; hop++) if (server[hop] === row && kind[hop] === 1) return true
  return false
}

/** The first row below this one where a failure came from; -1 for none. */
export function nextErrorBelow(table: TraceTable, origins: Uint8Array, row: number): number {
  const last = row + (table.columns.rows.descendants[row] ?? 0)
  for (let below = row + 1; below <= last; below++) if (origins[below] === 1) return below
  return -1
}
