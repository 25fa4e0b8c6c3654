// Where the time of an operation goes, over many traces, and why its slowest calls are slow.
//
// Of each call of the operation the critical path below its own span is taken, so at each moment it is one span's time, and
// the parts add up to the whole:
// - by service: the span's; while a CLIENT span waits for a service that reported nothing (a database, say), the time is that
//   service's, if it is named; and while it waits for one that did, but didn't run yet or any more, it is the network's.
// - by hop: that of the innermost call between services in which the moment lies, network included; else the operation's own.
import { item } from '../columns.ts'
import { criticalPath, knownEnds } from '../trace/critical-path.ts'
import {
  type AddedTime,
  type Call,
  exemplarsOf,
  type Groups,
  PartTable,
  quantileOf,
  type TimePart,
} from './profile-parts.ts'
import { type DurationMicros, type EpochMicros, remoteServiceOf, serviceOf, type TraceId } from '../span.ts'
import type { RowTable } from '../trace/tree.ts'
import type { CriticalSegment, Hop, SpanRow, TraceView } from '../trace/view.ts'

/** Services and hops told apart; the time in others is that of `other`. */
const MOST_PARTS = 1_000
const OTHER = 'other'
const UNKNOWN = 'unknown'

/** Calls that are slow: the slowest hundredth, but at least so many, if they are at most a quarter of all. */
const LEAST_SLOW = 10

export interface ServicePart {
  readonly service: string
  /** False for a service that only its callers speak of. */
  readonly reported: boolean
}

export interface HopPart {
  readonly from: string
  readonly to: string
  readonly operation: string
  readonly kind: Hop['kind']
}

/** The slowest calls against the usual ones: the half around the median. */
export interface Slowness {
  /** The slowest hundredth; of fewer than 1,000 calls the 10 slowest, of fewer than 40 the slowest quarter. */
  readonly slow: CallGroup
  readonly usual: CallGroup
  /** Each with the most added time first. Together with `network` they add what slow calls took longer. */
  readonly services: readonly (ServicePart & AddedTime)[]
  readonly network: AddedTime
  /** Together with `own` they add what slow calls took longer. */
  readonly hops: readonly (HopPart & AddedTime)[]
  readonly own: AddedTime
}

interface CallGroup {
  readonly calls: number
  readonly shortest: DurationMicros
  readonly longest: DurationMicros
  /** Microseconds. */
  readonly mean: number
  /** Of the slowest calls. */
  readonly exemplars: readonly TraceId[]
}

export interface OperationProfile {
  readonly calls: number
  readonly traces: number
  /** Exact, by nearest rank; 0 if there are no calls. */
  readonly p50: DurationMicros
  readonly p95: DurationMicros
  readonly p99: DurationMicros
  /** The most time first. */
  readonly services: readonly (ServicePart & TimePart)[]
  readonly network: TimePart
  readonly hops: readonly (HopPart & TimePart)[]
  /** Outside of any hop. */
  readonly own: TimePart
  /** Undefined for fewer than 4 calls. */
  readonly slowness: Slowness | undefined
  /** False if there were more services or hops than are told apart. */
  readonly complete: boolean
}

/** Of rows of the service, named so if that is said: those that serve, else any; the topmost ones, so that none is counted twice. */
export function entriesOf(view: TraceView, service: string, operation: string | undefined): SpanRow[] {
  const isOne = ({ span }: SpanRow) =>
    serviceOf(span) === service && (operation === undefined || span.name === operation)
  const serving = topmost(
    view.spans,
    (row) => (row.span.kind === 'SERVER' || row.span.kind === 'CONSUMER') && isOne(row),
  )
  return serving.length > 0 ? serving : topmost(view.spans, isOne)
}

function topmost(rows: readonly SpanRow[], isOne: (row: SpanRow) => boolean): SpanRow[] {
  const found: SpanRow[] = []
  for (let i = 0; i < rows.length; i++) {
    const row = item(rows, i)
    if (!isOne(row)) continue
    found.push(row)
    i += row.descendants
  }
  return found
}

/** Takes traces one by one. What it keeps grows with the critical paths: who feeds it bounds the spans. */
export class ProfileAccumulator {
  readonly #services = new PartTable<ServicePart>()
  readonly #hops = new PartTable<HopPart>()
  /** Of the network, and of the operation outside of hops. */
  readonly #network = new PartTable<object>()
  readonly #own = new PartTable<object>()
  readonly #calls: Call[] = []
  #traces = 0
  #complete = true

  /** @param entries rows of the view, none below another */
  addTrace(view: TraceView, entries: readonly SpanRow[]): void {
    if (entries.length === 0) return
    this.#traces++
    const hopAt = hopsByRow(view)
    for (const entry of entries) this.#addCall(view, entry, hopAt)
  }

  profile(): OperationProfile {
    const durations = Float64Array.from(this.#calls, ({ duration }) => duration).sort()
    const total = durations.reduce((sum, each) => sum + each, 0)
    const quantile = (q: number) => quantileOf(durations, q) as DurationMicros
    return {
      calls: this.#calls.length,
      traces: this.#traces,
      p50: quantile(0.5),
      p95: quantile(0.95),
      p99: quantile(0.99),
      services: this.#services.parts(total),
      network: this.#network.parts(total)[0] ?? NO_TIME,
      hops: this.#hops.parts(total),
      own: this.#own.parts(total)[0] ?? NO_TIME,
      slowness: this.#slowness(),
      complete: this.#complete,
    }
  }

  #addCall(view: TraceView, entry: SpanRow, hopAt: ReadonlyMap<number, Hop>): void {
    const path = pathBelow(view.spans, entry)
    const hops = innermostHops(view.spans, entry, hopAt)
    const call = this.#calls.length
    let duration = 0
    for (const { span, start, end } of path) {
      const time = end - start
      duration += time
      const row = item(view.spans, entry.index + span)
      const hop = hops[span]
      const waiting = row.span.kind === 'CLIENT' ? hopAt.get(row.index) : undefined
      if (waiting?.server !== undefined && waiting.kind === 'rpc') this.#network.add(call, '', {}, time)
      else this.#addService(call, servicePartOf(view.spans, row, waiting !== undefined), time)
      if (hop === undefined) this.#own.add(call, '', {}, time)
      else this.#addHop(call, hop, time)
    }
    this.#calls.push({ traceId: view.traceId, duration })
  }

  #addService(call: number, part: ServicePart, time: number): void {
    const key = `${part.reported ? 'r' : 'n'}${part.service}`
    if (this.#isRoomFor(this.#services, key)) this.#services.add(call, key, part, time)
    else this.#services.add(call, '', { service: OTHER, reported: true }, time)
  }

  #addHop(call: number, { from, to, operation, kind }: Hop, time: number): void {
    const key = JSON.stringify([from, to, operation, kind])
    if (this.#isRoomFor(this.#hops, key)) this.#hops.add(call, key, { from, to, operation, kind }, time)
    else this.#hops.add(call, '', { from: OTHER, to: OTHER, operation: OTHER, kind: 'rpc' }, time)
  }

  #isRoomFor(table: { readonly size: number; has(key: string): boolean }, key: string): boolean {
    if (table.has(key) || table.size < MOST_PARTS) return true
    this.#complete = false
    return false
  }

  #slowness(): Slowness | undefined {
    const calls = this.#calls
    if (calls.length < 4) return undefined
    const slowestFirst = calls
      .map((_, i) => i)
      .sort((a, b) => item(calls, b).duration - item(calls, a).duration || a - b)
    const quarter = Math.floor(calls.length / 4)
    const slow = Math.min(quarter, Math.max(LEAST_SLOW, Math.ceil(calls.length / 100)))
    const groups: Groups = {
      slow: slowestFirst.slice(0, slow),
      usual: slowestFirst.slice(quarter, calls.length - quarter),
    }
    return {
      slow: callGroup(calls, groups.slow),
      usual: callGroup(calls, groups.usual),
      services: this.#services.added(calls, groups),
      network: this.#network.added(calls, groups)[0] ?? NO_ADDED,
      hops: this.#hops.added(calls, groups),
      own: this.#own.added(calls, groups)[0] ?? NO_ADDED,
    }
  }
}

const NO_TIME: TimePart = {
  time: 0 as DurationMicros,
  share: 0,
  calls: 0,
  p50: 0 as DurationMicros,
  p95: 0 as DurationMicros,
}
const NO_ADDED: AddedTime = { slow: 0, usual: 0, added: 0, exemplars: [] }

/** @param positions not empty, the slowest first */
function callGroup(calls: readonly Call[], positions: readonly number[]): CallGroup {
  const durations = positions.map((i) => item(calls, i).duration)
  return {
    calls: durations.length,
    shortest: item(durations, durations.length - 1) as DurationMicros,
    longest: item(durations, 0) as DurationMicros,
    mean: durations.reduce((sum, each) => sum + each, 0) / durations.length,
    exemplars: exemplarsOf(calls, positions),
  }
}

/** By row: the hop that it is a side of. */
function hopsByRow({ hops }: TraceView): Map<number, Hop> {
  const at = new Map<number, Hop>()
  for (const hop of hops) {
    if (hop.client !== undefined && !at.has(hop.client)) at.set(hop.client, hop)
    if (hop.server !== undefined) at.set(hop.server, hop)
  }
  return at
}

/** By row below the entry, the entry itself being 0. A hop that the entry answers isn't one of its own. */
function innermostHops(
  rows: readonly SpanRow[],
  { index, descendants }: SpanRow,
  hopAt: ReadonlyMap<number, Hop>,
): (Hop | undefined)[] {
  const entryHop = hopAt.get(index)
  const hops = [entryHop?.server === index ? undefined : entryHop]
  for (let i = 1; i <= descendants; i++) {
    const { parent } = item(rows, index + i)
    hops.push(hopAt.get(index + i) ?? hops[parent - index])
  }
  return hops
}

/** Whose time it is when the path is in this row. */
function servicePartOf(rows: readonly SpanRow[], row: SpanRow, waits: boolean): ServicePart {
  const peer = waits ? remoteServiceOf(row.span) : undefined
  if (peer !== undefined) return { service: peer, reported: false }
  const above = rows[row.parent]
  const service =
    serviceOf(row.span) ?? (above === undefined || row.orphan ? undefined : serviceOf(above.span))
  return { service: service ?? UNKNOWN, reported: true }
}

/** The critical path of the entry, whose own row is 0. */
function pathBelow(all: readonly SpanRow[], entry: SpanRow): readonly CriticalSegment[] {
  // There may be very many of these.
  if (entry.descendants === 0)
    return [{ span: 0, start: entry.start, end: (entry.start + entry.duration) as EpochMicros }]
  const rows = subtree(all, entry)
  return criticalPath(rows, knownEnds(rows))
}

/** The rows from the entry on down as a table of its own, to walk the critical path in. */
function subtree(all: readonly SpanRow[], { index, descendants }: SpanRow): RowTable {
  const rows = all.slice(index, index + descendants + 1)
  const column = (of: (row: SpanRow) => number) => Int32Array.from(rows, of)
  return {
    spans: rows.map(({ span }) => span),
    parent: column((row) => (row.index === index ? -1 : row.parent - index)),
    depth: column(({ depth }) => depth),
    descendants: column((row) => row.descendants),
    childCount: column(({ childCount }) => childCount),
    start: Float64Array.from(rows, ({ start }) => start),
    duration: Float64Array.from(rows, ({ duration }) => duration),
    orphan: Uint8Array.from(rows, ({ orphan }) => Number(orphan)),
    error: Uint8Array.from(rows, ({ error }) => Number(error)),
    synthetic: false,
  }
}
