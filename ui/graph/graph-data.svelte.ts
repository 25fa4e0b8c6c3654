// The answer that the graph page shows: asked for the address's time, and again as it says.
import { untrack } from 'svelte'
import { Loader } from '../api/loader.svelte.ts'
import { api } from '../api/names.svelte.ts'
import { PageTime } from '../routing/page-time.svelte.ts'
import { type Period, periodOf, type RefreshedTime } from '../routing/time-range.ts'
import type { ServiceGraph } from '../api/graph-answer.ts'

interface Answer {
  /** As the address has it. */
  readonly time: string
  readonly graph: ServiceGraph
}

/** To be made while a component is set up. */
export class GraphData {
  readonly time: PageTime
  readonly #loader = new Loader<Answer>()
  #last = $state.raw<Answer>()

  /** @param now the address; read anew whenever it changes */
  constructor(now: () => RefreshedTime) {
    this.time = new PageTime(now, periodOf, () => this.#loader.busy)
    $effect(() => {
      const { window } = this.time
      untrack(() => {
        void this.#ask(window, `${now().range} ${now().from} ${now().to}`)
      })
      return () => this.#loader.cancel()
    })
  }

  /** The last one; it stays while a newer one is asked for, and if that fails for the same time. */
  get answer(): ServiceGraph | undefined {
    return this.#last?.graph
  }

  get error(): unknown {
    return this.#loader.error
  }

  get busy(): boolean {
    return this.#loader.busy
  }

  async #ask({ start, end }: Period, time: string): Promise<void> {
    await this.#loader.load(async (signal) => {
      const graph = await api.get<ServiceGraph>(`graph?start=${start}&end=${end}`, signal)
      return { time, graph }
    })
    const { value, error } = this.#loader
    if (value) this.#last = value
    else if (error !== undefined && this.#last?.time !== time) this.#last = undefined
  }
}
