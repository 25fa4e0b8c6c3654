// Long work on the thread that answers everybody: now and then the others have their turn.
import { setImmediate } from 'node:timers/promises'

/** Milliseconds. */
const LONGEST_TURN = 20

export class Turns {
  #end = performance.now() + LONGEST_TURN

  /** To be awaited between pieces of the work. */
  async next(): Promise<void> {
    if (performance.now() < this.#end) return
    await setImmediate()
    this.#end = performance.now() + LONGEST_TURN
  }
}
