// The traces that a search found: its pages as they come, how far it looked, and what arrives while one watches.
import type { TraceSummary } from '@hopscope/model'
import type { TraceList } from '../api/api.ts'
import { Loader } from '../api/loader.svelte.ts'
import { api } from '../api/names.svelte.ts'
import { searchParams, type SearchState } from '../routing/search-url.ts'
import { merged, type Merged, MOST_LIVE } from './live.ts'

/** A summary as the search gives it: with what a TraceQL query found in the trace. */
export interface FoundTrace extends TraceSummary {
  readonly matched?: number
  readonly spanSets?: readonly FoundSet[]
}

export interface FoundSet {
  readonly by: readonly NamedValue[]
  readonly aggregates: readonly NamedValue[]
  readonly matched: number
  readonly spans: readonly FoundSpan[]
}

interface FoundSpan {
  readonly id: string
  readonly name?: string
  readonly service?: string
  readonly duration?: number
  readonly attributes: readonly NamedValue[]
}

export interface NamedValue {
  readonly name: string
  readonly value: string | number | boolean | null
}

/** Traces of a page: of a list, and of a list with a plot, which wants more of them. */
const PAGE = 50
const PLOTTED_PAGE = 200

/** A list as it was left. */
export interface Kept {
  readonly list: TraceList
  readonly askedAt: number
  /** Of all pages. */
  readonly skipped: number
  readonly stoppedAt: number | undefined
  readonly cut: boolean
}

export class Results {
  readonly list = new Loader<TraceList>()
  readonly more = new Loader<TraceList>()
  next = $state<string | null>(null)
  /** How far a search has come that stopped; over all pages. */
  scanned = $state.raw({ traces: 0, spans: 0 })
  stoppedAt = $state<number>()
  skipped = $state(0)
  /** Whether the last page was; what the others lacked, it went on with. */
  complete = $state(true)
  /** When it was asked, in epoch microseconds. */
  askedAt = $state(0)
  #added = $state.raw<readonly TraceSummary[]>([])
  /** What arrived since, in live mode. */
  #arrived = $state.raw<readonly TraceSummary[]>([])
  #dropped = $state(false)

  /** A trace that got an earlier span between two pages comes twice; once is enough. */
  readonly #all: Merged = $derived.by(() => {
    const paged = new Map(
      [...(this.list.value?.traces ?? []), ...this.#added].map((trace) => [trace.traceId, trace]),
    )
    return merged([...paged.values()], this.#arrived)
  })

  get traces(): readonly FoundTrace[] {
    return this.#all.traces
  }

  /** So much arrived that older ones fell off the list. */
  get cut(): boolean {
    return this.#dropped || this.#all.cut
  }

  /** What another page would add would fall off at once. */
  get full(): boolean {
    return this.cut || (this.#arrived.length > 0 && this.traces.length >= MOST_LIVE)
  }

  async start(wanted: SearchState): Promise<void> {
    this.more.cancel()
    const now = Date.now() * 1e3
    this.askedAt = now
    const params = searchParams(wanted, now, sizeOf(wanted))
    await this.list.load((signal) => api.traces(params, signal))
    if (!this.list.busy && this.list.value) this.#begin(this.list.value)
  }

  async loadMore(query: SearchState): Promise<void> {
    const from = this.next
    if (from === null || this.more.busy) return
    await this.more.load((signal) =>
      api.traces(searchParams(query, this.askedAt, sizeOf(query), from), signal),
    )
    const { error, value } = this.more
    if (error || !value || this.next !== from) return
    this.#added = [...this.#added, ...value.traces]
    this.#take(value)
  }

  take(arrived: readonly TraceSummary[]): void {
    const { traces, cut } = merged(this.#arrived, arrived)
    this.#arrived = traces
    if (cut) this.#dropped = true
  }

  /** What to put back when one comes back; undefined if there is no list. */
  get kept(): Kept | undefined {
    const { traces, next, complete, scanned, askedAt, skipped, stoppedAt, cut } = this
    if (!this.list.value) return undefined
    const list = { ...this.list.value, traces, next, complete, scanned }
    return { list, askedAt, skipped, stoppedAt, cut }
  }

  async putBack({ list, askedAt, skipped, stoppedAt, cut }: Kept): Promise<void> {
    await this.list.load(() => Promise.resolve(list))
    this.#begin(list)
    this.askedAt = askedAt
    this.skipped = skipped
    this.stoppedAt = stoppedAt
    this.#dropped = cut
  }

  cancel(): void {
    this.list.cancel()
    this.more.cancel()
  }

  #begin(first: TraceList) {
    this.#added = []
    this.#arrived = []
    this.#dropped = false
    this.scanned = { traces: 0, spans: 0 }
    this.skipped = 0
    this.#take(first)
  }

  #take(part: TraceList) {
    this.next = part.next
    this.skipped += part.skipped?.length ?? 0
    this.complete = part.complete && this.skipped === 0
    this.stoppedAt = part.stoppedAt
    const { traces = 0, spans = 0 } = part.scanned ?? {}
    this.scanned = { traces: this.scanned.traces + traces, spans: this.scanned.spans + spans }
  }
}

const sizeOf = ({ view }: SearchState) => (view === 'none' ? PAGE : PLOTTED_PAGE)
