// Zipkin's v2 read API, so that Zipkin's clients and dashboards find what they know. Compared with Zipkin's own server
// by `npm run conformance`.
import express, { type Response, type Router } from 'express'
import type { TraceId } from '@hopscope/model'
import { HopscopeError, type Problem } from '@hopscope/proto'
import type { NameKind, SpanReader } from '@hopscope/storage'
import { FILE_FORMATS, fileOf, zipkinListsOf } from '../export-formats.ts'
import { onlyGet } from '../only-get-routes.ts'
import { sendJson, sendPieces, TracePages, tracesOf } from '../trace-stream.ts'
import { mandatory, refused, traceIdFromZipkin, wholeFrom } from './zipkin-parameters.ts'
import { traceQueryFromZipkin, windowFromZipkin } from './zipkin-query.ts'

export interface ZipkinRoutesOptions {
  readonly reader: SpanReader
  /** Default of `lookback`, in milliseconds. */
  readonly lookback: number
  /** Tag keys whose values are offered for completion. */
  readonly autocompleteKeys: readonly string[]
}

/** Names are asked for at every key stroke; from this many on, browsers may keep them. */
const FEW_NAMES = 3

export function zipkinRoutes({ reader, lookback, autocompleteKeys }: ZipkinRoutesOptions): Router {
  const router = express.Router()

  // Zipkin's messages are compared by its clients' tests: not even a line's end is added.
  router.use((_, { locals }, next) => {
    locals['errorForm'] = ({ detail }: Problem) => ({ type: 'text/plain', body: detail })
    next()
  })

  router.get('/services', async (_, response) => {
    const services = await reader.names('service', {})
    sendNames(response, services, services.length > FEW_NAMES)
  })

  const namesOfService = (path: string, kind: NameKind) =>
    router.get(path, async (request, response) => {
      const service = mandatory(request, 'serviceName').toLowerCase()
      const [services, names] = await Promise.all([
        reader.names('service', {}),
        service === '' ? [] : reader.names(kind, { service }),
      ])
      sendNames(response, names, services.length > FEW_NAMES)
    })

  namesOfService('/spans', 'operation')
  namesOfService('/remoteServices', 'remoteService')

  router.get('/traces', async (request, response) => {
    const pages = new TracePages()
    for await (const { traceId, spanCount } of reader.find(traceQueryFromZipkin(request, lookback)))
      pages.add(traceId, spanCount)
    await sendPieces(response, zipkinListsOf(tracesOf(reader, pages)))
  })

  router.get('/trace/:traceId', async ({ params }, response) => {
    const traceId = traceIdFromZipkin(params.traceId.trim())
    const [trace] = await reader.traces([traceId])
    if (trace === undefined) throw new HopscopeError('trace-not-found', `${traceId} not found`)
    await sendPieces(response, fileOf([trace], FILE_FORMATS.zipkin))
  })

  router.get('/traceMany', async (request, response) => {
    const text = mandatory(request, 'traceIds')
    if (text === '') throw refused('traceIds parameter is empty')
    const ids = new Set<TraceId>()
    for (const each of text.split(',')) {
      const id = traceIdFromZipkin(each)
      if (ids.has(id)) throw refused(`redundant traceId: ${each}`)
      ids.add(id)
    }
    if (ids.size === 1) throw refused('Use /api/v2/trace/{traceId} endpoint to retrieve a single trace')
    const pages = new TracePages()
    for (const id of ids) pages.add(id, 0)
    await sendPieces(response, zipkinListsOf(tracesOf(reader, pages)))
  })

  router.get('/dependencies', async (request, response) => {
    wholeFrom(request, 'endTs', 63n)
    const links = await reader.dependencies(windowFromZipkin(request, lookback))
    const shown = links.map(({ parent, child, callCount, errorCount }) =>
      errorCount > 0 ? { parent, child, callCount, errorCount } : { parent, child, callCount },
    )
    sendJson(response, JSON.stringify(shown))
  })

  router.get('/autocompleteKeys', (_, response) => {
    sendNames(response, [...autocompleteKeys].sort(), true)
  })

  router.get('/autocompleteValues', async (request, response) => {
    const key = mandatory(request, 'key')
    if (key === '') throw refused('key was empty')
    const values = autocompleteKeys.includes(key) ? await reader.names('tagValue', { tagKey: key }) : []
    sendNames(response, values, values.length > FEW_NAMES)
  })

  return onlyGet(router)
}

function sendNames(response: Response, names: readonly string[], cacheable: boolean): void {
  if (cacheable) response.setHeader('Cache-Control', 'max-age=300, must-revalidate')
  sendJson(response, JSON.stringify(names))
}
