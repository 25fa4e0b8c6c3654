// Reads whole spans back out of the table, as columns, for traces asked for by id.
import type { DuckDBConnection } from '@duckdb/node-api'
import duckdb from '@duckdb/node-bindings'
import { compareText, type TraceId } from '@hopscope/model'
import { emptyColumns, type SpanColumns } from './columns.ts'
import type { Dictionary } from './dictionary.ts'
import { wordsOfBytes } from './hex.ts'
import { SPAN_TABLE } from './schema.ts'

const SELECT_LIST = SPAN_TABLE.map(({ name }) => name).join(', ')

/** The high and low half of a trace id as SQL literals. The id is hex by its type; BigInt would refuse anything else. */
export function idLiterals(id: TraceId): readonly [high: string, low: string] {
  const high = id.length > 16 ? BigInt(`0x${id.slice(0, -16)}`) : 0n
  return [high.toString(), BigInt(`0x${id.slice(-16)}`).toString()]
}

/**
 * A condition that holds for the rows of these traces, and of any trace whose halves are those of two of them:
 * DuckDB compares numbers quickly, pairs slowly. Who reads the rows sorts them by the whole id.
 */
export function tracesSql(ids: readonly TraceId[]): string {
  return `${lowHalvesSql(ids)} AND trace_high IN (${oneOf(ids.map((id) => idLiterals(id)[0]))})`
}

function lowHalvesSql(ids: readonly TraceId[]): string {
  return `trace_low IN (${oneOf(ids.map((id) => idLiterals(id)[1]))})`
}

const oneOf = (values: string[]) => [...new Set(values)].join(', ')

/** As `SELECT trace_high, trace_low` gives the halves. */
export function traceIdFrom(high: unknown, low: unknown): TraceId {
  const hex = (value: unknown) => (value as bigint).toString(16).padStart(16, '0')
  return (high === 0n ? hex(low) : hex(high) + hex(low)) as TraceId
}

/** Those stored ids whose low half is that of one of these. */
export async function readSpellings(
  ids: readonly TraceId[],
  connection: DuckDBConnection,
): Promise<TraceId[]> {
  const reader = await connection.runAndReadAll(
    `SELECT DISTINCT trace_high, trace_low FROM spans WHERE ${lowHalvesSql(ids)}`,
  )
  return reader
    .getRows()
    .map(([high, low]) => traceIdFrom(high, low))
    .sort(compareText)
}

export async function readSpans(
  ids: readonly TraceId[],
  connection: DuckDBConnection,
  dictionary: Dictionary,
): Promise<SpanColumns> {
  const result = await connection.run(`SELECT ${SELECT_LIST} FROM spans WHERE ${tracesSql(ids)}`)
  const chunks = await result.fetchAllChunks()
  const texts: string[] = []
  const columns = emptyColumns(
    chunks.reduce((rows, chunk) => rows + chunk.rowCount, 0),
    texts,
  )
  let row = 0
  for (const chunk of chunks) {
    const rows = chunk.rowCount
    for (const [at, column] of SPAN_TABLE.entries()) {
      const numbers = (bytes: number) =>
        duckdb.vector_get_data(duckdb.data_chunk_get_vector(chunk.chunk, at), rows * bytes)
      switch (column.as) {
        case 'words':
          columns[column.field].set(wordsOfBytes(numbers(8)), 2 * row)
          break
        case 'micros': {
          const halves = wordsOfBytes(numbers(8))
          for (let i = 0; i < rows; i++)
            columns[column.field][row + i] = (halves[2 * i] ?? 0) + (halves[2 * i + 1] ?? 0) * 2 ** 32
          break
        }
        case 'code':
          columns[column.field].set(wordsOfBytes(numbers(4)), row)
          break
        case 'bytes':
          columns[column.field].set(numbers(1), row)
          break
        case 'shorts': {
          const bytes = numbers(2)
          columns[column.field].set(new Uint16Array(bytes.buffer, bytes.byteOffset, rows), row)
          break
        }
        case 'text': {
          const vector = chunk.getColumnVector(at)
          for (let i = 0; i < rows; i++) columns[column.field][row + i] = String(vector.getItem(i))
        }
      }
    }
    row += rows
  }
  await spellOut(columns, texts, connection, dictionary)
  return columns
}

/** Replaces the store's codes by codes into the columns' own list of texts. */
async function spellOut(
  columns: ReturnType<typeof emptyColumns>,
  texts: string[],
  connection: DuckDBConnection,
  dictionary: Dictionary,
): Promise<void> {
  const coded = SPAN_TABLE.flatMap((column) => (column.as === 'code' ? [columns[column.field]] : []))
  const used = new Set<number>()
  for (const codes of coded) for (const code of codes) used.add(code)
  used.delete(0)
  const own = new Map<number, number>()
  for (const [code, text] of await dictionary.textsOf(used, connection)) own.set(code, texts.push(text))
  for (const codes of coded) for (let i = 0; i < codes.length; i++) codes[i] = own.get(codes[i] ?? 0) ?? 0
}
