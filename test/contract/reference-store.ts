// The store every other is measured against: a list in memory, asked by the model's own evaluator.
import {
  type AggregateQuery,
  compareSummaries,
  compareText,
  type DependencyLink,
  DependencyLinker,
  EdgeLinker,
  type EdgeQuery,
  type EdgeSeries,
  edgeSpanFrom,
  linkSpanFrom,
  matchesQuery,
  type Metrics,
  remoteServiceOf,
  serviceOf,
  type Span,
  SpanAggregator,
  spanIdentity,
  summaryOf,
  type Trace,
  type TraceId,
  type TraceQuery,
  type TraceSummary,
} from '@hopscope/model'
import { LONGEST_NAME, type NameKind, type NameScope, type TimeWindow } from '@hopscope/storage'

export class ReferenceStore {
  readonly #spans = new Map<string, Span>()

  write(spans: readonly Span[]): void {
    for (const span of spans) this.#spans.set(spanIdentity(span), span)
  }

  traces(ids: readonly TraceId[]): Trace[] {
    const byId = this.#byTrace()
    return [...new Set(ids)].flatMap((traceId) => {
      const spans = byId.get(traceId)
      return spans === undefined ? [] : [{ traceId, spans }]
    })
  }

  spellings(ids: readonly TraceId[]): TraceId[] {
    const lows = new Set(ids.map((id) => id.slice(-16)))
    return [...this.#byTrace().keys()].filter((id) => lows.has(id.slice(-16))).sort(compareText)
  }

  find(query: TraceQuery): TraceSummary[] {
    return this.#traces()
      .filter((trace) => matchesQuery(trace, query))
      .flatMap((trace) => summaryOf(trace) ?? [])
      .sort((a, b) => compareSummaries(a, b, query.sort))
      .slice(0, query.limit)
  }

  names(kind: NameKind, { service, tagKey = '', prefix = '', limit }: NameScope): string[] {
    const ofSpan = (span: Span): (string | undefined)[] => {
      switch (kind) {
        case 'service':
          return [serviceOf(span)]
        case 'operation':
          return [span.name]
        case 'remoteService':
          return [remoteServiceOf(span)]
        case 'tagKey':
          return Object.keys(span.tags)
        case 'tagValue':
          return Object.hasOwn(span.tags, tagKey) ? [span.tags[tagKey]] : []
      }
    }
    const spans = [...this.#spans.values()].filter(
      (span) => service === undefined || serviceOf(span) === service,
    )
    return [...new Set(spans.flatMap(ofSpan))]
      .filter((name): name is string => !!name && name.length <= LONGEST_NAME)
      .filter((name) => name.startsWith(prefix))
      .sort(compareText)
      .slice(0, limit)
  }

  dependencies({ from = 1 as never, to = Infinity as never }: TimeWindow): DependencyLink[] {
    const linker = new DependencyLinker()
    for (const { spans } of this.#traces())
      if (spans.some(({ timestamp }) => timestamp !== undefined && timestamp >= from && timestamp <= to))
        linker.addTrace(spans.map(linkSpanFrom))
    return linker.links()
  }

  /** @param first a trace that is named as the slowest or the failed one if it can be */
  aggregate(query: AggregateQuery, first?: TraceId): Metrics {
    const aggregator = new SpanAggregator(query)
    for (const { spans } of this.#traces(first)) for (const span of spans) aggregator.add(span)
    return aggregator.metrics()
  }

  /** @param first as {@link aggregate} */
  edges(query: EdgeQuery, first?: TraceId): EdgeSeries[] {
    const linker = new EdgeLinker(query)
    for (const { spans } of this.#traces(first)) linker.addTrace(spans.map(edgeSpanFrom))
    return linker.edges()
  }

  #traces(first?: TraceId): Trace[] {
    const traces = this.#all()
    return first === undefined
      ? traces
      : traces.sort((a, b) => Number(b.traceId === first) - Number(a.traceId === first))
  }

  #all(): Trace[] {
    return [...this.#byTrace()].map(([traceId, spans]) => ({ traceId, spans }))
  }

  #byTrace(): Map<TraceId, Span[]> {
    const traces = new Map<TraceId, Span[]>()
    for (const span of this.#spans.values()) {
      const spans = traces.get(span.traceId)
      if (spans === undefined) traces.set(span.traceId, [span])
      else spans.push(span)
    }
    return traces
  }
}
