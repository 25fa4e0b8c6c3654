// Outgoing calls over node:http and node:https. Node 24 announces each new request before its headers are sent; Node 20
// does not, nor did early 22: there `request` and `get` are wrapped. A request met both ways is taken once.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { errorMonitor } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import { syncBuiltinESMExports } from 'node:module'
import { isIPv6 } from 'node:net'
import { PEER_SERVICE, portFrom } from '../formats/headers.ts'
import { thrownOf } from '../spans/span.ts'
import { beginCall, type Call, type Target } from './outgoing.ts'

const CREATED = 'http.client.request.created'
const ANSWERED = 'http.client.response.finish'

const PEER_SERVICE_KEY = PEER_SERVICE.toLowerCase()

const calls = new WeakMap<http.ClientRequest, Call>()

const targetOf = (request: http.ClientRequest): Target => {
  const host = withoutBrackets(request.host)
  const port = 'socketPath' in request && request.socketPath ? undefined : portOf(request, host)
  return { method: request.method, host, port, path: request.path }
}

const withoutBrackets = (host: string): string => (host.startsWith('[') ? host.slice(1, -1) : host)

const hostHeaderOf = (request: http.ClientRequest): string => String(request.getHeader('host') ?? '')

const nameInHeader = (host: string): string => (isIPv6(host) ? `[${host}]` : host)

/**
 * A request does not tell its port; the Host header that Node makes does, unless it is the protocol's own. Under a Host
 * of the service's choosing, the port shows once the call is connected.
 */
const portOf = (request: http.ClientRequest, host: string): number | undefined => {
  const header = hostHeaderOf(request)
  const name = nameInHeader(host)
  if (header === name) return request.protocol === 'https:' ? 443 : 80
  return header.startsWith(`${name}:`) ? portFrom(header.slice(name.length + 1)) : undefined
}

/** Whether its connection leads to who is asked: the service made it, or an agent of Node's own that knows no proxy. */
const isDirect = (request: http.ClientRequest): boolean => {
  const agent: unknown = 'agent' in request ? request.agent : undefined
  if (agent === undefined) return true
  if (!(agent instanceof http.Agent)) return false
  if (agent.constructor !== http.Agent && agent.constructor !== https.Agent) return false
  const options: unknown = Reflect.get(agent, 'options')
  return typeof options === 'object' && options !== null && !Reflect.get(options, 'proxyEnv')
}

/** Whether the port is the protocol's own only because the Host says none, and the connection knows better. */
const isPortAssumed = (request: http.ClientRequest): boolean =>
  hostHeaderOf(request) === nameInHeader(withoutBrackets(request.host)) && isDirect(request)

const setHeader = (request: http.ClientRequest, name: string, value: string): void => {
  request.setHeader(name, value)
}

const inject = (call: Call, request: http.ClientRequest): void => {
  // Raw header arrays and `Expect: 100-continue` are written while the request is made: too late for ours.
  if (!request.headersSent) call.inject(request, setHeader)
}

/** Node's error for a request that its caller destroyed without one. Where the server hung up, it is not destroyed yet. */
const isGivenUp = (request: http.ClientRequest, error: unknown): boolean => {
  if (!request.destroyed) return false
  const { code, message } = thrownOf(error)
  return code === 'ECONNRESET' && message === 'socket hang up'
}

const onCreated = (message: unknown): void => {
  const request = requestIn(message)
  if (!request) return
  const call = beginCall(request, targetOf, inject)
  if (!call) return
  calls.set(request, call)
  // An 'error' listener would make the service's missing one go unnoticed; the monitor does not count as one.
  request.once(errorMonitor, (error: unknown) => {
    if (!isGivenUp(request, error)) call.failed(error)
    call.end(false)
  })
  request.once('close', () => {
    const response = responseOf(request)
    // After an upgrade or CONNECT the connection lives on as something that is not HTTP: the call itself is done.
    const handedOver = response?.statusCode === 101 || request.method === 'CONNECT'
    if (response?.statusCode) call.answered(response.statusCode, peerServiceOf(response))
    call.end(!response || handedOver || response.complete)
  })
}

const onAnswered = (message: unknown): void => {
  const request = requestIn(message)
  const call = request && calls.get(request)
  if (!call || typeof message !== 'object' || message === null || !('response' in message)) return
  const { response } = message
  if (!(response instanceof http.IncomingMessage)) return
  call.answered(response.statusCode ?? 0, peerServiceOf(response))
  call.reached(response.socket.remoteAddress, response.socket.remotePort, isPortAssumed(request))
  // A server that died mid-response and a caller that gave up look the same afterwards, and the response's 'error' is
  // emitted only to those who listen. So look as the connection closes, before Node marks the request as destroyed.
  const { socket } = response
  const onClosed = (): void => {
    if (response.complete || response.destroyed || request.destroyed) return
    call.failed(new Error('connection closed before the response was complete'))
    call.end(false)
  }
  socket.prependOnceListener('close', onClosed)
  request.once('close', () => socket.off('close', onClosed))
  // Ahead of the service's own 'end' listener, so that the call is over before what follows from it begins.
  response.once('end', () => call.end(true))
}

const requestIn = (message: unknown): http.ClientRequest | undefined =>
  typeof message === 'object' &&
  message !== null &&
  'request' in message &&
  message.request instanceof http.ClientRequest
    ? message.request
    : undefined

const responseOf = (request: http.ClientRequest): http.IncomingMessage | undefined =>
  'res' in request && request.res instanceof http.IncomingMessage ? request.res : undefined

const peerServiceOf = (response: http.IncomingMessage): string | undefined => {
  const value = response.headers[PEER_SERVICE_KEY]
  return Array.isArray(value) ? undefined : value
}

type Module = Pick<typeof http, 'request' | 'get'>

/** Wraps `request` and `get`; returns what puts them back. */
const wrap = (module: Module): (() => void) => {
  const { request, get } = module
  const wrappedRequest = new Proxy(request, {
    apply(target, self, args) {
      const made: http.ClientRequest = Reflect.apply(target, self, args)
      onCreated({ request: made })
      return made
    },
  })
  const wrappedGet = new Proxy(get, {
    apply(_target, self, args) {
      // Node's own `get` calls Node's own `request`, not the wrapped one.
      const made: http.ClientRequest = Reflect.apply(wrappedRequest, self, args)
      made.end()
      return made
    },
  })
  module.request = wrappedRequest
  module.get = wrappedGet
  return () => {
    if (module.request === wrappedRequest) module.request = request
    if (module.get === wrappedGet) module.get = get
  }
}

/** Starts tracing; returns what stops it. */
export const traceHttp = (): (() => void) => {
  subscribe(CREATED, onCreated)
  subscribe(ANSWERED, onAnswered)
  const announced = Number(process.versions.node.split('.')[0]) >= 24
  const unwrap = announced ? [] : [wrap(http), wrap(https)]
  // For those who wrote `import { request } from 'node:http'`.
  if (!announced) syncBuiltinESMExports()
  return () => {
    unsubscribe(CREATED, onCreated)
    unsubscribe(ANSWERED, onAnswered)
    for (const undo of unwrap) undo()
    if (!announced) syncBuiltinESMExports()
  }
}
