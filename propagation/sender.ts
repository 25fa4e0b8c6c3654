// What a reporter needs of whatever carries its batches away, and what the answer means for the batch.

/** Stored; or refused for good; or worth another try, not before `retryAfterMs` where the other side says so. */
export type Answer =
  | { kind: 'stored' }
  | { kind: 'refused'; reason: string }
  | { kind: 'again'; reason: string; retryAfterMs?: number }

export interface Sender {
  /** Where batches go, for the log. */
  readonly place: string
  /** Sends a Zipkin v2 JSON list, untraced; one at a time. */
  send(body: string, timeoutMs: number): Promise<Answer>
  /** Lets go of connections that would keep the process running; the next send makes new ones. */
  release(timeoutMs: number): Promise<void>
}
