// Puts the rooms together behind one port: intake, Zipkin's API, REST, the viewer and the operator's routes.
import { finished } from 'node:stream'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import type { Logger } from 'pino'
import { Admission, httpIntake } from '@hopscope/collector'
import { type ErrorForm, HopscopeError, problemFrom } from '@hopscope/proto'
import {
  analysisRoutes,
  jaegerRoutes,
  jaegerV3Routes,
  restRoutes,
  withLenientIds,
  withoutSearch,
  zipkinRoutes,
} from '@hopscope/query'
import type { Health, Store } from '@hopscope/storage'
import type { Collector } from './collector.ts'
import type { Config } from './config.ts'
import { cors } from './cors.ts'
import { docs } from './docs.ts'
import { operatorRoutes } from './operator-routes.ts'
import { limitRate } from './rate-limit.ts'
import { requestMetrics } from './request-metrics.ts'
import { viewer } from './viewer.ts'
import { zipkinPages } from './zipkin-pages.ts'

export interface AppOptions {
  readonly config: Config
  readonly store: Store
  readonly collector: Collector
  /** How the Kafka intake does, if there is one. */
  readonly kafka?: () => Health
  readonly log: Logger
  readonly version: string
}

/** Where Zipkin's clients look: at the root, and below /zipkin. */
const ZIPKIN_BASES = ['', '/zipkin']

export function createApp({ config, store, collector, kafka, log, version }: AppOptions): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('query parser', 'simple')
  const { registry, metrics, pipeline } = collector
  app.use(securityHeaders, singleSlash, cors(config.allowedOrigins), requestMetrics(registry))

  const components = {
    storage: () => store.check(),
    ...(kafka && { kafka: () => Promise.resolve(kafka()) }),
  }
  app.use(operatorRoutes({ components, registry, metrics, version }))

  if (config.role !== 'query') {
    const admission = new Admission(config.maxPending)
    metrics.showPending(() => admission.heldBytes)
    app.use(httpIntake({ pipeline, admission, maxBodyBytes: config.maxBody }))
  }
  if (config.role !== 'collector') {
    const { lookback, autocompleteKeys, searchEnabled, strictTraceId } = config
    const searched = searchEnabled ? store.reader : withoutSearch(store.reader)
    const reader = strictTraceId ? searched : withLenientIds(searched)
    // As Zipkin answers: the spans of a trace with the ids that they came with.
    const asStored = strictTraceId ? searched : withLenientIds(searched, { asStored: true })
    const zipkin = zipkinRoutes({ reader: asStored, lookback, autocompleteKeys })
    for (const base of ZIPKIN_BASES) app.use(`${base}/api/v2`, zipkin)
    app.use('/api', jaegerRoutes({ reader, lookback }))
    app.use('/api/v3', jaegerV3Routes(reader))
    app.use(
      '/rest/v1',
      limitRate(config.rateLimit),
      restRoutes({ reader, searchEnabled, version }),
      analysisRoutes({ reader, searchEnabled }),
    )
    app.use(docs())
    app.use(zipkinPages(searchEnabled))
    app.use(viewer())
  }

  app.use(unanswered)
  // Express knows a handler of errors by its four parameters.
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    sendError(error, request, response, log)
  })
  return app
}

/** The viewer loads nothing from elsewhere and runs nothing inline; a tag's value can't change that. */
function securityHeaders(_: Request, response: Response, next: NextFunction): void {
  response.setHeader(
    'Content-Security-Policy',
    "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  )
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.setHeader('Referrer-Policy', 'no-referrer')
  next()
}

/** As Zipkin's server does: a client whose base URL ends with a slash asks for `//api/v2/spans`. */
function singleSlash(request: Request, _: Response, next: NextFunction): void {
  request.url = request.url.replace(/^\/{2,}/, '/')
  next()
}

/** A route that doesn't take the method has named in `locals.allow` those it takes, and let the others try. */
function unanswered({ method, path }: Request, response: Response, next: NextFunction): void {
  const { allow: allowed = [] }: { allow?: string[] } = response.locals
  // Scanners of vulnerabilities want a plain no to TRACE wherever they ask.
  if (allowed.length === 0 && method === 'TRACE') allowed.push('GET', 'HEAD')
  if (allowed.length === 0)
    return next(new HopscopeError('route-not-found', `There is no ${method} ${path} here.`))
  const allow = allowed.join(', ')
  response.setHeader('Allow', allow)
  next(new HopscopeError('method-not-allowed', `${path} takes ${allow}, not ${method}.`))
}

const problemDetails: ErrorForm = (problem) => ({
  type: 'application/problem+json',
  body: JSON.stringify(problem),
})
const plainText: ErrorForm = ({ detail }) => ({ type: 'text/plain', body: `${detail}\n` })

/**
 * A route whose clients expect errors in a form of their own has left it in `locals.errorForm`. Otherwise our own
 * routes answer with problem details (RFC 9457), Zipkin's with text.
 */
function sendError(thrown: unknown, request: Request, response: Response, log: Logger): void {
  const error = undecodablePath(thrown) ?? thrown
  const problem = problemFrom(error)
  // A flood of posts must not become a flood of log lines: the metrics count those.
  if (problem.status >= 500)
    log[problem.code === 'overloaded' ? 'debug' : 'error'](
      { err: error, method: request.method, path: request.path, code: problem.code },
      problem.title,
    )
  // Part of an answer is out: only a broken connection tells that it is not the whole.
  if (response.headersSent) return void response.destroy()
  response.status(problem.status)
  if (error instanceof HopscopeError && error.retryAfter !== undefined)
    response.setHeader('Retry-After', String(error.retryAfter))
  const {
    // Express finds routes without regard to case.
    errorForm = /^\/rest\//i.test(request.path) ? problemDetails : plainText,
  }: { errorForm?: ErrorForm } = response.locals
  const { type, body } = errorForm(problem)
  answer(request, response.type(type), body)
}

/**
 * Says it at once, but hangs up only when the sender is done, or its time is: one that is still sending would find
 * the connection reset, and never hear why.
 */
function answer(request: Request, response: Response, text: string | Uint8Array): void {
  if (response.getHeader('Connection') !== 'close') return void response.send(text)
  response.setHeader('Content-Length', Buffer.byteLength(text)).write(text)
  finished(request, () => response.end())
  request.resume()
}

function undecodablePath(error: unknown): HopscopeError | undefined {
  return error instanceof URIError
    ? new HopscopeError('parameter-invalid', 'The path has a % that is not part of an escape.', {
        cause: error,
      })
    : undefined
}
