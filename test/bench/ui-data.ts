// What the viewer's bench looks at: traces of all sizes among a normal load, and a graph of services of a known size.
import type { Trace } from '@hopscope/model'
import { randomFrom, randomTrace, shapedTrace } from '@hopscope/model/testing'
import { encodeZipkinV2Json } from '@hopscope/proto'
import { load } from './load.ts'

const SPANS_PER_POST = 5000
const SEED = 6_011_974

export const SIZES = [1000, 10_000, 100_000] as const
export type Size = (typeof SIZES)[number]

/** Spans of the trace of two chains; each is half as deep. */
const CHAIN_SPANS = 100_000

const SERVICES = 300
const EDGES = 2000
/** Services stand in tiers; most calls go to one of the next two. */
const TIERS = 10
const PER_TIER = SERVICES / TIERS

export interface StoredTraces {
  /** Trace ids, by the number of spans. */
  readonly bySize: Readonly<Record<Size, string>>
  readonly deepest: string
}

/** The same traces in every run. A trace's id comes from its seed too, so each has its own. */
export const randomTraceOf = (size: Size): Trace =>
  randomTrace({ spans: size, random: randomFrom(SEED + size) })

/** @param spans of the load around the traces */
export async function fillWithTraces(url: string, spans: number): Promise<StoredTraces> {
  await load({ url, spans, spansPerPost: 500, connections: 4, linked: true, sampled: false })
  const ids: Partial<Record<Size, string>> = {}
  for (const size of SIZES) ids[size] = await post(url, randomTraceOf(size))
  const chains = shapedTrace('two chains', { spans: CHAIN_SPANS, random: randomFrom(SEED) })
  return { bySize: ids as Record<Size, string>, deepest: await post(url, chains) }
}

/** In parts, as an application sends them. @returns its id @throws Error when a part is refused */
export async function post(url: string, { traceId, spans }: Trace): Promise<string> {
  for (let at = 0; at < spans.length; at += SPANS_PER_POST)
    await postBody(url, encodeZipkinV2Json(spans.slice(at, at + SPANS_PER_POST)))
  return traceId
}

async function postBody(url: string, body: string): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(new URL('/api/v2/spans', url), { method: 'POST', body, headers })
  if (!response.ok) throw new Error(`a post was answered with ${response.status}: ${await response.text()}`)
}

/**
 * Calls of the last minutes, so that /rest/v1/graph draws 300 services and 2,000 edges; for a server of its own.
 * @throws Error when the graph is another
 */
export async function fillWithGraph(url: string): Promise<void> {
  const now = Date.now() * 1000
  const random = randomFrom(SEED)
  const spans: object[] = []
  for (const [edge, [from, to]] of edges(random).entries())
    for (let call = 0; call <= Math.floor(random() * 4); call++)
      spans.push(
        ...callOf({ from, to, id: edge * 8 + call + 1, at: now - Math.floor(random() * 300e6), random }),
      )
  for (let at = 0; at < spans.length; at += SPANS_PER_POST)
    await postBody(url, JSON.stringify(spans.slice(at, at + SPANS_PER_POST)))
  const window = `start=${now - 3600e6}&end=${now + 60e6}`
  const response = await fetch(new URL(`/rest/v1/graph?${window}`, url))
  const graph = (await response.json()) as { services: readonly object[]; edges: readonly object[] }
  if (graph.services.length !== SERVICES || graph.edges.length !== EDGES)
    throw new Error(`the graph has ${graph.services.length} services and ${graph.edges.length} edges`)
}

/** Every service in one at least; no two alike. One in twenty goes back, as callbacks do. */
function edges(random: () => number): [from: number, to: number][] {
  const found = new Map<number, [number, number]>()
  const add = (from: number, to: number) => found.set(from * SERVICES + to, [from, to])
  const upTo = (n: number) => Math.floor(random() * n)
  for (let to = PER_TIER; to < SERVICES; to++) add(to - PER_TIER + upTo(PER_TIER - (to % PER_TIER)), to)
  for (let from = 0; from < PER_TIER; from++) add(from, PER_TIER + upTo(PER_TIER))
  while (found.size < EDGES) {
    const from = upTo(SERVICES - PER_TIER)
    const tier = Math.floor(from / PER_TIER)
    const to = Math.min(TIERS - 1, tier + 1 + upTo(2)) * PER_TIER + upTo(PER_TIER)
    if (random() < 0.05) add(to, from)
    else add(from, to)
  }
  return [...found.values()]
}

interface Call {
  readonly from: number
  readonly to: number
  readonly id: number
  readonly at: number
  readonly random: () => number
}

/** Both halves of it, a trace by themselves. */
function callOf({ from, to, id, at, random }: Call): object[] {
  const duration = 1000 + Math.floor(random() * 50_000)
  const hex = (n: number) => n.toString(16).padStart(16, '0')
  const both = {
    traceId: hex(id),
    name: 'get /',
    timestamp: at,
    duration,
    tags: random() < 0.03 ? { error: '500' } : {},
  }
  const [caller, called] = [from, to].map((n) => ({ serviceName: `service-${n}` }))
  return [
    { ...both, id: hex(2 * id), kind: 'CLIENT', localEndpoint: caller, remoteEndpoint: called },
    { ...both, id: hex(2 * id + 1), parentId: hex(2 * id), kind: 'SERVER', localEndpoint: called },
  ]
}
