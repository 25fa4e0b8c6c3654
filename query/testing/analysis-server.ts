// A server of analyses over a few traces in memory, for tests. Not for production code.
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  compareSummaries,
  EdgeLinker,
  edgeSpanFrom,
  matchesQuery,
  SpanAggregator,
  summaryOf,
  type Trace,
} from '@hopscope/model'
import { TEXT_EPOCH, traceFromText } from '@hopscope/model/testing'
import { problemFrom } from '@hopscope/proto'
import type { SpanReader } from '@hopscope/storage'
import express, { type NextFunction, type Request, type Response as Answer } from 'express'
import { analysisRoutes } from '../analysis/analysis-routes.ts'

export const idOf = (n: number) => n.toString(16).padStart(16, '0')
export const SECOND = 1_000_000
/** Of all traces. */
export const WINDOW = `start=${TEXT_EPOCH}&end=${TEXT_EPOCH + 40 * SECOND}`

/** One call of web a second; each tenth is slow: of version 2, and its database takes ten times as long, and pay fails. */
const TRACES = Array.from({ length: 40 }, (_, i): Trace => {
  const slow = i % 10 === 9
  const db = slow ? 400 : 40
  return traceFromText(
    `
      web get-/buy 0 ${54 + db} SERVER version=${slow ? 2 : 1} rid=r${i}
        web charge 10 ${34 + db} CLIENT ->pay
          pay charge 12 ${30 + db} SERVER pod=p${i % 4} ${slow ? 'error' : ''}
            pay select 20 ${db} CLIENT ->db ${i === 0 ? 'cell="=HYPERLINK(1,2)"' : ''}
    `,
    { traceId: idOf(i + 1), epoch: TEXT_EPOCH + i * SECOND },
  )
})

/** What the model's reference code makes of these traces. @param native whether it says that it can do conditions */
export function readerOf(traces: readonly Trace[], native = true): SpanReader {
  return {
    traces: (ids) => Promise.resolve(ids.flatMap((id) => traces.filter(({ traceId }) => traceId === id))),
    spellings: (ids) => Promise.resolve([...ids]),
    native: () => native,
    async *find(query) {
      const found = traces.filter((trace) => matchesQuery(trace, query))
      const summaries = found.flatMap((trace) => summaryOf(trace) ?? [])
      yield* summaries.sort((a, b) => compareSummaries(a, b, query.sort)).slice(0, query.limit)
    },
    names: () => Promise.resolve([]),
    dependencies: () => Promise.resolve([]),
    aggregate: (query) => {
      const aggregator = new SpanAggregator(query)
      for (const { spans } of traces) for (const span of spans) aggregator.add(span)
      return Promise.resolve(aggregator.metrics())
    },
    edges: (query) => {
      const linker = new EdgeLinker(query)
      for (const { spans } of traces) linker.addTrace(spans.map(edgeSpanFrom))
      return Promise.resolve(linker.edges())
    },
  }
}

export interface AnalysisServer {
  /** With `path` below /rest/v1. */
  get(path: string, init?: RequestInit): Promise<Response>
  /** The answer about the window. @throws Error when it is no 200 */
  json<T = Record<string, unknown>>(path: string): Promise<T>
  /** The problem, whose status is that of the answer. */
  problem(path: string): Promise<Record<string, unknown>>
  /** The cells of the table about the window; no cell may have a comma. @throws Error when it is not a whole table */
  csv(path: string, headers?: Record<string, string>): Promise<string[][]>
  close(): void
}

export async function startAnalysis(searchEnabled = true): Promise<AnalysisServer> {
  const app = express()
  app.set('query parser', 'simple')
  app.use('/rest/v1', analysisRoutes({ reader: readerOf(TRACES), searchEnabled }))
  app.use((error: unknown, _request: Request, response: Answer, _next: NextFunction) => {
    const problem = problemFrom(error)
    response.status(problem.status).json(problem)
  })
  const server = await new Promise<Server>((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening))
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/rest/v1`
  const get = (path: string, init?: RequestInit) => fetch(url + path, init)
  const about = (path: string) => `${path}${path.includes('?') ? '&' : '?'}${WINDOW}`
  return {
    get,
    async json<T>(path: string) {
      const response = await get(about(path))
      if (response.status !== 200) throw new Error(`${response.status} ${path}: ${await response.text()}`)
      return (await response.json()) as T
    },
    async problem(path) {
      const response = await get(path)
      return { ...((await response.json()) as object), status: response.status }
    },
    async csv(path, headers = {}) {
      const response = await get(about(path), { headers })
      const lines = (await response.text()).split('\r\n')
      if (response.headers.get('content-type') !== 'text/csv; charset=utf-8; header=present')
        throw new Error(`no table: ${lines.join()}`)
      if (response.headers.get('hopscope-complete') !== 'true') throw new Error('the table is not all there')
      if (lines.pop() !== '') throw new Error('the last line has no end')
      return lines.map((line) => line.split(','))
    },
    close: () => {
      server.close()
    },
  }
}
