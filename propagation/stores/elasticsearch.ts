// Elasticsearch by @elastic/elasticsearch 8 and 9: a CLIENT span for each call of its API, its HTTP calls included. Its
// `diagnostic` events tell the same, but without the context of the call and with no place to put one.
import type { Readable } from 'node:stream'
import { currentContext, currentServed, runInScope, runUntraced } from '../context/context.ts'
import type { Core } from '../spans/core.ts'
import { pathOf } from '../spans/paths.ts'
import type { Recording } from '../spans/span.ts'
import { type Answer, Store, type StoreOptions } from './command.ts'
import { fieldOf, isFirst, isObject, type Method, portIn, textIn, wrapMethod } from './wrap.ts'

/** The client, as far as it is looked at. Version 7 and others that resemble it have no `diagnostic`. */
export interface ElasticsearchClient {
  transport: { request(...args: never[]): unknown }
  diagnostic: object
  child(...args: never[]): unknown
}

/**
 * The same client, with a CLIENT span for each call of its API, the helpers' and the children's too, named by the method
 * (`indices.create`), until the body is there or a stream of it was closed. Its HTTP calls are part of it and no spans
 * of their own; they carry the ids where `propagateTo` lets all its nodes have them. Neither paths, which have ids, nor
 * queries nor documents are recorded. Outside of any request there are no spans.
 */
export const traceElasticsearch = <C extends ElasticsearchClient>(
  core: Core,
  client: C,
  options?: StoreOptions,
): C => {
  core.guard('tracing Elasticsearch', () => traceClient(new Store(core, 'elasticsearch', options), client))
  return client
}

const traceClient = (store: Store, client: ElasticsearchClient): void => {
  if (!isFirst(client, store)) return
  wrapMethod(client.transport, 'request', (self, args, request) => {
    const recording = beginRequest(store, args[0])
    if (recording) return follow(store, recording, client, self, args, request)
    // Nor are its HTTP calls spans then: sniffs, and paths with ids.
    return currentContext()
      ? Reflect.apply(request, self, args)
      : runUntraced(() => Reflect.apply(request, self, args))
  })
  wrapMethod(client, 'child', (self, args, child) => {
    const made: unknown = Reflect.apply(child, self, args)
    if (isClient(made)) store.core.guard('tracing Elasticsearch', () => traceClient(store, made))
    return made
  })
}

const isClient = (made: unknown): made is ElasticsearchClient =>
  isObject(made) && 'transport' in made && 'diagnostic' in made && 'child' in made

/**
 * Of a path the index, which may come first, and the endpoints, which begin with `_`. All else may be an id, a user or the
 * like, also what looks like an endpoint right after one.
 */
const withoutIds = (path: string): string => {
  let isEndpoint = false
  const kept = path.split('/').map((segment, at) => {
    isEndpoint = !isEndpoint && /^_[a-z_]{1,30}$/.test(segment)
    return segment === '' || isEndpoint || (at === 1 && !segment.startsWith('_')) ? segment : ':id'
  })
  return kept.join('/')
}

const beginRequest = (store: Store, params: unknown): Recording | undefined => {
  const method = textIn(params, 'method') ?? 'GET'
  const api = fieldOf(params, 'meta')
  // Calls by hand, and those of clients before 8.12, have no name, only a path.
  const recording = store.begin(
    textIn(api, 'name') ?? store.core.nameOfCall(method, withoutIds(pathOf(textIn(params, 'path')))),
  )
  recording?.put('http.method', method)
  const index = fieldOf(fieldOf(api, 'pathParts'), 'index')
  if (typeof index === 'string') recording?.put('db.collection.name', index)
  else if (Array.isArray(index)) recording?.put('db.collection.name', index.join())
  return recording
}

const follow = async (
  store: Store,
  recording: Recording,
  client: object,
  transport: unknown,
  args: unknown[],
  request: Method,
): Promise<unknown> => {
  const options = isObject(args[1]) ? args[1] : undefined
  const { core } = store
  // `meta` tells which node answered; the caller who did not ask for it is given the body, as ever.
  const asked = { ...options, meta: true, headers: headersOf(core, recording, client, options) }
  // The ids are there for those who listen to the client's events; what it sends is traced here.
  const scope = { context: recording.context, owner: core, served: currentServed(), untraced: true }
  try {
    const result = await runInScope(scope, () => Reflect.apply(request, transport, [args[0], asked]))
    const body: unknown = fieldOf(result, 'body')
    reachedBy(store, recording, client, result)
    if (isStream(body)) {
      body.once('close', () => (body.readableEnded ? store.succeeded(recording) : givenUp(store, recording)))
    } else store.succeeded(recording)
    return fieldOf(options, 'meta') === true || !isObject(fieldOf(result, 'meta')) ? result : body
  } catch (error) {
    reachedBy(store, recording, client, fieldOf(error, 'meta'))
    store.failed(recording, error, answerOf)
    throw error
  }
}

const givenUp = (store: Store, recording: Recording): void => {
  store.core.guard('ending a call', () => recording.finish('aborted', 'the response was not read to its end'))
}

const isStream = (body: unknown): body is Readable =>
  isObject(body) && 'readableEnded' in body && 'once' in body && typeof body.once === 'function'

/** Elasticsearch writes the trace id to its own logs. All nodes must be allowed to know it: any of them may be asked. */
const headersOf = (core: Core, recording: Recording, client: object, options: unknown): unknown => {
  const own = fieldOf(options, 'headers')
  const headers: Record<string, unknown> = isObject(own) ? { ...own } : {}
  core.guard('adding headers', () => {
    for (const connection of connectionsOf(client)) {
      const { host, port } = placeOf(connection)
      if (!core.propagatesTo(`${host}:${port}`)) return
    }
    core.options.propagator.inject(recording.context, headers, (carrier, name, value) => {
      carrier[name.toLowerCase()] = value
    })
  })
  return headers
}

const connectionsOf = (client: object): readonly unknown[] => {
  const connections = fieldOf(fieldOf(client, 'connectionPool'), 'connections')
  return Array.isArray(connections) ? connections : []
}

const reachedBy = (store: Store, recording: Recording, client: object, result: unknown): void => {
  const answered = fieldOf(fieldOf(result, 'meta'), 'connection') ?? connectionsOf(client)[0]
  store.reached(recording, placeOf(answered))
}

const placeOf = (connection: unknown): { host: string | undefined; port: number | undefined } => {
  const given = fieldOf(connection, 'url')
  // An error has a copy of the connection, with its address as text.
  const url = typeof given === 'string' && URL.canParse(given) ? new URL(given) : given
  return {
    host: textIn(url, 'hostname')?.replace(/^\[(.*)\]$/, '$1'),
    port: portIn(url, 'port') ?? (textIn(url, 'protocol') === 'https:' ? 443 : 80),
  }
}

/** The status and the error's type, such as `404 index_not_found_exception`. Its reason may quote the document. */
const answerOf = (error: object): Answer | undefined => {
  if (textIn(error, 'name') !== 'ResponseError') return undefined
  const result = fieldOf(error, 'meta')
  const type = textIn(fieldOf(fieldOf(result, 'body'), 'error'), 'type')
  return { code: String(fieldOf(result, 'statusCode')), about: type }
}
