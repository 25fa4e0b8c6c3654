// The traces that an analysis looks at: the newest that a query finds, within a budget, and never fewer in silence.
import { EVERY_TRACE, type Trace, type TracePredicate, type TraceQl } from '@hopscope/model'
import type { SpanReader } from '@hopscope/storage'
import { type SearchPlan, searchPlan, TRACE_MILLISECONDS } from '../rest/search-plan.ts'
import { listedTraces, pageOf } from '../trace-stream.ts'
import { turn } from '../turns.ts'
import type { Window } from './window-query.ts'

export interface Budget {
  /** Traces taken, and traces read to find them. */
  readonly traces: number
  readonly read: number
  /** Spans read. */
  readonly spans: number
  readonly milliseconds: number
  /** Ends it at once: nobody waits for the answer. */
  readonly signal?: AbortSignal
}

export const BUDGET: Budget = { traces: 2_000, read: 10_000, spans: 500_000, milliseconds: 10_000 }

/** What was looked at. */
export interface Looked {
  /** Traces taken. */
  readonly traces: number
  readonly scanned: { readonly traces: number; readonly spans: number }
  /** False if the budget ended first; what was looked at are then the newest traces. One larger than the whole budget is left out, and one that takes too long. */
  readonly complete: boolean
}

export interface SampleQuery extends Window {
  /** Undefined for every trace. */
  readonly query?: TraceQl | undefined
  /** What this one finds is left out. */
  readonly except?: TraceQl | undefined
  /** Holds beside the query; native. */
  readonly where?: TracePredicate | undefined
}

/** @param take is given each trace, and says whether it took it */
export async function sample(
  reader: SpanReader,
  { from, to, query, except, where }: SampleQuery,
  budget: Budget,
  take: (trace: Trace) => boolean,
): Promise<Looked> {
  const plan = query && (await searchPlan(reader, query, where))
  const asked = { from, to, where: plan?.where ?? where ?? EVERY_TRACE }
  const left = except && (await searchPlan(reader, except))
  const deadline = performance.now() + budget.milliseconds
  let [taken, read, spans, complete] = [0, 0, 0, true]
  const looked = (all: boolean): Looked => ({
    traces: taken,
    scanned: { traces: read, spans },
    complete: all,
  })
  const listed = listedTraces(reader, async (after, limit) => {
    const { traces, next } = await pageOf(reader, { ...asked, limit, after })
    const fitting = traces.filter(({ spanCount }) => spanCount <= budget.spans)
    if (fitting.length < traces.length) complete = false
    return { traces: fitting, next }
  })
  for await (const trace of listed) {
    await turn()
    if (
      taken >= budget.traces ||
      read >= budget.read ||
      spans + trace.spans.length > budget.spans ||
      performance.now() > deadline ||
      budget.signal?.aborted === true
    )
      return looked(false)
    read++
    spans += trace.spans.length
    const isOne = matches(trace, { plan, left, deadline })
    if (isOne === 'too slow') complete = false
    else if (isOne && take(trace)) taken++
  }
  return looked(complete)
}

interface Sought {
  readonly plan: SearchPlan | undefined
  readonly left: SearchPlan | undefined
  /** Of the whole sample, as performance.now() has it. */
  readonly deadline: number
}

function matches(trace: Trace, { plan, left, deadline }: Sought): boolean | 'too slow' {
  const until = Math.min(deadline, performance.now() + TRACE_MILLISECONDS)
  if (plan?.exact === false) {
    const match = plan.match(trace, until)
    if (match === undefined || match === 'too slow') return match ?? false
  }
  const match = left?.match(trace, until)
  return match === 'too slow' ? match : match === undefined
}
