// The one way in for spans, whatever brought them: read (decode and sample), then store. It answers once they are durable.
import { type Span, textLengthOf } from '@hopscope/model'
import { type Decoded, HopscopeError, type Refusal } from '@hopscope/proto'
import type { LogPosition, SpanWriter } from '@hopscope/storage'
import type { CollectorMetrics, Transport } from './metrics.ts'
import type { Sampler } from './sampler.ts'
import type { SpanMetrics } from './span-metrics.ts'

export interface PipelineOptions {
  readonly writer: SpanWriter
  readonly sampler: Sampler
  readonly metrics: CollectorMetrics
  /** Counts what was stored. */
  readonly spanMetrics?: SpanMetrics | undefined
}

export interface Accepted {
  /** Spans that are now durable. Sampled-out ones are neither stored nor refused. */
  readonly stored: number
  /** The first of them; `refusedCount` has all. */
  readonly refused: readonly Refusal[]
  readonly refusedCount: number
}

/** A message that was read and sampled, but not stored yet. */
export interface ReadMessage extends Decoded {
  /** Those of `spans` that the sampler keeps, in order. */
  readonly kept: readonly Span[]
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
   * The first step: reads a message and samples its spans.
   * @throws HopscopeError when nothing of the message could be read
   */
  read(bytes: Uint8Array, decode: (bytes: Uint8Array) => Decoded, transport: Transport): ReadMessage {
    const { sampler, metrics } = this.#options
    metrics.count('messages', transport)
    let decoded: Decoded
    try {
      decoded = decode(bytes)
    } catch (error) {
      metrics.message(transport, bytes.length, 0)
      metrics.count('messages_dropped', transport)
      throw error
    }
    const { spans, refusedCount } = decoded
    metrics.message(transport, bytes.length, spans.length + refusedCount)
    const kept = spans.filter(sampler)
    metrics.count('spans_dropped', transport, refusedCount + spans.length - kept.length)
    return { ...decoded, kept }
  }

  /**
   * The second step: settles when the spans are durable. May be repeated when it fails, and counts nothing then.
   * @returns what the store refuses for good, by index in `spans`
   * @throws HopscopeError `store-unavailable`
   */
  async store(
    spans: readonly Span[],
    transport: Transport,
    position?: LogPosition,
  ): Promise<readonly Refusal[]> {
    const { writer, metrics, spanMetrics } = this.#options
    const refused = await writer.write(spans, position)
    metrics.count('spans_dropped', transport, refused.length)
    spanMetrics?.add(spans, refused)
    return refused
  }

  /**
   * Both steps, for a sender that waits: settles when every good span of the message is durable; the bad ones are
   * named in the answer.
   * @param hold told how many bytes beyond its own the message takes while it is stored; may throw to refuse it
   * @throws HopscopeError when nothing of the message could be read, or `store-unavailable`, or what `hold` throws
   */
  async accept(
    bytes: Uint8Array,
    decode: (bytes: Uint8Array) => Decoded,
    transport: Transport,
    hold: (bytes: number) => void,
  ): Promise<Accepted> {
    const { metrics } = this.#options
    const message = this.read(bytes, decode, transport)
    try {
      hold(Math.min(message.copied ?? 0, STORED_AT_ONCE))
      const refused: Refusal[] = []
      let before = 0
      for (const spans of portionsOf(message)) {
        for (const refusal of await this.store(spans, transport))
          refused.push({ ...refusal, index: before + refusal.index })
        before += spans.length
      }
      return acceptedOf(message, refused)
    } catch (error) {
      metrics.count('messages_dropped', transport)
      metrics.count('spans_dropped', transport, message.kept.length)
      throw error
    }
  }
}

/** Characters of a message that are copied and stored at a time. */
const STORED_AT_ONCE = 4 * 2 ** 20

/**
 * The spans of an OTLP body share texts, which a store writes out for each of them: what came as one megabyte may be hundreds
 * then. So such a message is stored in portions, each of which fits into memory. Sent again, what is stored already is known.
 */
function* portionsOf({ kept, copied = 0 }: ReadMessage): Generator<readonly Span[]> {
  if (copied <= STORED_AT_ONCE) return yield kept
  let from = 0
  let characters = 0
  for (let at = 0; at < kept.length; at++) {
    characters += textLengthOf(kept[at] as Span)
    if (characters < STORED_AT_ONCE) continue
    yield kept.slice(from, at + 1)
    from = at + 1
    characters = 0
  }
  if (from < kept.length) yield kept.slice(from)
}

/**
 * What became of a message, given what the store refused of its kept spans. Each refusal is told by its place in the
 * message as it was sent; those after more refusals than the codec remembers have no known place, and are only counted.
 */
export function acceptedOf(message: ReadMessage, storeRefusals: readonly Refusal[]): Accepted {
  const { spans, places, kept, refused, refusedCount } = message
  const stored = kept.length - storeRefusals.length
  if (storeRefusals.length === 0) return { stored, refused, refusedCount }
  const lastKnown = refusedCount > refused.length ? (refused.at(-1)?.index ?? 0) : Infinity
  const placed: Refusal[] = []
  let at = 0
  let before = 0
  for (const refusal of [...storeRefusals].sort((a, b) => a.index - b.index)) {
    while (at < spans.length && spans[at] !== kept[refusal.index]) at++
    while ((refused[before]?.index ?? Infinity) <= at + before) before++
    const index = places?.[at] ?? at + before
    if (index < lastKnown) placed.push({ ...refusal, index })
  }
  return {
    stored,
    refused: [...refused, ...placed].sort((a, b) => a.index - b.index),
    refusedCount: refusedCount + storeRefusals.length,
  }
}

/** What the sender of a partly refused message is told. */
export function refusalError(accepted: Accepted): HopscopeError {
  return new HopscopeError('spans-refused', refusalText(accepted))
}

/** A summary, then a line for each of the first that were refused. */
export function refusalText({ stored, refused, refusedCount }: Accepted): string {
  const shown = refused
    .slice(0, REFUSALS_SHOWN)
    .map(({ index, field, reason }) => `[${index}]${field === '' ? '' : ` ${field}`}: ${reason}`)
  const more = refusedCount > shown.length ? [`… and ${refusedCount - shown.length} more`] : []
  const summary = `${refusedCount} of ${refusedCount + stored} spans refused, ${stored} stored.`
  return [summary, ...shown, ...more].join('\n')
}

const REFUSALS_SHOWN = 20
