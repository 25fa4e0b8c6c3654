// Which web pages of other origins may ask: CORS as Zipkin's server answers it.
import type { NextFunction, Request, RequestHandler, Response } from 'express'

/**
 * @param origins such as `https://grafana.example`; `*` for any, whose pages then see what this server answers to a
 *   browser, though never with its user's cookies
 */
export function cors(origins: readonly string[]): RequestHandler {
  const any = origins.includes('*')
  return (request: Request, response: Response, next: NextFunction) => {
    const { origin } = request.headers
    if (!any) response.vary('origin')
    const allowed = origin !== undefined && (any || origins.includes(origin))
    if (allowed) {
      response.setHeader('Access-Control-Allow-Origin', any && origin !== 'null' ? '*' : origin)
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
