// Numbers to what is seen of an edge: how wide, and which class of errors.

const NARROWEST = 1
const WIDEST = 8

/**
 * Pixels from 1 to 8 by the logarithm of calls: services differ by factors of thousands, and on a scale of square roots all but a
 * few edges would be hairlines.
 * @param most calls of the busiest edge of the whole graph, so that a filter changes no width
 */
export function edgeWidth(calls: number, most: number): number {
  if (!(calls > 0) || !(most > 0)) return NARROWEST
  const part = Math.min(1, Math.log1p(calls) / Math.log1p(most))
  return NARROWEST + (WIDEST - NARROWEST) * part
}

/** `few` below 1 %, `some` below 5 %, `many` from there on. */
export type ErrorClass = 'none' | 'few' | 'some' | 'many'

/** @param ratio of failed calls to all, 0 to 1; what is no number counts as none */
export function errorClass(ratio: number | null): ErrorClass {
  if (ratio === null || !(ratio > 0)) return 'none'
  if (ratio < 0.01) return 'few'
  return ratio < 0.05 ? 'some' : 'many'
}

/** 0 for no edges. */
export function mostCalls(edges: Iterable<{ readonly calls: number }>): number {
  let most = 0
  for (const { calls } of edges) if (calls > most) most = calls
  return most
}
