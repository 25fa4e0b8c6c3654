// What the graph page shows: the answer, the part of it that the address asks for, and that part's picture.
import { untrack } from 'svelte'
import { serviceMarks } from '../design/colors.ts'
import type { GraphState } from '../routing/graph-url.ts'
import { mostCalls } from './encode.ts'
import { GraphData } from './graph-data.svelte.ts'
import { Layouts, shapeKey } from './layouts.svelte.ts'
import { filterGraph, type GraphFilter } from './neighbours.ts'
import { type Picture, pictureOf, positionsOf } from './picture.ts'

/** To be made while a component is set up. */
export class ShownGraph {
  readonly #now: () => GraphState
  readonly data: GraphData
  readonly layouts = new Layouts()
  readonly marks = $derived.by(() => serviceMarks(this.data.answer?.services.map(({ name }) => name) ?? []))
  readonly most = $derived.by(() => mostCalls(this.data.answer?.edges ?? []))
  /** Changes with what decides which part is shown, and with nothing else. */
  readonly #filterKey = $derived.by(() => {
    const { focus: service, steps, side, filter, least: leastCalls, errorsOnly } = this.#now()
    const focus = service === undefined ? undefined : { service, steps, side }
    const filters: GraphFilter = { focus, text: filter.trim(), leastCalls, errorsOnly }
    return JSON.stringify(filters)
  })
  readonly part = $derived.by(() => {
    const filters = JSON.parse(this.#filterKey) as GraphFilter
    return this.data.answer && filterGraph(this.data.answer, filters)
  })
  readonly #shape = $derived.by(
    () => this.part && { nodes: this.part.services.map(({ name }) => name), edges: this.part.edges },
  )
  #last: Picture | undefined
  /** The last one there was, as long as the next one is not laid out. */
  readonly picture = $derived.by(() => {
    const { laid } = this.layouts
    if (this.part && this.#shape && laid && laid.key === shapeKey(this.#shape))
      this.#last = pictureOf(this.part, laid.layout)
    return this.#last
  })
  /** The hash of the positions of what was last drawn; '' before. */
  drawn = $state('')

  /** @param now the address; read anew whenever it changes */
  constructor(now: () => GraphState) {
    this.#now = now
    this.data = new GraphData(now)
    let laidFor = ''
    $effect(() => {
      const [shape, key] = [this.#shape, this.#filterKey]
      if (!shape || now().view !== 'graph') return
      untrack(() => {
        // The same part of the graph at another time stays where it is; another part is another picture.
        this.layouts.ask(shape, { keep: laidFor === key })
        laidFor = key
      })
    })
    $effect(() => () => this.layouts.close())
  }

  tidy(): void {
    if (this.#shape) this.layouts.ask(this.#shape, { keep: false, force: true })
  }

  ondrawn(picture: Picture): void {
    if (picture === this.picture && !this.layouts.busy) this.drawn = positionsOf(picture.layout)
  }
}
