// What every span codec gives: the spans it could read, and by name and reason the ones it could not.
import type { Span } from '@hopscope/model'

/** Why one span of a body was refused. Its neighbours are not affected. */
export interface Refusal {
  /** Place in the body, from 0. */
  readonly index: number
  /** The offending field as a path, like `localEndpoint.port`, `tags["x"]` or `annotations[2].timestamp`; empty for the whole span. */
  readonly field: string
  /** A sentence that shows the offending value, cut to about 60 characters. */
  readonly reason: string
}

export interface Decoded {
  /** In the order they were sent. */
  readonly spans: Span[]
  /** The place in the body of each, where several spans came of one (Zipkin's v1). */
  readonly places?: readonly number[]
  /** Characters of texts that spans share and a store copies for each; undefined where that is no more than was sent. */
  readonly copied?: number
  /** By index; the first {@link REFUSALS_KEPT}. */
  readonly refused: readonly Refusal[]
  /** Of all that were refused, those not kept as well. */
  readonly refusedCount: number
}

/** A body of 10 MiB may hold five million things that are no spans: a sender needs to see a few, not to be given 700 MB. */
const REFUSALS_KEPT = 100

/** Counts what is refused of one body, and keeps the first of it. */
export class Refusals {
  readonly kept: Refusal[] = []
  count = 0

  add(index: number, { field, reason }: Refused): void {
    if (this.count++ < REFUSALS_KEPT) this.kept.push({ index, field, reason })
  }
}

/** Returned, not thrown, by what reads a part of a span: a body may hold a million bad ones. */
export class Refused {
  readonly field: string
  readonly reason: string

  constructor(field: string, reason: string) {
    this.field = field
    this.reason = reason
  }
}

const SHOWN_LENGTH = 60

/** A value as a reason shows it: bounded, on one line, and never walked into. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value.length <= SHOWN_LENGTH
        ? JSON.stringify(value)
        : `${JSON.stringify(value.slice(0, SHOWN_LENGTH))}… (${value.length} characters)`
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value)
    case 'undefined':
      return 'nothing'
    default:
      if (value === null) return 'null'
      return Array.isArray(value) ? 'a list' : 'an object'
  }
}
