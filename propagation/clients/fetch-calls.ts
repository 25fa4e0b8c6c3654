// Outgoing calls over the global `fetch` (and any undici client), by undici's diagnostics channels.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { PEER_SERVICE } from '../formats/headers.ts'
import { beginCall, type Call, type Target } from './outgoing.ts'

/** undici's Request, as far as it is documented to be seen: https://undici.nodejs.org/#/docs/api/DiagnosticsChannel */
interface UndiciRequest {
  origin: string | URL
  path: string
  method: string
  /** Names and values by turns (undici 6 and later). */
  headers: unknown
  addHeader(name: string, value: string): unknown
  /** The protocol asked for instead of HTTP. */
  upgrade?: unknown
  /** undici's own call to the request once the connection is something else than HTTP. */
  onUpgrade?: OnUpgrade
  /** The same in undici 8. */
  onRequestUpgrade?: OnUpgrade
}

type OnUpgrade = (status: number, headers: unknown, ...rest: unknown[]) => unknown

interface Message {
  request: UndiciRequest
  response?: { statusCode: number; headers: unknown }
  socket?: { remoteAddress?: string; remotePort?: number }
  error?: unknown
}

type Origin = Readonly<{ host: string; port: number }>

const calls = new WeakMap<UndiciRequest, Call>()

const MAX_ORIGINS = 1000
// A service calls few others, and parsing a URL takes longer than all the rest of a call.
const origins = new Map<string, Origin>()

const originOf = (origin: string): Origin => {
  const known = origins.get(origin)
  if (known) return known
  const url = new URL(origin)
  const parsed = {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port ? Number(url.port) : url.protocol === 'https:' ? 443 : 80,
  }
  // Cleared, not trimmed: those called are soon known again.
  if (origins.size >= MAX_ORIGINS) origins.clear()
  origins.set(origin, parsed)
  return parsed
}

const targetOf = (request: UndiciRequest): Target => {
  const { origin } = request
  const { host, port } = originOf(typeof origin === 'string' ? origin : origin.origin)
  return { method: request.method, host, port, path: request.path }
}

const isSame = (name: unknown, other: string): boolean =>
  typeof name === 'string' && name.length === other.length && name.toLowerCase() === other.toLowerCase()

const collect = (into: string[], name: string, value: string): void => {
  into.push(name, value)
}

const inject = (call: Call, request: UndiciRequest): void => {
  const ours: string[] = []
  call.inject(ours, collect)
  const { headers } = request
  if (Array.isArray(headers)) {
    // `addHeader` appends, and two request ids are none.
    for (let at = headers.length - 2; at >= 0; at -= 2) {
      for (let own = 0; own < ours.length; own += 2) {
        if (isSame(headers[at], ours[own] ?? '')) {
          headers.splice(at, 2)
          break
        }
      }
    }
  }
  for (let own = 0; own + 1 < ours.length; own += 2) request.addHeader(ours[own] ?? '', ours[own + 1] ?? '')
}

const PEER_SERVICE_LENGTH = PEER_SERVICE.length
const PEER_SERVICE_KEY = PEER_SERVICE.toLowerCase()

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/**
 * Names and values by turns, Buffers over HTTP/1, texts over HTTP/2; there undici 8 has an object, in lower case. Only what
 * has the length is converted.
 */
const peerServiceIn = (headers: unknown): string | undefined => {
  if (!isList(headers)) {
    const value: unknown = isObject(headers) ? headers[PEER_SERVICE_KEY] : undefined
    return typeof value === 'string' ? value : undefined
  }
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at]
    const fits = (typeof name === 'string' || Buffer.isBuffer(name)) && name.length === PEER_SERVICE_LENGTH
    if (fits && isSame(String(name), PEER_SERVICE)) return String(headers[at + 1])
  }
  return undefined
}

interface AsyncScope {
  runInAsyncScope(fn: () => void): void
}

const isAsyncScope = (value: unknown): value is AsyncScope =>
  isObject(value) && typeof value['runInAsyncScope'] === 'function'

/**
 * Where the call was made. A Pool of limited `connections` makes the request when another one lets go of a connection, and
 * in the context of that one. The handler of undici's `request`, `stream` and `pipeline` is an AsyncResource and knows
 * better; under a symbol of undici's own, and where it is not found, all is as if it had not been looked for.
 */
const scopeOf = (request: UndiciRequest): AsyncScope | undefined => {
  for (const key of Object.getOwnPropertySymbols(request)) {
    if (key.description !== 'handler') continue
    const handler: unknown = Reflect.get(request, key)
    return isAsyncScope(handler) ? handler : undefined
  }
  return undefined
}

/**
 * A WebSocket or CONNECT that came about: only undici 7 publishes it, not 6 (in Node 20 and 22) and not 8, so we look when
 * the request is told. It has no body, and what lives on is not HTTP.
 */
const endWhenUpgraded = (request: UndiciRequest, call: Call): void => {
  for (const name of ['onUpgrade', 'onRequestUpgrade'] as const) {
    const told = request[name]
    if (typeof told !== 'function') continue
    request[name] = function (status, headers, ...rest) {
      call.answered(status, peerServiceIn(headers))
      call.end(true)
      return Reflect.apply(told, this, [status, headers, ...rest])
    }
  }
}

const begin = (request: UndiciRequest): void => {
  const call = beginCall(request, targetOf, inject)
  if (!call) return
  calls.set(request, call)
  if (request.upgrade || request.method === 'CONNECT') endWhenUpgraded(request, call)
}

const handlers: Readonly<Record<string, (message: Message) => void>> = {
  'undici:request:create': ({ request }) => {
    const scope = scopeOf(request)
    if (scope) scope.runInAsyncScope(() => begin(request))
    else begin(request)
  },
  'undici:client:sendHeaders': ({ request, socket }) =>
    calls.get(request)?.reached(socket?.remoteAddress, socket?.remotePort),
  'undici:request:headers': ({ request, response }) => {
    if (response) calls.get(request)?.answered(response.statusCode, peerServiceIn(response.headers))
  },
  'undici:request:trailers': ({ request }) => calls.get(request)?.end(true),
  'undici:request:error': ({ request, error }) => {
    const call = calls.get(request)
    call?.failed(error)
    call?.end(false)
  },
}

const isMessage = (message: unknown): message is Message => isObject(message) && isObject(message['request'])

/** Starts tracing; returns what stops it. */
export const traceFetch = (): (() => void) => {
  const subscribed = Object.entries(handlers).map(([name, handle]) => {
    const listener = (message: unknown): void => {
      if (isMessage(message)) handle(message)
    }
    subscribe(name, listener)
    return { name, listener }
  })
  return () => {
    for (const { name, listener } of subscribed) unsubscribe(name, listener)
  }
}
