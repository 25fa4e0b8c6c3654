// Hopscope's own REST API: search, a request with all its traces, a trace explained; and all of them to take away.
import express, { type Response, type Router } from 'express'
import { reconstruct, type Trace, type TraceQuery, type TraceSummary, type TraceView } from '@hopscope/model'
import { HopscopeError } from '@hopscope/proto'
import type { SpanReader } from '@hopscope/storage'
import { encodeCursor } from './cursor.ts'
import { FILE_FORMATS, fileFormatFrom, fileOf, LINE_FORMATS, lineFormatFrom } from './export-formats.ts'
import { onlyGet } from './only-get-routes.ts'
import { invalid, shown, textParameter, traceIdParameter } from './parameters.ts'
import { exportQueryFromRest, traceQueryFromRest } from './rest-query.ts'
import { foundTraces, piecesOf, sendPieces } from './trace-stream.ts'
import { isOfRequest } from './zipkin-readers.ts'

const SEARCH_DISABLED = 'SEARCH_ENABLED=false: only traces of a request can be searched for; add requestId.'
/** Traces shown of one request; an answer that leaves some out says `complete: false`. */
const TRACES_OF_REQUEST = 500
const LONGEST_REQUEST_ID = 1024
/** Characters of a request id in the name of a file. */
const LONGEST_IN_NAME = 64

export interface RestRoutesOptions {
  readonly reader: SpanReader
  /** SEARCH_ENABLED: otherwise only traces of a request can be searched for. */
  readonly searchEnabled: boolean
}

export function restRoutes({ reader, searchEnabled }: RestRoutesOptions): Router {
  const router = express.Router()
  // "Nothing is stored" must differ from "nothing may be searched for".
  const permit = (query: Pick<TraceQuery, 'spans'>) => {
    if (!searchEnabled && !isOfRequest(query)) throw new HopscopeError('search-disabled', SEARCH_DISABLED)
  }

  router.get('/traces', async (request, response) => {
    const query = traceQueryFromRest(request)
    permit(query)
    const { traces, more } = await listing(reader, query)
    const last = traces.at(-1)
    response.json({ traces, next: more && last !== undefined ? encodeCursor(last) : null, complete: true })
  })

  router.get('/traces/:traceId', async (request, response) => {
    const traceId = traceIdParameter(request.params.traceId, 'traceId')
    const format = fileFormatFrom(textParameter(request, 'format'))
    const [trace] = await reader.traces([traceId])
    if (trace === undefined)
      throw new HopscopeError(
        'trace-not-found',
        `No span of trace ${traceId} is stored. It may still be on its way, or sampled out.`,
      )
    if (format === undefined) response.json(withDetails(reconstruct(trace)))
    else await sendFile(response, format, `trace-${traceId}`, [trace])
  })

  router.get('/requests/:requestId', async (request, response) => {
    const requestId = request.params.requestId
    if (requestId.length > LONGEST_REQUEST_ID)
      throw invalid('requestId', `it has more than ${LONGEST_REQUEST_ID} characters`)
    const format = fileFormatFrom(textParameter(request, 'format'))
    const { traces: newestFirst, more } = await listing(reader, tracesOfRequest(requestId))
    const traces = newestFirst.reverse()
    const first = traces[0]
    if (first === undefined)
      throw new HopscopeError(
        'request-not-found',
        `No span with request id ${shown(requestId)} is stored. It may still be on its way, or sampled out.`,
      )
    if (format !== undefined) {
      const name = `request-${requestId.slice(0, LONGEST_IN_NAME).replace(/[^\w.-]/g, '_')}`
      return sendFile(response, format, name, foundTraces(reader, tracesOfRequest(requestId)))
    }
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

  router.get('/export', async (request, response) => {
    const line = LINE_FORMATS[lineFormatFrom(textParameter(request, 'format'))]
    const query = exportQueryFromRest(request)
    permit(query)
    await sendPieces(response, piecesOf(foundTraces(reader, query), line), { type: 'application/x-ndjson' })
  })

  return onlyGet(router)
}

/** What OpenTelemetry says of a span beyond Zipkin's fields, as an object instead of its text. */
function withDetails(view: TraceView) {
  const spans = view.spans.map((row) => {
    const { otel } = row.span
    return otel === undefined ? row : { ...row, span: { ...row.span, otel: JSON.parse(otel) as unknown } }
  })
  return { ...view, spans }
}

/** All of the traces as one file, however many there are. */
async function sendFile(
  response: Response,
  format: keyof typeof FILE_FORMATS,
  name: string,
  traces: Iterable<Trace> | AsyncIterable<Trace>,
): Promise<void> {
  await sendPieces(response, fileOf(traces, FILE_FORMATS[format]), { fileName: `${name}.${format}.json` })
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
