// PostgreSQL by pg: a CLIENT span for each query of a client or a pool. pg has no events that tell of one query.
import type { Core } from '../spans/core.ts'
import type { Recording } from '../spans/span.ts'
import { type Answer, type Place, type SqlOptions, Store } from './command.ts'
import { handOut, serve, takeServed } from './pool.ts'
import { beginStatement, bindCallbacks, callEnding, runnerHere } from './sql.ts'
import { fieldOf, isFirst, isObject, portIn, textIn, wrapMethod } from './wrap.ts'

/** pg's `Client`, `PoolClient` and `Pool`, as far as they are looked at. */
export interface PgQueries {
  query(...args: never[]): unknown
  connect(...args: never[]): unknown
}

/**
 * The same client or pool, with a CLIENT span for each query: by promise, by callback, and by an object of its own (pg's
 * `Query`, pg-cursor, pg-query-stream), until that is closed. A pool's query includes the wait for a client. Outside of
 * any request there are no spans. Callbacks and events run in the context of their caller, outside of any request too.
 */
export const tracePg = <C extends PgQueries>(core: Core, target: C, options?: SqlOptions): C => {
  const store = new Store(core, 'postgresql', options)
  core.guard('tracing pg', () => {
    if (typeof fieldOf(target, 'totalCount') === 'number') tracePool(store, target)
    else traceClient(store, target)
  })
  return target
}

const traceClient = (store: Store, client: object): void => {
  if (!isFirst(client, store)) return
  bindCallbacks(client, ['end'])
  wrapMethod(client, 'query', (self, args, query) => {
    const served = takeServed()
    if (served) {
      if (served.recording) reachedBy(store, served.recording, self)
      return Reflect.apply(query, self, args)
    }
    const [asked] = args
    const recording = beginStatement(store, textOfQuery(asked), textIn(asked, 'name'))
    const end =
      recording &&
      ((error: unknown): void => {
        reachedBy(store, recording, self)
        store.ended(recording, error, answerOf)
      })
    if (isSubmittable(asked)) {
      bindEvents(store, asked, end)
      try {
        return Reflect.apply(query, self, args)
      } catch (error) {
        end?.(error)
        throw error
      }
    }
    const at = typeof args[1] === 'function' ? 1 : 2
    const own = fieldOf(asked, 'callback')
    // A callback within the config; pg writes another into it, so that is done to a config of ours.
    if (isObject(asked) && typeof own === 'function' && typeof args[at] !== 'function')
      return callEnding(self, [Object.create(asked), args[1], own], 2, query, end)
    return callEnding(self, args, at, query, end)
  })
}

const tracePool = (store: Store, pool: object): void => {
  if (!isFirst(pool, store)) return
  bindCallbacks(pool, ['end'])
  wrapMethod(pool, 'query', (self, args, query) => {
    const [asked] = args
    const recording = beginStatement(store, textOfQuery(asked), textIn(asked, 'name'))
    const end = recording && ((error: unknown): void => store.ended(recording, error, answerOf))
    if (recording) {
      const { place, namespace } = placeOfPool(pool)
      store.reached(recording, place, namespace)
    }
    if (isSubmittable(asked)) bindEvents(store, asked)
    return serve(recording, () => callEnding(self, args, typeof args[1] === 'function' ? 1 : 2, query, end))
  })
  wrapMethod(pool, 'connect', (self, args, connect) =>
    handOut(store, self, args, connect, (client) => traceClient(store, client)),
  )
}

const isSubmittable = (asked: unknown): asked is object =>
  isObject(asked) && typeof fieldOf(asked, 'submit') === 'function'

/**
 * A query that is an object of its own is told by the client of all that arrives for it, and tells its listeners. A
 * cursor, also that within a pg-query-stream, hears by itself that it was closed.
 */
const bindEvents = (store: Store, query: object, end?: (error: unknown) => void): void => {
  store.core.guard('a query of pg', () => {
    const run = runnerHere()
    const tell = (name: string, ended?: (given: unknown[]) => void): void =>
      wrapMethod(query, name, (self, given, method) => {
        ended?.(given)
        return run(method, self, given)
      })
    tell('handleDataRow')
    tell('handlePortalSuspended')
    tell('handleCommandComplete')
    tell('handleError', ([error]) => end?.(error ?? new Error('error')))
    tell('handleReadyForQuery', () => end?.(undefined))
    const within = fieldOf(query, 'cursor')
    bindCallbacks(isObject(within) ? within : query, ['read', 'close'])
  })
}

/** Of a text, a config, a `Query`, a cursor or a pg-query-stream. */
const textOfQuery = (asked: unknown): unknown =>
  typeof asked === 'string' ? asked : (fieldOf(asked, 'text') ?? fieldOf(fieldOf(asked, 'cursor'), 'text'))

const reachedBy = (store: Store, recording: Recording, client: unknown): void => {
  const port = portIn(client, 'port')
  const place = placeOf(textIn(client, 'host'), port)
  store.reached(
    recording,
    place,
    textIn(client, 'database'),
    fieldOf(fieldOf(client, 'connection'), 'stream'),
  )
}

/** For a query that gets no client: what the pool was told, and for what it was not, pg's own defaults. */
const placeOfPool = (pool: object): { place: Place; namespace: string | undefined } => {
  const options = fieldOf(pool, 'options')
  const url = textIn(options, 'connectionString')
  const parsed = url !== undefined && URL.canParse(url) ? new URL(url) : undefined
  const host = parsed?.hostname || textIn(options, 'host')
  return {
    place: placeOf(host ?? 'localhost', (parsed ? portIn(parsed, 'port') : portIn(options, 'port')) ?? 5432),
    namespace: parsed?.pathname.slice(1) || textIn(options, 'database'),
  }
}

const placeOf = (host: string | undefined, port: number | undefined): Place =>
  host?.startsWith('/') ? { host } : { host, port }

/**
 * PostgreSQL's SQLSTATE and the constraint, table or column that is meant, say enough. Not the message, which
 * quotes values (`invalid input syntax for type integer: "…"`), nor the detail (`Key (email)=(…) already exists`).
 */
const answerOf = (error: object): Answer | undefined => {
  const code = textIn(error, 'code')
  // Errors of the socket have a code too, and no severity.
  if (code === undefined || textIn(error, 'severity') === undefined) return undefined
  return { code, about: textIn(error, 'constraint') ?? textIn(error, 'column') ?? textIn(error, 'table') }
}
