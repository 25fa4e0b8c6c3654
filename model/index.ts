// The public face of the model: what a span is, what a trace means, what can be asked.
export * from './span.ts'
export * from './request-id.ts'
export * from './search/query.ts'
export * from './metrics/metrics.ts'
export * from './trace/view.ts'
export { compareText } from './text-order.ts'
export { hashSpan, hashText, spanIdentity } from './identity.ts'
export { reconstruct } from './trace/reconstruct.ts'
export * from './trace/trace-columns.ts'
export { columnsOf } from './trace/columns-of.ts'
export { TraceTable } from './trace/trace-table.ts'
export { comesBefore, MOST_REQUEST_IDS, summaryOf } from './search/summary.ts'
export {
  compareCursors,
  compareNumbers,
  compareSummaries,
  cursorOf,
  matchesQuery,
  matchesSpan,
} from './search/evaluate.ts'
export { DependencyLinker, linkSpanFrom } from './metrics/dependencies.ts'
export { matchesPattern, patternFault } from './search/pattern.ts'
export { compareLabels, SpanAggregator } from './metrics/aggregate.ts'
export { nearestRank } from './metrics/sketch.ts'
export { EdgeLinker, type EdgeSpan, edgeSpanFrom, MOST_CALLERS } from './metrics/edges.ts'
export type { LinkSpan } from './metrics/link-tree.ts'
export {
  type Contrast,
  ContrastAccumulator,
  type ContrastedAttribute,
  type ContrastedValue,
} from './analysis/contrast.ts'
export { entriesOf, type OperationProfile, ProfileAccumulator, type Slowness } from './analysis/profile.ts'
export type { AddedTime, TimePart } from './analysis/profile-parts.ts'
export * from './traceql/ast.ts'
export {
  type MatchedSet,
  matchTrace,
  MOST_SETS_SHOWN,
  type NamedValue,
  type TraceMatch,
} from './traceql/evaluate.ts'
export { TooSlow } from './too-slow.ts'
export { planOf, spanPredicateOf, type TracePlan } from './traceql/plan.ts'
export { isEverything } from './traceql/plan-predicate.ts'
export { parseTraceQl } from './traceql/parser.ts'
export { printTraceQl } from './traceql/print.ts'
export { TraceQlError } from './traceql/errors.ts'
export { readQuery } from './traceql/read.ts'
export * from './analysis/compare.ts'
