// The way in for Fastify 5 (and 4): a plugin by shape, so that Fastify is not imported.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Core } from '../spans/core.ts'
import type { NodeRequest, NodeResponse } from './http.ts'
import { serve, servedOf } from './served.ts'

interface FastifyRequest {
  readonly raw: NodeRequest
  readonly body: unknown
  /** `url` is the template with the prefixes of its plugins; `undefined` where no route matched. */
  readonly routeOptions?: { readonly url?: string | undefined } | undefined
}
interface FastifyReply {
  readonly raw: NodeResponse
}
interface FastifyApp {
  addHook(
    name: 'onRequest' | 'preValidation',
    hook: (request: FastifyRequest, reply: FastifyReply, done: () => void) => void,
  ): unknown
  addHook(
    name: 'onError',
    hook: (request: FastifyRequest, reply: FastifyReply, error: Error, done: () => void) => void,
  ): unknown
}

/** What `app.register` takes. */
export type FastifyTracing = (app: FastifyApp, options: unknown, done: (error?: Error) => void) => void

/**
 * Node hands an upgrade to its own listeners with a socket and no response. Plugins for WebSockets make up a response
 * to run the hooks with: it is never written, so its span would end with the socket, as cut short.
 */
const isUpgrade = (request: NodeRequest): boolean => (request as { upgrade?: unknown }).upgrade === true

export const fastifyPluginOf = (core: Core): FastifyTracing => {
  const plugin: FastifyTracing = (app, _options, done) => {
    app.addHook('onRequest', (request, reply, next) => {
      if (isUpgrade(request.raw)) return next()
      const served = serve(core, request.raw as IncomingMessage, reply.raw as ServerResponse)
      if (!served) return next()
      core.guard('reading the route', () => (served.route = request.routeOptions?.url))
      served.run(next)
    })
    // Called with what was thrown before any error handler of the service's sees it.
    app.addHook('onError', (request, _reply, error, next) => {
      const served = servedOf(request.raw as IncomingMessage)
      if (served) served.error = error
      next()
    })
    // Parsed, and not yet refused for what is in it.
    if (core.options.recordValues) {
      app.addHook('preValidation', (request, _reply, next) => {
        const served = servedOf(request.raw as IncomingMessage)
        if (served) served.body = request.body
        next()
      })
    }
    done()
  }
  // As fastify-plugin does: the hooks are for the app it is registered with, and not for a scope of its own.
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: '@hopscope/propagation',
  })
}
