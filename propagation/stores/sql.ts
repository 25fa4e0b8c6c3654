// What may be said of an SQL statement without telling its values, and how a call ends that is given a callback.
import { AsyncResource } from 'node:async_hooks'
import { watch } from '../spans/core.ts'
import type { Recording } from '../spans/span.ts'
import type { SqlOptions, Store } from './command.ts'
import type { Method } from './wrap.ts'

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
export const beginStatement = (
  store: Store,
  statement: unknown,
  options: SqlOptions | undefined,
  name?: string,
): Recording | undefined => {
  const recording = store.begin(keywordOf(statement), name)
  if (options?.statement && typeof statement === 'string') recording?.tag('db.query.text', statement)
  return recording
}

/**
 * Calls the method, by its callback at `args[at]` or by what it returns; `end` is told of the error, or of none. The
 * callback runs in the context of the caller: these libraries would run it in that of whoever opened the connection.
 */
export const callEnding = (
  self: unknown,
  args: unknown[],
  at: number,
  method: Method,
  end: (error: unknown) => void,
): unknown => {
  const callback = args[at]
  if (typeof callback !== 'function')
    return watch(
      () => Reflect.apply(method, self, args),
      () => end(undefined),
      (error) => end(error ?? new Error('rejected')),
    )
  args[at] = inContext(function ended(this: unknown, ...given: unknown[]): unknown {
    end(given[0] || undefined)
    return Reflect.apply(callback, this, given)
  })
  try {
    return Reflect.apply(method, self, args)
  } catch (error) {
    end(error)
    throw error
  }
}

/** The function, to be run in the context that is current now; `this` stays its caller's. */
export const inContext = (fn: Method): Method => {
  const here = new AsyncResource('HopscopeStore')
  return function bound(this: unknown, ...given: unknown[]): unknown {
    return here.runInAsyncScope(fn, this, ...given)
  }
}
