// What Zipkin's settings SEARCH_ENABLED and STRICT_TRACE_ID make of a reader, whatever store is behind it.
import { requestIdIn, type Span, type Trace, type TraceId, type TraceQuery } from '@hopscope/model'
import type { SpanReader } from '@hopscope/storage'

/**
 * SEARCH_ENABLED=false: finds nothing and knows no names, but still gives traces by id, those of a request by its id,
 * and dependencies.
 */
export function withoutSearch(reader: SpanReader): SpanReader {
  return {
    traces: (ids) => reader.traces(ids),
    spellings: (ids) => reader.spellings(ids),
    async *find(query) {
      if (query.spans.some((filter) => requestIdIn(filter) !== undefined)) yield* reader.find(query)
    },
    names: () => Promise.resolve([]),
    dependencies: (window) => reader.dependencies(window),
  }
}

/**
 * STRICT_TRACE_ID=false, for sites where some tracers know only the lower 64 bits of trace ids: ids that agree in them
 * are one trace. It goes by the id it was asked for, and has the spans of all.
 */
export function withLenientIds(reader: SpanReader): SpanReader {
  return {
    traces: (ids) => joined(reader, ids),
    spellings: (ids) => reader.spellings(ids),
    find: (query) => distinct(reader, query),
    names: (kind, of) => reader.names(kind, of),
    dependencies: (window) => reader.dependencies(window),
  }
}

async function joined(reader: SpanReader, ids: readonly TraceId[]): Promise<Trace[]> {
  const byLow = new Map<string, { readonly traceId: TraceId; readonly spans: Span[] }>()
  for (const traceId of ids) if (!byLow.has(lowOf(traceId))) byLow.set(lowOf(traceId), { traceId, spans: [] })
  // An id that was asked for is read whether or not the store knows other spellings of it.
  const all = new Set([...(await reader.spellings(ids)), ...ids])
  for (const { traceId, spans } of await reader.traces([...all])) {
    const trace = byLow.get(lowOf(traceId))
    for (const span of spans) trace?.spans.push(span)
  }
  return [...byLow.values()].filter(({ spans }) => spans.length > 0)
}

/** Of the traces that are one only the newest; as many as there are, up to the limit. */
async function* distinct(reader: SpanReader, query: TraceQuery) {
  const seen = new Set<string>()
  let { after } = query
  for (;;) {
    let taken = 0
    for await (const trace of reader.find({ ...query, after })) {
      taken++
      after = { start: trace.start, traceId: trace.traceId }
      if (seen.has(lowOf(trace.traceId))) continue
      seen.add(lowOf(trace.traceId))
      yield trace
      if (seen.size === query.limit) return
    }
    if (taken < query.limit) return
  }
}

function lowOf(id: TraceId): string {
  return id.slice(-16)
}
