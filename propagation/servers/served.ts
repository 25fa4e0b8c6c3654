// A request being served over node:http, whatever framework serves it: its context, its span, the headers it is
// answered with. A framework's own file says when it begins, and by which route it was served.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import {
  type Context,
  currentServed,
  enterScope,
  isServing,
  runInScope,
  type Scope,
} from '../context/context.ts'
import { lowerCase, PEER_SERVICE, REQUEST_ID, RESPONSE_TIME } from '../formats/headers.ts'
import type { Getter } from '../formats/propagator.ts'
import type { Core } from '../spans/core.ts'
import { messageOf, type Recording, thrownOf } from '../spans/span.ts'
import { recordableOf } from './recorded-values.ts'
import { beginRequest, endRequest, responseTimeOf } from './request-span.ts'

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
  #outlasts = false
  #ended = false

  constructor(core: Core, recording: Recording, request: IncomingMessage, response: ServerResponse) {
    this.context = recording.context
    this.owner = core
    this.recording = recording
    this.method = recording.name
    this.request = request
    this.response = response
    this.#setHeaders()
    // By 'finish' the caller may have its answer already: a span that ended then would outlast the call it served.
    response.on('prefinish', () => recording.stop())
    response.on('close', () => {
      this.#enter()
      this.end()
    })
  }

  get served(): this {
    return this
  }

  /** Runs the service's part. */
  run<T>(fn: () => T): T {
    const { request, response, owner } = this
    const hasBody =
      // Over HTTP/2 a body needs no header that tells of it.
      request.httpVersionMajor === 2 ||
      'content-length' in request.headers ||
      'transfer-encoding' in request.headers
    if (hasBody) owner.guard('a request with a body', () => this.#keepContext())
    const result = runInScope(this, fn)
    // Nothing comes after a response that is complete already, unless others before it on the connection have to be.
    const isOver = response.writableEnded && response.socket !== null
    if (!isOver && !this.#outlasts) {
      this.#outlasts = true
      owner.guard('a response that takes its time', () => this.#outlast(hasBody))
    }
    return result
  }

  /** For listeners after ours: brings them back into the request. */
  #enter(): void {
    if (!isServing(this)) enterScope(this)
  }

  /** The HTTP parser emits the parts of a body from outside of the request; this brings their listeners back into it. */
  #keepContext(): void {
    const { request } = this
    const emit = request.emit.bind(request) as (...args: unknown[]) => boolean
    request.emit = (...args: unknown[]) =>
      isServing(this) ? emit(...args) : runInScope(this, () => emit(...args))
  }

  /** What the handler has left to come: told of by a socket, a stream, or another request that makes way. */
  #outlast(hasBody: boolean): void {
    const { request, response } = this
    this.#keepHeaders()
    response.prependListener('finish', () => this.#enter())
    if (!hasBody) {
      request.prependListener('aborted', () => this.#enter())
      request.prependListener('close', () => this.#enter())
    }
    if (response.socket === null) endWithSocket(this)
  }

  /**
   * A gateway answers with what it was answered, headers and all: its caller must not take its name for another's. So
   * what has been overwritten since is set again at the last moment at which a header can be set.
   */
  #keepHeaders(): void {
    const { response } = this
    const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse
    response.writeHead = (...args: unknown[]) => {
      this.owner.guard('writing a head', () => {
        if (!response.headersSent) this.#setHeaders()
        args = args.map(withoutOurs)
      })
      return writeHead(...args)
    }
  }

  #setHeaders(): void {
    const { response } = this
    response.setHeader(REQUEST_ID, this.context.requestId)
    response.setHeader(PEER_SERVICE, this.owner.options.self.service)
    response.setHeader(RESPONSE_TIME, new ResponseTime(this.recording) as unknown as string)
  }

  /** Ends the span, once. */
  end(): void {
    const { recording, response, owner } = this
    if (this.#ended) return
    this.#ended = true
    try {
      const isWhole = isComplete(this.request, response)
      const failure = this.#failure(isWhole)
      const thrown = this.error === undefined ? undefined : thrownOf(this.error).name
      endRequest(
        owner,
        recording,
        {
          method: this.method,
          route: this.route,
          status: response.headersSent ? response.statusCode : undefined,
          outcome: !isWhole ? 'aborted' : failure === undefined ? 'success' : 'error',
          failure,
          errorType: failure === undefined ? undefined : isWhole ? thrown : 'aborted',
        },
        () => recordableOf(this.request, response, this.body),
      )
    } catch (error) {
      owner.complain('ending a span', error)
    }
    // What was opened in the request, a pool's connection say, may keep this for long.
    this.body = undefined
    this.error = undefined
  }

  #failure(isWhole: boolean): string | undefined {
    const { response, error } = this
    if (isWhole && response.statusCode < 500) return undefined
    if (error !== undefined) return messageOf(error)
    if (isWhole) return String(response.statusCode)
    return isEventStream(response) ? undefined : CUT_SHORT
  }
}

const OURS = new Set([REQUEST_ID, PEER_SERVICE, RESPONSE_TIME].map((name) => name.toLowerCase()))

const isOurs = (name: unknown): boolean => typeof name === 'string' && OURS.has(name.toLowerCase())

/** Headers given to `writeHead`, an object, a list of pairs or of names and values by turns, without those that are ours. */
const withoutOurs = (argument: unknown): unknown => {
  if (typeof argument !== 'object' || argument === null) return argument
  if (!Array.isArray(argument)) {
    if (!Object.keys(argument).some(isOurs)) return argument
    return Object.fromEntries(Object.entries(argument).filter(([name]) => !isOurs(name)))
  }
  if (argument.some(Array.isArray)) return argument.filter((pair: unknown[]) => !isOurs(pair[0]))
  return argument.filter((_, at) => !isOurs(argument[at - (at % 2)]))
}

/** Responses that wait for those before them on their connection: Node tells them nothing when it breaks. */
const waiting = new WeakMap<Socket, Set<Served>>()

const endWithSocket = (served: Served): void => {
  const { request, response } = served
  const { socket } = request
  const known = waiting.get(socket)
  const those = known ?? new Set()
  those.add(served)
  response.once('close', () => those.delete(served))
  if (known) return
  waiting.set(socket, those)
  socket.once('close', () => {
    for (const each of those) if (!each.response.writableFinished) each.end()
  })
}

/** A header's value that is made as the head is written: Node keeps what it is given, and turns it into text then. */
class ResponseTime {
  readonly #recording: Recording

  constructor(recording: Recording) {
    this.#recording = recording
  }

  toString(): string {
    return responseTimeOf(this.#recording)
  }

  toJSON(): string {
    return this.toString()
  }
}

/** The request as it is being served by the code that asks, if it is traced. */
export const servedOf = (request: IncomingMessage): Served | undefined => {
  // By what it serves, and not by its class: another copy of this package may have made it.
  const served = currentServed() as Served | undefined
  return served?.request === request ? served : undefined
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
  const { method, socket, originalUrl, url } = request
  core.learnPort(socket.localPort)
  const recording = beginRequest(
    core,
    { method, target: originalUrl ?? url, address: socket.remoteAddress },
    request,
    headerOf,
  )
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
