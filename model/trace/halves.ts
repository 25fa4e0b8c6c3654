// Finds a span by its id where one id may have several halves (a client's and its servers', or an accident); the tree
// asks it who a span's parent is.
import { item } from './columns.ts'
import { type Span, type SpanId, serviceOf } from './span.ts'

/** The spans that share one id, by position. */
interface Halves {
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
  readonly #spans: readonly Span[]
  readonly #single = new Map<SpanId, number>()
  readonly #several = new Map<SpanId, Halves>()

  constructor(spans: readonly Span[]) {
    this.#spans = spans
    for (let i = 0; i < spans.length; i++) {
      const { id } = item(spans, i)
      const halves = this.#several.get(id)
      if (halves !== undefined) {
        this.#add(halves, i)
        continue
      }
      const first = this.#single.get(id)
      if (first === undefined) {
        this.#single.set(id, i)
        continue
      }
      const created: Halves = {
        caller: -1,
        server: -1,
        ownCount: 0,
        byPlace: new Map(),
        executions: undefined,
      }
      this.#several.set(id, created)
      this.#add(created, first)
      this.#add(created, i)
    }
    const startOf = (i: number) => item(spans, i).timestamp ?? Number.MAX_VALUE
    for (const { executions } of this.#several.values()) {
      for (const list of executions?.values() ?? []) list.sort((a, b) => startOf(a) - startOf(b) || a - b)
    }
  }

  /** The position of the parent of the span at `child`, or NO_PARENT, or PARENT_MISSING. */
  parentOf(child: number): number {
    const span = item(this.#spans, child)
    if (span.shared) {
      const caller = this.#several.get(span.id)?.caller
      if (caller !== undefined && caller >= 0) return caller
    }
    const { parentId } = span
    if (parentId === undefined || parentId === span.id) return NO_PARENT
    const halves = this.#several.get(parentId)
    return halves === undefined
      ? (this.#single.get(parentId) ?? PARENT_MISSING)
      : this.#parentAmong(halves, span)
  }

  /** Ids that several spans bear without being halves of one call. */
  accidentalIds(): SpanId[] {
    const ids: SpanId[] = []
    for (const [id, { ownCount }] of this.#several) if (ownCount > 1) ids.push(id)
    return ids
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
  const ip = span.localEndpoint?.ipv4 ?? span.localEndpoint?.ipv6
  return ip === undefined ? [service] : [service, `${service}\n${ip}`]
}

const isCaller = (span: Span) => span.kind === 'CLIENT' || span.kind === 'PRODUCER'
const isCalled = (span: Span) => span.shared || span.kind === 'SERVER' || span.kind === 'CONSUMER'
