// What the listed traces have in common: counts by service, root operation, status and duration, each with the search it leads to. The
// page's filters hold for one and the same span: next to one, what is chosen here joins the query as a condition of its own.
import type { TraceSummary } from '@hopscope/model'
import type { SearchState } from '../routing/search-url.ts'
import { quoted } from '../routing/traceql-text.ts'
import { hasCondition, narrowed, widened } from './conjuncts.ts'
import { withDuration, withoutDuration } from './group.ts'

export interface FacetValue {
  /** Unique in its facet. */
  readonly id: string
  readonly name: string
  /** For an operation, whose it is. */
  readonly service?: string
  /** For a duration: from, to (may be Infinity), in microseconds. */
  readonly bounds?: readonly [number, number]
  readonly count: number
  /** What choosing it changes in the search; what to undo when it is chosen already. */
  readonly change: Partial<SearchState> | undefined
  readonly chosen: boolean
}

export interface Facet {
  readonly id: 'service' | 'operation' | 'status' | 'duration'
  readonly values: readonly FacetValue[]
}

/** Bounds of the duration buckets in microseconds. */
const STEPS = [0, 1e3, 1e4, 1e5, 1e6, 1e7, Infinity]

/** @param understood the search's query in TraceQL, or '' */
export function facetsOf(
  traces: readonly TraceSummary[],
  state: SearchState,
  understood: string,
): readonly Facet[] {
  const services = new Map<string, number>()
  const operations = new Map<string, { service: string; name: string; count: number }>()
  const buckets = STEPS.slice(0, -1).map(() => 0)
  let failed = 0
  for (const trace of traces) {
    for (const { name } of trace.services) services.set(name, (services.get(name) ?? 0) + 1)
    if (trace.errorCount > 0) failed++
    const bucket = STEPS.findLastIndex((step) => trace.duration >= step)
    if (bucket >= 0) buckets[bucket] = (buckets[bucket] ?? 0) + 1
    const { rootService: service, rootOperation: name } = trace
    if (service === undefined || name === undefined) continue
    const id = `${service}\n${name}`
    const known = operations.get(id)
    if (known) known.count++
    else operations.set(id, { service, name, count: 1 })
  }
  return [
    {
      id: 'service',
      values: byCount([...services].map(([name, count]) => serviceValue(name, count, state, understood))),
    },
    {
      id: 'operation',
      values: byCount(
        [...operations].map(([id, { service, name, count }]) => ({
          id,
          name,
          service,
          count,
          ...conditionChange(
            understood,
            `{ rootServiceName = ${quoted(service)} && rootName = ${quoted(name)} }`,
          ),
        })),
      ),
    },
    { id: 'status', values: statusValues(failed, traces.length - failed, state, understood) },
    {
      id: 'duration',
      values: buckets.flatMap((count, i): FacetValue[] => {
        const bounds = [STEPS[i] ?? 0, STEPS[i + 1] ?? Infinity] as const
        if (count === 0) return []
        const q = withDuration(understood, bounds[0], bounds[1], '<')
        const chosen = q === understood
        return [
          {
            id: String(i),
            name: '',
            bounds,
            count,
            chosen,
            change: { q: chosen ? withoutDuration(understood) : q },
          },
        ]
      }),
    },
  ]
}

type Choice = Pick<FacetValue, 'change' | 'chosen'>

function conditionChange(understood: string, condition: string): Choice {
  const chosen = hasCondition(understood, condition)
  const q = chosen ? widened(understood, (each) => each === condition) : narrowed(understood, condition)
  return { chosen, change: { q } }
}

/** Whether a filter of the page names a span. */
const isFiltered = ({ service, operation, minDuration, maxDuration, errorsOnly, tags }: SearchState) =>
  [service, operation, minDuration, maxDuration, errorsOnly].some(Boolean) || tags.length > 0

function serviceValue(name: string, count: number, state: SearchState, understood: string): FacetValue {
  const value = { id: name, name, count }
  const inQuery = conditionChange(understood, `{ resource.service.name = ${quoted(name)} }`)
  if (state.service === name) return { ...value, chosen: true, change: { service: '', operation: '' } }
  if (inQuery.chosen || isFiltered(state)) return { ...value, ...inQuery }
  return { ...value, chosen: false, change: { service: name } }
}

function statusChange(state: SearchState, understood: string): Choice {
  const inQuery = conditionChange(understood, '{ status = error }')
  if (state.errorsOnly) return { chosen: true, change: { errorsOnly: false } }
  return inQuery.chosen || isFiltered(state) ? inQuery : { chosen: false, change: { errorsOnly: true } }
}

function statusValues(failed: number, fine: number, state: SearchState, understood: string): FacetValue[] {
  const values = [
    { id: 'failed', name: '', count: failed, ...statusChange(state, understood) },
    { id: 'fine', name: '', count: fine, chosen: false, change: undefined },
  ]
  return values.filter(({ count }) => count > 0)
}

function byCount(values: FacetValue[]): FacetValue[] {
  return values.sort((a, b) => b.count - a.count || (a.id < b.id ? -1 : 1))
}
