// Two groups of traces: the query that adds a value to a group, and how long the traces of either take.
import type { TraceSummary } from '@hopscope/model'
import type { TraceList } from '../api/api.ts'
import { attributeText, quoted } from '../routing/traceql-text.ts'

/** As openapi.yaml's GroupComparison. */
export interface GroupComparison {
  readonly start: number
  readonly end: number
  readonly a: ComparedGroup
  readonly b: ComparedGroup
  readonly attributes: readonly ComparedAttribute[]
  readonly attributeCount: number
  readonly unique: readonly string[]
  readonly complete: boolean
}

interface ComparedGroup {
  /** null: what the other query doesn't find. */
  readonly query: { readonly text: string; readonly fromWords: boolean } | null
  readonly traces: number
  readonly scanned: { readonly traces: number; readonly spans: number }
  readonly complete: boolean
}

export interface ComparedAttribute {
  readonly attribute: string
  readonly score: number
  readonly values: readonly ComparedValue[]
  readonly valueCount: number
}

export interface ComparedValue {
  /** null: the trace has none. */
  readonly value: string | null
  readonly countA: number
  readonly countB: number
  readonly shareA: number
  readonly shareB: number
  readonly difference: number
  readonly score: number
  readonly exampleA: string | null
  readonly exampleB: string | null
}

const FIELDS: Readonly<Record<string, string>> = {
  service: 'resource.service.name',
  operation: 'name',
  remoteService: 'remoteService',
}

/**
 * The TraceQL for "some span has it"; undefined where there is none: that no span of a trace has it can't be asked.
 * @param service only spans of it count; '' for all
 */
export function conditionOf(attribute: string, value: string | null, service = ''): string | undefined {
  const has = value === null ? undefined : fieldIs(attribute, value)
  const its = service === '' ? '' : ` && ${FIELDS['service']} = ${quoted(service)}`
  return has && `{ ${has}${its} }`
}

function fieldIs(attribute: string, value: string): string | undefined {
  if (attribute === 'kind') return `kind = ${value.toLowerCase()}`
  if (attribute === 'status') return `status = ${value}`
  const field = Object.hasOwn(FIELDS, attribute) ? FIELDS[attribute] : undefined
  if (field !== undefined) return `${field} = ${quoted(value)}`
  if (!attribute.startsWith('tag:')) return undefined
  const key = attributeText(attribute.slice('tag:'.length))
  return `${key.startsWith('"') ? 'span.' : '.'}${key} = ${quoted(value)}`
}

/** Traces that `query` finds and that have the value too. */
export const withCondition = (query: string, condition: string) =>
  query === '' ? condition : `(${query}) && ${condition}`

interface DurationBucket {
  /** Microseconds; the last one holds its upper end too. */
  readonly from: number
  readonly to: number
  /** Traces. */
  readonly a: number
  readonly b: number
}

export interface Durations {
  readonly buckets: readonly DurationBucket[]
  readonly a: Percentiles
  readonly b: Percentiles
}

/** Microseconds; undefined for an empty group. */
export interface Percentiles {
  readonly count: number
  readonly p50: number | undefined
  readonly p95: number | undefined
}

const BUCKETS = 24

/** Buckets are equally wide on a logarithmic scale. */
export function durationsOf(a: readonly number[], b: readonly number[]): Durations {
  const sortedA = Float64Array.from(a).sort()
  const sortedB = Float64Array.from(b).sort()
  const least = Math.max(1, Math.min(sortedA[0] ?? Infinity, sortedB[0] ?? Infinity))
  const most = Math.max(least + 1, sortedA.at(-1) ?? 0, sortedB.at(-1) ?? 0)
  if (!Number.isFinite(least)) return { buckets: [], a: percentiles(sortedA), b: percentiles(sortedB) }
  const step = Math.log(most / least) / BUCKETS
  // So large that they are too close to tell apart: all in the first.
  const place = (duration: number) =>
    step > 0
      ? Math.min(BUCKETS - 1, Math.max(0, Math.floor(Math.log(Math.max(1, duration) / least) / step)))
      : 0
  const counts = (sorted: Float64Array) => {
    const into = new Uint32Array(BUCKETS)
    for (const duration of sorted) into[place(duration)] = (into[place(duration)] ?? 0) + 1
    return into
  }
  const countsA = counts(sortedA)
  const countsB = counts(sortedB)
  const buckets = Array.from(countsA, (inA, i) => ({
    from: least * Math.exp(step * i),
    to: least * Math.exp(step * (i + 1)),
    a: inA,
    b: countsB[i] ?? 0,
  }))
  return { buckets, a: percentiles(sortedA), b: percentiles(sortedB) }
}

/** By the nearest rank. */
function percentiles(sorted: Float64Array): Percentiles {
  const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]
  return { count: sorted.length, p50: at(0.5), p95: at(0.95) }
}

type Listing = Pick<TraceList, 'traces' | 'next' | 'complete' | 'stoppedAt'>

/** Whether there are older ones, or may be. */
export const isCut = ({ next, complete }: Listing) => next !== null || !complete

/** Epoch microseconds from which on a listing by time has every trace; Infinity if it can't be said. */
function covered({ traces, next, complete, stoppedAt }: Listing): number {
  if (!complete) return stoppedAt ?? Infinity
  return next === null ? -Infinity : (traces.at(-1)?.start ?? Infinity)
}

/**
 * The traces of `all` that are not in `found`. Both are listings by time that may stop before the oldest: only the time
 * that both cover is looked at, also for the group itself.
 */
export function theRest(found: Listing, all: Listing): { group: TraceSummary[]; rest: TraceSummary[] } {
  const from = Math.max(covered(found), covered(all))
  const group = found.traces.filter(({ start }) => start >= from)
  const ids = new Set(group.map(({ traceId }) => traceId))
  return { group, rest: all.traces.filter(({ start, traceId }) => start >= from && !ids.has(traceId)) }
}
