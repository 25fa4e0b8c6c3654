// What a reporter needs of whatever carries its batches away, and what the answer means for the batch.
import type { Framing } from './span-queue.ts'

/**
 * Stored; or refused for good; or worth another try, not before `retryAfterMs` where the other side says so. `unsure`:
 * the batch went out whole and its answer was lost, or leaves open whether it was stored.
 */
export type Answer =
  | { kind: 'stored' }
  | { kind: 'refused'; reason: string }
  | { kind: 'again'; reason: string; retryAfterMs?: number; unsure?: boolean }

export interface Sender {
  /** Where batches go, for the log. */
  readonly place: string
  readonly framing: Framing
  /** Sends a body, untraced; one at a time. It is the same buffer for each try of a batch, and is not read once stored or refused. */
  send(body: Buffer, timeoutMs: number): Promise<Answer>
  /** Lets go of connections that would keep the process running; the next send makes new ones. */
  release(timeoutMs: number): Promise<void>
}
