// The embedded store at work, inside the store's thread: one writer that commits in groups, several
// readers, and checkpoints at moments of its own choosing.
import type { DuckDBConnection } from '@duckdb/node-api'
import type {
  AggregateQuery,
  DependencyLink,
  EdgeQuery,
  EdgeSeries,
  Metrics,
  TraceId,
  TraceQuery,
  TraceSummary,
} from '@hopscope/model'
import { HopscopeError, messageOf } from '@hopscope/proto'
import type { LogPosition, NameKind, NameScope, TimeWindow } from '../contract.ts'
import { readMetrics } from './aggregate.ts'
import { charactersOf, type SpanColumns } from './columns.ts'
import { Database, type DatabaseOptions } from './database.ts'
import { readDependencies } from './dependencies.ts'
import { Dictionary } from './dictionary.ts'
import { readEdges } from './edges.ts'
import { findTraces } from './find.ts'
import { NameCache } from './name-cache.ts'
import { readPositions } from './positions.ts'
import type { Write } from './protocol.ts'
import { ROW_GROUP_ROWS } from './schema.ts'
import { SpanAppender } from './span-appender.ts'
import { readSpans, readSpellings } from './span-reader.ts'

/** Spans in one transaction: enough to share its cost, few enough to bound its memory and its time. */
const COMMIT_SPANS = 20_000

/** Spans between two checkpoints: full row groups, as a checkpoint ends the one it finds half filled. */
const CHECKPOINT_SPANS = 3 * ROW_GROUP_ROWS

/** Characters between two checkpoints at most: what isn't checkpointed stays in memory. */
const CHECKPOINT_CHARACTERS = 64 * 2 ** 20

interface Post extends Write {
  readonly settle: (error?: HopscopeError) => void
}

export class Engine {
  readonly #database: Database
  readonly #writing: DuckDBConnection
  readonly #checkpointing: DuckDBConnection
  /** Its own, so that slow queries don't make the store look ill. */
  readonly #checking: DuckDBConnection
  readonly #dictionary: Dictionary
  readonly #appender: SpanAppender
  readonly #names = new NameCache()
  #posts: Post[] = []
  /** Settles when nothing is left to commit. Undefined while idle. */
  #committing: Promise<void> | undefined
  #checkpoint: Promise<void> | undefined
  #ending = false
  #warming = false
  #spansSinceCheckpoint = 0
  #charactersSinceCheckpoint = 0
  readonly #fatal: (error: unknown) => void

  private constructor(
    database: Database,
    [writing, checkpointing, checking]: readonly [DuckDBConnection, DuckDBConnection, DuckDBConnection],
    dictionary: Dictionary,
    fatal: (error: unknown) => void,
  ) {
    this.#database = database
    this.#writing = writing
    this.#checkpointing = checkpointing
    this.#checking = checking
    this.#dictionary = dictionary
    this.#appender = new SpanAppender(writing, dictionary)
    this.#fatal = fatal
  }

  /** @param fatal told when the database can't go on; a new engine on the same folder can */
  static async open(options: DatabaseOptions, fatal: (error: unknown) => void): Promise<Engine> {
    const database = await Database.open(options)
    const writing = await database.connect()
    const dictionary = new Dictionary()
    await dictionary.load(writing)
    const connections = [writing, await database.connect(), await database.connect()] as const
    const engine = new Engine(database, connections, dictionary, fatal)
    await engine.#appender.prepare()
    engine.#warmUp()
    return engine
  }

  /** Settles once the spans are on disk. Posts that arrive during a commit share the next one. */
  write({ columns, position }: Write): Promise<void> {
    if (this.#ending) return Promise.reject(new HopscopeError('store-unavailable', 'The store is closing.'))
    return new Promise((resolve, reject) => {
      this.#posts.push({
        columns,
        position,
        settle: (error) => (error === undefined ? resolve() : reject(error)),
      })
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
      this.#spansSinceCheckpoint += await this.#appender.commit(posts)
      for (const { columns } of posts) this.#charactersSinceCheckpoint += charactersOf(columns)
      for (const { settle } of posts) settle()
    } catch (cause) {
      const error = new HopscopeError(
        'store-unavailable',
        'The spans could not be stored. Send them again.',
        { cause },
      )
      for (const { settle } of posts) settle(error)
      if (isFatal(cause)) this.#fatal(cause)
    }
    if (
      this.#spansSinceCheckpoint >= CHECKPOINT_SPANS ||
      this.#charactersSinceCheckpoint >= CHECKPOINT_CHARACTERS
    )
      this.#checkpoint ??= this.#writeCheckpoint()
    // Posts come faster than they can be moved: they wait, so that memory holds.
    if (this.#charactersSinceCheckpoint >= CHECKPOINT_CHARACTERS) await this.#checkpoint
  }

  /** Moves committed spans from the log into the table's file. A failure loses nothing, as the log stays. */
  async #writeCheckpoint(): Promise<void> {
    const textsAreLarge = this.#charactersSinceCheckpoint >= CHECKPOINT_CHARACTERS
    this.#spansSinceCheckpoint = 0
    this.#charactersSinceCheckpoint = 0
    try {
      await this.#checkpointing.run('CHECKPOINT store')
    } catch (error) {
      process.emitWarning(`a checkpoint failed: ${messageOf(error)}`, 'HopscopeStorage')
      if (isFatal(error)) this.#fatal(error)
    }
    this.#checkpoint = undefined
    // Reading large texts would take the memory that writing them needs.
    if (!textsAreLarge) this.#warmUp()
  }

  /** In the background: nobody waits for it. */
  #warmUp(): void {
    if (this.#ending || this.#warming) return
    this.#warming = true
    this.#database
      .reading((connection) => this.#names.warm(connection))
      .catch((error: unknown) => {
        if (!this.#ending)
          process.emitWarning(`names were not read ahead: ${messageOf(error)}`, 'HopscopeStorage')
      })
      .finally(() => {
        this.#warming = false
      })
      .catch(() => undefined)
  }

  traces(ids: readonly TraceId[]): Promise<SpanColumns> {
    return this.#database.reading((connection) => readSpans(ids, connection, this.#dictionary))
  }

  spellings(ids: readonly TraceId[]): Promise<TraceId[]> {
    return this.#database.reading((connection) => readSpellings(ids, connection))
  }

  positions(topic: string): Promise<LogPosition[]> {
    return this.#database.reading((connection) => readPositions(topic, connection))
  }

  find(query: TraceQuery): Promise<TraceSummary[]> {
    return this.#database.reading((connection) => findTraces(query, connection))
  }

  names(kind: NameKind, of: NameScope): Promise<string[]> {
    return this.#database.reading((connection) => this.#names.names(kind, of, connection))
  }

  dependencies(window: TimeWindow): Promise<DependencyLink[]> {
    return this.#database.reading((connection) => readDependencies(window, connection))
  }

  aggregate(query: AggregateQuery): Promise<Metrics> {
    return this.#database.reading((connection) => readMetrics(query, connection))
  }

  edges(query: EdgeQuery): Promise<EdgeSeries[]> {
    return this.#database.reading((connection) => readEdges(query, connection))
  }

  async check(): Promise<void> {
    await this.#checking.run('SELECT 1 FROM format')
  }

  /** Finishes the commits under way, stops the readers, and lets go of the file. */
  async close(): Promise<void> {
    this.#ending = true
    await this.#committing
    await this.#checkpoint
    await this.#writeCheckpoint()
    await this.abandon()
  }

  /** Lets go of the file as it is. */
  async abandon(): Promise<void> {
    this.#ending = true
    await this.#committing
    await this.#checkpoint
    for (const connection of [this.#writing, this.#checkpointing, this.#checking]) connection.closeSync()
    await this.#database.close()
  }
}

/** After such an error DuckDB refuses everything until the file is opened anew. */
export function isFatal(error: unknown): boolean {
  return /FATAL Error|database has been invalidated/i.test(messageOf(error))
}
