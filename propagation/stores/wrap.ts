// Methods replaced on the one object given, in place. Not a proxy: the pools of these libraries call themselves by
// `this`, hand out connections and are handed to ORMs that compare or extend them; all of these must meet the wrapper.
import type { Store } from './command.ts'

export type Method = (this: unknown, ...args: unknown[]) => unknown

export const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** The field of something that may be no object at all. */
export const fieldOf = (value: unknown, name: string): unknown =>
  isObject(value) ? Reflect.get(value, name) : undefined

export const textIn = (value: unknown, name: string): string | undefined => {
  const field = fieldOf(value, name)
  return typeof field === 'string' && field !== '' ? field : undefined
}

/** A port as a number; libraries keep it as they were given it, or as text. */
export const portIn = (value: unknown, name: string): number | undefined => {
  const port = Number(fieldOf(value, name))
  return port > 0 ? port : undefined
}

const holders = new WeakMap<object, Store>()

/**
 * True for the first time only: an object is wrapped once, and the first tracer has it until it is closed. Then the
 * next one is given what the first had wrapped, a pool with all of its connections.
 */
export const isFirst = (target: object, store: Store): boolean => {
  const holder = holders.get(target)
  if (holder === undefined) holders.set(target, store)
  else if (holder.core.closed) holder.become(store)
  return holder === undefined
}

/** Puts `around` in the method's place; it is given the object called, the arguments and the method itself. */
export const wrapMethod = (
  target: object,
  name: string,
  around: (self: unknown, args: unknown[], method: Method) => unknown,
): void => {
  const method: unknown = Reflect.get(target, name)
  if (typeof method !== 'function') return
  const original = method as Method
  Object.defineProperty(target, name, {
    configurable: true,
    writable: true,
    value(this: unknown, ...args: unknown[]): unknown {
      return around(this, args, original)
    },
  })
}
