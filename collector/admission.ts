// Bounds what the collector holds in memory. Whoever comes when it is full is told to come again, before a
// byte of the body is read, or as soon as the body proves larger than it looked.
import { HopscopeError } from '@hopscope/proto'

/** Bytes inflated from one compressed byte, as JSON spans usually go; the true size replaces the guess as it becomes known. */
const USUAL_INFLATION = 8

/** Held for a message of which nothing has come yet. */
const HELD_AT_FIRST = 2 ** 16

const RETRY_AFTER_SECONDS = 1

export class Admission {
  readonly #capacity: number
  #held = 0

  /** @param capacity bytes of message bodies, from arrival until stored */
  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get heldBytes(): number {
    return this.#held
  }

  /**
   * Lets a message in if there is room for the bytes expected of it, but holds only a little for it until they
   * come: a sender that declares much and sends nothing takes no room from the others.
   * @throws HopscopeError `overloaded`
   */
  admit(expected: number): Ticket {
    let held = 0
    const hold = (amount: number) => {
      this.#held += amount - held
      held = amount
    }
    const requireRoom = (amount: number) => {
      const others = this.#held - held
      // A single message is always let in, however large the limit on one and small the capacity for all.
      if (others > 0 && others + amount > this.#capacity) throw this.#overloaded(others)
    }
    const grow = (amount: number) => {
      if (amount <= held) return
      // Refused, never made to wait: messages that wait for each other's room would wait forever.
      requireRoom(amount)
      hold(amount)
    }
    requireRoom(expected)
    hold(Math.min(expected, HELD_AT_FIRST))
    return { grow, shrink: (amount) => hold(Math.min(held, amount)), release: () => hold(0) }
  }

  #overloaded(held: number): HopscopeError {
    return new HopscopeError(
      'overloaded',
      `The collector holds ${held} bytes of spans that are not stored yet and takes no more than ${this.#capacity}. Send again in ${RETRY_AFTER_SECONDS} s.`,
      { retryAfterSeconds: RETRY_AFTER_SECONDS },
    )
  }
}

export interface Ticket {
  /**
   * The message has at least this many bytes.
   * @throws HopscopeError `overloaded`: it turned out larger than it looked, and there is no room
   */
  readonly grow: (bytes: number) => void
  /** The message has no more than this many bytes. */
  readonly shrink: (bytes: number) => void
  /** The message is no longer held. May be called twice. */
  readonly release: () => void
}

/** How many bytes a request will take, from its headers; `limit` caps what one body may have. */
export function expectedBytes(contentLength: string | undefined, compressed: boolean, limit: number): number {
  const declared = Number(contentLength)
  if (contentLength === undefined || !Number.isFinite(declared)) return Math.min(limit, UNDECLARED_BYTES)
  return Math.min(limit, compressed ? declared * USUAL_INFLATION : declared)
}

/** A chunked body doesn't say its size. */
const UNDECLARED_BYTES = 2 ** 20
