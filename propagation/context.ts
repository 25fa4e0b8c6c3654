// The ids of the request being served, carried by AsyncLocalStorage from the middleware to every call it leads to.
import { AsyncLocalStorage } from 'node:async_hooks'

/** Where in which request and trace the code that asks is running. */
export interface Context {
  readonly requestId: string
  /** 16 or 32 lower-case hex digits. */
  readonly traceId: string
  /** 16 lower-case hex digits: the span that calls made now are children of. */
  readonly spanId: string
  readonly parentSpanId?: string
  readonly sampled: boolean
}

/** The context and the tracer that opened it (known here only as an object), or neither where nothing is traced. */
interface Scope {
  readonly context?: Context
  readonly owner?: object
  readonly untraced?: boolean
}

const storage = new AsyncLocalStorage<Scope>()

/** The context this code runs in, or `undefined` outside of any request. */
export const currentContext = (): Context | undefined => storage.getStore()?.context

/** The tracer whose middleware or span this code runs in. */
export const currentOwner = (): object | undefined => storage.getStore()?.owner

export const isUntraced = (): boolean => storage.getStore()?.untraced === true

/** `runWithContext` for a tracer that opens a context of its own. */
export const runOwned = <T>(context: Context, owner: object, fn: () => T): T =>
  storage.run({ context, owner }, fn)

/** Runs `fn`, and all it starts, in a context: for work that reaches the process by other ways than HTTP. */
export const runWithContext = <T>(context: Context, fn: () => T): T => {
  const owner = currentOwner()
  return storage.run({ context, ...(owner && { owner }) }, fn)
}

/** Runs `fn`, and all it starts, with no span recorded and no header added. */
export const runUntraced = <T>(fn: () => T): T => storage.run({ untraced: true }, fn)
