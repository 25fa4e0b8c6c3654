// The Elasticsearch store as the rest of Hopscope sees it: spans in daily indices, found through their terms.
import type { Span, Trace, TraceId } from '@hopscope/model'
import { HopscopeError, messageOf, type Refusal } from '@hopscope/proto'
import type { Store } from '../contract.ts'
import { BulkEncoder, type BulkLines } from './bulk-lines.ts'
import { BulkWriter } from './bulk-writer.ts'
import { readAggregate } from './aggregate.ts'
import { type Cluster, Connection, type ConnectionOptions, Reading } from './connection.ts'
import { type Day, Days, NO_DAY } from './days.ts'
import { readDependencies, readEdges } from './dependencies.ts'
import { documentFrom, documentId, type SpanDocument, spanFrom } from './document.ts'
import { findTraces } from './find.ts'
import { daysOf, KnownLookups, type Lookup, lookupDocument, lookupId } from './lookups.ts'
import { KnownNames, type Name, nameDocument, nameId, readNames } from './names.ts'
import { isNative } from './predicate-query.ts'
import { Retention, type RetentionOptions, type StoreLog } from './retention.ts'
import { distinctTerms, scan } from './scan.ts'
import { ensureTemplates } from './templates.ts'

export interface ElasticsearchOptions extends ConnectionOptions {
  /** What the names of all indices begin with. */
  readonly index: string
  readonly shards: number
  /** Undefined: one replica as soon as a second node is there. */
  readonly replicas: number | undefined
  /** Whether trace ids that differ in their first 64 bits only are two traces. */
  readonly strictTraceId: boolean
  /** Undefined keeps everything, and leaves retention to others. */
  readonly retention?: RetentionOptions | undefined
  readonly log: StoreLog
  /** Milliseconds; for tests. */
  readonly now?: () => number
}

/** Days that have an index of their own, unless more are kept. */
const DAYS_BACK = 90
/** However many are kept: a cluster takes a thousand shards on a node. */
const MOST_DAYS_BACK = 400
/** How long templates that were seen are taken to be there. */
const TEMPLATES_LAST_MS = 60_000
/** Trace ids in the URL of one search, as its routing. */
const MOST_ROUTED = 50

/** Opens at once, whether or not the cluster is there: until it is, writes and reads say `store-unavailable`. */
export function openElasticsearchStore(options: ElasticsearchOptions): Store {
  const { index, retention, log, timeoutMs, strictTraceId } = options
  const connection = new Connection(options)
  const days = new Days(
    index,
    Math.min(retention?.maxAgeDays || DAYS_BACK, MOST_DAYS_BACK),
    options.now ?? Date.now,
  )
  const bulks = new BulkWriter(connection, timeoutMs, () => {
    lookedAt = -Infinity
    return prepared()
  })
  const known: Known = { lookups: new KnownLookups(), names: new KnownNames(days) }
  let templates: Promise<void> | undefined
  let lookedAt = -Infinity
  /** Before the first document, whose index would otherwise be mapped by guess; and now and then, as clusters get wiped. */
  const prepared = (): Promise<void> => {
    const now = performance.now()
    if (now - lookedAt > TEMPLATES_LAST_MS) templates = undefined
    if (templates !== undefined) return templates
    lookedAt = now
    templates = ensureTemplates(connection, { prefix: index, ...options }).catch((error: unknown) => {
      templates = undefined
      throw error instanceof HopscopeError ? error : unprepared(connection, error)
    })
    return templates
  }
  const forgetting = retention && new Retention(connection, days, index, retention, log, prepared)
  forgetting?.start()
  let closing = false
  const underWay = new Set<Promise<unknown>>()

  async function write(spans: readonly Span[]): Promise<readonly Refusal[]> {
    await prepared()
    const { lines, lookups, names } = linesOf(spans, strictTraceId, days, known)
    const refused = await bulks.write(lines, spans.length)
    known.lookups.remember(lookups)
    known.names.remember(names)
    return refused.map(({ index: at, reason }) => ({ index: at, field: '', reason }))
  }

  return {
    writer: {
      async write(spans) {
        if (closing) throw new HopscopeError('store-unavailable', 'The store is closing.')
        if (spans.length === 0) return []
        const writing = write(spans)
        underWay.add(writing)
        try {
          return await writing
        } finally {
          underWay.delete(writing)
        }
      },
    },
    reader: {
      traces: (ids) => readTraces(ids, new Reading(connection), days),
      spellings: (ids) => readSpellings(ids, new Reading(connection), days),
      native: isNative,
      find: (query) => findTraces(query, new Reading(connection), days),
      names: (kind, of) => readNames(kind, of, new Reading(connection), days),
      dependencies: (window) => readDependencies(window, new Reading(connection), days),
      aggregate: (query) => readAggregate(query, new Reading(connection), days),
      edges: (query) => readEdges(query, new Reading(connection), days),
    },
    async check() {
      try {
        await prepared()
        const { status, number_of_data_nodes: nodes } = await connection.ask<{
          status: string
          number_of_data_nodes: number
        }>('GET', `/_cluster/health/${index}-*`)
        if (status === 'red')
          return { up: false, detail: `Elasticsearch at ${connection.hosts} is red: shards are missing.` }
        return {
          up: true,
          detail: `elasticsearch at ${connection.hosts}, ${nodes} data node${nodes === 1 ? '' : 's'}, ${status}`,
        }
      } catch (error) {
        const detail = error instanceof HopscopeError ? error.detail : 'Elasticsearch does not answer.'
        return { up: false, detail }
      }
    },
    async close() {
      closing = true
      await forgetting?.stop()
      await Promise.allSettled(underWay)
      await connection.close()
    },
  }
}

function unprepared({ hosts }: Connection, cause: unknown): HopscopeError {
  const detail = `Elasticsearch at ${hosts} does not take our index templates: ${messageOf(cause)}.`
  return new HopscopeError('store-unavailable', detail, { cause })
}

const encoder = new BulkEncoder()

interface Known {
  readonly lookups: KnownLookups
  readonly names: KnownNames
}

/** The spans' documents in their order, then those of new look-ups and names. */
function linesOf(
  spans: readonly Span[],
  strictTraceId: boolean,
  days: Days,
  known: Known,
): { lines: BulkLines; lookups: readonly Lookup[]; names: readonly Name[] } {
  const { now } = days
  // What a failure may have left of another write.
  encoder.clear()
  const daysOfSpans = spans.map((span) => days.dayOf(span))
  for (let i = 0; i < spans.length; i++) {
    const span = spans[i] as Span
    const day = daysOfSpans[i] ?? NO_DAY
    encoder.add(
      // The index's name, the id and a hex id need no escapes.
      `{"create":{"_index":"${days.spanIndex(day)}","_id":"${documentId(span)}","routing":"${span.traceId}"}}`,
      JSON.stringify(documentFrom(span, strictTraceId, day === NO_DAY ? now : undefined)),
    )
  }
  const beside = (day: Day, id: string, document: (stored: number | undefined) => object) =>
    encoder.add(
      `{"create":{"_index":"${days.lookupIndex(day)}","_id":"${id}"}}`,
      JSON.stringify(document(day === NO_DAY ? now : undefined)),
    )
  const lookups = known.lookups.missingOf(spans, daysOfSpans, days.today)
  for (const each of lookups) beside(each.day, lookupId(each), (stored) => lookupDocument(each, stored))
  const names = known.names.missingOf(spans, daysOfSpans)
  for (const each of names) beside(each.day, nameId(each, days), () => nameDocument(each))
  return { lines: encoder.take(), lookups, names }
}

async function readTraces(ids: readonly TraceId[], cluster: Cluster, days: Days): Promise<Trace[]> {
  const wanted = [...new Set(ids)]
  if (wanted.length === 0) return []
  const theirs = await daysOf({ traces: wanted }, cluster, days)
  const byId = new Map<TraceId, Span[]>(wanted.map((id) => [id, []]))
  const query = { terms: { trace: wanted } }
  const routing = wanted.length > MOST_ROUTED ? undefined : wanted.join(',')
  // A span at the edge of the days that have an index may be stored in one and, delivered again later, in `other`.
  const seen = new Set<string>()
  for await (const page of scan<SpanDocument>(cluster, days.spanIndicesOf([...theirs]), { query, routing }))
    for (const { _id, _source } of page) {
      if (seen.has(_id)) continue
      seen.add(_id)
      byId.get(_source.trace as TraceId)?.push(spanFrom(_source))
    }
  return [...byId].flatMap(([traceId, spans]) => (spans.length === 0 ? [] : [{ traceId, spans }]))
}

/** Look-ups are by the last digits, which all spellings share. */
async function readSpellings(ids: readonly TraceId[], cluster: Cluster, days: Days): Promise<TraceId[]> {
  if (ids.length === 0) return []
  const theirs = await daysOf({ traces: ids }, cluster, days)
  const lows = [...new Set(ids.map((id) => id.slice(-16)))]
  const query = { bool: { should: [{ terms: { trace: lows } }, { terms: { low: lows } }] } }
  const found: TraceId[] = []
  const indices = days.spanIndicesOf([...theirs])
  for await (const page of distinctTerms(cluster, indices, { field: 'trace', query, page: SPELLINGS_PAGE }))
    found.push(...(page as TraceId[]))
  return found
}

const SPELLINGS_PAGE = 1000
