// Counts and times every answer under the name and labels that Zipkin's dashboards ask for.
import type { RequestHandler } from 'express'
import { Histogram, type Registry } from 'prom-client'

/** Seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Paths with variables, which count as one. */
const ROUTES: readonly [path: RegExp, uri: string][] = [
  [/^\/api\/v2\/trace\/[^/]+$/, '/api/v2/trace/{traceId}'],
  [/^\/rest\/v1\/traces\/[^/]+$/, '/rest/v1/traces/{traceId}'],
  [/^\/rest\/v1\/requests\/[^/]+$/, '/rest/v1/requests/{requestId}'],
  [/^\/api\/services\/.+\/operations$/, '/api/services/{service}/operations'],
  [/^\/api\/traces\/[^/]+$/, '/api/traces/{traceId}'],
  [/^\/api\/v3\/traces\/[^/]+$/, '/api/v3/traces/{traceId}'],
  // As Zipkin names the pages of its viewer.
  [/^\/(?:$|index\.html$|traces\/|requests\/|assets\/)/, '/zipkin/index.html'],
]
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'])

export function requestMetrics(registry: Registry): RequestHandler {
  const seconds = new Histogram({
    name: 'http_server_requests_seconds',
    help: 'Response time histogram',
    labelNames: ['method', 'uri', 'status'],
    buckets: BUCKETS,
    registers: [registry],
  })
  return (request, response, next) => {
    const { method, path } = request
    const stop = seconds.startTimer()
    response.once('close', () => {
      const status = response.statusCode
      stop({
        method: METHODS.has(method) ? method : 'OTHER',
        uri: uriOf(path, status),
        status: String(status),
      })
    })
    next()
  }
}

/** Bounded, whatever paths strangers ask for: those of no route are all one. */
function uriOf(path: string, status: number): string {
  if (status >= 300 && status < 400) return 'REDIRECTION'
  // 405 and a preflight answer any path, known or not.
  if (status === 404 || status === 405) return 'NOT_FOUND'
  const plain = path
    .toLowerCase()
    .replace(/^\/zipkin(?=\/api\/)/, '')
    .replace(/(?<=.)\/$/, '')
  return ROUTES.find(([pattern]) => pattern.test(plain))?.[1] ?? plain
}
