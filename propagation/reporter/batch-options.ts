// What a reporter may be told, and what holds where it is not.
import { carefulLog, type Log } from './log.ts'

/** What a reporter may be told, wherever it sends to. */
export interface BatchOptions {
  /**
   * Bounds of the queue, the batch in flight included. Default 10,000 spans and 8 MiB; beside them up to two buffers of
   * `batchBytes` are held while spans come.
   */
  maxSpans?: number
  maxBytes?: number
  /** A batch goes when it is this big or `intervalMs` after its first span. Default 500 spans, 512 KiB, 1 s. */
  batchSpans?: number
  batchBytes?: number
  intervalMs?: number
  /** How long one send may take. Default 10 s. */
  timeoutMs?: number
  /** First and longest pause after a failure; each is drawn between half of it and all of it. Default 0.5 s and 30 s. */
  backoffMs?: number
  maxBackoffMs?: number
  /**
   * Whether a batch that may have been stored, for its answer was lost, is sent again. Hopscope stores a span once
   * however often it comes. Where not, its spans are counted as `lost`. Default true.
   */
  resendUnanswered?: boolean
  /** How long an exit may be held up to send what is left. Default 2 s. */
  exitTimeoutMs?: number
  /** Default `console.warn`. */
  log?: Log
}

/** What one that posts to a collector may be told. */
export interface ReporterOptions extends BatchOptions {
  /** Where the collector is; spans are posted to `<collectorUrl>/api/v2/spans`. Default `http://127.0.0.1:9411`. */
  collectorUrl?: string
  /** Sent with every post, an authorization for example. */
  headers?: Readonly<Record<string, string>>
  /** Whether bodies beyond 1 KiB go with `content-encoding: gzip`, unless the collector answers 415. Default true. */
  compress?: boolean
}

/** Beyond it a timer fires at once. */
const MAX_MS = 2 ** 31 - 1

/** `options` have been checked. */
export const settledOptions = (options: BatchOptions): Required<BatchOptions> => ({
  maxSpans: options.maxSpans ?? 10_000,
  maxBytes: options.maxBytes ?? 8 * 1024 * 1024,
  batchSpans: options.batchSpans ?? 500,
  batchBytes: options.batchBytes ?? 512 * 1024,
  intervalMs: options.intervalMs ?? 1000,
  timeoutMs: options.timeoutMs ?? 10_000,
  backoffMs: options.backoffMs ?? 500,
  maxBackoffMs: options.maxBackoffMs ?? 30_000,
  resendUnanswered: options.resendUnanswered ?? true,
  exitTimeoutMs: options.exitTimeoutMs ?? 2000,
  log: carefulLog(options.log ?? console.warn),
})

/** A limit that a timer can keep: at most 24.8 days, which is what Infinity gives; `usual` for NaN and less than 0. */
export const timeLimit = (ms: number | undefined, usual: number): number =>
  ms !== undefined && ms >= 0 ? Math.min(ms, MAX_MS) : usual
