// The ids at the end of what is logged by `console`, inside of a request; outside nothing is changed.
import { logFields } from './log-fields.ts'

const METHODS = ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const
type Method = (typeof METHODS)[number]
type Write = (...args: unknown[]) => void
type ConsoleLike = Record<Method, Write>

// The ones that take an argument; `%%` takes none, and hides what follows it.
const DIRECTIVES = /%(?:%|[sdifjoOc])/g

const directivesIn = (format: string): number => {
  let count = 0
  for (const [found] of format.matchAll(DIRECTIVES)) if (found !== '%%') count++
  return count
}

/**
 * The arguments with the ids added so that all else prints as before. As an argument of its own where that can't be taken
 * for the value of a `%s` that has none; a single text stays single, for else its `%%` would become `%`.
 */
const withIds = (args: unknown[]): unknown[] => {
  const { request_id, trace_id, span_id } = logFields()
  const ids = [
    ...(request_id ? [`request_id=${request_id}`] : []),
    ...(trace_id ? [`trace_id=${trace_id}`] : []),
    ...(span_id ? [`span_id=${span_id}`] : []),
  ].join(' ')
  if (!ids) return args
  const [first, ...rest] = args
  if (typeof first !== 'string') return [...args, ids]
  const taken = rest.length === 0 || (first.includes('%') && directivesIn(first) >= rest.length)
  return taken ? [first === '' ? ids : `${first} ${ids}`, ...rest] : [...args, ids]
}

/**
 * A console whose log, info, warn, error, debug and trace end with ` request_id=… trace_id=… span_id=…` inside of a
 * request. The one given, the global one by default, is not changed.
 */
export const tracedConsole = <C extends ConsoleLike = Console>(target: C | Console = console): C => {
  const traced: C = Object.create(target)
  for (const method of METHODS) {
    traced[method] = (...args) => target[method](...withIds(args))
  }
  return traced
}

// `console.trace` ends in `console.error`, and looks for its caller below itself: a stand-in would be in the stack.
const REPLACED = METHODS.filter((method) => method !== 'trace')

/** What stands in for a method of the global console, and what it stands for. */
const replaced = new Map<Method, { original: Write; standIn: Write }>()
let users = 0

/**
 * The same for the global `console`, where those of a `trace` come after its stack. Returns what undoes it; it lasts until
 * every caller has undone theirs.
 */
export const traceConsole = (): (() => void) => {
  users++
  for (const method of REPLACED) {
    // Still there, below what another library has put on top of it since: it was only put to rest.
    if (replaced.has(method)) continue
    const original = console[method]
    const standIn: Write = function (this: unknown, ...args) {
      Reflect.apply(original, this, users > 0 ? withIds(args) : args)
    }
    replaced.set(method, { original, standIn })
    console[method] = standIn
  }
  let undone = false
  return () => {
    if (undone) return
    undone = true
    if (--users > 0) return
    for (const [method, { original, standIn }] of replaced) {
      if (console[method] !== standIn) continue
      console[method] = original
      replaced.delete(method)
    }
  }
}
