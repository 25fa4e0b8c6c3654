// Throws damaged input at a reader of strangers' bytes, and says what it may not do: throw anything but an error of the one
// table, hang, change a prototype, or give spans that can't be written and read again.
import { HopscopeError } from '@hopscope/proto'
import { mutate, Random } from './mutate.ts'

export interface Target {
  readonly name: string
  /** Good input, to be damaged. */
  readonly samples: readonly Uint8Array[]
  /** Reads the input and throws an `Error` that says what is wrong with what came out. */
  readonly read: (bytes: Uint8Array) => void
}

export interface Finding {
  readonly target: string
  readonly seed: number
  readonly what: string
  readonly input: Buffer
}

/** A case of a few hundred bytes takes microseconds; one that takes this long hangs, or nearly. Milliseconds. */
const HANGS_MS = 2000

const PROTOTYPES = [Object.prototype, Array.prototype, String.prototype, Function.prototype]
const own = () => PROTOTYPES.map((prototype) => Object.getOwnPropertyNames(prototype).length).join()
const UNTOUCHED = own()

/**
 * Plays the cases `from` to `from + count - 1`; a case is made from its number alone.
 * @returns the first that broke a promise, if any did
 */
export function fuzz({ name, samples, read }: Target, from: number, count: number): Finding | undefined {
  for (let seed = from; seed < from + count; seed++) {
    const input = mutate(samples, new Random(seed))
    const began = performance.now()
    let what: string | undefined
    try {
      read(input)
    } catch (error) {
      if (!(error instanceof HopscopeError))
        what = error instanceof Error ? String(error.stack) : String(error)
      else if (error.code === 'internal' || error.detail === '') what = `unhelpful: ${error.message}`
    }
    if (own() !== UNTOUCHED) what = 'a prototype was changed'
    const took = performance.now() - began
    if (took > HANGS_MS) what = `it took ${Math.round(took)} ms`
    if (what !== undefined) return { target: name, seed, what, input }
  }
  return undefined
}
