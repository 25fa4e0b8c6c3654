// Which traces are wholly stored, and seen by Elasticsearch itself: every read must find these.
import type { Plan } from './plan.ts'

/** After so long the contract promises that reads see what was stored. */
const SETTLED_MS = 1_000
/** Looking through all of them takes its time. */
const LOOK_EVERY_MS = 200

export class KnownTraces {
  readonly plan: Plan
  readonly #isVisible: (trace: number) => Promise<boolean>
  readonly #stored: Uint8Array
  #waiting: number[]
  #lookedAt = 0
  readonly #added: { readonly trace: number; readonly at: number }[] = []
  readonly #settled: number[] = []
  readonly #isSettled: Uint8Array
  #asked: { readonly trace: number; readonly at: number } | undefined
  #awayAt = 0
  #slowestMs = 0

  /**
   * @param isVisible whether a search finds all of the trace. It is asked about the last of several only: what was
   * stored before it is seen no later.
   */
  constructor(plan: Plan, isVisible: (trace: number) => Promise<boolean>) {
    this.plan = plan
    this.#isVisible = isVisible
    this.#stored = new Uint8Array(plan.messages.length)
    this.#waiting = Array.from({ length: plan.traces }, (_, trace) => trace)
    this.#isSettled = new Uint8Array(plan.traces)
  }

  /** Numbers of traces that every read must find, in the order in which they came to be known. */
  get settled(): readonly number[] {
    return this.#settled
  }

  /** The longest that a trace was stored and not seen while Elasticsearch was there. */
  get slowestMs(): number {
    return this.#slowestMs
  }

  isSettled(trace: number): boolean {
    return this.#isSettled[trace] === 1
  }

  /** This message is stored; {@link update} then finds the traces that are whole. */
  store(message: number): void {
    this.#stored[message] = 1
  }

  /** May be called at any time; looks now and then. */
  update(): void {
    const at = Date.now()
    if (at - this.#lookedAt < LOOK_EVERY_MS) return
    this.#lookedAt = at
    this.#waiting = this.#waiting.filter((trace) => {
      if (!this.plan.messagesOf(trace).every((message) => this.#stored[message] === 1)) return true
      this.#added.push({ trace, at })
      return false
    })
  }

  /** Settles those that are seen by now. */
  async settle(): Promise<void> {
    const until = Date.now() - SETTLED_MS
    const last = this.#added.findLast(({ at }) => at <= until)
    if (last === undefined) return
    try {
      // The same one until it is seen: else, with new ones coming all the time, none would ever be.
      this.#asked ??= last
      if (await this.#isVisible(this.#asked.trace)) this.#settleUpTo(this.#asked.at)
    } catch {
      this.#awayAt = Date.now()
    }
  }

  #settleUpTo(until: number): void {
    this.#slowestMs = Math.max(this.#slowestMs, Date.now() - Math.max(until, this.#awayAt))
    this.#asked = undefined
    for (let next = this.#added[0]; next !== undefined && next.at <= until; next = this.#added[0]) {
      this.#added.shift()
      this.#settled.push(next.trace)
      this.#isSettled[next.trace] = 1
    }
  }
}
