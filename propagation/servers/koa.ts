// The way in for Koa 2 and 3, and the routes of @koa/router.
import type { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { runInScope } from '../context/context.ts'
import type { Core } from '../spans/core.ts'
import { nameOfPath, pathOf } from '../spans/paths.ts'
import { serve, type Served } from './served.ts'

const SERVED = Symbol('served')
const ROUTE = Symbol('route')

/** What is looked at of Koa's context. */
export interface KoaContext {
  readonly app: EventEmitter
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /** Body parsers leave what they have parsed in its `body`. */
  readonly request: object
  readonly path: string
  readonly originalUrl: string
}

/** What `app.use` takes. */
export type KoaMiddleware = (context: KoaContext, next: () => Promise<unknown>) => Promise<unknown>

/** A context as it is traced, with what routers set. */
interface TracedContext extends KoaContext {
  /** All layers whose path matches, middleware (without methods) among them. */
  matched?: unknown
  /** Where koa-mount has put the app that runs now. */
  mountPath?: unknown
  [SERVED]?: Served
  [ROUTE]?: unknown
}

export const koaMiddlewareOf =
  (core: Core): KoaMiddleware =>
  (context, next) => {
    const served = serve(core, context.req, context.res)
    if (!served) return next()
    core.guard('watching routes', () => watch(core, context, served))
    return chainedInside(
      served,
      served.run(() => follow(served, context, next)),
    )
  }

const follow = async (
  served: Served,
  { request }: KoaContext,
  next: () => Promise<unknown>,
): Promise<unknown> => {
  try {
    return await next()
  } catch (error) {
    served.error = error
    throw error
  } finally {
    const { owner } = served
    if (owner.options.recordValues) {
      owner.guard('reading the body', () => (served.body = 'body' in request ? request.body : undefined))
    }
  }
}

/**
 * Koa writes the response in what it chains to the promise of its first middleware. Chained from inside the request, it
 * also runs there, and with it the streams that are bodies, the listeners of the response and the app's of errors.
 */
const chainedInside = <T>(served: Served, promise: Promise<T>): Promise<T> =>
  Object.assign(promise, {
    // oxlint-disable-next-line unicorn/no-thenable -- it is one already
    then: (...handlers: Parameters<Promise<T>['then']>) =>
      chainedInside(
        served,
        runInScope(served, () => Promise.prototype.then.apply(promise, handlers)),
      ),
  })

const watched = new WeakSet<object>()

/** Once an app: a property of the prototype of its contexts, and a listener. */
const watch = (core: Core, context: TracedContext, served: Served): void => {
  context[SERVED] = served
  const prototype: unknown = Object.getPrototypeOf(context)
  if (typeof prototype !== 'object' || prototype === null || watched.has(prototype)) return
  watched.add(prototype)
  Object.defineProperty(prototype, '_matchedRoute', {
    configurable: true,
    enumerable: true,
    get: routeOf,
    set: setRoute,
  })
  // By now Koa has set the listener it sets where there is none. It tells of bodies that break, too.
  context.app.on('error', (error: unknown, failed?: TracedContext) => {
    core.guard('reading an error', () => noteError(error, failed))
  })
}

function routeOf(this: TracedContext): unknown {
  return this[ROUTE]
}
/** @koa/router sets it with each layer that runs; taken down at once, as the response may end before the handler. */
function setRoute(this: TracedContext, route: unknown): void {
  this[ROUTE] = route
  const served = this[SERVED]
  served?.owner.guard('reading the route', () => {
    // A path below which an app is mounted is known only as it was called.
    if (isRoute(this.matched, route)) served.route = (this.mountPath ? mountedAt(this) : '') + String(route)
  })
}

const isRoute = (matched: unknown, route: unknown): boolean =>
  !Array.isArray(matched) ||
  matched.some((layer: { path?: unknown; methods?: unknown }) => {
    return layer.path === route && Array.isArray(layer.methods) && layer.methods.length > 0
  })

const mountedAt = ({ originalUrl, path }: KoaContext): string => {
  const whole = pathOf(originalUrl)
  return whole.endsWith(path) ? nameOfPath(whole.slice(0, -path.length)) : ''
}

const noteError = (error: unknown, context: TracedContext | undefined): void => {
  const served = context?.[SERVED]
  if (served) served.error ??= error
}
