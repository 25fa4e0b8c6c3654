// The tables of the embedded store, and the one list of span columns that writing and reading go by.
import type { SpanColumns } from './columns.ts'

/** Raised when the tables change; a store of another version is refused by name, never guessed at. */
export const FORMAT_VERSION = 2

/** Rows in a row group: few enough that a checkpoint of three is quick. DuckDB's default is 122,880. */
export const ROW_GROUP_ROWS = 20_480

type Column = { readonly name: string; readonly type: string } & {
  readonly as: 'words' | 'micros' | 'bytes' | 'shorts' | 'code' | 'text'
  readonly field: keyof SpanColumns
}

/** In table order. `words` and `micros` are 64-bit; 0 and '' mean "absent" (see SpanColumns). */
export const SPAN_TABLE = [
  { name: 'trace_high', type: 'UBIGINT', as: 'words', field: 'traceHigh' },
  { name: 'trace_low', type: 'UBIGINT', as: 'words', field: 'traceLow' },
  { name: 'id', type: 'UBIGINT', as: 'words', field: 'id' },
  { name: 'parent_id', type: 'UBIGINT', as: 'words', field: 'parentId' },
  { name: 'hash', type: 'UBIGINT', as: 'words', field: 'hash' },
  { name: 'ts', type: 'BIGINT', as: 'micros', field: 'timestamp' },
  { name: 'duration', type: 'BIGINT', as: 'micros', field: 'duration' },
  { name: 'kind', type: 'UTINYINT', as: 'bytes', field: 'kind' },
  { name: 'flags', type: 'UTINYINT', as: 'bytes', field: 'flags' },
  { name: 'service', type: 'UINTEGER', as: 'code', field: 'service' },
  { name: 'name', type: 'UINTEGER', as: 'code', field: 'name' },
  { name: 'local_ip', type: 'UINTEGER', as: 'code', field: 'localIp' },
  { name: 'local_port', type: 'USMALLINT', as: 'shorts', field: 'localPort' },
  { name: 'remote_service', type: 'UINTEGER', as: 'code', field: 'remoteService' },
  { name: 'remote_ip', type: 'UINTEGER', as: 'code', field: 'remoteIp' },
  { name: 'remote_port', type: 'USMALLINT', as: 'shorts', field: 'remotePort' },
  { name: 'request_id', type: 'VARCHAR', as: 'text', field: 'requestId' },
  { name: 'annotations', type: 'VARCHAR', as: 'text', field: 'annotations' },
  { name: 'tags', type: 'VARCHAR', as: 'text', field: 'tags' },
  { name: 'otel', type: 'VARCHAR', as: 'text', field: 'otel' },
] as const satisfies readonly Column[]

const columnsOf = (table: readonly { name: string; type: string }[]) =>
  table.map(({ name, type }) => `${name} ${type} NOT NULL`).join(', ')

export const CREATE_TABLES = [
  `CREATE TABLE spans (${columnsOf(SPAN_TABLE)})`,
  `CREATE TABLE texts (code UINTEGER NOT NULL, text VARCHAR NOT NULL)`,
  `CREATE TABLE format (version INTEGER NOT NULL)`,
  `INSERT INTO format VALUES (${FORMAT_VERSION})`,
]

/** From each format to the next, by the one it starts from; each is run in a transaction of its own. */
export const MIGRATIONS: Readonly<Record<number, readonly string[]>> = {
  1: [`ALTER TABLE spans ADD COLUMN otel VARCHAR DEFAULT ''`, 'UPDATE format SET version = 2'],
}

/** How far logs are stored; written in the transaction of their spans. Stores made before it was known get it when opened. */
export const CREATE_POSITIONS =
  'CREATE TABLE IF NOT EXISTS positions (topic VARCHAR NOT NULL, partition INTEGER NOT NULL, next BIGINT NOT NULL)'
