// The way in for Express 4 and 5, Connect, and plain node:http with a `next`.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Core } from '../spans/core.ts'
import { nameOfPath } from '../spans/paths.ts'
import { serve, servedOf } from './served.ts'

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

const ROUTE = Symbol('route')

/** What Express adds to a request, as far as it is looked at here. */
interface RoutedRequest extends IncomingMessage {
  baseUrl?: string
  [ROUTE]?: unknown
}

export const middlewareOf =
  (core: Core): Middleware =>
  (request, response, next) => {
    const served = serve(core, request, response)
    if (!served) return next()
    core.guard('watching routes', () => watchRoutes(request))
    return served.run(next)
  }

/** Remembers what was thrown, for the span's `error` tag, and passes it on. */
export const errorMiddlewareOf = (): ErrorMiddleware => (error, request, _response, next) => {
  const served = servedOf(request)
  if (served) served.error = error
  next(error)
}

const watched = new WeakSet<object>()

/**
 * Express sets `route` when one matches, while `baseUrl` says where its router is mounted; by the time the response
 * ends, a router left because of an error has put `baseUrl` back. So both are taken down as `route` is set: by a
 * property of the prototype that Express gives all requests of an app (`app.request`), once an app; where there is no
 * such prototype, of the request itself.
 */
const watchRoutes = (request: IncomingMessage): void => {
  const prototype: unknown = Object.getPrototypeOf(request)
  const target = isAppRequest(prototype) ? prototype : request
  if (watched.has(target)) return
  if (target !== request) watched.add(target)
  const descriptor = Object.getOwnPropertyDescriptor(target, 'route')
  // The service's own way with it is not ours to replace.
  if (descriptor?.get || descriptor?.set) return
  Object.defineProperty(target, 'route', {
    configurable: true,
    enumerable: true,
    get: routeOf,
    set: setRoute,
  })
  if (descriptor?.value !== undefined) Reflect.set(target, 'route', descriptor.value)
}

const isAppRequest = (prototype: unknown): prototype is object =>
  typeof prototype === 'object' &&
  prototype !== null &&
  // As Express makes it for each app.
  Object.hasOwn(prototype, 'app')

function routeOf(this: RoutedRequest): unknown {
  return this[ROUTE]
}
function setRoute(this: RoutedRequest, route: unknown): void {
  this[ROUTE] = route
  const served = servedOf(this)
  if (!served || typeof route !== 'object' || route === null || !('path' in route)) return
  // A mount path is given as it was called, `/users/42`; a route path as it was declared.
  const base = this.baseUrl ? nameOfPath(this.baseUrl) : ''
  const path = String(route.path)
  served.route = base && path === '/' ? base : base + path
}
