// Opens the database file and lends connections: one to the writer, a bounded number to readers.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { HopscopeError, messageOf } from '@hopscope/proto'
import { CREATE_POSITIONS, CREATE_TABLES, FORMAT_VERSION, MIGRATIONS, ROW_GROUP_ROWS } from './schema.ts'

export interface DatabaseOptions {
  readonly dataDir: string
  /** How much memory DuckDB may take for data; what needs more goes to disk. */
  readonly memoryBytes: number
  readonly threads: number
}

/** Readers at work at once; each may keep every core busy, so more would only make all of them slower. */
const READERS = 4

/** Questions that may wait for a reader. */
const MOST_WAITING = 200

/** What DuckDB says with the words of RE2, which knows less and has less room than what `patternFault` goes by. */
const REFUSED_PATTERN =
  /\bInvalid Input Error: (pattern too large|invalid|missing|unexpected|trailing|no argument|bad repetition)/

/** A question that takes longer is stopped: it would keep others waiting for an answer that nobody waits for any more. */
const LONGEST_READ_MS = 30_000

export class Database {
  readonly #instance: DuckDBInstance
  readonly #idle: DuckDBConnection[] = []
  readonly #waiting: { lend: (connection: DuckDBConnection) => void; refuse: (error: Error) => void }[] = []
  readonly #busy = new Set<DuckDBConnection>()
  #readers = 0
  #idleAgain: (() => void) | undefined
  #closed = false

  private constructor(instance: DuckDBInstance) {
    this.#instance = instance
  }

  /** @throws HopscopeError `data-folder-locked`, `data-format-unknown` or `store-unavailable` */
  static async open({ dataDir, memoryBytes, threads }: DatabaseOptions): Promise<Database> {
    try {
      mkdirSync(dataDir, { recursive: true })
    } catch (cause) {
      throw new HopscopeError(
        'store-unavailable',
        `The data folder ${dataDir} can't be made: ${messageOf(cause)}`,
        { cause },
      )
    }
    // The row group size can be chosen only for an attached database, hence the empty one in memory.
    const instance = await DuckDBInstance.create(':memory:', {
      threads: String(threads),
      memory_limit: `${Math.floor(memoryBytes / 2 ** 20)}MiB`,
      temp_directory: join(dataDir, 'spill'),
      // Checkpoints are ours to time: see engine.ts.
      wal_autocheckpoint: '1TB',
      // A checkpoint otherwise merges small row groups again and again, and takes all their texts into memory to do so.
      max_vacuum_tasks: '0',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    })
    const database = new Database(instance)
    try {
      await database.#attach(join(dataDir, 'hopscope.duckdb'), dataDir)
    } catch (error) {
      instance.closeSync()
      throw error
    }
    return database
  }

  async #attach(file: string, dataDir: string): Promise<void> {
    const connection = await this.#instance.connect()
    try {
      await connection.run(
        `ATTACH '${file.replaceAll("'", "''")}' AS store (ROW_GROUP_SIZE ${ROW_GROUP_ROWS})`,
      )
    } catch (cause) {
      const text = messageOf(cause)
      if (/set lock|Conflicting lock/i.test(text)) {
        const holder = /PID (\d+)/.exec(text)?.[1]
        const by = holder === undefined ? 'another process' : `the process ${holder}`
        throw new HopscopeError(
          'data-folder-locked',
          `The data folder ${dataDir} is in use by ${by}. Stop that process, or choose another folder with HOPSCOPE_DATA_DIR.`,
          { cause },
        )
      }
      throw new HopscopeError('store-unavailable', `The data file ${file} can't be opened: ${text}`, {
        cause,
      })
    }
    await connection.run('USE store')
    const tables = await connection.runAndReadAll(
      `SELECT 1 FROM information_schema.tables WHERE table_catalog = 'store' AND table_name = 'format'`,
    )
    if (tables.currentRowCount === 0) {
      await connection.run(`BEGIN; ${CREATE_TABLES.join('; ')}; COMMIT`)
    } else {
      const formats = await connection.runAndReadAll('SELECT version FROM format')
      let version = Number(formats.getRows()[0]?.[0])
      for (let steps = MIGRATIONS[version]; steps !== undefined; steps = MIGRATIONS[++version])
        await connection.run(`BEGIN; ${steps.join('; ')}; COMMIT`)
      if (version !== FORMAT_VERSION)
        throw new HopscopeError(
          'data-format-unknown',
          `The data file ${file} has format ${String(version)}; this version of Hopscope reads format ${FORMAT_VERSION}.`,
        )
    }
    await connection.run(CREATE_POSITIONS)
    connection.closeSync()
  }

  /** A connection of the caller's own. */
  async connect(): Promise<DuckDBConnection> {
    const connection = await this.#instance.connect()
    await connection.run('USE store')
    return connection
  }

  /**
   * Runs a read on a lent connection; waits while all are taken.
   * @throws HopscopeError `query-too-slow`, `overloaded`, `store-unavailable`
   */
  async reading<T>(read: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = await this.#borrow()
    this.#busy.add(connection)
    let late = false
    const deadline = setTimeout(() => {
      late = true
      connection.interrupt()
    }, LONGEST_READ_MS)
    try {
      return await read(connection)
    } catch (error) {
      if (this.#closed) throw closedError()
      if (REFUSED_PATTERN.test(messageOf(error)))
        throw new HopscopeError('query-invalid', "The embedded store can't run this regular expression.", {
          cause: error,
        })
      if (/\bOut of Memory Error/.test(messageOf(error)))
        throw new HopscopeError(
          'query-too-slow',
          'The query needs more memory than the store has. Ask for a shorter time range or less at once, or raise HOPSCOPE_STORE_MEMORY.',
          { cause: error },
        )
      if (late)
        throw new HopscopeError(
          'query-too-slow',
          `The query was stopped after ${LONGEST_READ_MS / 1000} s. Ask for a shorter time range or add conditions.`,
          { cause: error },
        )
      throw error
    } finally {
      clearTimeout(deadline)
      this.#busy.delete(connection)
      this.#giveBack(connection)
    }
  }

  async #borrow(): Promise<DuckDBConnection> {
    if (this.#closed) throw closedError()
    const idle = this.#idle.pop()
    if (idle !== undefined) return idle
    if (this.#readers >= READERS) {
      if (this.#waiting.length >= MOST_WAITING)
        throw new HopscopeError('overloaded', 'Too many queries are waiting. Ask again in a moment.', {
          retryAfterSeconds: 1,
        })
      return new Promise((lend, refuse) => this.#waiting.push({ lend, refuse }))
    }
    this.#readers++
    try {
      return await this.connect()
    } catch (error) {
      this.#readers--
      throw error
    }
  }

  #giveBack(connection: DuckDBConnection): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#idle.push(connection)
    else next.lend(connection)
    if (this.#busy.size === 0 && next === undefined) this.#idleAgain?.()
  }

  /** Stops the readers, then lets go of the file. A query under way must have ended before: it would take the process with it. */
  async close(): Promise<void> {
    this.#closed = true
    for (const { refuse } of this.#waiting.splice(0)) refuse(closedError())
    if (this.#busy.size > 0) {
      const idle = new Promise<void>((resolve) => {
        this.#idleAgain = resolve
      })
      for (const connection of this.#busy) connection.interrupt()
      await idle
    }
    for (const connection of this.#idle) connection.closeSync()
    this.#instance.closeSync()
  }
}

function closedError(): HopscopeError {
  return new HopscopeError('store-unavailable', 'The store is closing.')
}
