// The layout of what is shown, made by a worker; a newer question ends the older one.
import type { GraphEdge, GraphLayout } from './layout.ts'
import type { LayoutRequest, LayoutResponse } from './layout.worker.ts'

export interface Shape {
  readonly nodes: readonly string[]
  readonly edges: readonly GraphEdge[]
}

/** The same for graphs that have the same picture, whatever their numbers. */
export const shapeKey = ({ nodes, edges }: Shape) =>
  JSON.stringify([nodes, edges.map(({ from, to, kind }) => [from, to, kind])])

export interface Laid {
  readonly layout: GraphLayout
  /** {@link shapeKey} */
  readonly key: string
  /** Another one is another picture; the same has kept the places of before. */
  readonly anew: number
}

export class Layouts {
  laid = $state.raw<Laid>()
  error = $state.raw<unknown>()
  busy = $state(false)
  #worker: Worker | undefined = startWorker()
  #id = 0
  #anew = 0
  /** What was asked last. */
  #key = ''

  /**
   * Asks for the layout of a graph, unless it is the one there is, or on its way.
   * @param keep places of the services that are in the picture already
   */
  ask(shape: Shape, { keep, force = false }: { keep: boolean; force?: boolean }): void {
    const key = shapeKey(shape)
    if (key === this.#key && !force) return
    this.#key = key
    // A worker can't be told to stop.
    if (this.busy) this.close()
    const worker = (this.#worker ??= startWorker())
    const id = ++this.#id
    const previous = keep && !force ? this.laid?.layout : undefined
    if (previous === undefined) this.#anew++
    const anew = this.#anew
    this.busy = true
    const listening = new AbortController()
    const done = () => {
      this.busy = false
      listening.abort()
    }
    const answered = ({ data }: MessageEvent<LayoutResponse>) => {
      if (data.id !== id) return
      done()
      if ('layout' in data) {
        this.error = undefined
        this.laid = { layout: data.layout, key, anew }
      } else this.error = new Error(data.error)
    }
    const failed = ({ message }: ErrorEvent) => {
      done()
      this.close()
      this.#key = ''
      this.error = new Error(message)
    }
    worker.addEventListener('message', answered, { signal: listening.signal })
    worker.addEventListener('error', failed, { signal: listening.signal })
    const nodes = [...shape.nodes]
    const edges = shape.edges.map(({ from, to, calls, kind }) => ({
      from,
      to,
      calls,
      ...(kind === undefined ? {} : { kind }),
    }))
    const request: LayoutRequest = { id, nodes, edges, ...(previous === undefined ? {} : { previous }) }
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has none
    worker.postMessage(request)
  }

  /** Ends the worker; the next question starts another. */
  close(): void {
    this.#worker?.terminate()
    this.#worker = undefined
    this.busy = false
  }
}

const startWorker = () => new Worker(new URL('./layout.worker.ts', import.meta.url), { type: 'module' })
