// Boxes on levels, as typed arrays: what flame graph and icicle are drawn, hit and walked by.

/**
 * Boxes are sorted by level, then by `from`, then by `to`. Those of one level don't overlap; one without length may stand
 * on the edge of another, or where another such stands.
 */
export interface Boxes {
  /** Boxes of level `l` are `levelEnds[l - 1]` … `levelEnds[l] - 1`. */
  readonly levelEnds: Int32Array
  readonly level: Int32Array
  /** Microseconds: of time, or of self time summed up. */
  readonly from: Float64Array
  readonly to: Float64Array
  /** The row that stands for the box: the one that it is, or the slowest of those merged. */
  readonly row: Int32Array
  /** By row, counted from `firstRow`: the box that it is in. */
  readonly boxOf: Int32Array
  readonly firstRow: number
}

export interface Extent {
  readonly start: number
  readonly end: number
}

export const levelStart = ({ levelEnds }: Boxes, level: number): number =>
  level === 0 ? 0 : (levelEnds[level - 1] ?? 0)

/** -1 for a row that is not in the picture. */
export const boxOfRow = ({ boxOf, firstRow }: Boxes, row: number): number => boxOf[row - firstRow] ?? -1

/** The first box of a level that ends behind `at`; the level's end if none does. */
export function firstEndingAfter(boxes: Boxes, level: number, at: number): number {
  let low = levelStart(boxes, level)
  let high = boxes.levelEnds[level] ?? low
  while (low < high) {
    const middle = (low + high) >> 1
    if ((boxes.to[middle] as number) > at) high = middle
    else low = middle + 1
  }
  return low
}

/** The box of a level at a place, or the nearest that is no further from it than `slack`; -1 for none. */
export function boxAt(boxes: Boxes, level: number, at: number, slack: number): number {
  const first = levelStart(boxes, level)
  const end = boxes.levelEnds[level]
  if (end === undefined || level < 0) return -1
  const after = firstEndingAfter(boxes, level, at)
  let best = -1
  let nearest = slack
  for (const box of [after - 1, after]) {
    if (box < first || box >= end) continue
    const distance = Math.max(0, (boxes.from[box] as number) - at, at - (boxes.to[box] as number))
    if (distance <= nearest) {
      nearest = distance
      best = box
    }
  }
  return best
}
