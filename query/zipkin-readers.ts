// What Zipkin's settings SEARCH_ENABLED and STRICT_TRACE_ID make of a reader, whatever store is behind it.
import {
  compareSummaries,
  cursorOf,
  matchesQuery,
  requestIdIn,
  summaryOf,
  type Trace,
  type TraceCursor,
  type TraceId,
  type TracePredicate,
  type TraceQuery,
  type TraceSummary,
} from '@hopscope/model'
import type { SpanReader } from '@hopscope/storage'
import { TracePages } from './trace-stream.ts'

/**
 * SEARCH_ENABLED=false: finds nothing and knows no names, but still gives traces by id, those of a request by its id, and
 * counts calls (REST itself refuses the rest).
 */
export function withoutSearch(reader: SpanReader): SpanReader {
  return {
    traces: (ids) => reader.traces(ids),
    spellings: (ids) => reader.spellings(ids),
    async *find(query) {
      if (isOfRequest(query.where)) yield* reader.find(query)
    },
    names: () => Promise.resolve([]),
    dependencies: (window) => reader.dependencies(window),
    native: (condition) => reader.native(condition),
    aggregate: (query) => reader.aggregate(query),
    edges: (query) => reader.edges(query),
  }
}

/** Whether a search is for the traces of one request. */
export function isOfRequest(where: TracePredicate): boolean {
  if ('span' in where) return requestIdIn(where.span) !== undefined
  return 'all' in where && where.all.some(isOfRequest)
}

/** What `find` is asked must hold for one of the stored traces that it makes one of. */
interface JoiningReader extends SpanReader {
  readonly joinsIds: true
}

export function joinsIds(reader: SpanReader): boolean {
  return 'joinsIds' in reader
}

/**
 * STRICT_TRACE_ID=false, for sites where some tracers know only the lower 64 bits of trace ids: ids that agree in them
 * are one trace. It goes by the longest of them, and has the spans of all.
 * @param asStored leaves its spans under the ids that they came with
 */
export function withLenientIds(reader: SpanReader, { asStored = false } = {}): JoiningReader {
  return {
    joinsIds: true,
    traces: async (ids) =>
      (await joined(reader, ids)).map(({ whole }) =>
        asStored
          ? whole
          : { ...whole, spans: whole.spans.map((span) => ({ ...span, traceId: whole.traceId })) },
      ),
    spellings: (ids) => reader.spellings(ids),
    find: (query) => distinct(reader, query),
    names: (kind, of) => reader.names(kind, of),
    dependencies: (window) => reader.dependencies(window),
    // What is found is looked at again here, on the thread that answers everybody: an expression may take long.
    native: (condition) => condition.is !== '=~' && reader.native(condition),
    aggregate: (query) => reader.aggregate(query),
    edges: (query) => reader.edges(query),
  }
}

/** A trace of several ids: as stored under each of them, and as one under the longest. */
interface Joined {
  readonly parts: Trace[]
  readonly whole: Trace
}

/** Each trace once, where it was asked for first. */
async function joined(reader: SpanReader, ids: readonly TraceId[]): Promise<Joined[]> {
  const byLow = new Map<string, Trace[]>()
  for (const id of ids) byLow.set(lowOf(id), [])
  // An id that was asked for is read whether or not the store knows other spellings of it.
  const all = new Set([...ids, ...(await reader.spellings(ids))])
  for (const trace of await reader.traces([...all])) byLow.get(lowOf(trace.traceId))?.push(trace)
  return [...byLow.values()].flatMap((parts) => {
    const [first, ...others] = parts
    if (first === undefined) return []
    let { traceId } = first
    for (const other of others)
      if (
        other.traceId.length > traceId.length ||
        (other.traceId.length === traceId.length && other.traceId < traceId)
      )
        traceId = other.traceId
    return [{ parts, whole: { traceId, spans: parts.flatMap(({ spans }) => spans) } }]
  })
}

/**
 * Each trace once, summed up over all of its ids, where the newest of those that meet the query is found: so it needs no
 * memory of what was given before, and listings can go on from any trace.
 */
async function* distinct(reader: SpanReader, query: TraceQuery): AsyncGenerator<TraceSummary> {
  let after = query.after && (await placeOf(reader, query, query.after))
  let given = 0
  for (;;) {
    const found = new Map<TraceId, TraceSummary>()
    const pages = new TracePages()
    for await (const summary of reader.find({ ...query, after })) {
      found.set(summary.traceId, summary)
      pages.add(summary.traceId, summary.spanCount)
      after = cursorOf(summary, query.sort)
    }
    for (const ids of pages.pages) {
      const several = await withSeveralIds(reader, ids)
      for (const id of ids) {
        const trace = several.get(lowOf(id))
        if (trace !== undefined && newestOf(trace, query, id)?.traceId !== id) continue
        const summary = (trace && summaryOf(trace.whole)) ?? found.get(id)
        if (summary === undefined) continue
        yield summary
        if (++given === query.limit) return
      }
    }
    if (found.size < query.limit) return
  }
}

/** Of these traces those that have more ids than one; nothing is read of the others. By the lower half. */
async function withSeveralIds(reader: SpanReader, ids: readonly TraceId[]): Promise<Map<string, Joined>> {
  const idsOf = new Map<string, TraceId[]>()
  for (const id of new Set([...ids, ...(await reader.spellings(ids))]))
    idsOf.set(lowOf(id), [...(idsOf.get(lowOf(id)) ?? []), id])
  const several = [...idsOf.values()].filter((each) => each.length > 1).flat()
  const traces = several.length === 0 ? [] : await joined(reader, several)
  return new Map(traces.map((trace) => [lowOf(trace.whole.traceId), trace]))
}

/** Where a store lists the trace that a listing gave under its longest id. */
async function placeOf(reader: SpanReader, query: TraceQuery, after: TraceCursor): Promise<TraceCursor> {
  const trace = (await withSeveralIds(reader, [after.traceId])).get(lowOf(after.traceId))
  return (trace && newestOf(trace, query)) ?? after
}

/** @param found an id that the store found, whatever has become of the trace since */
function newestOf({ parts }: Joined, query: TraceQuery, found?: TraceId): TraceCursor | undefined {
  const [newest] = parts
    .filter((part) => part.traceId === found || matchesQuery(part, { ...query, after: undefined }))
    .flatMap((part) => summaryOf(part) ?? [])
    .sort((a, b) => compareSummaries(a, b, query.sort))
  return newest && cursorOf(newest, query.sort)
}

/** What all spellings of an id have in common. */
export function lowOf(id: TraceId): string {
  return id.slice(-16)
}
