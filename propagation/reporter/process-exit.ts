// Sends the last spans when the process ends, without deciding for the service when and how it ends.
import { messageOf } from '../spans/span.ts'

interface Leaver {
  /** Settles when nothing is left to send, or the time limit has come; `forGood`: what is left then is given up. */
  leave(forGood: boolean): Promise<void>
  isIdle(): boolean
}

const leavers = new Set<Leaver>()
const SIGNALS = ['SIGTERM', 'SIGINT'] as const
let leaving = false

const leaveAll = async (forGood: boolean): Promise<void> => {
  await Promise.all([...leavers].map((leaver) => leaver.leave(forGood)))
}

const failed = (error: unknown): void =>
  console.warn(`hopscope: sending the last spans failed: ${messageOf(error)}`)

/** The event loop ran empty. What is sent now holds it up until it is sent; then the event comes again, and passes. */
const onBeforeExit = (): void => {
  if ([...leavers].some((leaver) => !leaver.isIdle())) leaveAll(true).catch(failed)
}

/** Does what Node would have done, had nobody listened. */
const endBy = (signal: NodeJS.Signals): void => {
  process.off(signal, onSignal)
  process.kill(process.pid, signal)
}

/**
 * A listener takes Node's own ending of the process away, so it has to be given back: where ours is the only one,
 * the spans are sent and the signal raised again without it. Where others listen too, ending is their affair, and the
 * spans are sent meanwhile; ours steps aside at once, for there are those who end the process only if they find
 * themselves alone (signal-exit, another copy of this one). A second signal ends at once what waits for the first.
 */
const onSignal = (signal: NodeJS.Signals): void => {
  const alone = process.listenerCount(signal) === 1
  if (alone && leaving) return endBy(signal)
  if (!alone) process.off(signal, onSignal)
  leaving = alone
  leaveAll(alone)
    .catch(failed)
    .then(() => (alone ? endBy(signal) : undefined), failed)
}

/** Sends what a reporter has left when the process ends; the function it returns ends the watch. */
export const watchExit = (leaver: Leaver): (() => void) => {
  if (leavers.size === 0) {
    process.on('beforeExit', onBeforeExit)
    // Ahead of the service's: a `once` listener of theirs would be gone, and uncounted, by the time ours is called.
    for (const signal of SIGNALS) process.prependListener(signal, onSignal)
  }
  leavers.add(leaver)
  return () => {
    leavers.delete(leaver)
    if (leavers.size > 0) return
    process.off('beforeExit', onBeforeExit)
    for (const signal of SIGNALS) process.off(signal, onSignal)
  }
}
