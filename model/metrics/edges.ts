// The calls between services among stored spans, with how long they took: what the graph of services shows. The rule is one
// that a database can follow span by span, without rebuilding each trace:
//
// - A SERVER or CONSUMER span was called by the span that its parent id names; if it is shared, by the span of its own id that
//   isn't. What began more than an hour apart has nothing to do with it. If several were reported under that id, each counts;
//   if none was, or more than {@link MOST_CALLERS}, the remote service that it names called it.
// - A CLIENT or PRODUCER span that nobody was called by, by this rule, called the remote service that it names.
//
// A call belongs to the time of the called span, of the calling one if only that is known. It failed if either has a tag
// `error`, the caller's counting only if it is a CLIENT or PRODUCER. Calls whose two services aren't known are left out.
import { MetricAccumulator } from './aggregate.ts'
import type { EdgeQuery, EdgeSeries } from './metrics.ts'
import { MATCH_WITHIN } from '../search/query.ts'
import {
  isError,
  remoteServiceOf,
  serviceOf,
  type Span,
  type SpanId,
  type SpanKind,
  type TraceId,
} from '../span.ts'
import { compareText } from '../text-order.ts'

/** What the rule needs to know of a span: little, so that a store can feed it light rows. */
export interface EdgeSpan {
  readonly traceId: TraceId
  readonly id: SpanId
  readonly parentId: SpanId | undefined
  readonly kind: SpanKind | undefined
  readonly shared: boolean
  readonly timestamp: number | undefined
  readonly duration: number | undefined
  readonly service: string | undefined
  readonly remoteService: string | undefined
  readonly error: boolean
}

export function edgeSpanFrom(span: Span): EdgeSpan {
  const { traceId, id, parentId, kind, shared, timestamp, duration } = span
  return {
    traceId, id, parentId, kind, shared, timestamp, duration,
    service: serviceOf(span), remoteService: remoteServiceOf(span), error: isError(span),
  } // prettier-ignore
}

/** Under one id in a trace, in the window and an hour around it: what has more was made badly, and pairs must stay few. */
export const MOST_CALLERS = 100

export class EdgeLinker {
  readonly #query: EdgeQuery
  readonly #edges = new Map<
    string,
    { from: string; to: string; kind: EdgeSeries['kind']; metrics: MetricAccumulator }
  >()

  constructor(query: EdgeQuery) {
    this.#query = query
  }

  /** All spans of one trace, as stored; those more than an hour from the window needn't be among them. */
  addTrace(trace: readonly EdgeSpan[]): void {
    const spans = trace.filter(({ timestamp }) => this.#isAround(timestamp))
    const byId = new Map<SpanId, EdgeSpan[]>()
    for (const span of spans) {
      const same = byId.get(span.id)
      if (same === undefined) byId.set(span.id, [span])
      else same.push(span)
    }
    const answered = new Set<EdgeSpan>()
    for (const span of spans) {
      if (!isCallee(span)) continue
      const id = span.shared ? span.id : span.parentId
      const named = (id === undefined ? undefined : byId.get(id)) ?? []
      const callers =
        named.length > MOST_CALLERS
          ? []
          : named.filter(
              (caller) => caller !== span && !(span.shared && caller.shared) && isNear(caller, span),
            )
      for (const caller of callers) {
        answered.add(caller)
        this.#add(caller.service ?? span.remoteService, span.service, caller, span)
      }
      if (callers.length === 0) this.#add(span.remoteService, span.service, undefined, span)
    }
    for (const span of spans)
      if (isCaller(span) && !answered.has(span)) this.#add(span.service, span.remoteService, span, undefined)
  }

  edges(): EdgeSeries[] {
    return [...this.#edges.values()]
      .map(({ metrics, ...edge }) => ({ ...edge, points: metrics.points() }))
      .sort((a, b) => compareText(a.from, b.from) || compareText(a.to, b.to) || compareText(b.kind, a.kind))
  }

  #isAround(timestamp: number | undefined): boolean {
    const { from, to } = this.#query
    return timestamp === undefined || (timestamp >= from - MATCH_WITHIN && timestamp < to + MATCH_WITHIN)
  }

  #add(
    from: string | undefined,
    to: string | undefined,
    caller: EdgeSpan | undefined,
    callee: EdgeSpan | undefined,
  ): void {
    const timed = callee ?? caller
    const timestamp = timed?.timestamp
    if (from === undefined || to === undefined || timed === undefined || timestamp === undefined) return
    if (timestamp < this.#query.from || timestamp >= this.#query.to) return
    const calling = caller !== undefined && isCaller(caller) ? caller : undefined
    const messaging = calling?.kind === 'PRODUCER' || callee?.kind === 'CONSUMER'
    const kind = messaging ? 'messaging' : 'rpc'
    const key = JSON.stringify([from, to, kind])
    let edge = this.#edges.get(key)
    if (edge === undefined)
      this.#edges.set(key, (edge = { from, to, kind, metrics: new MetricAccumulator(this.#query) }))
    const waited = messaging && callee !== undefined ? undefined : calling?.duration
    edge.metrics.add(timestamp, {
      duration: waited ?? callee?.duration ?? (callee === undefined ? calling?.duration : undefined),
      error: callee?.error === true || calling?.error === true,
      traceId: timed.traceId,
    })
  }
}

const isCaller = ({ kind }: EdgeSpan) => kind === 'CLIENT' || kind === 'PRODUCER'
const isCallee = ({ kind }: EdgeSpan) => kind === 'SERVER' || kind === 'CONSUMER'

function isNear(a: EdgeSpan, b: EdgeSpan): boolean {
  return (
    a.timestamp === undefined ||
    b.timestamp === undefined ||
    Math.abs(a.timestamp - b.timestamp) <= MATCH_WITHIN
  )
}
