// From the graph to other pages, with the same time.
import type { ServiceEdge } from '../api/graph-answer.ts'
import type { GraphState } from '../routing/graph-url.ts'
import { serviceHref } from '../routing/routes.ts'
import { NO_FILTERS, searchHref } from '../routing/search-url.ts'
import { quoted } from '../routing/traceql-text.ts'
import { timeOf, withTime } from '../routing/time-range.ts'

export const serviceLink = (name: string, state: GraphState) =>
  serviceHref(name, withTime('', state, 'services'))

/** The search that finds the traces behind a call. @param reported whether the called service says itself what it served */
export function edgeTraces(edge: ServiceEdge, reported: boolean, state: GraphState, failed = false): string {
  return search({ q: reported ? bothSides(edge, failed) : callerAlone(edge, failed) }, state)
}

/** A call failed if either side says so; a message is one for who takes it. */
function bothSides({ from, to, kind }: ServiceEdge, failed: boolean): string {
  const error = 'status = error'
  const caller = [serviceIs(from), ...(kind === 'rpc' ? ['kind != producer'] : [])]
  const called = [serviceIs(to), kind === 'rpc' ? 'kind = server' : 'kind = consumer']
  if (!failed) return `${spans(caller)} > ${spans(called)}`
  // What is above may be no call: a span of the service's own that failed for another reason.
  const calling = [serviceIs(from), kind === 'rpc' ? 'kind = client' : '(kind = client || kind = producer)']
  return `(${spans([...calling, error])} > ${spans(called)}) || (${spans(caller)} > ${spans([...called, error])})`
}

/** Databases have no spans of their own: the caller's names them. */
function callerAlone({ from, to, kind }: ServiceEdge, failed: boolean): string {
  return spans([
    serviceIs(from),
    `remoteService = ${quoted(to)}`,
    kind === 'rpc' ? 'kind = client' : 'kind = producer',
    ...(failed ? ['status = error'] : []),
  ])
}

const serviceIs = (name: string) => `resource.service.name = ${quoted(name)}`
const spans = (conditions: readonly string[]) => `{ ${conditions.join(' && ')} }`

export const serviceTraces = (service: string, state: GraphState) => search({ service }, state)

const search = (filters: { q?: string; service?: string }, state: GraphState) =>
  searchHref({ ...NO_FILTERS, ...filters, ...timeOf(state) })
