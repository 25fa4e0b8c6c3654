// Words to the service's log, which may be broken itself: that must not reach the code being traced.
import { performance } from 'node:perf_hooks'
import { messageOf } from '../spans/span.ts'

export type Log = (message: string) => void

const MINUTE_MS = 60_000

/** The log, or where it throws the console. */
export const carefulLog =
  (log: Log): Log =>
  (message) => {
    try {
      log(message)
    } catch (error) {
      console.warn(message, `(the log option threw: ${messageOf(error)})`)
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
