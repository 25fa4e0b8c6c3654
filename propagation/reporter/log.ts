// Words to the service's log, which may be broken itself: that must not reach the code being traced.
import { performance } from 'node:perf_hooks'
import { messageOf } from '../spans/span.ts'

export type Log = (message: string) => void

const MINUTE_MS = 60_000

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

/** The log, or where it throws or, being async, rejects, the console. */
export const carefulLog =
  (log: (message: string) => unknown): Log =>
  (message) => {
    const failed = (error: unknown): void =>
      console.warn(message, `(the log option threw: ${messageOf(error)})`)
    try {
      const result = log(message)
      // `Promise.resolve`, for the `then` of others may throw.
      if (isThenable(result)) Promise.resolve(result).catch(failed)
    } catch (error) {
      failed(error)
    }
  }

/** Counts what goes on and on; gives the sum where it is to be told: at first, then once a minute what came since. */
export const countedByMinute = (): ((count: number) => number | undefined) => {
  let toldAt = Number.NEGATIVE_INFINITY
  let sum = 0
  return (count) => {
    sum += count
    const now = performance.now()
    if (now - toldAt < MINUTE_MS) return undefined
    const told = sum
    toldAt = now
    sum = 0
    return told
  }
}
