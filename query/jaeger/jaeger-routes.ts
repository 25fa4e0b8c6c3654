// The query API that Jaeger had for its own UI, as Grafana's Jaeger data source calls it.
// After Jaeger 2.16's cmd/jaeger/internal/extension/jaegerquery; later ones have kept only parts of it.
import type { ServerResponse } from 'node:http'
import express, { type Router } from 'express'
import type { Trace, TraceId } from '@hopscope/model'
import { encodeJaegerJson, HopscopeError } from '@hopscope/proto'
import type { SpanReader } from '@hopscope/storage'
import { afterData, errorsInEnvelope, sendData } from './jaeger-answer.ts'
import { rawFrom, traceQueryFromJaeger, windowFromJaeger } from './jaeger-query.ts'
import { onlyGet } from '../only-get-routes.ts'
import { textParameter, textParameters, traceIdParameter } from '../parameters.ts'
import { listOf, piecesOf, sendPieces, TracePages, tracesOf } from '../trace-stream.ts'

interface JaegerRoutesOptions {
  readonly reader: SpanReader
  /** Default of `lookback` for dependencies, in milliseconds. */
  readonly lookback: number
}

const NOT_FOUND = 'trace not found'

/** To be mounted at `/api`. */
export function jaegerRoutes({ reader, lookback }: JaegerRoutesOptions): Router {
  const router = express.Router()
  router.use(['/services', '/operations', '/traces', '/dependencies'], errorsInEnvelope)

  router.get('/services', async (_, response) => {
    const services = await reader.names('service', {})
    sendData(response, services, services.length)
  })

  // A service's name may have a slash, which Grafana sends as it is.
  router.get('/services/*service/operations', async (request, response) => {
    const operations = await operationsOf(reader, [request.params['service']].flat().join('/'))
    sendData(response, operations, operations.length)
  })

  router.get('/operations', async (request, response) => {
    const service = textParameter(request, 'service')
    if (service === undefined) throw new HopscopeError('parameter-invalid', "parameter 'service' is required")
    const operations = await operationsOf(reader, service)
    // Which kinds an operation's spans have is not known without reading them; Jaeger says so with an empty kind.
    sendData(
      response,
      operations.map((name) => ({ name, spanKind: '' })),
      operations.length,
    )
  })

  router.get('/traces', async (request, response) => {
    const raw = rawFrom(request, ['raw'])
    const asked = new Set(
      textParameters(request, 'traceID').map((id) => traceIdParameter(id.toLowerCase(), 'traceID')),
    )
    const missing: TraceId[] = []
    let traces: AsyncIterable<Trace>
    if (asked.size > 0) traces = tracesById(reader, asked, missing)
    else {
      const pages = new TracePages()
      for await (const { traceId, spanCount } of reader.find(traceQueryFromJaeger(request)))
        pages.add(traceId, spanCount)
      traces = tracesOf(reader, pages)
    }
    await sendTraces(response, traces, raw, missing)
  })

  // Grafana may send start and end, in milliseconds, as a hint; an id needs none.
  router.get('/traces/:traceId', async (request, response) => {
    const raw = rawFrom(request, ['raw'])
    const traceId = traceIdParameter(request.params.traceId.toLowerCase(), 'traceID')
    const [trace] = await reader.traces([traceId])
    if (trace === undefined) throw new HopscopeError('trace-not-found', NOT_FOUND)
    await sendTraces(response, [trace], raw, [])
  })

  router.get('/dependencies', async (request, response) => {
    const service = textParameter(request, 'service')?.toLowerCase()
    const links = await reader.dependencies(windowFromJaeger(request, lookback))
    const data = links
      .filter(({ parent, child }) => service === undefined || parent === service || child === service)
      .map(({ parent, child, callCount }) => ({ parent, child, callCount }))
    sendData(response, data, 0)
  })

  return onlyGet(router)
}

export function operationsOf(reader: SpanReader, service: string): Promise<string[]> {
  return reader.names('operation', { service: service.toLowerCase() })
}

/** Each trace once, by whichever of its ids it was asked for. @param missing gets the ids of none */
async function* tracesById(
  reader: SpanReader,
  ids: Iterable<TraceId>,
  missing: TraceId[],
): AsyncGenerator<Trace> {
  const given = new Set<TraceId>()
  for (const id of ids) {
    const [trace] = await reader.traces([id])
    if (trace === undefined) missing.push(id)
    else if (!given.has(trace.traceId)) {
      given.add(trace.traceId)
      yield trace
    }
  }
}

/** @param missing looked at when all traces have passed */
function sendTraces(
  response: ServerResponse,
  traces: Iterable<Trace> | AsyncIterable<Trace>,
  raw: boolean,
  missing: readonly TraceId[],
): Promise<void> {
  const items = piecesOf(traces, ({ spans }) => [encodeJaegerJson(spans, { raw })])
  const errors = () => missing.map((traceID) => ({ msg: NOT_FOUND, traceID }))
  return sendPieces(
    response,
    listOf('{"data":[', items, () => `]${afterData(0, errors())}`),
  )
}
