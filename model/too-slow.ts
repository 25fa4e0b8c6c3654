// What the model throws where an answer would take longer than it may.

/** An answer was not found within the time or the work that it may take. */
export class TooSlow extends Error {
  override readonly name = 'TooSlow'
}
