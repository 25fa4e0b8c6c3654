// Pools of connections. For a statement of its own a pool takes a connection and asks it at once: one statement, one span.
import type { Recording } from '../spans/span.ts'
import type { Store } from './command.ts'
import { isThenable, told } from '../spans/watch.ts'
import { inContext } from './sql.ts'
import { isObject, type Method } from './wrap.ts'

interface Served {
  readonly recording: Recording | undefined
}

/** Set only while a pool's method runs, from its first line to the connection's: all of it is one call. */
let serving: Served | undefined

/** Whether a pool makes this very call to a connection, and the span of its statement; true only once. */
export const takeServed = (): Served | undefined => {
  const served = serving
  serving = undefined
  return served
}

/** Runs the pool's own statement, whose span has all of it, the wait for a connection included. */
export const serve = <T>(recording: Recording | undefined, fn: () => T): T => {
  serving = { recording }
  try {
    return fn()
  } finally {
    serving = undefined
  }
}

/** Runs the method by which a pool hands out a connection, to a callback or by promise, and traces it ahead of that. */
export const handOut = (
  store: Store,
  self: unknown,
  args: unknown[],
  method: Method,
  trace: (connection: object) => void,
): unknown => {
  const traced = (connection: unknown): void => {
    if (isObject(connection)) store.core.guard('tracing a connection', () => trace(connection))
  }
  const served = takeServed()
  const [callback] = args
  if (typeof callback !== 'function') {
    const connection: unknown = Reflect.apply(method, self, args)
    if (isThenable(connection)) return told(connection, traced, () => undefined)
    traced(connection)
    return connection
  }
  const connected: Method = function (this: unknown, ...given) {
    const [error, connection] = given
    traced(connection)
    // Only where the pool goes on to ask this connection, which it does at once.
    serving = error ? undefined : served
    try {
      return Reflect.apply(callback, this, given)
    } finally {
      serving = undefined
    }
  }
  // The pool's own has the service's callback in it, in its context already.
  args[0] = served ? connected : inContext(connected)
  return Reflect.apply(method, self, args)
}
