// One line about each trace, summed up by Elasticsearch; as model/search/summary.ts defines it. Where a trace has more of
// something than one answer holds, its spans are read and summed up by the model itself.
import {
  comesBefore,
  compareText,
  type DurationMicros,
  type EpochMicros,
  MOST_REQUEST_IDS,
  type ServiceCount,
  serviceOf,
  type Span,
  summaryOf,
  type TraceId,
  type TraceSummary,
} from '@hopscope/model'
import type { Cluster } from './connection.ts'
import { type SpanDocument, spanFrom } from './document.ts'
import { type Hit, scan, search } from './scan.ts'
import { isDigest } from './terms.ts'

/** Traces in one request: together with their services they stay below Elasticsearch's 65,536 buckets. */
const TOGETHER = 50
const MOST_SERVICES = 1000
/** Spans that may be the one to name the trace; more than this many of one time, and all are read. */
const ROOTS = 5

interface Bucket {
  readonly key: string
  readonly doc_count: number
}

interface Terms<B extends Bucket = Bucket> {
  readonly buckets: readonly B[]
  readonly sum_other_doc_count: number
}

interface TraceBucket extends Bucket {
  readonly start: { readonly value: number | null }
  readonly end: { readonly value: number | null }
  readonly errors: { readonly doc_count: number }
  readonly services: Terms<Bucket & { readonly errors: { readonly doc_count: number } }>
  readonly requests: Terms
  readonly root: { readonly hits: { readonly hits: readonly Hit<never>[] } }
}

const ERRORS = { filter: { term: { error: true } } }
const SUMMARY = {
  start: { min: { field: 'ts' } },
  end: { max: { field: 'end' } },
  errors: ERRORS,
  services: { terms: { field: 'service', size: MOST_SERVICES }, aggs: { errors: ERRORS } },
  requests: {
    terms: { field: 'request', size: MOST_REQUEST_IDS, order: { _key: 'asc' }, execution_hint: 'map' },
  },
  root: {
    top_hits: {
      size: ROOTS,
      sort: [{ root: { order: 'desc', missing: '_last' } }, { ts: { order: 'asc', missing: '_last' } }],
      // From the columns: a name in the source may have a megabyte.
      _source: false,
      docvalue_fields: ['trace', 'id', 'parent', 'ts', 'service', 'name', 'shared'],
    },
  },
}

/** In the order of `found`; each has a start. */
export async function summariesOf(
  found: readonly { readonly traceId: TraceId }[],
  cluster: Cluster,
  indices: string,
): Promise<TraceSummary[]> {
  const summaries = new Map<string, TraceSummary>()
  for (let at = 0; at < found.length; at += TOGETHER) {
    const ids = found.slice(at, at + TOGETHER).map(({ traceId }) => traceId)
    const { aggregations } = await search<never, { traces: Terms<TraceBucket> }>(cluster, indices, {
      size: 0,
      query: { terms: { trace: ids } },
      aggs: {
        traces: { terms: { field: 'trace', size: ids.length, execution_hint: 'map' }, aggs: SUMMARY },
      },
    })
    for (const bucket of aggregations?.traces.buckets ?? []) {
      const summary = summaryFrom(bucket) ?? (await summaryByReading(bucket.key as TraceId, cluster, indices))
      if (summary !== undefined) summaries.set(bucket.key, summary)
    }
  }
  return found.flatMap(({ traceId }) => summaries.get(traceId) ?? [])
}

/** Undefined where the answer doesn't hold all that it takes. */
function summaryFrom(bucket: TraceBucket): TraceSummary | undefined {
  const { services, requests, root } = bucket
  const start = bucket.start.value
  if (start === null || services.sum_other_doc_count > 0) return undefined
  if ([...services.buckets, ...requests.buckets].some(({ key }) => isDigest(key))) return undefined
  const named = rootOf(root.hits.hits)
  if (named === undefined) return undefined
  return {
    traceId: bucket.key as TraceId,
    start: start as EpochMicros,
    duration: (bucket.end.value === null ? 0 : bucket.end.value - start) as DurationMicros,
    rootService: serviceOf(named),
    rootOperation: named.name,
    spanCount: bucket.doc_count,
    errorCount: bucket.errors.doc_count,
    services: services.buckets
      .map(({ key, doc_count, errors }): ServiceCount => ({
        name: key,
        spanCount: doc_count,
        errorCount: errors.doc_count,
      }))
      .sort((a, b) => compareText(a.name, b.name)),
    requestIds: requests.buckets.map(({ key }) => key),
  }
}

/** The model chooses among the first; it can't where more than these came first together. */
function rootOf(hits: readonly Hit<never>[]): Span | undefined {
  const spans = hits.map(({ fields }) => spanFromColumns(fields))
  if (
    spans.some(
      ({ name, localEndpoint }) => isDigest(name ?? '') || isDigest(localEndpoint?.serviceName ?? ''),
    )
  )
    return undefined
  const [first, last] = [spans[0], spans.at(-1)]
  if (first === undefined || last === undefined) return undefined
  const alike =
    first.timestamp === last.timestamp && (first.parentId === undefined) === (last.parentId === undefined)
  if (spans.length === ROOTS && alike) return undefined
  return spans.reduce((best, span) => (comesBefore(span, best) ? span : best))
}

/** As much of a span as it takes to name a trace. */
function spanFromColumns(columns: Hit<never>['fields'] = {}): Span {
  const text = (field: string) => columns[field]?.[0] as string | undefined
  return spanFrom({
    trace: text('trace') ?? '',
    id: text('id') ?? '',
    parent: text('parent'),
    ts: columns['ts']?.[0] as number | undefined,
    service: text('service'),
    name: text('name'),
    shared: columns['shared']?.[0] === true || undefined,
  })
}

async function summaryByReading(
  traceId: TraceId,
  cluster: Cluster,
  indices: string,
): Promise<TraceSummary | undefined> {
  const spans: Span[] = []
  const pages = scan<SpanDocument>(cluster, indices, {
    query: { term: { trace: traceId } },
    routing: traceId,
  })
  for await (const page of pages) for (const { _source } of page) spans.push(spanFrom(_source))
  return summaryOf({ traceId, spans })
}
