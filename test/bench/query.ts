// How long questions take with many spans stored, as a client sees it: HTTP, JSON and all.
import { startServer } from '../support/server-process.ts'
import { ask, medianOf } from './ask.ts'
import { load } from './load.ts'
import { Report } from './report.ts'

export async function query(spans: number): Promise<void> {
  const report = new Report('query')
  const server = await startServer()
  try {
    const { sample, spans: stored } = await load({
      url: server.url,
      spans,
      spansPerPost: 500,
      connections: 16,
    })
    report.figure('spans stored', stored, 'spans')
    const questions = {
      'trace by id': `/api/v2/trace/${sample.traceId}`,
      'trace by id, explained': `/rest/v1/traces/${sample.traceId}`,
      'request by id': `/rest/v1/requests/${sample.requestId}`,
      'service search of 20, REST': '/rest/v1/traces?service=checkout&limit=20',
      'service search of 20, Zipkin': '/api/v2/traces?serviceName=checkout&limit=20',
      'service and duration search of 20': '/rest/v1/traces?service=payment&minDuration=200ms&limit=20',
      'tag search of 20': '/rest/v1/traces?tag=http.status_code%3D500&limit=20',
      'tag that nothing has': '/rest/v1/traces?tag=no.such%3Dvalue&limit=20',
      services: '/api/v2/services',
      operations: '/api/v2/spans?serviceName=checkout',
    }
    for (const [name, path] of Object.entries(questions))
      report.figure(`${name}, median`, await medianOf(new URL(path, server.url)), 'ms')
    const dependencies = performance.now()
    await ask(new URL(`/api/v2/dependencies?endTs=${Date.now()}`, server.url))
    report.figure('dependencies of everything, once', performance.now() - dependencies, 'ms')
  } finally {
    await server.stop()
  }
  report.save()
}
