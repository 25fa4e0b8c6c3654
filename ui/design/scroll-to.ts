// How far a list is to be scrolled for a row of it to come into sight.

/** Rows that one goes on by, one at a time; what is further off is a jump. */
const NEAR = 3

/**
 * The new `scrollTop`; undefined if all of the row is in sight. A row close by comes to the edge, one from further away to
 * the middle, so that what is around it is in sight, too. CSS pixels, all of them.
 * @param at where the row begins
 * @param size of the row
 * @param top what is scrolled now
 * @param height of what is in sight, without a head that stays in place
 */
export function scrollTo(at: number, size: number, top: number, height: number): number | undefined {
  const bottom = at + size - height
  if (at >= top && bottom <= top) return undefined
  const away = at < top ? top - at : bottom - top
  if (away > NEAR * size) return Math.max(0, at - (height - size) / 2)
  return at < top ? at : bottom
}
