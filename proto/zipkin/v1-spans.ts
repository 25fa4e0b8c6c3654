// What a body of Zipkin v1 spans is decoded to, whatever bytes they came in.
import type { Span } from '@hopscope/model'
import { type Decoded, Refusals, Refused } from '../decoded.ts'
import type { V1Span } from './v1.ts'
import { spansFromV1 } from './v1-converter.ts'

/** One v1 span may become several v2 spans. */
export interface DecodedV1 extends Decoded {
  /** Of each of `spans`, the place in the body of the v1 span that it was part of, from 0. */
  readonly places: readonly number[]
}

/** Characters: a name of a megabyte and four thousand services would be gigabytes for a store. */
const LARGEST_COPIED = 2 ** 20

/** Gathers what a body holds, one v1 span after the other. */
export class V1Spans {
  readonly spans: Span[] = []
  readonly places: number[] = []
  readonly #refusals = new Refusals()

  add(index: number, read: V1Span | Refused): void {
    if (read instanceof Refused) {
      this.#refusals.add(index, read)
      return
    }
    const spans = spansFromV1(read)
    const copied = spans.length > 1 ? spans.length * (read.name?.length ?? 0) : 0
    if (copied > LARGEST_COPIED) {
      const why = `Too long to be copied to each of ${spans.length} spans, one for each service that wrote into this one.`
      this.#refusals.add(index, new Refused('name', why))
      return
    }
    for (const span of spans) {
      this.spans.push(span)
      this.places.push(index)
    }
  }

  decoded(): DecodedV1 {
    const { spans, places } = this
    return { spans, places, refused: this.#refusals.kept, refusedCount: this.#refusals.count }
  }
}
