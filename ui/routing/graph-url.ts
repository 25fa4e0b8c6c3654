// What the address of the graph page means: the time, what is looked at in it, and from where.
import { type RefreshedTime, refreshedTimeFrom } from './time-range.ts'

export const SIDES = ['both', 'callers', 'called'] as const
export type GraphSide = (typeof SIDES)[number]
export const MOST_STEPS = 5

/** One of the calls, as the address has it: `web>shop`, `web>mails>messaging`, the names percent-encoded. */
export interface EdgeName {
  readonly from: string
  readonly to: string
  readonly kind: 'rpc' | 'messaging'
}

/** What is in the middle of the window, in pixels of the layout, and how much larger it is shown. */
export interface Sight {
  readonly x: number
  readonly y: number
  readonly scale: number
}

export interface GraphState extends RefreshedTime {
  readonly focus: string | undefined
  readonly steps: number
  readonly side: GraphSide
  readonly filter: string
  readonly least: number
  readonly errorsOnly: boolean
  readonly edge: EdgeName | undefined
  readonly view: 'graph' | 'table'
  /** A column of the table, `-` before it for the highest first. */
  readonly sort: string
  readonly sight: Sight | undefined
}

/** What is unknown or makes no sense is as if it were not there. */
export function graphStateFrom(params: URLSearchParams): GraphState {
  const steps = Number(params.get('steps') ?? 1)
  const least = Number(params.get('least') ?? 0)
  return {
    ...refreshedTimeFrom(params, 'graph'),
    focus: params.get('focus') ?? undefined,
    steps: Number.isInteger(steps) ? Math.max(1, Math.min(MOST_STEPS, steps)) : 1,
    side: SIDES.find((id) => id === params.get('side')) ?? 'both',
    filter: params.get('filter') ?? '',
    least: Number.isSafeInteger(least) && least > 0 ? least : 0,
    errorsOnly: params.get('errors') === 'true',
    edge: edgeFrom(params.get('edge')),
    view: params.get('view') === 'table' ? 'table' : 'graph',
    sort: params.get('sort') ?? '-calls',
    sight: sightFrom(params.get('at')),
  }
}

function edgeFrom(text: string | null): EdgeName | undefined {
  const [from, to, kind] = (text ?? '').split('>')
  if (from === undefined || to === undefined) return undefined
  try {
    const names = { from: decodeURIComponent(from), to: decodeURIComponent(to) }
    return { ...names, kind: kind === 'messaging' ? kind : 'rpc' }
  } catch {
    return undefined // A stray % names no call.
  }
}

const HALF = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

export function edgeText({ from, to, kind }: EdgeName): string {
  // A name may be half of a surrogate pair, which can't be encoded.
  const names = [from, to].map((name) => encodeURIComponent(name.replace(HALF, '\ufffd')))
  return [...names, ...(kind === 'messaging' ? [kind] : [])].join('>')
}

function sightFrom(text: string | null): Sight | undefined {
  const match = /^(-?\d{1,7}),(-?\d{1,7}),(\d{1,2}(?:\.\d{1,4})?)$/.exec(text ?? '')
  if (!match) return undefined
  const [x = 0, y = 0, scale = 0] = match.slice(1).map(Number)
  return scale > 0 ? { x, y, scale } : undefined
}

export const sightText = ({ x, y, scale }: Sight) =>
  `${Math.round(x)},${Math.round(y)},${Number(scale.toFixed(4))}`
