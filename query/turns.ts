// Long work on the thread that answers everybody: now and then the others have their turn, and nothing is done for nobody.
import type { ServerResponse } from 'node:http'
import { setImmediate } from 'node:timers/promises'

/** Milliseconds for all long work together, between two looks at what has come in. */
const LONGEST_TURN = 20

let end = 0
let others: Promise<void> | undefined

/** To be awaited between pieces of the work. */
export async function turn(): Promise<void> {
  while (performance.now() >= end) {
    others ??= setImmediate().then(() => {
      end = performance.now() + LONGEST_TURN
      others = undefined
    })
    await others
  }
}

/** Aborted once the answer is sent, or nobody waits for it any more. */
export function hangUpOf(response: ServerResponse): AbortSignal {
  const controller = new AbortController()
  response.once('close', () => controller.abort())
  return controller.signal
}
