// The spans that wait, as the bodies they will be sent in: off the heap, where no garbage collector copies them about.
import type { Span } from '../spans/span.ts'
import { encodeSpan } from './encode.ts'

/** How spans make a body: a Zipkin v2 JSON list, or a line of JSON for each. */
export type Framing = 'list' | 'lines'

export interface Batch {
  /** Its bytes stay as they are until {@link SpanQueue.settled}. */
  readonly body: Buffer
  readonly spans: number
  /** What {@link SpanQueue.add} has given for its spans, together. */
  readonly bytes: number
  /** What the body is a part of, where that is to be used again. */
  readonly buffer: Buffer | undefined
}

const FIRST_SIZE = 16 * 1024
/** Room there is before a span is written; one that needs more is written twice. */
const HEADROOM = 4 * 1024
const NONE = Buffer.alloc(0)

/** What comes before the first span, between two, and after the last; a newline before the first is cut off. */
const MARKS = {
  list: Buffer.from('[,]'),
  lines: Buffer.from('\n\n\n'),
}

/** First in, first out. Two buffers take turns while batches go as they come; a batch that has to wait is a copy. */
export class SpanQueue {
  readonly #framing: Framing
  readonly #batchSpans: number
  readonly #batchBytes: number
  readonly #largest: number
  /** What the batch being filled is written to, where it ends, and how many spans it has. */
  #buffer: Buffer = NONE
  #end = 0
  #spans = 0
  #spare: Buffer | undefined
  #sealed: Batch[] = []
  #underWay = false

  /** `batchBytes` bounds a body of more than one span. */
  constructor(framing: Framing, batchSpans: number, batchBytes: number) {
    this.#framing = framing
    this.#batchSpans = batchSpans
    this.#batchBytes = batchBytes
    this.#largest = Math.max(FIRST_SIZE, batchBytes + HEADROOM)
  }

  /** How many batches wait that take no more spans. */
  get sealed(): number {
    return this.#sealed.length
  }

  /**
   * Takes a span in and gives the bytes it takes in a body; less than 0 where they are more than `room`, and it is not
   * taken.
   * @throws TypeError for what can't be written as JSON.
   */
  add(span: Span, room: number): number {
    this.#grow(HEADROOM)
    let end = encodeSpan(span, this.#buffer, this.#end + 1)
    const bytes = end - this.#end
    if (bytes > room) return -bytes
    const full = this.#spans > 0 && end >= this.#batchBytes
    if (full) this.#seal()
    if (full || end >= this.#buffer.length) {
      this.#grow(bytes + 1)
      end = encodeSpan(span, this.#buffer, this.#end + 1)
      if (end - this.#end !== bytes) throw new TypeError('it changes while it is written')
    }
    this.#mark(this.#spans === 0 ? 0 : 1)
    this.#end = end
    this.#spans++
    if (this.#spans >= this.#batchSpans || end >= this.#batchBytes) this.#seal()
    return bytes
  }

  /** The batch to be sent next, of all that waits where none is full; the one before must be settled. */
  next(): Batch | undefined {
    if (this.#sealed.length === 0 && this.#spans > 0) this.#seal()
    const batch = this.#sealed.shift()
    this.#underWay = batch !== undefined
    return batch
  }

  /** The batch is done with: its bytes are written over from now on. */
  settled(batch: Batch): void {
    this.#underWay = false
    this.#spare ??= batch.buffer
  }

  /** Gives back the memory that nothing waits in. */
  rest(): void {
    this.#spare = undefined
    if (this.#spans === 0) this.#buffer = NONE
  }

  clear(): void {
    this.#sealed = []
    this.#end = 0
    this.#spans = 0
    this.#underWay = false
    this.rest()
  }

  #mark(which: 0 | 1 | 2): void {
    this.#buffer[this.#end] = MARKS[this.#framing][which] ?? 0
  }

  #grow(more: number): void {
    const needed = this.#end + more
    if (needed <= this.#buffer.length) return
    const before = this.#buffer
    if (this.#end === 0 && this.#spare && this.#spare.length >= needed) {
      this.#buffer = this.#spare
      this.#spare = undefined
      return
    }
    this.#buffer = Buffer.allocUnsafeSlow(
      Math.max(FIRST_SIZE, needed, Math.min(before.length * 2, this.#largest)),
    )
    before.copy(this.#buffer, 0, 0, this.#end)
  }

  #seal(): void {
    this.#mark(2)
    const buffer = this.#buffer
    const written = buffer.subarray(this.#framing === 'list' ? 0 : 1, this.#end + 1)
    const isUsual = buffer.length <= this.#largest
    // Many may have to wait: then a body takes its bytes and no more, whatever room the next one would like to have.
    const copied = isUsual && (this.#underWay || this.#sealed.length > 0)
    const body = copied ? Buffer.allocUnsafeSlow(written.length) : written
    if (copied) written.copy(body)
    else this.#buffer = NONE
    this.#sealed.push({
      body,
      spans: this.#spans,
      bytes: this.#end,
      buffer: copied || !isUsual ? undefined : buffer,
    })
    this.#end = 0
    this.#spans = 0
  }
}
