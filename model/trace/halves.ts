// Finds a span by its id where one id may have several halves (a client's and its servers', or an accident); the tree
// asks it who a span's parent is.
import { int, item } from '../columns.ts'
import type { MergedSpans } from './merge.ts'
import { type Span, type SpanId, serviceOf } from '../span.ts'

/** The spans that share one id, by position. */
interface Halves {
  readonly id: SpanId
  /** The first half that didn't join another: the caller's, if there is one. -1 for none. */
  caller: number
  /** The first called half; -1 for none. */
  server: number
  /** Halves that didn't join another; more than one is an accident. */
  ownCount: number
  /** By service, and by service and address; the called half wins over the calling one. */
  readonly byPlace: Map<string, number>
  /** Where one place executed it several times, all of them; by time. */
  executions: Map<string, number[]> | undefined
}

export const NO_PARENT = -1
export const PARENT_MISSING = -2

export class HalfIndex {
  readonly #merged: MergedSpans
  readonly #spans: readonly Span[]
  /** By the number of the id. The usual two, a call's, are not here: a map of places for each would cost the most of all. */
  readonly #several = new Map<number, Halves>()

  constructor(merged: MergedSpans) {
    this.#merged = merged
    this.#spans = merged.spans
    for (let number = 0; number + 1 < merged.offsets.length; number++) {
      const from = int(merged.offsets, number)
      const to = int(merged.offsets, number + 1)
      if (to - from > 1 && !this.#isCall(from, to)) this.#several.set(number, this.#halvesOf(from, to))
    }
  }

  /** The position of the parent of the span at `child`, or NO_PARENT, or PARENT_MISSING. */
  parentOf(child: number): number {
    const span = item(this.#spans, child)
    const { numbers, offsets } = this.#merged
    if (span.shared) {
      const number = numbers.numberOf(span.id)
      const first = int(offsets, number)
      const caller = this.#several.get(number)?.caller ?? (item(this.#spans, first).shared ? -1 : first)
      if (caller >= 0) return caller
    }
    const { parentId } = span
    if (parentId === undefined || parentId === span.id) return NO_PARENT
    const number = numbers.numberOf(parentId)
    if (number < 0) return PARENT_MISSING
    const first = int(offsets, number)
    if (int(offsets, number + 1) - first === 1) return first
    const halves = this.#several.get(number)
    return halves === undefined ? this.#parentInCall(first, span) : this.#parentAmong(halves, span)
  }

  /** Ids that several spans bear without being halves of one call. */
  accidentalIds(): SpanId[] {
    const ids: SpanId[] = []
    for (const { id, ownCount } of this.#several.values()) if (ownCount > 1) ids.push(id)
    return ids
  }

  /** A caller's half and the half that joined it, nothing else. */
  #isCall(from: number, to: number): boolean {
    return to - from === 2 && !isCalled(item(this.#spans, from)) && item(this.#spans, from + 1).shared
  }

  #halvesOf(from: number, to: number): Halves {
    const { id } = item(this.#spans, from)
    const halves: Halves = {
      id,
      caller: -1,
      server: -1,
      ownCount: 0,
      byPlace: new Map(),
      executions: undefined,
    }
    for (let i = from; i < to; i++) this.#add(halves, i)
    const startOf = (i: number) => item(this.#spans, i).timestamp ?? Number.MAX_VALUE
    for (const list of halves.executions?.values() ?? []) {
      list.sort((a, b) => startOf(a) - startOf(b) || a - b)
    }
    return halves
  }

  #add(halves: Halves, position: number): void {
    const span = item(this.#spans, position)
    const called = isCalled(span)
    if (called && halves.server < 0) halves.server = position
    if (!span.shared) {
      halves.ownCount++
      const current = halves.caller < 0 ? undefined : item(this.#spans, halves.caller)
      if (current === undefined || (!isCaller(current) && isCaller(span))) halves.caller = position
    }
    for (const place of placesOf(span)) {
      const known = halves.byPlace.get(place)
      const knownCalled = known !== undefined && isCalled(item(this.#spans, known))
      if (known === undefined || (called && !knownCalled)) {
        halves.byPlace.set(place, position)
        halves.executions?.delete(place)
      } else if (called === knownCalled) {
        halves.executions ??= new Map()
        const list = halves.executions.get(place)
        if (list === undefined) halves.executions.set(place, [known, position])
        else list.push(position)
      }
    }
  }

  /** Its own service's half first: a span is usually made by the process that its parent ran in. */
  #parentAmong(halves: Halves, child: Span): number {
    for (const place of placesOf(child).reverse()) {
      const own = halves.byPlace.get(place)
      if (own === undefined) continue
      const executions = halves.executions?.get(place)
      return executions === undefined ? own : this.#runningAt(executions, child.timestamp)
    }
    return halves.server >= 0 ? halves.server : halves.caller
  }

  /** As {@link #parentAmong}, of the two halves of a call. */
  #parentInCall(caller: number, child: Span): number {
    const server = caller + 1
    const service = serviceOf(child)
    if (service === undefined) return server
    const ip = ipOf(child)
    const runsIn = (half: number) => serviceOf(item(this.#spans, half)) === service
    const runsAt = (half: number) => runsIn(half) && ipOf(item(this.#spans, half)) === ip
    if (ip !== undefined && runsAt(server)) return server
    if (ip !== undefined && runsAt(caller)) return caller
    return runsIn(server) || !runsIn(caller) ? server : caller
  }

  /** The last to have started by then, or the first. */
  #runningAt(executions: readonly number[], time: number | undefined): number {
    let low = 0
    for (let high = executions.length; low + 1 < high && time !== undefined;) {
      const middle = (low + high) >> 1
      const { timestamp } = item(this.#spans, item(executions, middle))
      if (timestamp !== undefined && timestamp <= time) low = middle
      else high = middle
    }
    return item(executions, low)
  }
}

function placesOf(span: Span): string[] {
  const service = serviceOf(span)
  if (service === undefined) return []
  const ip = ipOf(span)
  return ip === undefined ? [service] : [service, `${service}\n${ip}`]
}

const ipOf = ({ localEndpoint }: Span) => localEndpoint?.ipv4 ?? localEndpoint?.ipv6
const isCaller = (span: Span) => span.kind === 'CLIENT' || span.kind === 'PRODUCER'
const isCalled = (span: Span) => span.shared || span.kind === 'SERVER' || span.kind === 'CONSUMER'
