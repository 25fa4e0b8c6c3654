// The way in: opens a context for each request an Express (or plain node:http) service gets, and times it.
import type { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Context, currentContext, isUntraced } from './context.ts'
import type { Core } from './core.ts'
import { PEER_SERVICE, REQUEST_ID, RESPONSE_TIME } from './headers.ts'
import { nameOfPath, pathOf } from './paths.ts'
import { type Getter, peerFrom } from './propagator.ts'
import { messageOf, type Recording } from './span.ts'

/** Express 4 and 5 and Connect middleware, without their types. */
export type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void
export type ErrorMiddleware = (
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void

/** What Express adds to a request, as far as it is looked at here. */
interface RoutedRequest extends IncomingMessage {
  originalUrl?: string
  baseUrl?: string
  route?: unknown
}

interface Served {
  recording: Recording
  error?: unknown
}

const CUT_SHORT = 'connection closed before the response was complete'

const served = new WeakMap<IncomingMessage, Served>()

const headerOf: Getter<IncomingMessage> = (request, name) => {
  const value = request.headers[name.toLowerCase()]
  return Array.isArray(value) ? value.join(', ') : value
}

export const middlewareOf =
  (core: Core): Middleware =>
  (request, response, next) => {
    // Mounted twice: the first one has it.
    if (served.has(request)) return next()
    const recording = core.guard('the middleware', () => begin(core, request, response))
    if (recording) core.run(recording.context, next)
    else next()
  }

/** Remembers what was thrown, for the span's `error` tag, and passes it on. */
export const errorMiddlewareOf = (): ErrorMiddleware => (error, request, _response, next) => {
  const found = served.get(request)
  if (found) found.error = error
  next(error)
}

const begin = (core: Core, request: RoutedRequest, response: ServerResponse): Recording => {
  core.learnPort(request.socket.localPort)
  const context = core.accept(core.options.propagator.extract(request, headerOf))
  const method = request.method ?? 'GET'
  const recording = core.start(context, 'SERVER', method)
  const state: Served = { recording }
  served.set(request, state)
  recording.tag('http.method', method)
  recording.tag('http.path', pathOf(request.originalUrl ?? request.url))
  tagPeer(recording, request)

  response.setHeader(REQUEST_ID, context.requestId)
  response.setHeader(PEER_SERVICE, core.options.self.service)
  stampResponseTime(response, recording)
  const template = watchRoute(request)
  const end = (aborted: boolean): void => {
    const route = template()
    if (route) recording.name = `${method} ${route}`
    if (response.headersSent) recording.tag('http.status_code', response.statusCode)
    const thrown = state.error === undefined ? undefined : messageOf(state.error)
    if (aborted) recording.finish('aborted', thrown ?? (isEventStream(response) ? undefined : CUT_SHORT))
    else if (response.statusCode >= 500) recording.finish('error', thrown ?? String(response.statusCode))
    else recording.finish('success')
  }
  // By 'finish' the caller may have its answer already: a span that ended then would outlast the call it served.
  response.once('prefinish', () => core.guard('timing a span', () => recording.stop()))
  response.once('finish', () => core.guard('ending a span', () => end(false)))
  response.once('close', () => core.guard('ending a span', () => end(!response.writableFinished)))
  keepContext(request, core, context)
  keepContext(response, core, context)
  return recording
}

/** Server-sent events have no end of their own: that the client closes them is no failure. */
const isEventStream = (response: ServerResponse): boolean =>
  response.headersSent &&
  !response.hasHeader('content-length') &&
  /^text\/event-stream\b/i.test(String(response.getHeader('content-type')))

const tagPeer = (recording: Recording, request: IncomingMessage): void => {
  const peer = peerFrom(request, headerOf)
  if (peer.service) recording.tag('peer.service', peer.service)
  if (peer.host) recording.tag('peer.host', peer.host)
  if (peer.port) recording.tag('peer.port', peer.port)
  recording.remote = peer
  // A host name is no address; the socket has one. Its port is of no use: the caller listens on another.
  const address = request.socket.remoteAddress
  if (address && !(peer.host && /^[\d.]+$|:/.test(peer.host))) recording.remote = { ...peer, host: address }
}

/** Sets X-Response-Time at the last moment at which a header can be set. */
const stampResponseTime = (response: ServerResponse, recording: Recording): void => {
  const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse
  response.writeHead = (...args: unknown[]) => {
    if (!response.headersSent)
      response.setHeader(RESPONSE_TIME, `${(recording.elapsed() / 1000).toFixed(3)}ms`)
    return writeHead(...args)
  }
}

/**
 * Express sets `route` when one matches, while `baseUrl` says where its router is mounted; by the time the response
 * ends, a router left because of an error has put `baseUrl` back. So both are taken down as `route` is set.
 */
const watchRoute = (request: RoutedRequest): (() => string | undefined) => {
  let route: unknown = request.route
  let template: string | undefined
  Object.defineProperty(request, 'route', {
    configurable: true,
    enumerable: true,
    get: () => route,
    set: (value: unknown) => {
      route = value
      if (typeof value !== 'object' || value === null || !('path' in value)) return
      // A mount path is given as it was called, `/users/42`; a route path as it was declared.
      const base = nameOfPath(request.baseUrl ?? '')
      const path = String(value.path)
      template = base && path === '/' ? base : base + path
    },
  })
  return () => template
}

/** Listeners on a request or response run where the HTTP parser calls them; bring them back into the request. */
const keepContext = (emitter: EventEmitter, core: Core, context: Context): void => {
  const emit = emitter.emit.bind(emitter)
  emitter.emit = (name: string | symbol, ...args: unknown[]) => {
    const inside = isUntraced() || currentContext()?.traceId === context.traceId
    return inside ? emit(name, ...args) : core.run(context, () => emit(name, ...args))
  }
}
