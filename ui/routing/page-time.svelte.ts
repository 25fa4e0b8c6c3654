// The time that a page of numbers is about: of the address, and for ranges that end now, of when it was last asked.
import { type Period, REFRESH_SECONDS, type RefreshedTime, type TimeRange } from './time-range.ts'

const present = () => Date.now() * 1e3

/** To be made while a component is set up; asks anew as the address says, not while the page is out of sight. */
export class PageTime<Window extends Period = Period> {
  /** Epoch microseconds. */
  asked = $state(present())
  readonly #now: () => RefreshedTime
  readonly #windowOf: (time: TimeRange, now: number) => Window
  readonly #busy: () => boolean
  // One by one, so that a filter or an order in the address makes no new window, and asks for nothing.
  readonly #range = $derived.by(() => this.#now().range)
  readonly #from = $derived.by(() => this.#now().from)
  readonly #to = $derived.by(() => this.#now().to)
  /** A new one each time it is to be asked for. */
  readonly window: Window = $derived.by(() => {
    const time = { range: this.#range, from: this.#from, to: this.#to, zone: 'local' } as const
    return this.#windowOf(time, this.asked)
  })

  /**
   * @param now the address; read anew whenever it changes
   * @param busy whether an answer is awaited: a refresh would only throw away what is nearly there
   */
  constructor(
    now: () => RefreshedTime,
    windowOf: (time: TimeRange, now: number) => Window,
    busy: () => boolean,
  ) {
    this.#now = now
    this.#busy = busy
    this.#windowOf = windowOf
    $effect.pre(() => {
      // Another range ends now, not when the last one was chosen.
      if (this.#range + this.#from + this.#to) this.again()
    })
    const seconds = $derived(REFRESH_SECONDS[now().refresh])
    $effect(() => {
      if (seconds === 0) return undefined
      const timer = setInterval(() => {
        if (document.visibilityState === 'visible' && !this.#busy()) this.again()
      }, seconds * 1000)
      return () => clearInterval(timer)
    })
  }

  get now(): RefreshedTime {
    return this.#now()
  }

  again(): void {
    this.asked = present()
  }
}
