// The embedded store as the rest of Hopscope sees it. The database works in a thread of its own, so that
// neither a checkpoint nor a big answer ever keeps the HTTP thread waiting.
import { Worker } from 'node:worker_threads'
import type { Span, TraceId, TraceQuery, TraceSummary } from '@hopscope/model'
import { HopscopeError } from '@hopscope/proto'
import type { Store } from '../contract.ts'
import { columnsFromSpans, spansFromColumns, transferablesOf } from './columns.ts'
import type { DatabaseOptions } from './database.ts'
import type { CallName, Calls, Reply, Request } from './protocol.ts'

export type DuckDbOptions = DatabaseOptions

/** Traces that one question to the store's thread may ask for. */
const PAGE = 500

/**
 * Opens (or makes) the store in `dataDir`. One process at a time may hold a data folder.
 * @throws HopscopeError `data-folder-locked`, `data-format-unknown`, `store-unavailable`
 */
export async function openDuckDbStore(options: DuckDbOptions): Promise<Store> {
  const thread = new StoreThread(options)
  try {
    await thread.call('check', undefined)
  } catch (error) {
    await thread.end()
    throw error
  }
  return {
    writer: {
      async write(spans: readonly Span[]) {
        if (spans.length === 0) return
        const columns = columnsFromSpans(spans)
        await thread.call('write', columns, transferablesOf(columns))
      },
    },
    reader: {
      async traces(ids) {
        const wanted = [...new Set(ids)]
        if (wanted.length === 0) return []
        const byId = new Map<TraceId, Span[]>(wanted.map((id) => [id, []]))
        for (const span of spansFromColumns(await thread.call('traces', wanted)))
          byId.get(span.traceId)?.push(span)
        return [...byId].flatMap(([traceId, spans]) => (spans.length === 0 ? [] : [{ traceId, spans }]))
      },
      find: (query) => findPages(thread, query),
      names: (kind, of) => thread.call('names', { kind, of }),
      dependencies: (window) => thread.call('dependencies', window),
    },
    async check() {
      try {
        await thread.call('check', undefined)
        return { up: true, detail: `duckdb in ${options.dataDir}` }
      } catch (error) {
        return { up: false, detail: error instanceof Error ? error.message : String(error) }
      }
    },
    async close() {
      try {
        await thread.call('close', undefined)
      } finally {
        await thread.end()
      }
    },
  }
}

async function* findPages(thread: StoreThread, query: TraceQuery): AsyncIterable<TraceSummary> {
  let { after } = query
  for (let left = query.limit; left > 0;) {
    const limit = Math.min(left, PAGE)
    const page = await thread.call('find', { ...query, limit, after })
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < limit) return
    after = { start: last.start, traceId: last.traceId }
    left -= page.length
  }
}

interface Waiting {
  readonly resolve: (answer: never) => void
  readonly reject: (error: Error) => void
}

class StoreThread {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0
  #failure: HopscopeError | undefined

  constructor(options: DatabaseOptions) {
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: options })
    this.#worker.on('message', (reply: Reply) => {
      const waiting = this.#waiting.get(reply.id)
      this.#waiting.delete(reply.id)
      if ('error' in reply) waiting?.reject(errorFrom(reply.error))
      else waiting?.resolve(reply.answer as never)
    })
    this.#worker.on('error', (cause) => this.#fail(`The store's thread failed: ${cause.message}`, cause))
    this.#worker.on('exit', () => this.#fail('The store is closed.'))
  }

  call<Name extends CallName>(
    call: Name,
    ask: Calls[Name]['ask'],
    transfer: ArrayBuffer[] = [],
  ): Promise<Calls[Name]['answer']> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId
      this.#waiting.set(id, { resolve, reject })
      this.#worker.postMessage({ id, call, ask } as Request, transfer)
    })
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  #fail(detail: string, cause?: Error): void {
    this.#failure ??= new HopscopeError('store-unavailable', detail, { cause })
    for (const { reject } of this.#waiting.values()) reject(this.#failure)
    this.#waiting.clear()
  }
}

function errorFrom({ code, detail }: Extract<Reply, { error: object }>['error']): Error {
  return code === undefined ? new Error(detail) : new HopscopeError(code, detail)
}
