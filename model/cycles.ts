// Cycles among spans that name each other as parents: each is cut once, so that what is left is trees.
import { int } from './columns.ts'

/**
 * Cuts each cycle above its first member by writing -1 as that one's parent.
 * @param parents by position; negative where there is none
 * @param isBefore a total order of the members of a cycle
 * @returns the positions that lost their parent
 */
export function cutCycles(parents: Int32Array, isBefore: (a: number, b: number) => boolean): number[] {
  const cut: number[] = []
  const seenFrom = new Int32Array(parents.length)
  for (let i = 0; i < parents.length; i++) {
    let at = i
    while (at >= 0 && int(seenFrom, at) === 0) {
      seenFrom[at] = i + 1
      at = int(parents, at)
    }
    if (at < 0 || int(seenFrom, at) !== i + 1) continue
    let first = at
    for (let next = int(parents, at); next !== at; next = int(parents, next))
      if (isBefore(next, first)) first = next
    parents[first] = -1
    cut.push(first)
  }
  return cut
}
