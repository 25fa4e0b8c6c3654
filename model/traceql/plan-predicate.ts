// Predicates put together without what says nothing.
import { EVERY_SPAN, EVERY_TRACE, type SpanPredicate, type TracePredicate } from '../search/query.ts'

/** Holds for nothing; of spans or of traces. */
export const NOTHING: { readonly any: readonly never[] } = { any: [] }

export function isEverything(predicate: SpanPredicate | TracePredicate): boolean {
  return 'all' in predicate && predicate.all.length === 0
}

export function isNothing(predicate: SpanPredicate | TracePredicate): boolean {
  return 'any' in predicate && predicate.any.length === 0
}

export function allSpans(parts: readonly SpanPredicate[]): SpanPredicate {
  if (parts.some(isNothing)) return NOTHING
  const left = parts.flatMap((part) => ('all' in part ? part.all : [part]))
  const [first] = left
  return first === undefined ? EVERY_SPAN : left.length === 1 ? first : { all: left }
}

export function anySpan(parts: readonly SpanPredicate[]): SpanPredicate {
  if (parts.some(isEverything)) return EVERY_SPAN
  const left = parts.flatMap((part) => ('any' in part ? part.any : [part]))
  const [first] = left
  return first === undefined ? NOTHING : left.length === 1 ? first : { any: left }
}

export function notSpan(part: SpanPredicate): SpanPredicate {
  if (isEverything(part)) return NOTHING
  return isNothing(part) ? EVERY_SPAN : { not: part }
}

export function allTraces(parts: readonly TracePredicate[]): TracePredicate {
  if (parts.some(isNothing)) return NOTHING
  const left = parts.flatMap((part) => ('all' in part ? part.all : [part]))
  const [first] = left
  return first === undefined ? EVERY_TRACE : left.length === 1 ? first : { all: left }
}

export function anyTrace(parts: readonly TracePredicate[]): TracePredicate {
  if (parts.some(isEverything)) return EVERY_TRACE
  const left = parts.flatMap((part) => ('any' in part ? part.any : [part]))
  const [first] = left
  return first === undefined ? NOTHING : left.length === 1 ? first : { any: left }
}
