// Where failures came from, and which calls were tried again.
import { ROW_FLAGS, SPAN_KINDS, type SpanRow, type TraceTable } from '@hopscope/model'

const CONSUMER = 1 + SPAN_KINDS.indexOf('CONSUMER')
const PRODUCER = 1 + SPAN_KINDS.indexOf('PRODUCER')

/**
 * One byte a row; 1 for failed rows below which nothing failed: where a failure came from, not where it was passed on. Who
 * sent a message didn't wait for it, so a failed receiver explains no failure above it.
 */
export function errorOrigins(table: TraceTable): Uint8Array {
  const { parent, flags, kind } = table.columns.rows
  const passedOn = new Uint8Array(table.size)
  const origins = new Uint8Array(table.size)
  for (let row = table.size - 1; row >= 0; row--) {
    const failed = ((flags[row] as number) & ROW_FLAGS.error) !== 0
    const below = passedOn[row] === 1
    if (failed && !below) origins[row] = 1
    const above = parent[row] as number
    if (above < 0 || !(failed || below)) continue
    if (kind[row] !== CONSUMER && kind[above] !== PRODUCER) passedOn[above] = 1
  }
  return origins
}

/** What a failed span says of it, where that is more than that it failed; '' otherwise. */
export function failureOf({ error, span }: SpanRow): string {
  const text = error ? (span.tags['error'] ?? '').trim() : ''
  return /^(?:true|error|1)$/i.test(text) ? '' : text
}

/** Retry number of each row that is one side of a retried call. */
export function retriesByRow(table: TraceTable): ReadonlyMap<number, number> {
  const { retry, client, server } = table.columns.hops
  const retries = new Map<number, number>()
  for (let hop = 0; hop < retry.length; hop++) {
    const times = retry[hop] as number
    const row = (client[hop] as number) >= 0 ? client[hop] : server[hop]
    if (times > 0 && row !== undefined && row >= 0) retries.set(row, times)
  }
  return retries
}
