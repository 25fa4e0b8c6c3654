// Searches with TraceQL: what the store can do natively narrows the traces down, the rest is checked trace by trace, newest
// first or in whatever order is asked for, until the answer is full or the budget used up.
import {
  compareText,
  cursorOf,
  type EpochMicros,
  MOST_SETS_SHOWN,
  serviceOf,
  type Span,
  type Trace,
  type TraceCursor,
  type TraceId,
  type TraceMatch,
  type TracePredicate,
  type TraceQl,
  type TraceQuery,
  type TraceSummary,
} from '@hopscope/model'
import type { SpanReader } from '@hopscope/storage'
import { type SearchPlan, searchPlan, TRACE_MILLISECONDS } from './search-plan.ts'
import { TracePages } from '../trace-stream.ts'
import { turn } from '../turns.ts'

/** Traces that the store is first asked for, and most at once. */
const FIRST_CANDIDATES = 50
const MOST_CANDIDATES = 500
/** Spans looked at, once an answer is full, for one more trace that tells whether there is a next page. */
const LOOK_AHEAD = 10_000
const MOST_SKIPPED = 20
const MOST_SPANS = 3
/** Characters of a text that is shown of a span; a longer one ends with an ellipsis. */
const LONGEST_SHOWN = 200

export interface TraceSearch extends Omit<TraceQuery, 'where'> {
  readonly query: TraceQl
  /** Holds for the traces as well. */
  readonly where?: TracePredicate
}

/** What may be looked at span by span in one search; at least one trace is, if a second is enough for it. */
export interface SearchBudget {
  readonly spans: number
  readonly milliseconds: number
  /** Ends it at once: nobody waits for the answer. */
  readonly signal?: AbortSignal
}

export const SEARCH_BUDGET: SearchBudget = { spans: 1_000_000, milliseconds: 10_000 }

/** A value as a query names it; null is TraceQL's nil. */
export interface ShownValue {
  readonly name: string
  readonly value: string | number | boolean | null
}

export interface ShownSpan extends Pick<Span, 'id' | 'name' | 'duration'> {
  readonly service: string | undefined
  readonly start: EpochMicros | undefined
  /** What the query selects. */
  readonly attributes: readonly ShownValue[]
}

export interface ShownSet {
  /** What `by(…)` split it by. */
  readonly by: readonly ShownValue[]
  readonly aggregates: readonly ShownValue[]
  /** Spans in the set. */
  readonly matched: number
  /** The earliest of them, at most 3. */
  readonly spans: readonly ShownSpan[]
}

export interface FoundTrace extends TraceSummary {
  /** Spans in all sets; undefined if the store answered by itself. */
  readonly matched?: number
  readonly setCount?: number
  /** At most 10. */
  readonly spanSets?: readonly ShownSet[]
}

export interface FoundTraces {
  readonly traces: readonly FoundTrace[]
  /** Where to go on; undefined if there is nothing more. What comes may be nothing, if that would have taken long to find out. */
  readonly next: TraceCursor | undefined
  /** False if the budget ended the search, or traces were left out: there may be more that belong in this answer. */
  readonly complete: boolean
  /** What was looked at span by span. */
  readonly scanned: { readonly traces: number; readonly spans: number }
  /** Traces that a second was not enough to look at, left out; at most 20 of them. */
  readonly skipped: readonly TraceId[]
  /** The start of the last trace that was looked at, if the budget ended a search by time. */
  readonly stoppedAt: EpochMicros | undefined
}

/** One page of the traces that a query finds. */
export async function searchTraces(
  reader: SpanReader,
  { query, where, ...rest }: TraceSearch,
  budget: SearchBudget = SEARCH_BUDGET,
): Promise<FoundTraces> {
  const plan = await searchPlan(reader, query, where)
  const asked = { ...rest, where: plan.where }
  return plan.exact && !showsSets(query) ? found(reader, asked) : evaluated(reader, asked, plan, budget)
}

/** Whether an answer has more to show of a trace than that it was found. */
function showsSets({ stages }: TraceQl): boolean {
  return stages.some(({ kind }) => kind !== 'spans')
}

async function found(reader: SpanReader, query: TraceQuery): Promise<FoundTraces> {
  const traces: TraceSummary[] = []
  for await (const trace of reader.find({ ...query, limit: query.limit + 1 })) traces.push(trace)
  const next = nextOf(traces, query)
  const scanned = { traces: 0, spans: 0 }
  return {
    traces: traces.slice(0, query.limit),
    next,
    complete: true,
    scanned,
    skipped: [],
    stoppedAt: undefined,
  }
}

/** @param traces one more than the limit if there is more */
function nextOf(traces: readonly TraceSummary[], { limit, sort }: TraceQuery): TraceCursor | undefined {
  const last = traces[limit - 1]
  return traces.length > limit && last !== undefined ? cursorOf(last, sort) : undefined
}

async function evaluated(
  reader: SpanReader,
  asked: TraceQuery,
  plan: SearchPlan,
  budget: SearchBudget,
): Promise<FoundTraces> {
  const deadline = performance.now() + budget.milliseconds
  const traces: FoundTrace[] = []
  const scanned = { traces: 0, spans: 0 }
  const skipped: TraceId[] = []
  let last: TraceSummary | undefined
  let lookedAhead = 0
  for await (const { summary, trace } of candidates(reader, asked)) {
    await turn()
    const isFull = traces.length >= asked.limit
    const stopped = (at: TraceSummary): FoundTraces => {
      const stoppedAt = !isFull && (asked.sort ?? 'time') === 'time' ? at.start : undefined
      const complete = isFull && skipped.length === 0
      return { traces, next: cursorOf(at, asked.sort), complete, scanned, skipped, stoppedAt }
    }
    const isOver =
      budget.signal?.aborted === true || scanned.spans >= budget.spans || performance.now() >= deadline
    if (last !== undefined && (isOver || lookedAhead >= LOOK_AHEAD)) return stopped(last)
    const until = performance.now() + TRACE_MILLISECONDS
    // The first may take that, however long it took to read.
    const match = plan.match(trace, last === undefined ? until : Math.min(until, deadline))
    if (match === 'too slow') {
      // It comes first when the search goes on, and has its second then.
      if (last !== undefined && until > deadline) return stopped(last)
      if (skipped.length < MOST_SKIPPED) skipped.push(trace.traceId)
    }
    last = summary
    scanned.traces++
    scanned.spans += trace.spans.length
    if (isFull) lookedAhead += trace.spans.length
    if (match === undefined || match === 'too slow') continue
    traces.push({ ...summary, ...shown(match) })
    if (traces.length > asked.limit) break
  }
  const next = nextOf(traces, asked)
  const complete = skipped.length === 0
  return { traces: traces.slice(0, asked.limit), next, complete, scanned, skipped, stoppedAt: undefined }
}

/** Every trace that meets the query's predicate, with its spans; those of a page are in memory at a time. */
async function* candidates(
  reader: SpanReader,
  query: TraceQuery,
): AsyncGenerator<{ summary: TraceSummary; trace: Trace }> {
  let { after } = query
  for (let limit = FIRST_CANDIDATES; ; limit = Math.min(2 * limit, MOST_CANDIDATES)) {
    const summaries = new Map<string, TraceSummary>()
    const pages = new TracePages()
    for await (const summary of reader.find({ ...query, limit, after })) {
      summaries.set(summary.traceId, summary)
      pages.add(summary.traceId, summary.spanCount)
      after = cursorOf(summary, query.sort)
    }
    for (const ids of pages.pages) {
      for (const trace of await reader.traces(ids)) {
        const summary = summaries.get(trace.traceId)
        if (summary !== undefined) yield { summary, trace }
      }
    }
    if (summaries.size < limit) return
  }
}

function shown(match: TraceMatch): Required<Pick<FoundTrace, 'matched' | 'setCount' | 'spanSets'>> {
  const spanSets = match.spanSets.slice(0, MOST_SETS_SHOWN).map(({ by, aggregates, spans }): ShownSet => ({
    by: by.map(shownValue),
    aggregates: aggregates.map(shownValue),
    matched: spans.length,
    spans: earliest(spans).map((span) => ({
      id: span.id,
      name: span.name,
      service: serviceOf(span),
      start: span.timestamp,
      duration: span.duration,
      attributes: match.attributesOf(span).map(shownValue),
    })),
  }))
  return { matched: match.matched, setCount: match.spanSets.length, spanSets }
}

function shownValue({ name, value }: { name: string; value: ShownValue['value'] | undefined }): ShownValue {
  const isLong = typeof value === 'string' && value.length > LONGEST_SHOWN
  return { name, value: isLong ? `${value.slice(0, LONGEST_SHOWN)}…` : (value ?? null) }
}

/** By time, those without any last, then by id: the same whatever order the store gives them in. */
function earliest(spans: readonly Span[]): Span[] {
  const first: Span[] = []
  for (const span of spans) {
    const at = first.findIndex((other) => compareSpans(span, other) < 0)
    first.splice(at < 0 ? first.length : at, 0, span)
    if (first.length > MOST_SPANS) first.pop()
  }
  return first
}

function compareSpans(a: Span, b: Span): number {
  return (
    (a.timestamp ?? Number.MAX_VALUE) - (b.timestamp ?? Number.MAX_VALUE) ||
    compareText(a.id, b.id) ||
    Number(a.shared) - Number(b.shared) ||
    compareText(serviceOf(a) ?? '', serviceOf(b) ?? '')
  )
}
