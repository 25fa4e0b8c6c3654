// Feeds the trace topology of a time window to the model's dependency linker, trace by trace.
import type { DuckDBConnection } from '@duckdb/node-api'
import { type DependencyLink, DependencyLinker, type LinkSpan, SPAN_KINDS } from '@hopscope/model'
import type { TimeWindow } from '../contract.ts'
import { FLAG_ERROR, FLAG_SHARED } from './columns.ts'
import type { Dictionary } from './dictionary.ts'

export async function readDependencies(
  { from, to }: TimeWindow,
  connection: DuckDBConnection,
  dictionary: Dictionary,
): Promise<DependencyLink[]> {
  const result = await connection.stream(
    `SELECT trace_high, trace_low, id, parent_id, kind, flags, service, remote_service FROM spans
     WHERE (trace_high, trace_low) IN (
       SELECT (trace_high, trace_low) FROM spans WHERE ts >= ${Math.max(1, from ?? 1)} ${to === undefined ? '' : `AND ts <= ${to}`})
     ORDER BY trace_high, trace_low`,
  )
  const names = new Map<number, string>()
  const nameOf = (code: number) => (code === 0 ? undefined : names.get(code))
  const linker = new DependencyLinker()
  let current = ''
  let spans: LinkSpan[] = []
  for (
    let chunk = await result.fetchChunk();
    chunk !== null && chunk.rowCount > 0;
    chunk = await result.fetchChunk()
  ) {
    const [
      highs = [],
      lows = [],
      ids = [],
      parents = [],
      kinds = [],
      flags = [],
      services = [],
      remotes = [],
    ] = chunk.getColumns()
    const unseen = new Set(
      [...services, ...remotes].map(Number).filter((code) => code !== 0 && !names.has(code)),
    )
    if (unseen.size > 0)
      for (const [code, text] of await dictionary.textsOf(unseen, connection)) names.set(code, text)
    for (let row = 0; row < chunk.rowCount; row++) {
      const trace = `${String(highs[row])} ${String(lows[row])}`
      if (trace !== current) {
        if (spans.length > 0) linker.addTrace(spans)
        spans = []
        current = trace
      }
      const flag = Number(flags[row])
      spans.push({
        id: String(ids[row]),
        parentId: parents[row] === 0n ? undefined : String(parents[row]),
        kind: SPAN_KINDS[Number(kinds[row]) - 1],
        shared: (flag & FLAG_SHARED) !== 0,
        service: nameOf(Number(services[row])),
        remoteService: nameOf(Number(remotes[row])),
        error: (flag & FLAG_ERROR) !== 0,
      })
    }
  }
  if (spans.length > 0) linker.addTrace(spans)
  return linker.links()
}
