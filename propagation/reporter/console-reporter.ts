// The reporter that writes spans as lines of JSON: to stdout, for a collector of logs to take them, or a pair of eyes.
import { checkOptions } from '../options.ts'
import { messageOf } from '../spans/span.ts'
import type { BatchOptions } from './batch-options.ts'
import { BatchReporter } from './batch-reporter.ts'
import type { Answer, Sender } from './sender.ts'

/** What is used of a stream: `process.stdout`, a file's, a socket. */
export interface LineStream {
  write(lines: Uint8Array, done: (error?: Error | null) => void): boolean
  on(event: 'error', listener: (error: Error) => void): unknown
  off(event: 'error', listener: (error: Error) => void): unknown
}

/** `intervalMs` is 100 by default. There are no retries: what a stream failed to write is counted as `refused`. */
export interface ConsoleReporterOptions extends Pick<
  BatchOptions,
  'maxSpans' | 'maxBytes' | 'batchSpans' | 'batchBytes' | 'intervalMs' | 'exitTimeoutMs' | 'log'
> {
  /** Where the lines go. Default `process.stdout`. */
  stream?: LineStream
}

const ignore = (): void => undefined

/** One write at a time: while a slow reader holds it up, spans wait in the queue, within its bounds. */
const streamSender = (stream: LineStream): Sender => ({
  place: 'the stream',
  framing: 'lines',
  send: (body) =>
    new Promise<Answer>((resolve) => {
      const settle = (error: unknown): void => {
        // The stream tells the error to its listeners too, after the callback.
        if (error) setImmediate(() => stream.off('error', ignore))
        else stream.off('error', ignore)
        resolve(error ? { kind: 'refused', reason: messageOf(error) } : { kind: 'stored' })
      }
      // An error that no one listens to ends the process: a reader that went away must not, for spans.
      stream.on('error', ignore)
      try {
        // A copy: a stream may pass it on by itself when this is called back, and ours is written over.
        stream.write(Buffer.from(body), settle)
      } catch (error) {
        settle(error)
      }
    }),
  release: () => Promise.resolve(),
})

export class ConsoleReporter extends BatchReporter {
  /** @throws TypeError where an option can't be right: at the start, not in the middle of a request. */
  constructor(options: ConsoleReporterOptions = {}) {
    checkOptions(options)
    super(streamSender(options.stream ?? process.stdout), { intervalMs: 100, ...options })
  }
}
