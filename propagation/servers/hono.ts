// The way in for Hono 4: on @hono/node-server by node's own request and response, elsewhere by those of fetch.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Core } from '../spans/core.ts'
import { serveFetch, type Serving } from './hono-fetch.ts'
import { COMPOSED, type HonoContext, type HonoRoute } from './hono-types.ts'
import { serve } from './served.ts'

/** What `app.use` takes. */
export type HonoMiddleware = (context: HonoContext, next: () => Promise<void>) => Promise<void>

interface NodeEnv {
  incoming?: IncomingMessage
  outgoing?: ServerResponse
}

export const honoMiddlewareOf =
  (core: Core): HonoMiddleware =>
  (context, next) => {
    const { incoming, outgoing } = (context.env ?? {}) as NodeEnv
    if (!incoming) return serveFetch(core, context, next, (serving) => follow(core, serving, context, next))
    if (!outgoing) return next()
    const served = serve(core, incoming, outgoing)
    if (!served) return next()
    return served.run(() => follow(core, served, context, next))
  }

const follow = async (
  core: Core,
  served: Serving,
  context: HonoContext,
  next: () => Promise<void>,
): Promise<void> => {
  let routes: readonly HonoRoute[] = []
  const note = (): void => {
    served.error = context.error
    served.route = routeFrom(routes, context.req.routeIndex)
  }
  core.guard('reading the route', () => {
    routes = context.req.matchedRoutes
    // Now as well: the handler may write the whole response by itself.
    note()
  })
  try {
    await next()
  } catch (error) {
    // Hono handles an `Error` itself, below; this is anything else that was thrown.
    served.error = error
    throw error
  }
  core.guard('reading the route', note)
}

/** The first route, from the one that ran last on: where it was middleware that answered, the one that it stood before. */
const routeFrom = (routes: readonly HonoRoute[], index: number): string | undefined => {
  for (let at = index; at < routes.length; at++) {
    const route = routes[at]
    if (route && isRoute(route)) return route.path
  }
  return undefined
}

/** `app.use` is known from `app.all` by its handler, which takes `next`. What serves anything is no route. */
const isRoute = ({ method, path, handler }: HonoRoute): boolean =>
  method !== 'ALL' || ((handler[COMPOSED] ?? handler).length < 2 && !path.endsWith('*'))
