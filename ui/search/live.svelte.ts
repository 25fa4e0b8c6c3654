// Asks every two seconds what has arrived, while someone is looking; holds it back while the pointer is on the list.
import type { TraceSummary } from '@hopscope/model'
import type { TraceList } from '../api/api.ts'
import { merged, MOST_LIVE, newOnes, since } from './live.ts'

const EVERY_MS = 2000
/** Pages of an answer that are asked for at once: a query may look at many traces and find few. */
const MOST_PAGES = 20

export interface LiveSource {
  readonly listed: () => readonly TraceSummary[]
  /** When the list was asked for, in epoch microseconds. */
  readonly askedAt: () => number
  readonly ask: (start: number, signal: AbortSignal, cursor?: string) => Promise<TraceList>
  readonly take: (found: readonly TraceSummary[]) => void
}

export class Live {
  /** New traces since it was switched on. */
  came = $state(0)
  /** New traces that are held back. */
  held = $state(0)
  /** The server does not answer; it is asked again and again. */
  gone = $state(false)
  /** More came than was asked for or is kept: the list has not all of them. */
  cut = $state(false)
  readonly #source: LiveSource
  readonly #stopped = new AbortController()
  #timer: ReturnType<typeof setTimeout> | undefined
  #paused = $state(false)
  #waiting: readonly TraceSummary[] = []
  #askedAt: number | undefined

  constructor(source: LiveSource) {
    this.#source = source
    this.#later()
  }

  /** While the pointer is on the list its rows stay where they are. */
  get paused() {
    return this.#paused
  }

  set paused(paused: boolean) {
    if (paused === this.#paused) return
    this.#paused = paused
    if (!paused) this.#show([])
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#stopped.abort()
  }

  #later() {
    this.#timer = setTimeout(() => void this.#turn(), EVERY_MS)
  }

  async #turn() {
    // A tab that nobody sees asks nothing.
    if (!document.hidden) await this.#ask()
    if (!this.#stopped.signal.aborted) this.#later()
  }

  async #ask() {
    try {
      const now = Date.now() * 1e3
      const traces = await this.#found()
      this.#askedAt = now
      this.gone = false
      if (this.#paused) this.#hold(traces)
      else this.#show(traces)
    } catch (error) {
      if (this.#stopped.signal.aborted) return
      this.gone = true
      console.debug('Live: no answer', error)
    }
  }

  /** What arrived since, newest first, as far back as the list reaches. */
  async #found(): Promise<readonly TraceSummary[]> {
    const { listed, askedAt, ask } = this.#source
    const from = since([...listed(), ...this.#waiting], this.#askedAt ?? askedAt())
    const found: TraceSummary[] = []
    let cursor: string | undefined
    for (let page = 0; page < MOST_PAGES && found.length < MOST_LIVE; page++) {
      const { traces, next } = await ask(from, this.#stopped.signal, cursor)
      found.push(...traces)
      if (next === null) return found
      cursor = next
    }
    this.cut = true
    return found
  }

  #hold(found: readonly TraceSummary[]) {
    const { traces, cut } = merged(this.#waiting, found)
    this.#waiting = traces
    if (cut) this.cut = true
    this.held = newOnes(this.#source.listed(), this.#waiting)
  }

  #show(found: readonly TraceSummary[]) {
    if (this.#stopped.signal.aborted) return
    this.#hold(found)
    this.came += this.held
    const all = this.#waiting
    this.#waiting = []
    this.held = 0
    if (all.length > 0) this.#source.take(all)
  }
}
