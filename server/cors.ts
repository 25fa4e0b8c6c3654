// Which web pages of other origins may ask: CORS as Zipkin's server answers it.
import type { NextFunction, Request, RequestHandler, Response } from 'express'

/** Zipkin's and Jaeger's APIs: what pages of any origin read with Zipkin's default. */
const OF_PEERS = /^\/(?:api|zipkin)(?:\/|$)/i

/**
 * @param origins such as `https://grafana.example`, which may read whatever this server answers; `*` for any origin,
 *   whose pages may read {@link OF_PEERS}, though never with their user's cookies
 */
export function cors(origins: readonly string[]): RequestHandler {
  const any = origins.includes('*')
  return (request: Request, response: Response, next: NextFunction) => {
    const { origin } = request.headers
    // Also the answer to a request of no page: a cache would give it to a page, which could not read it.
    response.vary('origin')
    const anyHere = any && OF_PEERS.test(request.path)
    const allowed = origin !== undefined && (anyHere || origins.includes(origin))
    if (allowed) {
      response.setHeader('Access-Control-Allow-Origin', anyHere && origin !== 'null' ? '*' : origin)
      response.setHeader('Access-Control-Allow-Headers', 'content-type')
    }
    const isPreflight =
      request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined
    if (origin === undefined || !isPreflight) return next()
    // A browser takes the want of the headers for a no.
    if (allowed)
      response.setHeader('Access-Control-Allow-Methods', 'GET,POST').setHeader('Access-Control-Max-Age', '0')
    response.setHeader('Content-Length', '0').end()
  }
}
