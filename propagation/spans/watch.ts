// How a call of the service's ended, at once or by a promise, without a change to what it gives or to who handles it.
import { types } from 'node:util'

export const isThenable = (value: unknown): value is PromiseLike<unknown> => {
  try {
    return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
  } catch {
    // A getter or a proxy that throws: to the service, if it awaits this, and not to us.
    return false
  }
}

/**
 * A promise as `async` functions give them. Symbols don't count: Node 20 keeps what AsyncLocalStorage needs on the
 * promise itself, by symbols.
 */
const isPlain = (promise: object): boolean =>
  Object.getPrototypeOf(promise) === Promise.prototype && Object.getOwnPropertyNames(promise).length === 0

/**
 * Gives back what `fn` gives, throws what it throws, and tells how it ended: now, or by its promise later, ahead of
 * whoever awaits it. Neither of the two told may throw.
 *
 * Of a plain promise the caller is given another that settles alike, so that a rejection that nobody handles is told as
 * unhandled. One with properties or a class of its own (got's) is given back itself, since no other has what it has; as
 * it is being watched, its rejection counts as handled, and unawaited it goes unnoticed.
 */
export const watch = <T>(fn: () => T, succeeded: () => void, failed: (error: unknown) => void): T => {
  let result: T
  try {
    result = fn()
  } catch (error) {
    failed(error)
    throw error
  }
  if (!isThenable(result)) {
    succeeded()
    return result
  }
  const thenable: PromiseLike<unknown> = result
  if (!types.isPromise(thenable)) {
    // A lazy query runs each time its `then` is called: once by us, so the caller gets what that one call gives.
    return told(new Promise((ok, no) => void thenable.then(ok, no)), succeeded, failed) as T
  }
  if (isPlain(thenable)) return told(thenable, succeeded, failed) as T
  try {
    thenable.then(succeeded, failed)
  } catch (error) {
    // A `then` of its own that throws will do so to the caller as well.
    failed(error)
  }
  return result
}

/**
 * What follows the promise, settles as it does once one of the two was told, and is of its class, which the service may
 * have chosen. Not the same one: with a branch of ours on it a rejection that nobody else handles would go unnoticed.
 */
export const told = (
  promise: PromiseLike<unknown>,
  succeeded: (value: unknown) => void,
  failed: (error: unknown) => void,
): PromiseLike<unknown> =>
  promise.then(
    (value) => {
      succeeded(value)
      return value
    },
    (error: unknown) => {
      failed(error)
      throw error
    },
  )
