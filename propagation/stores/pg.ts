// PostgreSQL by pg: a CLIENT span for each query of a client or a pool. pg has no events that tell of one query.
import { AsyncResource } from 'node:async_hooks'
import type { Core } from '../spans/core.ts'
import type { Recording } from '../spans/span.ts'
import { type Answer, type Place, type SqlOptions, Store } from './command.ts'
import { handOut, serve, takeServed } from './pool.ts'
import { beginStatement, callEnding } from './sql.ts'
import { fieldOf, isFirst, isObject, portIn, textIn, wrapMethod } from './wrap.ts'

/** pg's `Client`, `PoolClient` and `Pool`, as far as they are looked at. */
export interface PgQueries {
  query(...args: never[]): unknown
  connect(...args: never[]): unknown
}

/**
 * The same client or pool, with a CLIENT span for each query: by promise, by callback, and by an object of its own (pg's
 * `Query`, pg-cursor, pg-query-stream), until that is closed. A pool's query includes the wait for a client. Outside of
 * any request there are no spans. Callbacks run in the context of their caller.
 */
export const tracePg = <C extends PgQueries>(core: Core, target: C, options?: SqlOptions): C => {
  const store = new Store(core, 'postgresql', options)
  core.guard('tracing pg', () => {
    if (typeof fieldOf(target, 'totalCount') === 'number') tracePool(store, target, options)
    else traceClient(store, target, options)
  })
  return target
}

const traceClient = (store: Store, client: object, options: SqlOptions | undefined): void => {
  if (!isFirst(client)) return
  wrapMethod(client, 'query', (self, args, query) => {
    const served = takeServed()
    if (served) {
      if (served.recording) reachedBy(store, served.recording, self)
      return Reflect.apply(query, self, args)
    }
    const [asked] = args
    const recording = beginStatement(store, textOfQuery(asked), options, textIn(asked, 'name'))
    if (!recording) return Reflect.apply(query, self, args)
    const end = (error: unknown): void => {
      reachedBy(store, recording, self)
      if (error === undefined) store.succeeded(recording)
      else store.failed(recording, error, answerOf)
    }
    if (typeof fieldOf(asked, 'submit') === 'function' && isObject(asked))
      return submitted(store, asked, () => Reflect.apply(query, self, args), end)
    const at = typeof args[1] === 'function' ? 1 : 2
    const own = fieldOf(asked, 'callback')
    // A callback within the config; pg writes another into it, so that is done to a config of ours.
    if (isObject(asked) && typeof own === 'function' && typeof args[at] !== 'function')
      return callEnding(self, [Object.create(asked), args[1], own], 2, query, end)
    return callEnding(self, args, at, query, end)
  })
}

const tracePool = (store: Store, pool: object, options: SqlOptions | undefined): void => {
  if (!isFirst(pool)) return
  wrapMethod(pool, 'query', (self, args, query) => {
    const [asked] = args
    const recording = beginStatement(store, textOfQuery(asked), options, textIn(asked, 'name'))
    return serve(recording, () => {
      if (!recording) return Reflect.apply(query, self, args)
      const { place, namespace } = placeOfPool(pool)
      store.reached(recording, place, namespace)
      return callEnding(self, args, typeof args[1] === 'function' ? 1 : 2, query, (error) => {
        if (error === undefined) store.succeeded(recording)
        else store.failed(recording, error, answerOf)
      })
    })
  })
  wrapMethod(pool, 'connect', (self, args, connect) =>
    handOut(store, self, args, connect, (client) => traceClient(store, client, options)),
  )
}

/** A query that is an object of its own is told by the client of all that arrives for it. */
const submitted = (
  store: Store,
  query: object,
  submit: () => unknown,
  end: (error: unknown) => void,
): unknown => {
  store.core.guard('a query of pg', () => {
    const here = new AsyncResource('HopscopeStore')
    const tell = (name: string, ended?: (given: unknown[]) => void): void =>
      wrapMethod(query, name, (self, given, method) => {
        ended?.(given)
        return here.runInAsyncScope(method, self, ...given)
      })
    tell('handleDataRow')
    tell('handlePortalSuspended')
    tell('handleCommandComplete')
    tell('handleError', ([error]) => end(error ?? new Error('error')))
    tell('handleReadyForQuery', () => end(undefined))
  })
  try {
    return submit()
  } catch (error) {
    end(error)
    throw error
  }
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
