// MySQL and MariaDB by mysql2: a CLIENT span for each statement of a connection or a pool, callbacks and promises alike.
// mysql2's tracing channels are of its latest versions only, of all connections at once, and don't name the connection.
import type { Core } from '../spans/core.ts'
import type { Recording } from '../spans/span.ts'
import { type Answer, type Place, type SqlOptions, Store } from './command.ts'
import { handOut, serve, takeServed } from './pool.ts'
import { beginStatement, bindCallbacks, callbackIn, callEnding, runnerHere } from './sql.ts'
import { fieldOf, isFirst, isObject, type Method, portIn, textIn, wrapMethod } from './wrap.ts'

/** mysql2's `Connection` and `Pool`, and those of `mysql2/promise`, as far as they are looked at. */
export interface Mysql2Statements {
  query(...args: never[]): unknown
  execute(...args: never[]): unknown
}

/**
 * The same connection or pool, with a CLIENT span for each `query`, `execute`, `prepare` and execution of what was
 * prepared: by promise, by callback and by events or `stream()`, until the last row is there. A pool's statement
 * includes the wait for a connection. Outside of any request there are no spans. Callbacks and events run in the
 * context of their caller. Of a PoolCluster, trace what its `of()` gives.
 */
export const traceMysql2 = <C extends Mysql2Statements>(core: Core, target: C, options?: SqlOptions): C => {
  const store = new Store(core, 'mysql', options)
  core.guard('tracing mysql2', () => {
    // Those of mysql2/promise hold the one that does the work.
    const inner = [fieldOf(target, 'connection'), fieldOf(target, 'pool')].find(
      (held) => typeof fieldOf(held, 'query') === 'function',
    )
    const worker = isObject(inner) ? inner : target
    if (typeof fieldOf(worker, 'getConnection') === 'function') tracePool(store, worker)
    else traceConnection(store, worker)
  })
  return target
}

const traceConnection = (store: Store, connection: object): void => {
  if (!isFirst(connection, store)) return
  bindCallbacks(connection, ['ping', 'changeUser', 'reset', 'end'])
  for (const name of ['query', 'execute'])
    wrapMethod(connection, name, (self, args, method) => {
      const served = takeServed()
      if (served) {
        if (served.recording) reachedBy(store, served.recording, self)
        return Reflect.apply(method, self, args)
      }
      const recording = beginStatement(store, textOf(args[0]))
      return statement(store, recording, self, args, method, self)
    })
  wrapMethod(connection, 'prepare', (self, args, prepare) => {
    const at = callbackIn(args)
    const prepared = args[at]
    if (typeof prepared !== 'function') return Reflect.apply(prepare, self, args)
    const sql = textOf(args[0])
    args[at] = function tracing(this: unknown, ...given: unknown[]): unknown {
      const [, made] = given
      if (isObject(made)) store.core.guard('tracing mysql2', () => tracePrepared(store, self, made, sql))
      return Reflect.apply(prepared, this, given)
    }
    const recording = store.begin('PREPARE')
    if (recording && store.statement && typeof sql === 'string') recording.tag('db.query.text', sql)
    return statement(store, recording, self, args, prepare, self)
  })
}

/** A prepared statement goes to the server past the connection's methods. */
const tracePrepared = (store: Store, connection: unknown, prepared: object, sql: unknown): void =>
  wrapMethod(prepared, 'execute', (self, args, execute) => {
    const recording = beginStatement(store, sql)
    return statement(store, recording, self, args, execute, connection)
  })

const tracePool = (store: Store, pool: object): void => {
  if (!isFirst(pool, store)) return
  bindCallbacks(pool, ['end'])
  const config = fieldOf(fieldOf(pool, 'config'), 'connectionConfig')
  for (const name of ['query', 'execute'])
    wrapMethod(pool, name, (self, args, method) => {
      const recording = beginStatement(store, textOf(args[0]))
      if (recording) store.reached(recording, placeOf(config), textIn(config, 'database'))
      return serve(recording, () => statement(store, recording, self, args, method))
    })
  wrapMethod(pool, 'getConnection', (self, args, getConnection) =>
    handOut(store, self, args, getConnection, (connection) => traceConnection(store, connection)),
  )
}

/**
 * Calls the method and ends the span, if there is one, by its callback or by the events of the command that it returns.
 * Either runs in the context of the caller.
 *
 * @param connection that has the statement; a pool's is told by the connection
 */
const statement = (
  store: Store,
  recording: Recording | undefined,
  self: unknown,
  args: unknown[],
  method: Method,
  connection?: unknown,
): unknown => {
  const end =
    recording &&
    ((error: unknown): void => {
      if (connection !== undefined) reachedBy(store, recording, connection)
      store.ended(recording, error, answerOf)
    })
  const at = callbackIn(args)
  if (at >= 0) return callEnding(self, args, at, method, end)
  const run = runnerHere()
  const [asked] = args
  // A command with a callback in it: only that is told of an error, its events just that it has ended.
  if (isObject(asked) && typeof fieldOf(asked, 'emit') === 'function')
    store.core.guard('a command of mysql2', () =>
      wrapMethod(asked, 'onResult', (command, given, onResult) => {
        end?.(given[0] || undefined)
        return run(onResult, command, given)
      }),
    )
  let command: unknown
  try {
    command = Reflect.apply(method, self, args)
  } catch (error) {
    end?.(error)
    throw error
  }
  if (isObject(command)) {
    // Not by listeners: one for 'error' would make the service's missing one go unnoticed.
    store.core.guard('a command of mysql2', () =>
      wrapMethod(command, 'emit', (emitter, given, emit) => {
        if (given[0] === 'error') end?.(given[1] ?? new Error('error'))
        else if (given[0] === 'end') end?.(undefined)
        return run(emit, emitter, given)
      }),
    )
  }
  return command
}

/** Of a text, of options, or of a `Query`, whose values are not in it yet. */
const textOf = (asked: unknown): unknown => (typeof asked === 'string' ? asked : fieldOf(asked, 'sql'))

const reachedBy = (store: Store, recording: Recording, connection: unknown): void => {
  const config = fieldOf(connection, 'config')
  store.reached(recording, placeOf(config), textIn(config, 'database'), fieldOf(connection, 'stream'))
}

const placeOf = (config: unknown): Place => {
  const host = textIn(config, 'socketPath')
  return host
    ? { host }
    : { host: textIn(config, 'host') ?? 'localhost', port: portIn(config, 'port') ?? 3306 }
}

/** The server's errors have an SQLSTATE, and a code by name. Their message quotes values. */
const answerOf = (error: object): Answer | undefined => {
  const state = textIn(error, 'sqlState')
  return state === undefined ? undefined : { code: textIn(error, 'code') ?? state }
}
