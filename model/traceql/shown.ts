// What is shown of a set of spans that a TraceQL query finds, beside its spans. There may be as many sets as spans in the trace:
// a set only keeps what it takes to find that out at the end, for the few that are shown.
import type { scalarOf } from './evaluate-scalar.ts'
import type { Reader, TraceFacts } from './fields.ts'
import type { FieldValue, Value } from './scalar.ts'
import type { Positions } from './structure.ts'

export interface NamedValue {
  /** As it is written in a query. */
  readonly name: string
  /** Undefined for nil. */
  readonly value: Value
}

export interface SpanSet {
  readonly spans: Positions
  readonly before: Earlier | undefined
}

/** The spans of a set before a stage took some away, for the aggregates of them. */
interface Earlier {
  readonly spans: Positions
  /** That stage's number. */
  readonly narrowing: number
  readonly before: Earlier | undefined
}

/** What is shown of every set that a stage gives: it doesn't depend on the trace. */
export interface Shown {
  readonly by: readonly { readonly name: string; readonly read: Reader }[]
  readonly aggregates: readonly {
    readonly name: string
    readonly of: ReturnType<typeof scalarOf>
    /** Stages that could take spans away and came before it. */
    readonly narrowings: number
  }[]
  /** Such stages so far. */
  readonly narrowings: number
}

export const NOTHING: Shown = { by: [], aggregates: [], narrowings: 0 }

export function groupOf(facts: TraceFacts, { spans }: SpanSet, { by }: Shown): NamedValue[] {
  // All of them have the same.
  const [first] = spans
  return first === undefined ? [] : by.map(({ name, read }) => ({ name, value: single(read(facts, first)) }))
}

export function aggregatesOf(facts: TraceFacts, set: SpanSet, { aggregates }: Shown): NamedValue[] {
  return aggregates.map(({ name, of, narrowings }) => {
    let { spans, before } = set
    while (before !== undefined && before.narrowing > narrowings) ({ spans, before } = before)
    return { name, value: of(facts, spans) }
  })
}

/** Of several values of a span the first counts. */
export const single = (value: FieldValue): Value => (typeof value === 'object' ? value[0] : value)
