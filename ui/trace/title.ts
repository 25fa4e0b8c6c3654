// What a trace is called, where there is one line for it.
import { ROW_FLAGS, type TraceColumns, TraceTable } from '@hopscope/model'
import { texts } from '../language/texts.svelte.ts'

/** The first row that was reported; a made-up root says nothing. */
export function rootRowOf({ rows }: TraceColumns): number {
  return ((rows.flags[0] ?? 0) & ROW_FLAGS.synthetic) !== 0 && rows.parent.length > 1 ? 1 : 0
}

export function titleOf(columns: TraceColumns): string {
  const table = new TraceTable(columns)
  const root = rootRowOf(columns)
  const words = table.size > root ? [table.serviceName(root), table.name(root)] : []
  return words.filter(Boolean).join(' ') || texts.trace.traceTitle(columns.traceId)
}
