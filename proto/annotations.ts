// Annotations in the one order and number that every codec gives them.
import type { Annotation } from '@hopscope/model'

/** By time, then value. Sorts the given list itself; of equal ones the first is kept. */
export function sortedAndUnique(annotations: Annotation[]): Annotation[] {
  annotations.sort(byTimeAndValue)
  return annotations.filter((annotation, i) => {
    const before = annotations[i - 1]
    return before === undefined || byTimeAndValue(before, annotation) !== 0
  })
}

export function byTimeAndValue(a: Annotation, b: Annotation): number {
  return a.timestamp - b.timestamp || (a.value < b.value ? -1 : a.value > b.value ? 1 : 0)
}
