// Trying again for ever: what waits in Kafka is safe, so no failure of a neighbour is a reason to give it up.
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '@hopscope/proto'

/** What a logger must have; pino's loggers do. */
export interface IntakeLog {
  info(context: object, message: string): void
  warn(context: object, message: string): void
  error(context: object, message: string): void
}

const FIRST_MS = 100
const LONGEST_MS = 5_000

/**
 * How long to wait after so many failures in a row: doubles from 100 ms to 5 s, and half of it is by chance, so that
 * collectors that failed together don't come back together.
 */
export function backOffMs(failures: number, random: () => number = Math.random): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1))
  return ceiling / 2 + (ceiling / 2) * random()
}

/** Something that others wait for and that may be away: says so once when it goes and once when it is back. */
export class Outage {
  readonly #log: IntakeLog
  readonly #what: string
  #since: number | undefined
  #reason: string | undefined
  #waiting = 0

  /** @param what as a log line names it, such as `The store` */
  constructor(log: IntakeLog, what: string) {
    this.#log = log
    this.#what = what
  }

  /** Why it is away; undefined while it isn't. */
  get reason(): string | undefined {
    return this.#reason
  }

  failed(error: unknown): void {
    this.#reason = messageOf(error)
    if (this.#since !== undefined) return
    this.#since = Date.now()
    this.#log.error({ err: error }, `${this.#what} failed, trying again until it works: ${this.#reason}`)
  }

  /** Someone waits for it from now on. @returns to be called when they have it, or want it no more */
  await(): () => void {
    this.#waiting++
    return () => {
      // Whether it works again nobody will know, and so it must not count as away for ever.
      if (--this.#waiting === 0) this.#since = this.#reason = undefined
    }
  }

  worked(): void {
    if (this.#since === undefined) return
    const seconds = Math.round((Date.now() - this.#since) / 1000)
    this.#since = this.#reason = undefined
    this.#log.info({ seconds }, `${this.#what} works again after ${seconds} s.`)
  }
}

/** Repeats an attempt until it succeeds. @throws only when `signal` says that nobody wants it any more */
export async function untilDone<T>(
  attempt: () => Promise<T>,
  { outage, signal }: { readonly outage: Outage; readonly signal: AbortSignal },
): Promise<T> {
  const leave = outage.await()
  try {
    for (let failures = 1; ; failures++) {
      signal.throwIfAborted()
      try {
        const result = await attempt()
        outage.worked()
        return result
      } catch (error) {
        signal.throwIfAborted()
        outage.failed(error)
      }
      await sleep(backOffMs(failures), undefined, { signal })
    }
  } finally {
    leave()
  }
}
