// The embedded store at work, inside the store's thread: one writer that commits in groups, several
// readers, and checkpoints at moments of its own choosing.
import type { DuckDBConnection } from '@duckdb/node-api'
import type { DependencyLink, TraceId, TraceQuery, TraceSummary } from '@hopscope/model'
import { HopscopeError } from '@hopscope/proto'
import type { NameKind, NameScope, TimeWindow } from '../contract.ts'
import type { SpanColumns } from './columns.ts'
import { Database, type DatabaseOptions, messageOf } from './database.ts'
import { readDependencies } from './dependencies.ts'
import { Dictionary } from './dictionary.ts'
import { findTraces } from './find.ts'
import { readNames } from './names.ts'
import { ROW_GROUP_ROWS } from './schema.ts'
import { SpanAppender } from './span-appender.ts'
import { readSpans } from './span-reader.ts'

/** Spans in one transaction: enough to share its cost, few enough to bound its memory and its time. */
const COMMIT_SPANS = 20_000

/** Spans between two checkpoints: full row groups, as half-filled ones would be written again. */
const CHECKPOINT_SPANS = 3 * ROW_GROUP_ROWS

interface Post {
  readonly columns: SpanColumns
  readonly settle: (error?: HopscopeError) => void
}

export class Engine {
  readonly #database: Database
  readonly #writing: DuckDBConnection
  readonly #checkpointing: DuckDBConnection
  readonly #dictionary: Dictionary
  readonly #appender: SpanAppender
  #posts: Post[] = []
  /** Settles when nothing is left to commit. Undefined while idle. */
  #committing: Promise<void> | undefined
  #checkpoint: Promise<void> | undefined
  #sinceCheckpoint = 0

  private constructor(
    database: Database,
    writing: DuckDBConnection,
    checkpointing: DuckDBConnection,
    dictionary: Dictionary,
    appender: SpanAppender,
  ) {
    this.#database = database
    this.#writing = writing
    this.#checkpointing = checkpointing
    this.#dictionary = dictionary
    this.#appender = appender
  }

  static async open(options: DatabaseOptions): Promise<Engine> {
    const database = await Database.open(options)
    const writing = await database.connect()
    const dictionary = new Dictionary()
    await dictionary.load(writing)
    const appender = new SpanAppender(writing, dictionary)
    await appender.prepare()
    return new Engine(database, writing, await database.connect(), dictionary, appender)
  }

  /** Settles once the spans are on disk. Posts that arrive during a commit share the next one. */
  write(columns: SpanColumns): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#posts.push({ columns, settle: (error) => (error === undefined ? resolve() : reject(error)) })
      this.#committing ??= this.#commitAll()
    })
  }

  async #commitAll(): Promise<void> {
    while (this.#posts.length > 0) {
      // Lets posts that are already in this thread's mailbox join.
      await new Promise((resolve) => setImmediate(resolve))
      await this.#commit(this.#nextPosts())
    }
    this.#committing = undefined
  }

  #nextPosts(): Post[] {
    let spans = 0
    const beyond = this.#posts.findIndex(({ columns }) => (spans += columns.count) > COMMIT_SPANS)
    const taken = this.#posts.splice(0, beyond < 0 ? this.#posts.length : Math.max(1, beyond))
    return taken
  }

  async #commit(posts: readonly Post[]): Promise<void> {
    try {
      this.#sinceCheckpoint += await this.#appender.commit(posts.map(({ columns }) => columns))
      for (const { settle } of posts) settle()
    } catch (cause) {
      const error = new HopscopeError(
        'store-unavailable',
        `The spans could not be stored: ${messageOf(cause)}`,
        { cause },
      )
      for (const { settle } of posts) settle(error)
    }
    if (this.#sinceCheckpoint >= CHECKPOINT_SPANS) this.#checkpoint ??= this.#writeCheckpoint()
  }

  /** Moves committed spans from the log into the table's file. A failure loses nothing: the log stays, and the next one tries again. */
  async #writeCheckpoint(): Promise<void> {
    this.#sinceCheckpoint = 0
    try {
      await this.#checkpointing.run('CHECKPOINT store')
    } catch (error) {
      process.emitWarning(`checkpoint put off: ${messageOf(error)}`, 'HopscopeStorage')
    }
    this.#checkpoint = undefined
  }

  traces(ids: readonly TraceId[]): Promise<SpanColumns> {
    return this.#database.reading((connection) => readSpans(ids, connection, this.#dictionary))
  }

  find(query: TraceQuery): Promise<TraceSummary[]> {
    return this.#database.reading((connection) => findTraces(query, connection))
  }

  names(kind: NameKind, of: NameScope): Promise<string[]> {
    return this.#database.reading((connection) => readNames(kind, of, connection))
  }

  dependencies(window: TimeWindow): Promise<DependencyLink[]> {
    return this.#database.reading((connection) => readDependencies(window, connection))
  }

  async check(): Promise<void> {
    await this.#database.reading((connection) => connection.run('SELECT 1 FROM spans LIMIT 1'))
  }

  async close(): Promise<void> {
    await this.#committing
    await this.#checkpoint
    await this.#writeCheckpoint()
    this.#writing.closeSync()
    this.#checkpointing.closeSync()
    this.#database.close()
  }
}
