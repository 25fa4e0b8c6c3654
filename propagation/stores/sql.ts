// What may be said of an SQL statement without telling its values, and how a call ends that is given a callback.
import { AsyncResource } from 'node:async_hooks'
import { currentContext, currentScope, runInScope } from '../context/context.ts'
import type { Recording } from '../spans/span.ts'
import { isThenable, told } from '../spans/watch.ts'
import type { Store } from './command.ts'
import { type Method, wrapMethod } from './wrap.ts'

const MAX_COMMENT = 2048
const MAX_KEYWORD = 24
const BEFORE_KEYWORD = /^(?:\s+|--[^\n]*(?:\n|$)|\/\*[^]*?\*\/|\()/

const isLetter = (code: number): boolean => (code >= 65 && code <= 90) || (code >= 97 && code <= 122)

/** The first keyword in capitals, `SELECT` for example; `QUERY` where there is none. */
export const keywordOf = (statement: unknown): string => {
  if (typeof statement !== 'string') return 'QUERY'
  let from = 0
  if (!isLetter(statement.charCodeAt(0))) {
    let text = statement.slice(0, MAX_COMMENT)
    for (let found = BEFORE_KEYWORD.exec(text); found; found = BEFORE_KEYWORD.exec(text))
      text = text.slice(found[0].length)
    from = Math.min(statement.length, MAX_COMMENT) - text.length
  }
  let to = from
  while (to - from < MAX_KEYWORD && isLetter(statement.charCodeAt(to))) to++
  return to === from ? 'QUERY' : statement.slice(from, to).toUpperCase()
}

/** Begins the span of a statement, with its text only where that was asked for. */
export const beginStatement = (store: Store, statement: unknown, name?: string): Recording | undefined => {
  const recording = store.begin(keywordOf(statement), name)
  if (recording && store.statement && typeof statement === 'string') recording.tag('db.query.text', statement)
  return recording
}

/** Where the last function among the arguments is; -1 where there is none. */
export const callbackIn = (args: readonly unknown[]): number => {
  for (let at = args.length - 1; at >= 0; at--) if (typeof args[at] === 'function') return at
  return -1
}

/**
 * Calls the method, by its callback at `args[at]` or by what it returns; `end`, where there is a span to be ended, is told
 * of the error, or of none. The callback runs in the context of the caller, outside of any request too: these libraries
 * would run it in that of whoever opened the connection.
 */
export const callEnding = (
  self: unknown,
  args: unknown[],
  at: number,
  method: Method,
  end: ((error: unknown) => void) | undefined,
): unknown => {
  const callback = args[at]
  const isCalledBack = typeof callback === 'function'
  if (isCalledBack)
    args[at] = inContext(function ended(this: unknown, ...given: unknown[]): unknown {
      end?.(given[0] || undefined)
      return Reflect.apply(callback, this, given)
    })
  let result: unknown
  try {
    result = Reflect.apply(method, self, args)
  } catch (error) {
    end?.(error)
    throw error
  }
  if (isCalledBack || !end) return result
  if (isThenable(result)) {
    return told(
      result,
      () => end(undefined),
      (error) => end(error ?? new Error('rejected')),
    )
  }
  end(undefined)
  return result
}

/** Runs a function in the context that was current when this was made. */
export type Runner = (fn: Method, self: unknown, args: unknown[]) => unknown

export const runnerHere = (): Runner => {
  if (currentContext() === undefined) {
    const scope = currentScope()
    return (fn, self, args) => runInScope(scope, () => Reflect.apply(fn, self, args))
  }
  // With those that other libraries have of this request.
  const here = new AsyncResource('HopscopeStore')
  return (fn, self, args) => here.runInAsyncScope(fn, self, ...args)
}

/** The function, to be run in the context that is current now; `this` stays its caller's. */
export const inContext = (fn: Method): Method => {
  const run = runnerHere()
  return function bound(this: unknown, ...given: unknown[]): unknown {
    return run(fn, this, given)
  }
}

/** The callbacks that these methods are given run in the context of their caller. */
export const bindCallbacks = (target: object, names: readonly string[]): void => {
  for (const name of names)
    wrapMethod(target, name, (self, args, method) => {
      const at = callbackIn(args)
      if (at >= 0) args[at] = inContext(args[at] as Method)
      return Reflect.apply(method, self, args)
    })
}
