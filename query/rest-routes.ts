// Hopscope's own REST API: search, a request with all its traces, a trace explained.
import express, { type Router } from 'express'
import { reconstruct, type TraceQuery, type TraceSummary } from '@hopscope/model'
import { HopscopeError } from '@hopscope/proto'
import type { SpanReader } from '@hopscope/storage'
import { encodeCursor } from './cursor.ts'
import { onlyGet } from './only-get-routes.ts'
import { invalid, shown, traceIdParameter } from './parameters.ts'
import { traceQueryFromRest } from './rest-query.ts'

/** Traces shown of one request; an answer that leaves some out says `complete: false`. */
const TRACES_OF_REQUEST = 500
const LONGEST_REQUEST_ID = 1024

export function restRoutes(reader: SpanReader): Router {
  const router = express.Router()

  router.get('/traces', async (request, response) => {
    const query = traceQueryFromRest(request)
    const { traces, more } = await listing(reader, query)
    const last = traces.at(-1)
    response.json({ traces, next: more && last !== undefined ? encodeCursor(last) : null, complete: true })
  })

  router.get('/traces/:traceId', async (request, response) => {
    const traceId = traceIdParameter(request.params.traceId, 'traceId')
    const [trace] = await reader.traces([traceId])
    if (trace === undefined)
      throw new HopscopeError(
        'trace-not-found',
        `No span of trace ${traceId} is stored. It may still be on its way, or sampled out.`,
      )
    response.json(reconstruct(trace))
  })

  router.get('/requests/:requestId', async (request, response) => {
    const requestId = request.params.requestId
    if (requestId.length > LONGEST_REQUEST_ID)
      throw invalid('requestId', `it has more than ${LONGEST_REQUEST_ID} characters`)
    const { traces: newestFirst, more } = await listing(reader, tracesOfRequest(requestId))
    const traces = newestFirst.reverse()
    const first = traces[0]
    if (first === undefined)
      throw new HopscopeError(
        'request-not-found',
        `No span with request id ${shown(requestId)} is stored. It may still be on its way, or sampled out.`,
      )
    const end = traces.reduce((latest, { start, duration }) => Math.max(latest, start + duration), 0)
    response.json({
      requestId,
      start: first.start,
      duration: end - first.start,
      complete: !more,
      ...(more && { note: `The request has more traces; these are the newest ${TRACES_OF_REQUEST}.` }),
      traces: traces.map((trace) => ({ ...trace, offset: trace.start - first.start })),
    })
  })

  return onlyGet(router)
}

function tracesOfRequest(requestId: string): TraceQuery {
  return {
    from: undefined,
    to: undefined,
    spans: [[{ field: { on: 'requestId' }, is: '=', value: requestId }]],
    limit: TRACES_OF_REQUEST,
    after: undefined,
  }
}

/** One page, and whether there is another. */
async function listing(
  reader: SpanReader,
  query: TraceQuery,
): Promise<{ traces: TraceSummary[]; more: boolean }> {
  const traces: TraceSummary[] = []
  for await (const trace of reader.find({ ...query, limit: query.limit + 1 })) traces.push(trace)
  const more = traces.length > query.limit
  return { traces: more ? traces.slice(0, query.limit) : traces, more }
}
