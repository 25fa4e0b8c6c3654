// What many traces say together, over REST: the graph of services, metrics over time, comparisons, profiles of operations.
import express, { type Request, type Response, type Router } from 'express'
import { compareTraces, reconstruct, type TraceId, type TraceView } from '@hopscope/model'
import { HopscopeError } from '@hopscope/proto'
import type { SpanReader } from '@hopscope/storage'
import { BUDGET } from './analysis-sample.ts'
import { groupsFromRest, profileFromRest } from './analysis-query.ts'
import { diffPieces, groupsAnswer } from './compare.ts'
import { sendTable } from './csv.ts'
import { graphAnswer } from './graph.ts'
import { metricsAnswer } from './metrics.ts'
import { metricsFromRest } from './metrics-query.ts'
import { onlyGet } from '../only-get-routes.ts'
import { choiceParameter, onlyParameters, textParameter, traceIdParameter } from '../parameters.ts'
import { profileAnswer } from './profile.ts'
import { graphTable, groupsTable, metricsTable, profileTable } from './tables.ts'
import { sendPieces } from '../trace-stream.ts'
import { hangUpOf } from '../turns.ts'
import { windowParameters } from './window-query.ts'

export interface AnalysisRoutesOptions {
  readonly reader: SpanReader
  /** SEARCH_ENABLED: otherwise there are the graph and the comparison of two traces alone. */
  readonly searchEnabled: boolean
}

/** To be mounted at `/rest/v1`. */
export function analysisRoutes({ reader, searchEnabled }: AnalysisRoutesOptions): Router {
  const router = express.Router()
  const permit = () => {
    if (!searchEnabled)
      throw new HopscopeError(
        'search-disabled',
        'SEARCH_ENABLED=false: stored spans are not searched through.',
      )
  }

  router.get('/graph', async (request, response) => {
    onlyParameters(request, ['start', 'end', 'service', 'format'])
    const window = windowParameters(request)
    const service = textParameter(request, 'service')?.toLowerCase()
    const csv = wantsCsv(request, response)
    const answer = await graphAnswer(reader, window, service)
    if (csv) await sendTable(response, graphTable(answer), answer.complete)
    else response.json(answer)
  })

  router.get('/metrics', async (request, response) => {
    const question = metricsFromRest(request)
    const csv = wantsCsv(request, response)
    permit()
    const answer = await metricsAnswer(reader, question)
    if (csv) await sendTable(response, metricsTable(answer, question.quantiles), answer.complete)
    else response.json(answer)
  })

  router.get('/traces/:a/compare/:b', async (request, response) => {
    onlyParameters(request, [])
    const [a, b] = [traceIdParameter(request.params.a, 'a'), traceIdParameter(request.params.b, 'b')]
    const diff = compareTraces(await viewOf(reader, a), await viewOf(reader, b))
    await sendPieces(response, diffPieces(diff))
  })

  router.get('/compare', async (request, response) => {
    const question = groupsFromRest(request)
    const csv = wantsCsv(request, response)
    permit()
    const answer = await groupsAnswer(reader, question, { ...BUDGET, signal: hangUpOf(response) })
    if (csv) await sendTable(response, groupsTable(answer), answer.complete)
    else response.json(withNulls(answer))
  })

  router.get('/profile', async (request, response) => {
    const question = profileFromRest(request, BUDGET.traces)
    const csv = wantsCsv(request, response)
    permit()
    const answer = await profileAnswer(reader, question, { ...BUDGET, signal: hangUpOf(response) })
    if (csv) await sendTable(response, profileTable(answer), answer.complete)
    else response.json(answer)
  })

  return onlyGet(router)
}

/** By `format`, or for want of it by Accept; JSON if either will do. */
function wantsCsv(request: Request, response: Response): boolean {
  const format = choiceParameter(request, 'format', ['json', 'csv'])
  if (format !== undefined) return format === 'csv'
  response.vary('Accept')
  return request.accepts(['application/json', 'text/csv']) === 'text/csv'
}

async function viewOf(reader: SpanReader, id: TraceId): Promise<TraceView> {
  const [trace] = await reader.traces([id])
  if (trace === undefined)
    throw new HopscopeError(
      'trace-not-found',
      `No span of trace ${id} is stored. It may still be on its way, or sampled out.`,
    )
  return reconstruct(trace)
}

/** JSON leaves out what is undefined; here it says something: the trace has no such value, the group no such trace. */
function withNulls(answer: Awaited<ReturnType<typeof groupsAnswer>>) {
  const attributes = answer.attributes.map((attribute) => ({
    ...attribute,
    values: attribute.values.map((each) => ({
      ...each,
      value: each.value ?? null,
      exampleA: each.exampleA ?? null,
      exampleB: each.exampleB ?? null,
    })),
  }))
  return { ...answer, attributes }
}
