// Spans of requests that are not sampled, kept until it is known whether the request failed: then they are reported.
import type { Span } from './span.ts'

export interface KeepingOptions {
  /** Spans kept of one request. */
  maxSpans: number
  /** What the spans kept of all requests may take, about, in bytes; one request may have an eighth of it. */
  maxBytes: number
}

export const KEEPING: Readonly<KeepingOptions> = { maxSpans: 200, maxBytes: 8 * 1024 * 1024 }

export interface KeepingStats {
  /** Spans waiting for the outcome of their request, and about how much they take. */
  held: number
  heldBytes: number
  /** Spans of failed requests, reported though not sampled. */
  reported: number
  /** Spans that found no room before the outcome was known, or had to make it for those of newer requests. */
  dropped: number
}

const SHARE = 8
// The objects and ids of a span without its texts, and what a tag or annotation takes besides its characters.
const SPAN_BYTES = 512
const ENTRY_BYTES = 48

/** About what a span takes of the heap: its texts are what differs. */
const bytesOf = (span: Span): number => {
  let bytes = SPAN_BYTES + span.name.length
  for (const key of Object.keys(span.tags)) bytes += ENTRY_BYTES + key.length + (span.tags[key]?.length ?? 0)
  for (const { value } of span.annotations ?? []) bytes += ENTRY_BYTES + value.length
  return bytes
}

/** Zipkin's rule: a span failed when it has a tag `error`. */
const isFailed = (span: Span): boolean => Object.hasOwn(span.tags, 'error')

/**
 * Keeps the spans of one tracer's unsampled requests, in bounds. Requests that hold spans stand in a row, and where the
 * room is used up the one that stands there longest gives up its own: so one that never ends takes room only until
 * another needs it, and nothing has to be told that it is gone.
 */
export class SpanKeeper {
  readonly options: KeepingOptions
  readonly #report: (span: Span) => void
  /** In order of their first span. */
  readonly #holding = new Set<KeptSpans>()
  readonly #stats: KeepingStats = { held: 0, heldBytes: 0, reported: 0, dropped: 0 }

  constructor(report: (span: Span) => void, options: KeepingOptions = KEEPING) {
    this.#report = report
    this.options = options
  }

  /** For a request that is not sampled, by the id of its own span; holds nothing until a span within it has ended. */
  open(rootId: string): KeptSpans {
    return new KeptSpans(this, rootId)
  }

  stats(): KeepingStats {
    return { ...this.#stats }
  }

  report(span: Span): void {
    this.#stats.reported++
    this.#report(span)
  }

  /** Room for one more span of a request, at the cost of those that hold theirs longest; false where there is none. */
  take(request: KeptSpans, bytes: number): boolean {
    if (request.bytes + bytes > this.options.maxBytes / SHARE) return this.drop(1)
    this.#holding.add(request)
    this.#stats.held++
    this.#stats.heldBytes += bytes
    for (const other of this.#holding) {
      if (this.#stats.heldBytes <= this.options.maxBytes) break
      // Its own are less than the whole, so some other's make the room.
      if (other !== request) this.drop(other.release().length)
    }
    return true
  }

  give(request: KeptSpans, spans: number, bytes: number): void {
    this.#holding.delete(request)
    this.#stats.held -= spans
    this.#stats.heldBytes -= bytes
  }

  drop(spans: number): false {
    this.#stats.dropped += spans
    return false
  }
}

/**
 * The spans of one request in this process: all of them are reported once one has failed, none if the request's own
 * span ended and none had. Those that end later go as those before. Whoever decided that the request is not sampled,
 * this service or one upstream: else a service behind an edge of low rate would never show its failures. Only this
 * service's part is reported; what it calls is told `not sampled` as before, and keeps its own part if that fails.
 */
export class KeptSpans {
  readonly #keeper: SpanKeeper
  readonly #rootId: string
  #spans: Span[] = []
  #outcome: 'unknown' | 'failed' | 'succeeded' = 'unknown'
  /** Taken by the spans held. */
  bytes = 0

  constructor(keeper: SpanKeeper, rootId: string) {
    this.#keeper = keeper
    this.#rootId = rootId
  }

  /** Whether a span that starts now may still be reported: not worth recording otherwise. */
  get isOpen(): boolean {
    return this.#outcome !== 'succeeded'
  }

  /** Takes a finished span; that of the request itself is the outcome. */
  add(span: Span): void {
    if (this.#outcome === 'succeeded') return
    if (this.#outcome === 'failed') return this.#keeper.report(span)
    if (isFailed(span)) {
      this.#outcome = 'failed'
      for (const held of this.release()) this.#keeper.report(held)
      this.#keeper.report(span)
    } else if (span.id === this.#rootId) {
      this.#outcome = 'succeeded'
      this.release()
    } else this.#hold(span)
  }

  /** It hangs on contexts, and is nothing that a log of one should show. */
  toJSON(): undefined {
    return undefined
  }

  /** Gives up what it holds. */
  release(): readonly Span[] {
    const spans = this.#spans
    if (spans.length === 0) return spans
    this.#spans = []
    this.#keeper.give(this, spans.length, this.bytes)
    this.bytes = 0
    return spans
  }

  #hold(span: Span): void {
    // The newest goes: the first ones show how the request came to where it failed, and failed ones are not held at all.
    if (this.#spans.length >= this.#keeper.options.maxSpans) {
      this.#keeper.drop(1)
      return
    }
    const bytes = bytesOf(span)
    if (!this.#keeper.take(this, bytes)) return
    this.#spans.push(span)
    this.bytes += bytes
  }
}
