// Words to the service's log, which may be broken itself: that must not reach the code being traced.
import { messageOf } from './span.ts'

export type Log = (message: string) => void

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
