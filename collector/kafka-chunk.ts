// Messages of one partition, in order, that are stored by one write and are done together.
import type { Span } from '@hopscope/model'
import { HopscopeError, type Refusal } from '@hopscope/proto'
import type { DeadLetter } from './kafka-dead-letters.ts'
import type { SourceMessage } from './kafka-message.ts'
import { acceptedOf, type ReadMessage, refusalError } from './pipeline.ts'

const FULL_BYTES = 2 ** 20
const FULL_SPANS = 2_000

/** A message with what was read from it, or why nothing could be. */
export interface ChunkEntry {
  readonly message: SourceMessage
  readonly read: ReadMessage | HopscopeError
}

export class Chunk {
  readonly #topic: string
  readonly #partition: number
  readonly #entries: ChunkEntry[] = []
  /** Of all messages together, as they are written. */
  readonly spans: Span[] = []
  bytes = 0

  constructor(topic: string, partition: number) {
    this.#topic = topic
    this.#partition = partition
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0
  }

  get isFull(): boolean {
    return this.bytes >= FULL_BYTES || this.spans.length >= FULL_SPANS
  }

  /** The offset of its last message, in decimal. */
  get lastOffset(): string {
    return this.#entries.at(-1)?.message.offset ?? ''
  }

  add(entry: ChunkEntry, bytes: number): void {
    this.#entries.push(entry)
    this.bytes += bytes
    if (entry.read instanceof HopscopeError) return
    // Not push(...kept): a message may hold more spans than a call takes arguments.
    for (const span of entry.read.kept) this.spans.push(span)
  }

  /** The messages that could not be read, or not wholly. */
  unreadable(): DeadLetter[] {
    return this.#entries.flatMap(({ message, read }) => {
      if (read instanceof HopscopeError) return [this.#letter(message, read)]
      return read.refusedCount > 0 ? [this.#letter(message, refusalError(acceptedOf(read, [])))] : []
    })
  }

  /** The messages with spans that the store refuses, given those by index in `spans`; not those that were unreadable. */
  refusedByStore(refusals: readonly Refusal[]): DeadLetter[] {
    if (refusals.length === 0) return []
    const letters: DeadLetter[] = []
    const sorted = [...refusals].sort((a, b) => a.index - b.index)
    let next = 0
    let start = 0
    for (const { message, read } of this.#entries) {
      if (read instanceof HopscopeError) continue
      const end = start + read.kept.length
      const own: Refusal[] = []
      for (let each = sorted[next]; each !== undefined && each.index < end; each = sorted[++next])
        own.push({ ...each, index: each.index - start })
      if (own.length > 0 && read.refusedCount === 0)
        letters.push(this.#letter(message, refusalError(acceptedOf(read, own))))
      start = end
    }
    return letters
  }

  #letter(message: SourceMessage, { code, detail }: HopscopeError): DeadLetter {
    return { topic: this.#topic, partition: this.#partition, message, code, reason: detail }
  }
}
