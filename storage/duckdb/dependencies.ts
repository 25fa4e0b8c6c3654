// Feeds the trace topology of a time window to the model's dependency linker, trace by trace.
import type { DuckDBConnection } from '@duckdb/node-api'
import duckdb from '@duckdb/node-bindings'
import { type DependencyLink, DependencyLinker, type LinkSpan, SPAN_KINDS } from '@hopscope/model'
import type { TimeWindow } from '../contract.ts'
import { FLAG_ERROR, FLAG_SHARED } from './columns.ts'
import { hexFromWords, wordsOfBytes } from './hex.ts'

export async function readDependencies(
  { from, to }: TimeWindow,
  connection: DuckDBConnection,
): Promise<DependencyLink[]> {
  const names = await serviceNames(connection)
  const result = await connection.stream(
    `SELECT trace_high, trace_low, id, parent_id, kind, flags, service, remote_service FROM spans
     WHERE (trace_high, trace_low) IN (
       SELECT (trace_high, trace_low) FROM spans WHERE ts >= ${Math.max(1, from ?? 1)} ${to === undefined ? '' : `AND ts <= ${to}`})
     ORDER BY trace_high, trace_low`,
  )
  const linker = new DependencyLinker()
  let current = ''
  let spans: LinkSpan[] = []
  for (
    let chunk = await result.fetchChunk();
    chunk !== null && chunk.rowCount > 0;
    chunk = await result.fetchChunk()
  ) {
    const rows = chunk.rowCount
    const column = (at: number, bytes: number) =>
      // A copy: the view is of the chunk's memory, which goes when the chunk is collected.
      duckdb.vector_get_data(duckdb.data_chunk_get_vector(chunk.chunk, at), rows * bytes).slice()
    const [high, low, ids, parents] = [
      wordsOfBytes(column(0, 8)),
      wordsOfBytes(column(1, 8)),
      wordsOfBytes(column(2, 8)),
      wordsOfBytes(column(3, 8)),
    ]
    const [kinds, flags, services, remotes] = [
      column(4, 1),
      column(5, 1),
      wordsOfBytes(column(6, 4)),
      wordsOfBytes(column(7, 4)),
    ]
    for (let row = 0; row < rows; row++) {
      const trace = `${hexFromWords(high, 2 * row) ?? ''}.${hexFromWords(low, 2 * row) ?? ''}`
      if (trace !== current) {
        if (spans.length > 0) linker.addTrace(spans)
        spans = []
        current = trace
      }
      const flag = flags[row] ?? 0
      spans.push({
        id: hexFromWords(ids, 2 * row) ?? '',
        parentId: hexFromWords(parents, 2 * row),
        kind: SPAN_KINDS[(kinds[row] ?? 0) - 1],
        shared: (flag & FLAG_SHARED) !== 0,
        service: names.get(services[row] ?? 0),
        remoteService: names.get(remotes[row] ?? 0),
        error: (flag & FLAG_ERROR) !== 0,
      })
    }
  }
  if (spans.length > 0) linker.addTrace(spans)
  return linker.links()
}

/** Every service and remote service by its code. */
async function serviceNames(connection: DuckDBConnection): Promise<Map<number, string>> {
  const reader = await connection.runAndReadAll(
    `SELECT code, text FROM texts WHERE code IN (SELECT service FROM spans UNION SELECT remote_service FROM spans)`,
  )
  return new Map(reader.getRows().map(([code, text]) => [Number(code), String(text)]))
}
