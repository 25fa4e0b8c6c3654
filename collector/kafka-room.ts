// Bounds what the Kafka intake holds and has not stored: while there is no room, nothing more is taken over.

export class Room {
  readonly #maxBytes: number
  readonly #waiting = new Set<() => void>()
  #heldBytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  /** A message that is larger than all the room there is may come in alone. */
  tryTake(bytes: number): boolean {
    if (this.#heldBytes > 0 && this.#heldBytes + bytes > this.#maxBytes) return false
    this.#heldBytes += bytes
    return true
  }

  free(bytes: number): void {
    this.#heldBytes -= bytes
    for (const wake of this.#waiting) wake()
  }

  /** Settles when something was freed, or after a while: then it is time for a heartbeat. */
  freed(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        this.#waiting.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, withinMs)
      this.#waiting.add(wake)
    })
  }
}
