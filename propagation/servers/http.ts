// The way in for plain node:http, https and the compatibility API of http2: a listener around the service's own.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { Core } from '../spans/core.ts'
import { serve, servedOf } from './served.ts'

export type NodeRequest = IncomingMessage | Http2ServerRequest
export type NodeResponse = ServerResponse | Http2ServerResponse

/**
 * The handler inside the request's context. What it throws is recorded and thrown on. A promise is given back as it is,
 * not watched: to watch it would be to handle its rejection, and that is the service's to do.
 */
export const listenerOf = <
  Request extends NodeRequest = IncomingMessage,
  Response extends NodeResponse = ServerResponse,
  T = unknown,
>(
  core: Core,
  handler: (request: Request, response: Response) => T,
): ((request: Request, response: Response) => T) =>
  function listener(this: unknown, request, response) {
    // What is used of them is the same in http2.
    const served = serve(core, request as IncomingMessage, response as ServerResponse)
    if (!served) return Reflect.apply(handler, this, [request, response])
    return served.run(() => {
      try {
        return Reflect.apply(handler, this, [request, response])
      } catch (error) {
        served.error = error
        throw error
      }
    })
  }

/**
 * Names the span of the request being served by the route's template, `/orders/:id`: for routers that this library does
 * not know. Never a raw path: each name is one more to choose from in a viewer. Does nothing where it is not traced.
 */
export const setRoute = (request: NodeRequest, template: string): void => {
  const served = servedOf(request as IncomingMessage)
  if (served) served.route = template
}

/** Tells the span why the request failed, where the service answers by itself: its message is the tag `error`. */
export const setError = (request: NodeRequest, error: unknown): void => {
  const served = servedOf(request as IncomingMessage)
  if (served) served.error = error
}
