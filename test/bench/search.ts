// How long searches, type-ahead and analyses take with many spans stored, as a client sees it. Goals: medians under 50 ms for
// type-ahead, 150 ms for a search, 300 ms for the graph, on 2 million spans.
import { startServer } from '../support/server-process.ts'
import { ask, medianOf } from './ask.ts'
import { load } from './load.ts'
import { Report } from './report.ts'

const q = (query: string, more = '') => `/rest/v1/traces?q=${encodeURIComponent(query)}${more}`
const minutes = (count: number) => (Date.now() - count * 60_000) * 1000

const TYPE_AHEAD = {
  services: '/rest/v1/services?prefix=c',
  'operations of a service': '/rest/v1/services/checkout/operations?prefix=get',
  'tag keys': '/rest/v1/tags?prefix=http.',
  'tag keys of a service': '/rest/v1/tags?service=checkout',
  'values of a tag': '/rest/v1/tags/http.path/values?prefix=%2Fapi%2Fv1%2Fresource%2F0000a&limit=20',
  'values of a tag of a service': '/rest/v1/tags/instance/values?service=checkout&prefix=c',
}

const SEARCHES = {
  'by service': '/rest/v1/traces?service=checkout',
  'by attribute and duration': q('{ .region = "eu-central-1" && duration > 3ms }'),
  'by regular expression of the name': q('{ name =~ "post /(orders|payments)" }'),
  'by number': q('{ .http.status_code >= 500 }'),
  'slowest first': q('{ .service.name = "payment" }', '&sort=duration'),
  'most errors first': q('{ status = error }', '&sort=errors'),
  'of nothing that there is': q('{ .no.such = "value" }'),
  'by structure': q('{ .service.name = "web" } >> { .service.name = "bank" && duration > 2ms }'),
  'by count': q('{ status = error } | count() > 2'),
  'by plain words': q('error checkout >2ms'),
}

export async function search(spans: number): Promise<void> {
  const report = new Report('search')
  const server = await startServer()
  try {
    const { spans: stored } = await load({
      url: server.url,
      spans,
      spansPerPost: 500,
      connections: 16,
      linked: true,
      sampled: false,
    })
    report.figure('spans stored', stored, 'spans')
    const end = minutes(0)
    const hour = `start=${minutes(60)}&end=${end}`
    const analyses = {
      'graph of everything': `/rest/v1/graph?start=0&end=${end}`,
      'graph of the last minute': `/rest/v1/graph?start=${minutes(1)}&end=${end}`,
      'metrics by service per minute': `/rest/v1/metrics?by=service&step=1m&${hour}`,
      'metrics by hop per minute': `/rest/v1/metrics?by=hop&step=1m&${hour}`,
      'profile of an operation': `/rest/v1/profile?service=web&operation=${encodeURIComponent('post /orders')}&${hour}`,
      'comparison of failed traces with others': `/rest/v1/compare?a=${encodeURIComponent('{ status = error }')}&b=${encodeURIComponent('{ }')}&${hour}`,
    }
    const groups = { 'type-ahead': TYPE_AHEAD, search: SEARCHES, analysis: analyses }
    for (const [group, questions] of Object.entries(groups))
      for (const [name, path] of Object.entries(questions)) {
        const url = new URL(path, server.url)
        if (/"complete":false/.test(await ask(url))) process.stdout.write(`(incomplete) `)
        report.figure(`${group}, ${name}, median`, await medianOf(url), 'ms')
      }
  } finally {
    await server.stop()
  }
  report.save()
}
