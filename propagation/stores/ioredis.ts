// Redis by ioredis: a CLIENT span for each command, one for a whole pipeline or transaction. ioredis' tracing channels
// are of its latest versions only, of all connections at once, and begin when a command is written, not when it is given.
import { types } from 'node:util'
import type { Core } from '../spans/core.ts'
import type { Recording } from '../spans/span.ts'
import { type Answer, Store, type StoreOptions } from './command.ts'
import { fieldOf, isFirst, isObject, portIn, textIn, wrapMethod } from './wrap.ts'

/** ioredis' `Redis` and `Cluster`, as far as they are looked at. */
export interface IoredisCommands {
  sendCommand(...args: never[]): unknown
  pipeline(...args: never[]): unknown
  multi(...args: never[]): unknown
}

/** What ioredis sends by itself on a new connection; it passes where the service's commands do. */
const HANDSHAKE = new Set(['AUTH', 'CLIENT', 'HELLO', 'INFO', 'READONLY', 'SELECT'])

interface Traced {
  readonly store: Store
  /** By command, and by pipeline; a command is sent again after a reconnect, and is the same one. */
  readonly spans: WeakMap<object, Recording | undefined>
  /** The pipeline that a command is part of. */
  readonly pipelines: WeakMap<object, object>
}

/**
 * The same Redis or Cluster, with a CLIENT span for each command, from when it was given (waiting for a connection is
 * part of it) to its reply; one for each `pipeline()` and `multi()`, an error if one of its commands is. Neither keys nor
 * values are recorded. Outside of any request there are no spans.
 */
export const traceIoredis = <R extends IoredisCommands>(core: Core, redis: R, options?: StoreOptions): R => {
  core.guard('tracing ioredis', () => {
    const store = new Store(core, 'redis', options)
    if (!isFirst(redis, store)) return
    const traced: Traced = {
      store,
      spans: new WeakMap(),
      pipelines: new WeakMap(),
    }
    const isCluster = fieldOf(redis, 'isCluster') === true
    traceCommands(traced, redis, !isCluster)
    for (const name of ['pipeline', 'multi'])
      wrapMethod(redis, name, (self, args, make) => {
        const made: unknown = Reflect.apply(make, self, args)
        // `multi({ pipeline: false })` is a command, and a promise.
        if (isObject(made) && fieldOf(made, 'isPipeline') === true)
          core.guard('tracing ioredis', () =>
            tracePipeline(traced, made, name === 'multi', isCluster ? undefined : redis),
          )
        return made
      })
    if (isCluster) traceNodes(traced, redis)
  })
  return redis
}

const traceCommands = ({ store, spans }: Traced, redis: object, isNode: boolean): void =>
  wrapMethod(redis, 'sendCommand', (self, args, send) => {
    const [command, stream] = args
    // The commands of a pipeline come through here too, one by one.
    if (!isObject(command) || spans.has(command) || fieldOf(stream, 'isPipeline') === true)
      return Reflect.apply(send, self, args)
    const operation = operationOf(command)
    const recording =
      fieldOf(self, 'status') === 'connect' && HANDSHAKE.has(operation) ? undefined : store.begin(operation)
    spans.set(command, recording)
    if (!recording) return Reflect.apply(send, self, args)
    follow(store, recording, command, isNode ? self : undefined, operation === 'EXEC')
    return Reflect.apply(send, self, args)
  })

/** Whoever of the cluster's nodes is given a command last has answered it. */
const traceNodes = (traced: Traced, cluster: object): void => {
  const trace = (node: unknown): void => {
    if (!isObject(node) || !isFirst(node, traced.store)) return
    wrapMethod(node, 'sendCommand', (self, args, send) => {
      const [command] = args
      if (isObject(command)) {
        const recording = traced.spans.get(traced.pipelines.get(command) ?? command)
        if (recording) reachedBy(traced.store, recording, self)
      }
      return Reflect.apply(send, self, args)
    })
  }
  const nodes: unknown = fieldOf(cluster, 'nodes')
  const known: unknown = typeof nodes === 'function' ? Reflect.apply(nodes, cluster, ['all']) : undefined
  if (Array.isArray(known)) known.forEach(trace)
  const on: unknown = fieldOf(cluster, 'on')
  if (typeof on === 'function') Reflect.apply(on, cluster, ['+node', trace])
}

const tracePipeline = (
  { store, spans, pipelines }: Traced,
  pipeline: object,
  isMulti: boolean,
  redis: object | undefined,
): void => {
  let automatic: boolean | undefined
  const isOfRedis = (): boolean => (automatic ??= isAutomatic(pipeline))
  wrapMethod(pipeline, 'sendCommand', (self, args, queue) => {
    const [command] = args
    if (isObject(command) && !spans.has(command)) {
      // One that ioredis made by itself (`enableAutoPipelining`) has the commands of many requests.
      const recording = isOfRedis() ? store.begin(operationOf(command)) : undefined
      if (recording) {
        spans.set(command, recording)
        follow(store, recording, command, redis, false)
      } else pipelines.set(command, pipeline)
    }
    return Reflect.apply(queue, self, args)
  })
  wrapMethod(pipeline, 'exec', (self, args, exec) => {
    // A cluster's pipeline executes itself again after a redirection. And within `pipeline().multi()`, the first
    // `exec` is but a command of the pipeline.
    const inTransaction = !isMulti && Number(fieldOf(pipeline, '_transactions')) > 0
    if (spans.has(pipeline) || inTransaction || isOfRedis()) return Reflect.apply(exec, self, args)
    const recording = store.begin(isMulti ? 'MULTI' : 'PIPELINE')
    spans.set(pipeline, recording)
    if (!recording) return Reflect.apply(exec, self, args)
    const count = Number(fieldOf(pipeline, 'length'))
    // MULTI itself is one of those queued; EXEC is not yet, unless it was said in the list of commands.
    recording.put('db.operation.batch.size', String(isMulti ? Math.max(count - 1, 0) : count))
    follow(store, recording, pipeline, redis, true)
    try {
      return Reflect.apply(exec, self, args)
    } catch (error) {
      store.failed(recording, error, answerOf)
      throw error
    }
  })
}

/**
 * Ends the span as the reply arrives. By what settles the promise of the command or pipeline, not by the promise: a branch
 * of ours would handle the rejections that the service does not, and Node would not tell of them.
 *
 * @param redis that has it; undefined where it is told by a node of the cluster
 */
const follow = (
  store: Store,
  recording: Recording,
  target: object,
  redis: unknown,
  isOfMany: boolean,
): void => {
  const resolve = fieldOf(target, 'resolve')
  const reject = fieldOf(target, 'reject')
  if (typeof resolve !== 'function' || typeof reject !== 'function') return
  const end = (error: unknown): void => {
    if (redis !== undefined) reachedBy(store, recording, redis)
    store.ended(recording, error, answerOf)
  }
  const settling = {
    resolve(this: unknown, reply: unknown): unknown {
      // A reply that can't be read rejects by itself.
      const settled: unknown = Reflect.apply(resolve, this, [reply])
      end(isOfMany ? errorIn(reply) : undefined)
      return settled
    },
    reject(this: unknown, error: unknown): unknown {
      end(error ?? new Error('rejected'))
      return Reflect.apply(reject, this, [error])
    },
  }
  store.core.guard('a command of ioredis', () => Object.assign(target, settling))
}

/**
 * What failed in the results of a pipeline, which are pairs of error and reply, or of EXEC, replies and errors. EXEC has
 * the last word on its transaction; else it is the first.
 */
const errorIn = (results: unknown): unknown => {
  if (!Array.isArray(results)) return undefined
  const last: unknown = results.at(-1)
  if (Array.isArray(last)) {
    const [refused, replies] = last as unknown[]
    if (types.isNativeError(refused)) return refused
    if (Array.isArray(replies)) {
      const failed: unknown = replies.find(types.isNativeError)
      if (failed !== undefined) return failed
    }
  }
  for (const result of results as unknown[]) {
    const error: unknown = Array.isArray(result) ? result[0] : result
    if (types.isNativeError(error)) return error
  }
  return undefined
}

/** ioredis marks those that it executes by itself, by a symbol it keeps to itself. */
const isAutomatic = (pipeline: object): boolean => {
  for (const mark of Object.getOwnPropertySymbols(pipeline)) if (mark.description === 'exec') return true
  return false
}

const operationOf = (command: object): string =>
  (textIn(command, 'name') ?? 'COMMAND').slice(0, 32).toUpperCase()

const reachedBy = (store: Store, recording: Recording, redis: unknown): void => {
  const options = fieldOf(redis, 'options')
  const select = fieldOf(fieldOf(redis, 'condition'), 'select') ?? fieldOf(options, 'db')
  const path = textIn(options, 'path')
  // A sentinel says where; the options don't.
  const place = path
    ? { host: path }
    : isObject(fieldOf(options, 'sentinels'))
      ? {}
      : { host: textIn(options, 'host'), port: portIn(options, 'port') }
  store.reached(
    recording,
    place,
    typeof select === 'number' ? String(select) : undefined,
    fieldOf(redis, 'stream'),
  )
}

/** The first word of Redis' error, `WRONGTYPE` for example. What follows may quote the command. */
const answerOf = (error: object): Answer | undefined => {
  if (textIn(error, 'name') !== 'ReplyError') return undefined
  return { code: /^[A-Z]+/.exec(textIn(error, 'message') ?? '')?.[0] ?? 'ERR' }
}
