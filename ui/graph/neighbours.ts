// Which part of the graph is looked at: a service's neighbours, a text, the busy or the failing calls.

type Side = 'callers' | 'called' | 'both'

export interface Focus {
  readonly service: string
  /** How many calls away, at most; 1 is the direct neighbours. */
  readonly steps: number
  readonly side: Side
}

export interface GraphFilter {
  readonly focus?: Focus | undefined
  /** In the name of a service, in any case; white space at its ends doesn't count. Its direct neighbours are kept with it. */
  readonly text?: string | undefined
  /** Fewer calls than this and an edge isn't shown. */
  readonly leastCalls?: number | undefined
  readonly errorsOnly?: boolean | undefined
}

interface Service {
  readonly name: string
}

interface Edge {
  readonly from: string
  readonly to: string
  readonly calls: number
  readonly errors: number
}

/**
 * How many calls each service is away from the one in focus, itself 0; empty if there is no such service in the edges.
 * Both: each way goes only on from caller to caller, or from called to called: not to others that a neighbour calls.
 */
export function neighbours(
  edges: readonly Pick<Edge, 'from' | 'to'>[],
  { service, steps, side }: Focus,
): ReadonlyMap<string, number> {
  const callers = new Map<string, string[]>()
  const called = new Map<string, string[]>()
  for (const { from, to } of edges) {
    add(called, from, to)
    add(callers, to, from)
  }
  const away = new Map<string, number>()
  if (!callers.has(service) && !called.has(service)) return away
  for (const next of side === 'both' ? [callers, called] : [side === 'callers' ? callers : called])
    for (const [name, distance] of walk(next, service, steps))
      away.set(name, Math.min(distance, away.get(name) ?? Infinity))
  return away
}

/** Breadth first. */
function walk(
  next: ReadonlyMap<string, readonly string[]>,
  service: string,
  steps: number,
): Map<string, number> {
  const away = new Map([[service, 0]])
  // A map goes on over what is added to it meanwhile.
  for (const [name, distance] of away) {
    if (distance >= steps) break
    for (const other of next.get(name) ?? []) if (!away.has(other)) away.set(other, distance + 1)
  }
  return away
}

function add(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}

/**
 * The edges that pass all filters, and the services at their ends, in the order given. A service without edges is kept if it is
 * the one in focus, has the text in its name, or nothing is filtered.
 */
export function filterGraph<S extends Service, E extends Edge>(
  graph: { readonly services: readonly S[]; readonly edges: readonly E[] },
  { focus, text = '', leastCalls = 0, errorsOnly = false }: GraphFilter,
): { services: readonly S[]; edges: readonly E[] } {
  const wanted = text.trim().toLowerCase()
  if (focus === undefined && wanted === '' && leastCalls <= 0 && !errorsOnly)
    return { services: graph.services, edges: graph.edges }
  const named = new Set<string>()
  if (wanted !== '')
    for (const { name } of graph.services) if (name.toLowerCase().includes(wanted)) named.add(name)
  const strong = graph.edges.filter(({ calls, errors }) => calls >= leastCalls && (!errorsOnly || errors > 0))
  const near = focus === undefined ? undefined : neighbours(strong, focus)
  const edges = strong.filter(
    ({ from, to }) =>
      (near === undefined || (near.has(from) && near.has(to))) &&
      (wanted === '' || named.has(from) || named.has(to)),
  )
  const shown = new Set(edges.flatMap(({ from, to }) => [from, to]))
  const services = graph.services.filter(
    ({ name }) =>
      shown.has(name) ||
      (focus === undefined ? leastCalls <= 0 && !errorsOnly && named.has(name) : name === focus.service),
  )
  return { services, edges }
}
