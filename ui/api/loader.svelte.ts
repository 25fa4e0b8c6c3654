// One question to the server at a time: a newer one cancels the older, whose late answer is dropped.

export class Loader<T> {
  value = $state.raw<T>()
  error = $state.raw<unknown>()
  busy = $state(false)
  #controller: AbortController | undefined

  /** Asks; the last value stays until the new one is there, unless `fresh`. Never rejects. */
  async load(ask: (signal: AbortSignal) => Promise<T>, { fresh = false } = {}): Promise<void> {
    this.#controller?.abort()
    const controller = new AbortController()
    this.#controller = controller
    this.busy = true
    if (fresh) this.value = undefined
    this.error = undefined
    try {
      const value = await ask(controller.signal)
      if (this.#controller !== controller) return
      this.value = value
    } catch (error) {
      if (this.#controller !== controller) return
      this.value = undefined
      this.error = error
    }
    this.busy = false
  }

  cancel(): void {
    this.#controller?.abort()
    this.#controller = undefined
    this.busy = false
  }
}
