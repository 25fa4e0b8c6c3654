// The one way in for spans, whatever brought them: decode, sample, write. It answers once they are durable.
import type { Span } from '@hopscope/model'
import { type Decoded, HopscopeError, type Refusal } from '@hopscope/proto'
import type { SpanWriter } from '@hopscope/storage'
import type { CollectorMetrics, Transport } from './metrics.ts'
import type { Sampler } from './sampler.ts'

export interface PipelineOptions {
  readonly writer: SpanWriter
  readonly sampler: Sampler
  readonly metrics: CollectorMetrics
}

export interface Accepted {
  /** Spans that are now durable. Sampled-out ones are neither stored nor refused. */
  readonly stored: number
  /** The first of them; `refusedCount` has all. */
  readonly refused: readonly Refusal[]
  readonly refusedCount: number
}

export class Pipeline {
  readonly #options: PipelineOptions

  constructor(options: PipelineOptions) {
    this.#options = options
  }

  /** Counts a message that never became bytes to decode: too large, unreadable, or come at a full collector. */
  unread(transport: Transport): void {
    const { metrics } = this.#options
    metrics.count('messages', transport)
    metrics.count('messages_dropped', transport)
  }

  /**
   * Settles when every good span of the message is durable; the bad ones are named in the answer.
   * @throws HopscopeError when nothing of the message could be read, or `store-unavailable`
   */
  async accept(
    bytes: Uint8Array,
    decode: (bytes: Uint8Array) => Decoded,
    transport: Transport,
  ): Promise<Accepted> {
    const { writer, sampler, metrics } = this.#options
    metrics.count('messages', transport)
    let decoded: Decoded
    try {
      decoded = decode(bytes)
    } catch (error) {
      metrics.message(transport, bytes.length, 0)
      metrics.count('messages_dropped', transport)
      throw error
    }
    const { spans, refused, refusedCount } = decoded
    metrics.message(transport, bytes.length, spans.length + refusedCount)
    const kept: readonly Span[] = spans.filter(sampler)
    metrics.count('spans_dropped', transport, refusedCount + spans.length - kept.length)
    try {
      await writer.write(kept)
    } catch (error) {
      metrics.count('messages_dropped', transport)
      metrics.count('spans_dropped', transport, kept.length)
      throw error
    }
    return { stored: kept.length, refused, refusedCount }
  }
}

/** What the sender of a partly refused message is told. */
export function refusalError({ stored, refused, refusedCount }: Accepted): HopscopeError {
  const shown = refused
    .slice(0, REFUSALS_SHOWN)
    .map(({ index, field, reason }) => `[${index}]${field === '' ? '' : ` ${field}`}: ${reason}`)
  const more = refusedCount > shown.length ? [`… and ${refusedCount - shown.length} more`] : []
  const summary = `${refusedCount} of ${refusedCount + stored} spans refused, ${stored} stored.`
  return new HopscopeError('spans-refused', [summary, ...shown, ...more].join('\n'))
}

const REFUSALS_SHOWN = 20
