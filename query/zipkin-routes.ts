// Zipkin's v2 read API, so that Zipkin's clients and dashboards find what they know.
import express, { type Request, type Response, type Router } from 'express'
import type { TraceId } from '@hopscope/model'
import { encodeZipkinV2Json, HopscopeError } from '@hopscope/proto'
import type { NameKind, SpanReader } from '@hopscope/storage'
import { onlyGet } from './only-get-routes.ts'
import { shown, textParameter, traceIdParameter } from './parameters.ts'
import { sendTraces, TracePages } from './trace-stream.ts'
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

  const names = (path: string, kind: NameKind) =>
    router.get(path, async (request, response) => {
      const service = kind === 'service' ? undefined : required(request, 'serviceName').toLowerCase()
      const services = kind === 'service' ? undefined : await reader.names('service', {})
      const found = await reader.names(kind, { service })
      sendNames(response, found, (services ?? found).length > FEW_NAMES)
    })

  names('/services', 'service')
  names('/spans', 'operation')
  names('/remoteServices', 'remoteService')

  router.get('/traces', async (request, response) => {
    const pages = new TracePages()
    for await (const { traceId, spanCount } of reader.find(traceQueryFromZipkin(request, lookback)))
      pages.add(traceId, spanCount)
    await sendTraces(response, reader, pages)
  })

  router.get('/trace/:traceId', async (request, response) => {
    const traceId = traceIdParameter(request.params.traceId, 'traceId')
    const [trace] = await reader.traces([traceId])
    if (trace === undefined) throw new HopscopeError('trace-not-found', `${traceId} not found`)
    response.type('application/json').send(encodeZipkinV2Json(trace.spans))
  })

  router.get('/traceMany', async (request, response) => {
    const ids = new Set<TraceId>()
    for (const text of required(request, 'traceIds').split(',')) {
      const id = traceIdParameter(text, 'traceIds')
      if (ids.has(id)) throw new HopscopeError('parameter-invalid', `redundant traceId: ${shown(text)}`)
      ids.add(id)
    }
    if (ids.size === 1)
      throw new HopscopeError(
        'parameter-invalid',
        'Use /api/v2/trace/{traceId} endpoint to retrieve a single trace',
      )
    const pages = new TracePages()
    for (const id of ids) pages.add(id, 0)
    await sendTraces(response, reader, pages)
  })

  router.get('/dependencies', async (request, response) => {
    required(request, 'endTs')
    const links = await reader.dependencies(windowFromZipkin(request, lookback))
    response.json(
      links.map(({ parent, child, callCount, errorCount }) =>
        errorCount > 0 ? { parent, child, callCount, errorCount } : { parent, child, callCount },
      ),
    )
  })

  router.get('/autocompleteKeys', (_, response) => {
    sendNames(response, [...autocompleteKeys].sort(), true)
  })

  router.get('/autocompleteValues', async (request, response) => {
    const key = required(request, 'key')
    const values = autocompleteKeys.includes(key) ? await reader.names('tagValue', { tagKey: key }) : []
    sendNames(response, values, values.length > FEW_NAMES)
  })

  return onlyGet(router)
}

function required(request: Request, name: string): string {
  const value = textParameter(request, name)
  if (value === undefined) throw new HopscopeError('parameter-invalid', `${name}: this parameter is required`)
  return value
}

function sendNames(response: Response, names: readonly string[], cacheable: boolean): void {
  if (cacheable) response.setHeader('Cache-Control', 'max-age=300, must-revalidate')
  response.json(names)
}
