// Jaeger's current query API, whose traces are OTLP's JSON: what Jaeger 2.20 still serves, and Grafana by a switch.
// After Jaeger's apiv3/http_gateway.go and api_v3/query_service.proto.
import express, { type Router } from 'express'
import type { Span, Trace, TraceSummary } from '@hopscope/model'
import { HopscopeError, withServerIds } from '@hopscope/proto'
import type { SpanReader } from '@hopscope/storage'
import { fileOf, otlpItems } from '../export-formats.ts'
import { errorsOfGateway } from './jaeger-answer.ts'
import { rawFrom, timeFrom, traceQueryFromJaegerV3 } from './jaeger-query.ts'
import { operationsOf } from './jaeger-routes.ts'
import { onlyGet } from '../only-get-routes.ts'
import { textParameter, traceIdParameter } from '../parameters.ts'
import { listOf, sendJson, sendPieces, TracePages, tracesOf } from '../trace-stream.ts'

const NONE_FOUND = 'No traces found'
/** OTLP's JSON in an envelope. */
const formatOf = (raw: boolean) => ({
  head: '{"result":{"resourceSpans":[',
  tail: ']}}',
  items: ({ spans }: Trace) => otlpItems({ spans: raw ? spans : withServerIds(spans) }),
})

/** To be mounted at `/api/v3`. */
export function jaegerV3Routes(reader: SpanReader): Router {
  const router = express.Router()
  router.use(errorsOfGateway)

  router.get('/services', async (_, response) => {
    sendJson(response, JSON.stringify({ services: await reader.names('service', {}) }))
  })

  router.get('/operations', async (request, response) => {
    // Of which kind an operation's spans are is not known without reading them, so that none is left out by its kind.
    const service = textParameter(request, 'service')
    const names = service === undefined ? [] : await operationsOf(reader, service)
    const operations = names.map((name) => ({ name, spanKind: 'unspecified' }))
    sendJson(response, JSON.stringify({ operations }))
  })

  router.get('/traces', async (request, response) => {
    const raw = rawFrom(request, ['query.rawTraces', 'query.raw_traces'])
    const pages = new TracePages()
    for await (const { traceId, spanCount } of reader.find(traceQueryFromJaegerV3(request)))
      pages.add(traceId, spanCount)
    if (pages.pages.length === 0) throw new HopscopeError('trace-not-found', NONE_FOUND)
    await sendPieces(response, fileOf(tracesOf(reader, pages), formatOf(raw)))
  })

  router.get('/traces/:traceId', async (request, response) => {
    const traceId = traceIdParameter(request.params.traceId.toLowerCase(), 'trace_id')
    const raw = rawFrom(request, ['rawTraces', 'raw_traces'])
    // An id needs no times, but a time that is none is told.
    timeFrom(request, ['startTime', 'start_time'])
    timeFrom(request, ['endTime', 'end_time'])
    const [trace] = await reader.traces([traceId])
    if (trace === undefined) throw new HopscopeError('trace-not-found', NONE_FOUND)
    await sendPieces(response, fileOf([trace], formatOf(raw)))
  })

  router.get('/trace-summaries', async (request, response) => {
    const summaries = new Map<string, TraceSummary>()
    const pages = new TracePages()
    for await (const summary of reader.find(traceQueryFromJaegerV3(request))) {
      summaries.set(summary.traceId, summary)
      pages.add(summary.traceId, summary.spanCount)
    }
    const items = summarized(tracesOf(reader, pages), summaries)
    await sendPieces(
      response,
      listOf('{"summaries":[', items, () => ']}'),
    )
  })

  return onlyGet(router)
}

/** The spans are read for one number that stores don't keep: how many have a parent that is missing. */
async function* summarized(
  traces: AsyncIterable<Trace>,
  summaries: ReadonlyMap<string, TraceSummary>,
): AsyncGenerator<string> {
  for await (const { traceId, spans } of traces) {
    const summary = summaries.get(traceId)
    if (summary !== undefined) yield JSON.stringify(wireSummary(summary, orphans(spans)))
  }
}

function orphans(spans: readonly Span[]): number {
  const ids = new Set(spans.map(({ id }) => id))
  return spans.filter(({ parentId }) => parentId !== undefined && !ids.has(parentId)).length
}

/** Nanoseconds are text, and zero and empty are left out, as in all JSON of protobuf. */
function wireSummary(
  { traceId, start, duration, rootService, rootOperation, spanCount, errorCount, services }: TraceSummary,
  orphanSpanCount: number,
): object {
  return {
    traceId: traceId.padStart(32, '0'),
    ...(rootService !== undefined && { rootServiceName: rootService }),
    ...(rootOperation !== undefined && { rootOperationName: rootOperation }),
    minStartTimeUnixNano: `${start}000`,
    maxEndTimeUnixNano: `${start + duration}000`,
    spanCount,
    ...(errorCount > 0 && { errorSpanCount: errorCount }),
    ...(orphanSpanCount > 0 && { orphanSpanCount }),
    services: services.map((service) => ({
      name: service.name,
      spanCount: service.spanCount,
      ...(service.errorCount > 0 && { errorSpanCount: service.errorCount }),
    })),
  }
}
