// What a TraceQL field is of one span, and what it needs to know of the span's trace.
import { item } from '../columns.ts'
import { MATCH_WITHIN } from '../search/query.ts'
import { requestIdOf } from '../request-id.ts'
import { remoteServiceOf, serviceOf, type Span, statusOf, tagOf, type Trace, type TraceId } from '../span.ts'
import { comesBefore } from '../search/summary.ts'
import { TooSlow } from '../too-slow.ts'
import { type FieldReference, type IntrinsicName, KIND_NAMES, type KindName } from './ast.ts'
import type { FieldValue, Value } from './scalar.ts'
import { Structure } from './structure.ts'

/** The first of them that a span has is its status message. */
export const STATUS_MESSAGE_TAGS = ['otel.status_description', 'error'] as const
export const INSTRUMENTATION_TAG = 'otel.scope.name'

/** What Zipkin's format calls no kind at all. */
const NO_KIND: KindName = 'internal'
/** As {@link kindOf} gives them. */
export const KINDS: readonly KindName[] = KIND_NAMES.filter((name) => name !== 'unspecified')

/** Looks at the clock at every so many calls, which cost less than that. */
const CALLS = 16

/** A trace that is looked at span by span; spans are named by their positions. */
export class TraceFacts {
  readonly traceId: TraceId
  readonly spans: readonly Span[]
  /** Infinity if no span has a timestamp. */
  readonly start: number
  readonly duration: number
  /** Who names the trace, if it counts for a search, see {@link MATCH_WITHIN}. */
  readonly root: Span | undefined
  #structure: Structure | undefined
  #calls = 0

  /** Before what may take some time by itself. @throws TooSlow */
  readonly lookAtClock: () => void

  /** @param isOver whether the time is up; see {@link keepTime} */
  constructor({ traceId, spans }: Trace, isOver: () => boolean) {
    this.lookAtClock = () => {
      if (isOver()) throw new TooSlow()
    }
    this.traceId = traceId
    this.spans = spans
    let start = Infinity
    let end = -Infinity
    let first: Span | undefined
    for (const span of spans) {
      if (first === undefined || comesBefore(span, first)) first = span
      if (span.timestamp === undefined) continue
      start = Math.min(start, span.timestamp)
      if (span.duration !== undefined) end = Math.max(end, span.timestamp + span.duration)
    }
    this.start = start
    this.duration = end === -Infinity ? 0 : end - start
    this.root = (first?.timestamp ?? 0) <= start + MATCH_WITHIN ? first : undefined
  }

  /** To be called for each span and each operation. @throws TooSlow */
  keepTime(): void {
    if (++this.#calls % CALLS === 0) this.lookAtClock()
  }

  span(position: number): Span {
    return item(this.spans, position)
  }

  get structure(): Structure {
    return (this.#structure ??= new Structure(this.spans))
  }
}

export type Reader<T extends FieldValue = FieldValue> = (facts: TraceFacts, position: number) => T

export function readerOf(field: FieldReference): Reader {
  if (field.kind === 'intrinsic') return INTRINSICS[field.name]
  const { key } = field
  return (facts, i) => tagOf(facts.span(i), key)
}

const INTRINSICS: Readonly<Record<IntrinsicName, Reader>> = {
  service: (facts, i) => serviceOf(facts.span(i)),
  remoteService: (facts, i) => remoteServiceOf(facts.span(i)),
  name: (facts, i) => facts.span(i).name,
  status: (facts, i) => statusOf(facts.span(i)),
  statusMessage: (facts, i) => statusMessageOf(facts.span(i)),
  kind: (facts, i) => kindOf(facts.span(i)),
  duration: (facts, i) => facts.span(i).duration,
  childCount: (facts, i) => facts.structure.childCount(i),
  spanId: (facts, i) => facts.span(i).id,
  parentId: (facts, i) => facts.span(i).parentId,
  event: (facts, i) => eventsOf(facts.span(i)),
  instrumentation: (facts, i) => tagOf(facts.span(i), INSTRUMENTATION_TAG),
  requestId: (facts, i) => requestIdOf(facts.span(i)),
  traceId: (facts) => facts.traceId,
  traceDuration: (facts) => facts.duration,
  rootName: (facts) => facts.root?.name,
  rootService: (facts) => facts.root && serviceOf(facts.root),
}

const OF_TRACE: readonly IntrinsicName[] = ['traceId', 'traceDuration', 'rootName', 'rootService']
const STORED_LOWER: readonly IntrinsicName[] = ['service', 'remoteService', 'name', 'rootName', 'rootService']
const IDS: readonly IntrinsicName[] = ['spanId', 'parentId', 'traceId']

/** Whether all spans of a trace have the same. */
export function isOfTrace(field: FieldReference): boolean {
  return field.kind === 'intrinsic' && OF_TRACE.includes(field.name)
}

/** What a text in a query means beside this field: names are stored in lower case, and so are ids, at their full length. */
export function textFor(field: FieldReference, text: string): string {
  if (field.kind !== 'intrinsic') return text
  if (STORED_LOWER.includes(field.name)) return text.toLowerCase()
  if (!IDS.includes(field.name)) return text
  const id = text.toLowerCase().padStart(16, '0')
  return field.name === 'traceId' && id.length === 32 && /^0{16}/.test(id) ? id.slice(16) : id
}

/** What a regular expression in a query means beside this field. */
export function patternFor(field: FieldReference, pattern: string): string {
  return field.kind === 'intrinsic' && STORED_LOWER.includes(field.name) ? `(?i)${pattern}` : pattern
}

function statusMessageOf(span: Span): string | undefined {
  for (const key of STATUS_MESSAGE_TAGS) {
    const text = tagOf(span, key)
    if (text !== undefined) return text
  }
  return undefined
}

function kindOf({ kind }: Span): Value {
  return kind?.toLowerCase() ?? NO_KIND
}

export function kindLiteral(name: KindName): KindName {
  return name === 'unspecified' ? NO_KIND : name
}

function eventsOf({ annotations }: Span): readonly string[] | undefined {
  return annotations.length === 0 ? undefined : annotations.map(({ value }) => eventNameOf(value))
}

/** Of an OpenTelemetry event with attributes, which is stored as `"name":{…}`; any other text is its own name. */
function eventNameOf(text: string): string {
  if (!text.startsWith('"') || !text.endsWith('}')) return text
  let end = 1
  while (end < text.length && text.charAt(end) !== '"') end += text.charAt(end) === '\\' ? 2 : 1
  if (!text.startsWith('":{', end)) return text
  try {
    const name: unknown = JSON.parse(text.slice(0, end + 1))
    return typeof name === 'string' ? name : text
  } catch {
    // Someone else's text that looks like ours.
    return text
  }
}
