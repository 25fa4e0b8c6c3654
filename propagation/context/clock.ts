// The time of a span: epoch microseconds off the monotonic clock, so that spans of one process are in order.
import { performance } from 'node:perf_hooks'

/** Epoch microseconds: now, or when `performance.now()` gave `at`, where the clock knows that. */
export type Now = (at?: number) => number

// The wall clock was set, or the machine slept: a monotonic clock anchored before that is wrong for ever after.
const ANCHOR_AGAIN_AT_MS = 100

/** A clock anchored to the wall clock once, and again only when the two are found 100 ms apart. */
export const monotonicNow = (): Now => {
  let anchor = performance.timeOrigin
  return (elapsed = performance.now()) => {
    const wall = Date.now()
    if (Math.abs(anchor + elapsed - wall) > ANCHOR_AGAIN_AT_MS) anchor = wall - elapsed
    return Math.round((anchor + elapsed) * 1000)
  }
}
