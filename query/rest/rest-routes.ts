// Hopscope's own REST API: search, a request with all its traces, a trace explained; and all of them to take away.
import express, { type Response, type Router } from 'express'
import {
  columnsOf,
  planOf,
  reconstruct,
  type Trace,
  type TraceQuery,
  type TraceSummary,
} from '@hopscope/model'
import { HopscopeError } from '@hopscope/proto'
import { encodeTraceColumns, TRACE_COLUMNS_TYPE } from '@hopscope/proto/columns'
import type { SpanReader } from '@hopscope/storage'
import { encodeCursor } from './cursor.ts'
import { answeredByTag, entityTagOf } from './etag.ts'
import {
  FILE_FORMATS,
  fileFormatFrom,
  fileOf,
  LINE_FORMATS,
  lineFormatFrom,
  traceFormatFrom,
} from '../export-formats.ts'
import { namesRoutes } from './names-routes.ts'
import { onlyGet } from '../only-get-routes.ts'
import { invalid, onlyParameters, shown, textParameter, traceIdParameter } from '../parameters.ts'
import { exportFromRest, type RestConditions, searchFromRest } from './rest-query.ts'
import { SEARCH_BUDGET, searchTraces } from './search.ts'
import { viewPieces } from './trace-answer.ts'
import { foundTraces, listedTraces, piecesOf, sendPieces } from '../trace-stream.ts'
import { hangUpOf } from '../turns.ts'
import { isOfRequest } from '../zipkin-readers.ts'

const SEARCH_DISABLED = 'SEARCH_ENABLED=false: only traces of a request can be searched for; add requestId.'
const NAMES_DISABLED = 'SEARCH_ENABLED=false: names are not listed.'
const skippedNote = (ids: readonly string[]) =>
  `Traces that take longer than a second to look at were left out: ${ids.join(', ')}.`
const STOPPED = `The search stopped at its limit of ${SEARCH_BUDGET.spans} spans or ${SEARCH_BUDGET.milliseconds / 1000} seconds before it had looked at everything; "next" goes on.`
/** Traces shown of one request; an answer that leaves some out says `complete: false`. */
const TRACES_OF_REQUEST = 500
const LONGEST_REQUEST_ID = 1024
/** Characters of a request id in the name of a file. */
const LONGEST_IN_NAME = 64

export interface RestRoutesOptions {
  readonly reader: SpanReader
  /** SEARCH_ENABLED: otherwise only traces of a request can be searched for. */
  readonly searchEnabled: boolean
  /** Of Hopscope: what it made of a trace may be made otherwise by the next. */
  readonly version: string
}

export function restRoutes({ reader, searchEnabled, version }: RestRoutesOptions): Router {
  const router = express.Router()
  // "Nothing is stored" must differ from "nothing may be searched for".
  const permit = ({ query, where }: RestConditions) => {
    if (searchEnabled || isOfRequest(where) || isOfRequest(planOf(query, () => true).where)) return
    throw new HopscopeError('search-disabled', SEARCH_DISABLED)
  }

  router.get('/traces', async (request, response) => {
    const search = searchFromRest(request)
    permit(search)
    const { traces, next, complete, scanned, skipped, stoppedAt } = await searchTraces(reader, search, {
      ...SEARCH_BUDGET,
      signal: hangUpOf(response),
    })
    const { given, sort } = search
    response.json({
      traces,
      next: next === undefined ? null : encodeCursor(next, sort),
      complete,
      ...(!complete && { note: skipped.length > 0 ? skippedNote(skipped) : STOPPED }),
      ...(skipped.length > 0 && { skipped }),
      ...(given && { query: { text: given.text, fromWords: given.fromWords } }),
      scanned,
      stoppedAt,
    })
  })

  router.get('/traces/:traceId', async (request, response) => {
    onlyParameters(request, ['format'])
    const traceId = traceIdParameter(request.params.traceId, 'traceId')
    const format = traceFormatFrom(textParameter(request, 'format'))
    const [trace] = await reader.traces([traceId])
    if (trace === undefined)
      throw new HopscopeError(
        'trace-not-found',
        `No span of trace ${traceId} is stored. It may still be on its way, or sampled out.`,
      )
    const tag = entityTagOf(trace.spans, `${format}-${version}`)
    const explained = format === 'hopscope' || format === 'columns'
    // A file has the spans in the order that the store gave them in.
    if (answeredByTag(request, response, explained ? tag : `W/${tag}`)) return
    if (format === 'hopscope') await sendPieces(response, viewPieces(reconstruct(trace)))
    else if (format === 'columns') sendColumns(response, trace)
    else await sendFile(response, format, `trace-${traceId}`, [trace])
  })

  router.get('/requests/:requestId', async (request, response) => {
    onlyParameters(request, ['format'])
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
    const conditions = exportFromRest(request)
    permit(conditions)
    const signal = hangUpOf(response)
    const traces = listedTraces(reader, async (after, limit) => {
      const found = await searchTraces(
        reader,
        { ...conditions, sort: 'time', limit, after },
        { ...SEARCH_BUDGET, signal },
      )
      if (signal.aborted) return { traces: [], next: undefined }
      // Lines have no place to say that some are missing: the answer breaks off.
      if (found.skipped.length > 0) throw new HopscopeError('query-too-slow', skippedNote(found.skipped))
      return found
    })
    await sendPieces(response, piecesOf(traces, line), { type: 'application/x-ndjson' })
  })

  router.use(
    namesRoutes(reader, () => {
      if (!searchEnabled) throw new HopscopeError('search-disabled', NAMES_DISABLED)
    }),
  )

  return onlyGet(router)
}

/** A trace explained, as the viewer reads it. */
function sendColumns(response: Response, trace: Trace): void {
  const { buffer } = encodeTraceColumns(columnsOf(reconstruct(trace)))
  response.setHeader('Content-Type', TRACE_COLUMNS_TYPE)
  response.setHeader('Content-Length', buffer.byteLength).end(Buffer.from(buffer))
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
    where: { span: { field: { on: 'requestId' }, is: '=', value: requestId } },
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
