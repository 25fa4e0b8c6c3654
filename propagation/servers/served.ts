// A request being served over node:http, whatever framework serves it: its context, its span, the headers it is
// answered with. A framework's own file says when it begins, and by which route it was served.
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type Context,
  currentServed,
  enterScope,
  isInside,
  runInScope,
  type Scope,
} from '../context/context.ts'
import { lowerCase, type Peer, PEER_SERVICE, REQUEST_ID, RESPONSE_TIME } from '../formats/headers.ts'
import type { Getter } from '../formats/propagator.ts'
import type { Core } from '../spans/core.ts'
import { pathOf } from '../spans/paths.ts'
import { messageOf, type Recording, thrownOf } from '../spans/span.ts'
import { recordableOf } from './recorded-values.ts'

const CUT_SHORT = 'connection closed before the response was complete'

type Request = IncomingMessage & { originalUrl?: string }

const headerOf: Getter<IncomingMessage> = (request, name) => {
  const value = request.headers[lowerCase(name)]
  return Array.isArray(value) ? value.join(', ') : value
}

/**
 * What is known of a request while it is served. It hangs on the scope that the request is served in, and not on the
 * request: each property set on one costs 3 µs (V8 makes shapes anew for what Express has given another prototype).
 */
export class Served implements Scope {
  readonly context: Context
  readonly owner: Core
  readonly recording: Recording
  readonly method: string
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The template of the route that serves it, such as `/orders/:id`; never a raw path. */
  route: string | undefined
  /** What was thrown while it was served. */
  error: unknown
  /** The body as parsed, where that is no property of the request. */
  body: unknown
  #keepsContext = false
  #outlasts = false

  constructor(core: Core, recording: Recording, request: IncomingMessage, response: ServerResponse) {
    this.context = recording.context
    this.owner = core
    this.recording = recording
    this.method = request.method ?? 'GET'
    this.request = request
    this.response = response
    this.#setHeaders()
    // By 'finish' the caller may have its answer already: a span that ended then would outlast the call it served.
    response.on('prefinish', () => recording.stop())
    response.on('close', () => {
      if (!isInside(this.context.traceId)) enterScope(this)
      this.#end()
    })
  }

  get served(): this {
    return this
  }

  /** Runs the service's part. */
  run<T>(fn: () => T): T {
    const hasBody = 'content-length' in this.request.headers || 'transfer-encoding' in this.request.headers
    if (hasBody) this.#keepContext()
    const result = runInScope(this, fn)
    // Nothing comes after a response that is complete already.
    if (this.response.writableEnded || this.#outlasts) return result
    this.#outlasts = true
    this.#keepHeaders()
    if (!hasBody) this.#keepContextOfClose()
    return result
  }

  /** The HTTP parser emits the parts of a body from outside of the request; this brings their listeners back into it. */
  #keepContext(): void {
    if (this.#keepsContext) return
    this.#keepsContext = true
    const { request } = this
    const emit = request.emit.bind(request) as (...args: unknown[]) => boolean
    request.emit = (...args: unknown[]) =>
      isInside(this.context.traceId) ? emit(...args) : runInScope(this, () => emit(...args))
  }

  /**
   * A gateway answers with what it was answered, headers and all: its caller must not take its name for another's. So
   * what has been overwritten since is set again at the last moment at which a header can be set.
   */
  #keepHeaders(): void {
    const { response } = this
    const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse
    response.writeHead = (...args: unknown[]) => {
      if (!response.headersSent) this.#setHeaders()
      return writeHead(...args.map(withoutOurs))
    }
  }

  #setHeaders(): void {
    const { response } = this
    response.setHeader(REQUEST_ID, this.context.requestId)
    response.setHeader(PEER_SERVICE, this.owner.options.self.service)
    response.setHeader(RESPONSE_TIME, new ResponseTime(this.recording) as unknown as string)
  }

  /** A connection that breaks is told of by the socket. */
  #keepContextOfClose(): void {
    this.request.prependListener('close', () => {
      if (!isInside(this.context.traceId)) enterScope(this)
    })
  }

  #end(): void {
    const { recording, response, owner } = this
    try {
      if (this.route) recording.name = `${this.method} ${this.route}`
      if (response.headersSent) recording.put('http.status_code', String(response.statusCode))
      const { recordValues, metrics } = owner.options
      if (recordValues && owner.records(this.context)) {
        recordValues(recording, recordableOf(this.request, response, this.body))
      }
      recording.stop()
      const failed = this.#failure()
      if (failed === undefined) recording.finish(this.#isComplete() ? 'success' : 'aborted')
      else recording.finish(this.#isComplete() ? 'error' : 'aborted', failed)
      metrics?.observe({
        method: this.method,
        route: this.route,
        status: response.headersSent ? response.statusCode : undefined,
        errorType: this.#errorType(failed),
        seconds: recording.duration / 1e6,
      })
    } catch (error) {
      owner.complain('ending a span', error)
    }
  }

  #isComplete(): boolean {
    return isComplete(this.request, this.response)
  }

  /** One line about what went wrong, if it did. */
  #failure(): string | undefined {
    const { response, error } = this
    if (this.#isComplete() && response.statusCode < 500) return undefined
    if (error !== undefined) return messageOf(error)
    if (this.#isComplete()) return String(response.statusCode)
    return isEventStream(response) ? undefined : CUT_SHORT
  }

  #errorType(failed: string | undefined): string | undefined {
    if (failed === undefined) return undefined
    return this.#isComplete() ? (this.error === undefined ? undefined : thrownOf(this.error).name) : 'aborted'
  }
}

const OURS = new Set([REQUEST_ID, PEER_SERVICE, RESPONSE_TIME].map((name) => name.toLowerCase()))

/** Headers given to `writeHead`, as an object, without those that are ours to say. */
const withoutOurs = (argument: unknown): unknown => {
  if (typeof argument !== 'object' || argument === null || Array.isArray(argument)) return argument
  const names = Object.keys(argument)
  if (!names.some((name) => OURS.has(name.toLowerCase()))) return argument
  return Object.fromEntries(Object.entries(argument).filter(([name]) => !OURS.has(name.toLowerCase())))
}

/** A header's value that is made as the head is written: Node keeps what it is given, and turns it into text then. */
class ResponseTime {
  readonly #recording: Recording

  constructor(recording: Recording) {
    this.#recording = recording
  }

  toString(): string {
    return milliseconds(this.#recording.elapsed())
  }

  toJSON(): string {
    return this.toString()
  }
}

/** `12345` microseconds as `12.345ms`. */
const milliseconds = (us: number): string => {
  const rest = us % 1000
  return `${(us - rest) / 1000}.${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}ms`
}

/** The request as it is being served by the code that asks, if it is traced. */
export const servedOf = (request: IncomingMessage): Served | undefined => {
  const served = currentServed()
  return served instanceof Served && served.request === request ? served : undefined
}

/**
 * Begins the span of a request and sets the headers of its response; the span ends by itself, as the response does.
 * `undefined` where another part of the service has it already, or ours failed: then the service just goes on.
 */
export const serve = (core: Core, request: IncomingMessage, response: ServerResponse): Served | undefined => {
  if (servedOf(request)) return undefined
  try {
    return begin(core, request, response)
  } catch (error) {
    core.complain('the middleware', error)
    return undefined
  }
}

const begin = (core: Core, request: Request, response: ServerResponse): Served => {
  core.learnPort(request.socket.localPort)
  const method = request.method ?? 'GET'
  const path = pathOf(request.originalUrl ?? request.url)
  const { from, peer } = core.inbound(request, headerOf, request.socket.remoteAddress)
  const context = core.accept(from, method, path)
  const recording = core.start(context, 'SERVER', method)
  recording.put('http.method', method)
  recording.put('http.path', path)
  tagPeer(recording, request, peer)
  return new Served(core, recording, request, response)
}

/**
 * What is written once the request is `aborted` goes nowhere, though http2 calls it finished, and so does http where the
 * service answers that it could not read the body. An injected request (light-my-request) closes its response before
 * the socket it made up is through with it: that one does not break.
 */
const isComplete = (request: IncomingMessage, response: ServerResponse): boolean =>
  !request.aborted &&
  (response.writableFinished || (response.writableEnded && response.socket?.destroyed === false))

/** Server-sent events have no end of their own: that the client closes them is no failure. */
const isEventStream = (response: ServerResponse): boolean =>
  response.headersSent &&
  !response.hasHeader('content-length') &&
  /^text\/event-stream\b/i.test(String(response.getHeader('content-type')))

const tagPeer = (recording: Recording, request: IncomingMessage, peer: Peer): void => {
  if (peer.service) recording.put('peer.service', peer.service)
  if (peer.host) recording.put('peer.host', peer.host)
  if (peer.port) recording.put('peer.port', String(peer.port))
  // A host name is no address; the socket has one. Its port is of no use: the caller listens on another.
  const address = request.socket.remoteAddress
  if (address && !(peer.host && /^[\d.]+$|:/.test(peer.host))) peer.host = address
  recording.remote = peer
}
