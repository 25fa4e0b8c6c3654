// The embedded store as the rest of Hopscope sees it. The database works in a thread of its own, so that
// neither a checkpoint nor a big answer ever keeps the HTTP thread waiting.
import { resolve } from 'node:path'
import { cursorOf, type Span, type TraceId, type TraceQuery, type TraceSummary } from '@hopscope/model'
import { HopscopeError } from '@hopscope/proto'
import type { LogPosition, Store } from '../contract.ts'
import { columnsFromSpans, spansFromColumns, transferablesOf } from './columns.ts'
import type { DatabaseOptions } from './database.ts'
import { StoreThread } from './store-thread.ts'

export type DuckDbOptions = DatabaseOptions

/** Folders of the stores that are open. */
const OPEN = new Set<string>()

/** Traces that one question to the store's thread may ask for. */
const PAGE = 500

/**
 * Opens (or makes) the store in `dataDir`. One process at a time may hold a data folder.
 * @throws HopscopeError `data-folder-locked`, `data-format-unknown`, `store-unavailable`
 */
export async function openDuckDbStore(options: DuckDbOptions): Promise<Store> {
  const folder = resolve(options.dataDir)
  // The file's lock keeps other processes out, but not this one.
  if (OPEN.has(folder))
    throw new HopscopeError(
      'data-folder-locked',
      `The data folder ${folder} is open in this process already.`,
    )
  OPEN.add(folder)
  const thread = new StoreThread(new URL('./worker.js', import.meta.url), options)
  try {
    await thread.call('check', undefined)
  } catch (error) {
    OPEN.delete(folder)
    await thread.end()
    throw error
  }
  return {
    writer: {
      async write(spans: readonly Span[], position?: LogPosition) {
        if (spans.length === 0 && position === undefined) return []
        const columns = columnsFromSpans(spans)
        await thread.call('write', { columns, position }, transferablesOf(columns))
        return []
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
      async spellings(ids) {
        return ids.length === 0 ? [] : thread.call('spellings', ids)
      },
      native: () => true,
      find: (query) => findPages(thread, query),
      names: (kind, of) => thread.call('names', { kind, of }),
      dependencies: (window) => thread.call('dependencies', window),
      aggregate: (query) => thread.call('aggregate', query),
      edges: (query) => thread.call('edges', query),
    },
    positions: (topic) => thread.call('positions', topic),
    async check() {
      try {
        await thread.call('check', undefined)
        return { up: true, detail: `duckdb in ${options.dataDir}` }
      } catch (error) {
        return {
          up: false,
          detail: error instanceof HopscopeError ? error.detail : 'The store does not answer.',
        }
      }
    },
    async close() {
      try {
        await thread.call('close', undefined)
      } finally {
        await thread.end()
        OPEN.delete(folder)
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
    after = cursorOf(last, query.sort)
    left -= page.length
  }
}
