// Where finished spans go: a bounded queue, sent in batches, one at a time. When the other side can't keep up or is
// away, spans are kept up to the bound and then dropped, counted; the service never waits and never fails.
import { performance } from 'node:perf_hooks'
import { messageOf, type Span } from '../spans/span.ts'
import { type BatchOptions, settledOptions, timeLimit } from './batch-options.ts'
import { countedByMinute } from './log.ts'
import { leaveRequests } from './outside.ts'
import { watchExit } from './process-exit.ts'
import type { Answer, Sender } from './sender.ts'
import { type Batch, SpanQueue } from './span-queue.ts'

export type { BatchOptions }

/** Counts since the start. `accepted` = `sent` + `refused` + `lost` + `queued`; `dropped` were never accepted. */
export interface ReporterStats {
  accepted: number
  sent: number
  /** Refused for good (over HTTP by a 4xx): sent once, not again. */
  refused: number
  /** Not taken in: the queue was full, or the reporter closed. */
  dropped: number
  /** Taken in, and given up: when the process or the reporter ended, or unanswered and not to be sent again. */
  lost: number
  queued: number
  queuedBytes: number
  /** Sends that failed and were or will be made again. */
  retries: number
}

/** Anything that takes finished spans. `report` must not throw. */
export interface SpanReporter {
  report(span: Span): void
  flush(timeoutMs?: number): Promise<boolean>
  close(timeoutMs?: number): Promise<void>
  stats(): ReporterStats
}

interface Waiter {
  /** Settled spans at which it is done. */
  settled: number
  done: (all: boolean) => void
}

/** The counts of a reporter that was given nothing. */
export const NOTHING: ReporterStats = {
  accepted: 0,
  sent: 0,
  refused: 0,
  dropped: 0,
  lost: 0,
  queued: 0,
  queuedBytes: 0,
  retries: 0,
}

export class BatchReporter implements SpanReporter {
  readonly #options: Required<BatchOptions>
  readonly #sender: Sender
  readonly #unwatch: () => void
  readonly #queue: SpanQueue
  /** For timers, sends and log lines: they would go on in the request that came first, for as long as there are more. */
  readonly #outside = leaveRequests()
  readonly #counts: ReporterStats = { ...NOTHING }
  readonly #refusals = countedByMinute()
  readonly #unanswered = countedByMinute()
  readonly #drops = countedByMinute()
  #batch: Batch | undefined
  #sending = false
  #closed = false
  #closing: Promise<void> | undefined
  #failures = 0
  /** By `performance.now()`: a wall clock may be set back, and the pause would last until it is there again. */
  #notBefore = 0
  #pauseIsOurs = true
  #timer: NodeJS.Timeout | undefined
  #waiters: Waiter[] = []

  /** `options` have been checked. */
  constructor(sender: Sender, options: BatchOptions) {
    this.#sender = sender
    const settled = settledOptions(options)
    this.#options = { ...settled, log: (message) => this.#outside(() => settled.log(message)) }
    this.#queue = new SpanQueue(sender.framing, this.#options.batchSpans, this.#options.batchBytes)
    this.#unwatch = watchExit({
      leave: (forGood) => this.#leave(forGood),
      isIdle: () => this.#counts.queued === 0,
    })
  }

  report(span: Span): void {
    if (this.#closed) return this.#drop('the reporter is closed')
    const counts = this.#counts
    const { maxSpans, maxBytes, intervalMs } = this.#options
    const { sealed } = this.#queue
    let bytes = 0
    try {
      if (counts.queued < maxSpans) bytes = this.#queue.add(span, maxBytes - counts.queuedBytes)
    } catch (error) {
      return this.#drop(`it can't be written as JSON: ${messageOf(error)}`)
    }
    if (bytes <= 0) {
      const isTooLarge = -bytes > maxBytes
      return this.#drop(
        isTooLarge
          ? `a span of ${-bytes} bytes is larger than maxBytes, ${maxBytes}`
          : `the queue is full (${counts.queued} spans, ${counts.queuedBytes} bytes)`,
      )
    }
    counts.accepted++
    counts.queued++
    counts.queuedBytes += bytes
    if (this.#sending) return
    if (this.#queue.sealed > sealed) this.#sendAt(0)
    else if (!this.#timer) this.#sendAt(intervalMs)
  }

  stats(): ReporterStats {
    return { ...this.#counts }
  }

  /** Sends what is queued now without waiting for more; true once all of it is settled, false at the time limit. */
  flush(timeoutMs?: number): Promise<boolean> {
    if (this.#counts.queued === 0) return Promise.resolve(true)
    return new Promise((resolve) => {
      const { accepted } = this.#counts
      const waiter: Waiter = {
        settled: accepted,
        done: (all) => {
          clearTimeout(limit)
          resolve(all)
        },
      }
      // Not unref'ed: while someone waits for the spans, the process has work to do.
      const limit = setTimeout(() => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter)
        resolve(false)
      }, this.#limit(timeoutMs))
      this.#waiters.push(waiter)
      // A pause of our own is cut short; one that the other side asked for is kept.
      if (this.#pauseIsOurs) this.#notBefore = 0
      this.#sendAt(0)
    })
  }

  /** Takes no more spans, sends what is queued, gives up what is left at the time limit: that of the first call. */
  close(timeoutMs?: number): Promise<void> {
    if (this.#closing) return this.#closing
    this.#closed = true
    this.#closing = this.#close(this.#limit(timeoutMs))
    return this.#closing
  }

  async #close(limitMs: number): Promise<void> {
    this.#unwatch()
    if (!(await this.flush(limitMs))) this.#giveUp()
    clearTimeout(this.#timer)
    await this.#release(limitMs)
  }

  #limit(timeoutMs: number | undefined): number {
    return timeLimit(timeoutMs, this.#options.exitTimeoutMs)
  }

  #release(limitMs: number): Promise<void> {
    return this.#outside(() => this.#sender.release(limitMs))
  }

  async #leave(forGood: boolean): Promise<void> {
    const all = await this.flush()
    if (!forGood) return
    if (!all) this.#giveUp()
    await this.#release(this.#options.exitTimeoutMs)
  }

  #giveUp(): void {
    const { queued } = this.#counts
    if (queued === 0) return
    this.#options.log(
      `hopscope: ${queued} spans lost: ${this.#sender.place} did not take them before the exit`,
    )
    this.#queue.clear()
    this.#batch = undefined
    this.#counts.lost += queued
    this.#counts.queued = 0
    this.#counts.queuedBytes = 0
  }

  #sendAt(delayMs: number): void {
    const wait = Math.max(delayMs, this.#notBefore - performance.now())
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#sending) return
    if (wait <= 0) return this.#outside(() => this.#send())
    const send = (): void => {
      this.#timer = undefined
      this.#send()
    }
    this.#timer = this.#outside(() => setTimeout(send, wait))
    this.#timer.unref()
  }

  #send(): void {
    if (this.#sending) return
    this.#batch ??= this.#queue.next()
    const batch = this.#batch
    // Nothing came for as long as a batch may wait: an idle service has its memory back.
    if (!batch) return this.#queue.rest()
    this.#sending = true
    this.#sender.send(batch.body, this.#options.timeoutMs).then(
      (answer) => this.#settle(batch, answer),
      (error: unknown) => this.#settle(batch, { kind: 'again', reason: messageOf(error), unsure: true }),
    )
  }

  #settle(batch: Batch, answer: Answer): void {
    this.#sending = false
    // Given up meanwhile: its spans are counted as lost already.
    if (this.#batch !== batch) return this.#sendAt(this.#options.intervalMs)
    if (answer.kind === 'again') this.#backOff(answer)
    else this.#goOn(answer.kind)
    if (answer.kind === 'again' && (this.#options.resendUnanswered || answer.unsure !== true)) {
      this.#counts.retries++
      return this.#sendAt(0)
    }
    this.#count(batch.spans, answer)
    this.#counts.queued -= batch.spans
    this.#counts.queuedBytes -= batch.bytes
    this.#batch = undefined
    this.#queue.settled(batch)
    const { sent, refused, lost } = this.#counts
    const settled = sent + refused + lost
    const done = this.#waiters.filter((waiter) => waiter.settled <= settled)
    this.#waiters = this.#waiters.filter((waiter) => waiter.settled > settled)
    for (const waiter of done) waiter.done(true)
    this.#sendAt(this.#queue.sealed > 0 || this.#waiters.length > 0 ? 0 : this.#options.intervalMs)
  }

  /** Counts the spans of a batch that is not sent again, and tells of those that were not taken. */
  #count(spans: number, answer: Answer): void {
    const { place } = this.#sender
    if (answer.kind === 'stored') {
      this.#counts.sent += spans
    } else if (answer.kind === 'refused') {
      this.#counts.refused += spans
      const count = this.#refusals(spans)
      if (count)
        this.#options.log(`hopscope: ${place} refused ${count} spans, not sent again: ${answer.reason}`)
    } else {
      this.#counts.lost += spans
      const count = this.#unanswered(spans)
      if (count)
        this.#options.log(`hopscope: ${place} may have ${count} spans, not sent again: ${answer.reason}`)
    }
  }

  #goOn(kind: 'stored' | 'refused'): void {
    if (kind === 'stored' && this.#failures > 0) {
      this.#options.log(`hopscope: ${this.#sender.place} takes spans again`)
    }
    this.#failures = 0
    this.#notBefore = 0
  }

  #backOff(answer: { reason: string; retryAfterMs?: number }): void {
    const { backoffMs, maxBackoffMs } = this.#options
    const longest = Math.min(maxBackoffMs, backoffMs * 2 ** Math.min(this.#failures, 30))
    const ours = longest * (0.5 + Math.random() / 2)
    if (this.#failures === 0) {
      this.#options.log(`hopscope: ${this.#sender.place} does not take spans, trying again: ${answer.reason}`)
    }
    this.#failures++
    this.#pauseIsOurs = answer.retryAfterMs === undefined
    this.#notBefore = performance.now() + Math.max(ours, answer.retryAfterMs ?? 0)
  }

  #drop(why: string): void {
    this.#counts.dropped++
    if (this.#drops(1) === undefined) return
    this.#options.log(`hopscope: SPANS ARE BEING DROPPED, ${this.#counts.dropped} so far: ${why}`)
  }
}
