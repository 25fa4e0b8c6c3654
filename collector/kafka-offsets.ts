// Which offset of a partition may be committed: below it, everything is stored or dead-lettered.

/** Work is begun in the order of the log and may end in any order. */
export class OffsetTracker {
  readonly #underWay: { readonly end: bigint; done: boolean }[] = []
  #position: bigint

  /** @param start the next offset to read */
  constructor(start: bigint) {
    this.#position = start
  }

  /** Everything below it is done. */
  get position(): bigint {
    return this.#position
  }

  /**
   * @param end the offset after the last message of this work
   * @returns to be called when all of it is done
   */
  begin(end: bigint): () => void {
    const work = { end, done: false }
    this.#underWay.push(work)
    return () => {
      work.done = true
      while (this.#underWay[0]?.done) {
        this.#position = this.#underWay[0].end
        this.#underWay.shift()
      }
    }
  }
}
