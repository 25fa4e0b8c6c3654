// The spans of a file, trace by trace.
import { isError, type Span, summaryOf, type Trace, type TraceId } from '@hopscope/model'
import type { FileTrace } from './messages.ts'

/** In the order in which the file first names them. */
export function tracesOf(spans: readonly Span[]): Map<string, Trace> {
  const spansOf = new Map<TraceId, Span[]>()
  for (const span of spans) {
    const list = spansOf.get(span.traceId)
    if (list) list.push(span)
    else spansOf.set(span.traceId, [span])
  }
  const traces = new Map<string, Trace>()
  for (const [traceId, list] of spansOf) traces.set(traceId, { traceId, spans: list })
  return traces
}

export function fileTraceOf(trace: Trace): FileTrace {
  const { traceId, spans } = trace
  const summary = summaryOf(trace)
  if (summary !== undefined) {
    const { rootService, rootOperation, spanCount, errorCount, start, duration } = summary
    return { traceId, rootService, rootOperation, spanCount, errorCount, start, duration }
  }
  // Nothing in it has a time.
  const first = spans.find(({ parentId }) => parentId === undefined) ?? spans[0]
  return {
    traceId,
    rootService: first?.localEndpoint?.serviceName,
    rootOperation: first?.name,
    spanCount: spans.length,
    errorCount: spans.reduce((sum, span) => sum + (isError(span) ? 1 : 0), 0),
    start: undefined,
    duration: undefined,
  }
}

/** Whose root or id holds the text, whatever its case. */
export function matchingTraces(traces: readonly FileTrace[], text: string): readonly FileTrace[] {
  const needle = text.trim().toLowerCase()
  if (!needle) return traces
  return traces.filter(({ traceId, rootService = '', rootOperation = '' }) =>
    `${rootService} ${rootOperation} ${traceId}`.toLowerCase().includes(needle),
  )
}
