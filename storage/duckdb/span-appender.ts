// Writes span columns into the spans table, one transaction for many posts (group commit), each span once.
import {
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBType,
  UBIGINT,
  UTINYINT,
  UINTEGER,
  USMALLINT,
  BIGINT,
  VARCHAR,
} from '@duckdb/node-api'
import duckdb from '@duckdb/node-bindings'
import type { SpanColumns } from './columns.ts'
import type { Dictionary } from './dictionary.ts'
import { keepPositions } from './positions.ts'
import type { Write } from './protocol.ts'
import { SPAN_TABLE } from './schema.ts'

/** Rows of a DuckDB vector. */
const CHUNK_ROWS = 2048

const TYPES: Record<(typeof SPAN_TABLE)[number]['type'], DuckDBType> = {
  UBIGINT,
  BIGINT,
  UTINYINT,
  UINTEGER,
  USMALLINT,
  VARCHAR,
}
const SPAN_TYPES = SPAN_TABLE.map(({ type }) => TYPES[type])

export class SpanAppender {
  readonly #connection: DuckDBConnection
  readonly #dictionary: Dictionary

  constructor(connection: DuckDBConnection, dictionary: Dictionary) {
    this.#connection = connection
    this.#dictionary = dictionary
  }

  async prepare(): Promise<void> {
    await this.#connection.run('CREATE TEMP TABLE incoming (trace_low UBIGINT, hash UBIGINT)')
  }

  /**
   * Stores all writes in one transaction, or none. Spans that are stored already, or come twice, are passed over.
   * @returns how many spans are new
   */
  async commit(writes: readonly Write[]): Promise<number> {
    const batches = writes.map(({ columns }) => columns)
    await this.#connection.run('BEGIN')
    try {
      const texts = new Set<string>()
      for (const batch of batches) for (const text of batch.texts) texts.add(text)
      const { codeOf, made } = await this.#dictionary.codesFor(texts, this.#connection)
      const rows = await this.#newRowsOf(batches)
      const appender = await this.#connection.createAppender('spans')
      let stored = 0
      try {
        for (const [at, batch] of batches.entries()) {
          const fresh = rows[at]
          const codes = Uint32Array.from([0, ...batch.texts.map((text) => codeOf.get(text) ?? 0)])
          append(appender, batch, fresh, codes)
          stored += fresh?.length ?? batch.count
        }
      } finally {
        appender.closeSync()
      }
      await keepPositions(
        writes.flatMap(({ position }) => position ?? []),
        this.#connection,
      )
      await this.#connection.run('COMMIT')
      this.#dictionary.keep(made)
      return stored
    } catch (error) {
      // A failed COMMIT has rolled back by itself; then there is nothing left to undo.
      await this.#connection.run('ROLLBACK').catch(() => undefined)
      throw error
    }
  }

  /** For each batch: the rows to store, or undefined for all of them. */
  async #newRowsOf(batches: readonly SpanColumns[]): Promise<(Uint32Array | undefined)[]> {
    // Content hash to trace: together they are a span's identity.
    const seen = await this.#storedAmong(batches)
    return batches.map((batch) => {
      const hashes = bigints(batch.hash)
      const traces = bigints(batch.traceLow)
      let fresh: number[] | undefined
      for (let row = 0; row < batch.count; row++) {
        const hash = hashes[row] ?? 0n
        const trace = traces[row] ?? 0n
        if (seen.get(hash) === trace) fresh ??= Array.from({ length: row }, (_, earlier) => earlier)
        else {
          seen.set(hash, trace)
          fresh?.push(row)
        }
      }
      return fresh && Uint32Array.from(fresh)
    })
  }

  /** Hash and trace of those spans of the batches that the table holds. Equal spans have equal times, which narrows the search. */
  async #storedAmong(batches: readonly SpanColumns[]): Promise<Map<bigint, bigint>> {
    let earliest = Infinity
    let latest = 0
    let untimed = false
    await this.#connection.run('TRUNCATE incoming')
    const appender = await this.#connection.createAppender('incoming', null, 'temp')
    try {
      for (const batch of batches) {
        for (let from = 0; from < batch.count; from += CHUNK_ROWS) {
          const rows = Math.min(CHUNK_ROWS, batch.count - from)
          const chunk = DuckDBDataChunk.create([UBIGINT, UBIGINT], rows)
          copyInto(chunk, 0, batch.traceLow, 2 * from, 2 * rows)
          copyInto(chunk, 1, batch.hash, 2 * from, 2 * rows)
          appender.appendDataChunk(chunk)
        }
        for (const timestamp of batch.timestamp) {
          if (timestamp === 0) untimed = true
          else {
            if (timestamp < earliest) earliest = timestamp
            if (timestamp > latest) latest = timestamp
          }
        }
      }
    } finally {
      appender.closeSync()
    }
    const times = [untimed ? 'ts = 0' : '', latest > 0 ? `ts BETWEEN ${earliest} AND ${latest}` : ''].filter(
      Boolean,
    )
    if (times.length === 0) return new Map()
    const reader = await this.#connection.runAndReadAll(
      `SELECT trace_low, hash FROM spans SEMI JOIN incoming USING (trace_low, hash) WHERE ${times.join(' OR ')}`,
    )
    return new Map(reader.getRows().map(([trace, hash]) => [hash as bigint, trace as bigint]))
  }
}

function bigints(words: Uint32Array): BigUint64Array {
  return new BigUint64Array(words.buffer, words.byteOffset, words.length / 2)
}

type Numbers = Uint8Array | Uint16Array | Uint32Array

function copyInto(chunk: DuckDBDataChunk, column: number, from: Numbers, at: number, length: number): void {
  const vector = duckdb.data_chunk_get_vector(chunk.chunk, column)
  const size = from.BYTES_PER_ELEMENT
  duckdb.copy_data_to_vector(
    vector,
    0,
    from.buffer as ArrayBuffer,
    from.byteOffset + at * size,
    length * size,
  )
}

/** Appends `rows` of the batch (all if undefined), text codes translated by `codes`. */
function append(
  appender: DuckDBAppender,
  batch: SpanColumns,
  rows: Uint32Array | undefined,
  codes: Uint32Array,
): void {
  const count = rows?.length ?? batch.count
  for (let from = 0; from < count; from += CHUNK_ROWS) {
    const length = Math.min(CHUNK_ROWS, count - from)
    const rowAt = (i: number) => (rows === undefined ? from + i : (rows[from + i] ?? 0))
    const chunk = DuckDBDataChunk.create(SPAN_TYPES, length)
    for (const [at, column] of SPAN_TABLE.entries()) {
      switch (column.as) {
        case 'text': {
          const values = batch[column.field]
          const vector = duckdb.data_chunk_get_vector(chunk.chunk, at)
          for (let i = 0; i < length; i++)
            duckdb.vector_assign_string_element(vector, i, values[rowAt(i)] ?? '')
          break
        }
        case 'code': {
          const values = batch[column.field]
          copyInto(
            chunk,
            at,
            Uint32Array.from({ length }, (_, i) => codes[values[rowAt(i)] ?? 0] ?? 0),
            0,
            length,
          )
          break
        }
        case 'micros':
          copyInto(chunk, at, wordsOf(batch[column.field], length, rowAt), 0, 2 * length)
          break
        case 'words': {
          const values = batch[column.field]
          if (rows === undefined) copyInto(chunk, at, values, 2 * from, 2 * length)
          else
            copyInto(
              chunk,
              at,
              Uint32Array.from({ length: 2 * length }, (_, i) => values[2 * rowAt(i >> 1) + (i & 1)] ?? 0),
              0,
              2 * length,
            )
          break
        }
        case 'bytes':
          copyInto(
            chunk,
            at,
            Uint8Array.from({ length }, (_, i) => batch[column.field][rowAt(i)] ?? 0),
            0,
            length,
          )
          break
        case 'shorts':
          copyInto(
            chunk,
            at,
            Uint16Array.from({ length }, (_, i) => batch[column.field][rowAt(i)] ?? 0),
            0,
            length,
          )
      }
    }
    appender.appendDataChunk(chunk)
  }
}

/** Microseconds as 64-bit integers, low word first. */
function wordsOf(micros: Float64Array, length: number, rowAt: (i: number) => number): Uint32Array {
  const words = new Uint32Array(2 * length)
  for (let i = 0; i < length; i++) {
    const value = micros[rowAt(i)] ?? 0
    words[2 * i] = value % 2 ** 32
    words[2 * i + 1] = Math.floor(value / 2 ** 32)
  }
  return words
}
