// Spans as Parquet, in columns that any tool can read: written from lines of JSON, read back as the same.
import type { DuckDBInstance } from '@duckdb/node-api'
import { HopscopeError, messageOf } from '@hopscope/proto'

/** A row of a Parquet file of ours. */
export interface ParquetSpan {
  /** Zipkin's v2 format, where null stands for "absent" too. */
  readonly json: string
  /** The text of `Span.otel`. */
  readonly otel: string | undefined
}

/** Some of a file's rows, in order. */
export interface ParquetPortion {
  readonly spans: readonly ParquetSpan[]
  /** Rows of the whole file. */
  readonly total: number
}

export interface ParquetOptions {
  /** Lines of JSON: a span each, in Zipkin's v2 format with `requestId` and `otel`. */
  readonly linesFile: string
  /** Bytes of the longest of them. */
  readonly longestLine: number
  /** Is overwritten. */
  readonly parquetFile: string
  /** For what doesn't fit into memory while rows are sorted. */
  readonly spillFolder: string
  readonly signal?: AbortSignal
}

/** What DuckDB may take; DuckDB's own code and the rows of a group come on top. */
const MEMORY = '384MiB'
/** Row groups are written from memory. */
const ROW_GROUP_ROWS = 20_480

const ENDPOINT = 'STRUCT("serviceName" VARCHAR, ipv4 VARCHAR, ipv6 VARCHAR, "port" INTEGER)'
const LINE_COLUMNS = `{
  "traceId": 'VARCHAR', "id": 'VARCHAR', "parentId": 'VARCHAR', "kind": 'VARCHAR', "name": 'VARCHAR', "timestamp": 'BIGINT', "duration": 'BIGINT',
  "localEndpoint": '${ENDPOINT}', "remoteEndpoint": '${ENDPOINT}', "requestId": 'VARCHAR', "tags": 'MAP(VARCHAR, VARCHAR)',
  "annotations": 'STRUCT("timestamp" BIGINT, "value" VARCHAR)[]', "debug": 'BOOLEAN', "shared": 'BOOLEAN', "otel": 'VARCHAR'
}` // prettier-ignore

/** In file order: name, and its value by the columns of a line. */
const COLUMNS = {
  trace_id: '"traceId"',
  span_id: '"id"',
  parent_id: '"parentId"',
  kind: '"kind"',
  name: '"name"',
  service: '"localEndpoint"."serviceName"',
  timestamp: 'make_timestamptz("timestamp")',
  duration_us: '"duration"',
  remote_service: '"remoteEndpoint"."serviceName"',
  local_ipv4: '"localEndpoint".ipv4',
  local_ipv6: '"localEndpoint".ipv6',
  local_port: '"localEndpoint"."port"',
  remote_ipv4: '"remoteEndpoint".ipv4',
  remote_ipv6: '"remoteEndpoint".ipv6',
  remote_port: '"remoteEndpoint"."port"',
  request_id: '"requestId"',
  error: `coalesce(map_contains("tags", 'error'), false)`,
  tags: 'coalesce("tags", MAP {})',
  annotations:
    'list_transform(coalesce("annotations", []), lambda each: struct_pack("timestamp" := make_timestamptz(each."timestamp"), "value" := each."value"))',
  debug: 'coalesce("debug", false)',
  shared: 'coalesce("shared", false)',
  otel: '"otel"',
} as const

const SPAN_JSON = `to_json(struct_pack(
  "traceId" := trace_id, "id" := span_id, "parentId" := parent_id, "kind" := kind, "name" := name,
  "timestamp" := epoch_us("timestamp"), "duration" := duration_us,
  "localEndpoint" := struct_pack("serviceName" := service, ipv4 := local_ipv4, ipv6 := local_ipv6, "port" := local_port),
  "remoteEndpoint" := struct_pack("serviceName" := remote_service, ipv4 := remote_ipv4, ipv6 := remote_ipv6, "port" := remote_port),
  "annotations" := list_transform(annotations, lambda each: struct_pack("timestamp" := epoch_us(each."timestamp"), "value" := each."value")),
  "tags" := tags, debug := debug, shared := shared
))::VARCHAR` // prettier-ignore

/**
 * Turns lines of JSON into a Parquet file (zstd) whose rows are sorted by trace id, then time; they stay in the order of the
 * lines if they are too large for that.
 * @throws Error with DuckDB's words, or the reason of the signal
 */
export async function writeParquet(options: ParquetOptions): Promise<void> {
  const columns = Object.entries(COLUMNS).map(([name, value]) => `${value} AS "${name}"`)
  const lines = `read_json(${patternOf(options.linesFile)}, format = 'newline_delimited', compression = 'uncompressed', hive_partitioning = false,
    maximum_object_size = ${Math.max(2 ** 20, options.longestLine + 1)}, columns = ${LINE_COLUMNS})`
  const copy = (order: string) =>
    `COPY (SELECT ${columns.join(', ')} FROM ${lines} ${order}) TO ${quoted(options.parquetFile)}
      (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP_ROWS})`
  const { signal } = options
  const instance = await openDuckDb(options.spillFolder)
  const connection = await instance.connect()
  // What has not begun yet can't be interrupted: so it is tried more than once.
  const watch = setInterval(() => signal?.aborted === true && connection.interrupt(), 50)
  const run = async (sql: string) => {
    signal?.throwIfAborted()
    await connection.run(sql)
  }
  try {
    await run(copy('ORDER BY trace_id, "timestamp", span_id')).catch((error: unknown) => {
      // DuckDB can't sort large spans beyond memory, whatever it may spill.
      if (/out of memory/i.test(messageOf(error))) return run(copy(''))
      throw error
    })
  } catch (error) {
    signal?.throwIfAborted()
    throw new Error(wordsOf(error), { cause: error })
  } finally {
    clearInterval(watch)
    connection.closeSync()
    instance.closeSync()
  }
}

/**
 * The rows of a file that {@link writeParquet} wrote, in order, a portion at a time.
 * @throws HopscopeError `body-unreadable` for any other file; the detail says what it lacks, but doesn't name it
 */
export async function* readParquet(file: string): AsyncGenerator<ParquetPortion> {
  const instance = await openDuckDb()
  const connection = await instance.connect()
  try {
    // The names of its folders would else be columns: service=shop/spans.parquet.
    const source = `read_parquet(${patternOf(file)}, hive_partitioning = false)`
    const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${source}`)
    const present = new Set(described.getRows().map(([name]) => name))
    const missing = Object.keys(COLUMNS).filter((name) => !present.has(name))
    if (missing.length > 0)
      throw new HopscopeError(
        'body-unreadable',
        `It is Parquet, but not as hopscope export writes it: it has no column ${missing.join(', ')}.`,
      )
    const count = await connection.runAndReadAll(`SELECT count(*) FROM ${source}`)
    const total = Number(count.getRows()[0]?.[0])
    const rows = await connection.stream(`SELECT ${SPAN_JSON}, otel FROM ${source}`)
    for await (const portion of rows.yieldRows())
      yield {
        total,
        spans: portion.map(([json, otel]) => ({
          json: typeof json === 'string' ? json : '',
          otel: typeof otel === 'string' ? otel : undefined,
        })),
      }
  } catch (error) {
    if (error instanceof HopscopeError) throw error
    throw new HopscopeError('body-unreadable', `It can't be read as Parquet: ${wordsOf(error)}`, {
      cause: error,
    })
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

/** DuckDB's, without the SQL that it repeats. */
function wordsOf(error: unknown): string {
  return messageOf(error)
    .replace(/\n+LINE \d+:.*/s, '')
    .trim()
}

async function openDuckDb(spillFolder = ''): Promise<DuckDBInstance> {
  // Only here: a server has DuckDB in its store's thread alone, or, on Elasticsearch, not at all.
  const { DuckDBInstance } = await import('@duckdb/node-api')
  return DuckDBInstance.create(':memory:', {
    memory_limit: MEMORY,
    // Each would have buffers of its own.
    threads: '1',
    temp_directory: spillFolder,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** DuckDB reads a file's name as a pattern. */
function patternOf(file: string): string {
  return quoted(file.replaceAll(/[*?[]/g, '[$&]'))
}
