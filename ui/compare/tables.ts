// The spans behind a comparison, for when each began and what its tags say: the two traces as columns.
import { TraceTable } from '@hopscope/model'
import { api } from '../api/names.svelte.ts'

export interface PairTables {
  readonly a: TraceTable
  readonly b: TraceTable
}

export async function loadTables(a: string, b: string, signal: AbortSignal): Promise<PairTables> {
  const [tableA, tableB] = await Promise.all([loadTable(a, signal), loadTable(b, signal)])
  return { a: tableA, b: tableB }
}

async function loadTable(traceId: string, signal: AbortSignal): Promise<TraceTable> {
  return new TraceTable(await api.columns(traceId, signal))
}
