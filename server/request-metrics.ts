// Counts and times every answer under the name and labels that Zipkin's dashboards ask for.
import type { RequestHandler } from 'express'
import { Histogram, type Registry } from 'prom-client'

/** Seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Every route, as the contract (proto/openapi.yaml) names it; a path that is none of these gets no name of its own. */
const ROUTES: readonly string[] = [
  '/api/v2/spans', '/api/v1/spans', '/v1/traces',
  '/api/v2/services', '/api/v2/remoteServices', '/api/v2/traces', '/api/v2/trace/{traceId}', '/api/v2/traceMany',
  '/api/v2/dependencies', '/api/v2/autocompleteKeys', '/api/v2/autocompleteValues',
  '/api/services', '/api/services/{service}/operations', '/api/operations', '/api/traces', '/api/traces/{traceId}',
  '/api/dependencies',
  '/api/v3/services', '/api/v3/operations', '/api/v3/traces', '/api/v3/traces/{traceId}', '/api/v3/trace-summaries',
  '/rest/v1/traces', '/rest/v1/traces/{traceId}', '/rest/v1/requests/{requestId}', '/rest/v1/export',
  '/rest/v1/services', '/rest/v1/services/{service}/operations', '/rest/v1/tags', '/rest/v1/tags/{key}/values',
  '/rest/v1/graph', '/rest/v1/metrics', '/rest/v1/profile', '/rest/v1/compare', '/rest/v1/traces/{a}/compare/{b}',
  '/rest/v1/openapi.yaml', '/docs',
  '/health', '/info', '/metrics', '/prometheus', '/actuator/health', '/actuator/info', '/actuator/prometheus',
  '/zipkin/config.json',
] // prettier-ignore

/** As Express compares: whatever the case. */
const PLAIN = new Map(
  ROUTES.filter((route) => !route.includes('{')).map((route) => [route.toLowerCase(), route]),
)
/** The names of services and tags may have slashes. */
const WITH_VARIABLE = ROUTES.filter((route) => route.includes('{')).map(
  (route) =>
    [
      new RegExp(`^${route.replace(/\{service\}|\{key\}/, '.+').replace(/\{\w+\}/g, '[^/]+')}$`, 'i'),
      route,
    ] as const,
)
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
        uri: uriOf(method, path, status),
        status: String(status),
      })
    })
    next()
  }
}

/** Bounded, whatever paths strangers ask for, and however they spell them. */
function uriOf(method: string, path: string, status: number): string {
  if (status >= 300 && status < 400) return 'REDIRECTION'
  // 405 answers any path, known or not.
  if (status === 404 || status === 405) return 'NOT_FOUND'
  const plain = path.replace(/^\/zipkin(?=\/api\/v[12]\/)/i, '').replace(/(?<=.)\/$/, '')
  const route = PLAIN.get(plain.toLowerCase()) ?? WITH_VARIABLE.find(([pattern]) => pattern.test(plain))?.[1]
  if (route !== undefined) return route
  // What is no route but there is a page of the viewer, or one of its files; as Zipkin names them.
  const isPage = status < 300 && (method === 'GET' || method === 'HEAD')
  return isPage ? '/zipkin/index.html' : 'NOT_FOUND'
}
