// Leaves the request that a reporter happens to be called in: what it starts goes on for others, after that one is over.
import { AsyncResource } from 'node:async_hooks'
import { runInScope } from '../context/context.ts'

/**
 * To be called once, at the start: gives what runs a function, and all it starts, outside of our contexts, and in other
 * libraries' as they are now. For a request must not be blamed in the log, or kept alive, by theirs either.
 */
export const leaveRequests = (): (<T>(fn: () => T) => T) => {
  const start = runInScope({}, () => new AsyncResource('HopscopeReporter'))
  return (fn) => start.runInAsyncScope(fn)
}
