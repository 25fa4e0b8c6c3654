// Which traces get a dot on a plot: those of its peaks, so far apart that each can be hit.

export interface Exemplar {
  readonly index: number
  readonly value: number
  readonly traceId: string
}

/** The highest first, none nearer than `apart` slices to a higher one; by time. */
export function peaks(candidates: readonly Exemplar[], most: number, apart: number): Exemplar[] {
  const taken: Exemplar[] = []
  for (const each of candidates.toSorted((a, b) => b.value - a.value || a.index - b.index)) {
    if (taken.length >= most) break
    if (taken.every(({ index }) => Math.abs(index - each.index) >= apart)) taken.push(each)
  }
  return taken.sort((a, b) => a.index - b.index)
}
