// What an OpenTelemetry span says beyond its tags: links, types and origins of attributes, scope, status.
import type { Span } from '@hopscope/model'
import { resourceSpansFrom } from '@hopscope/proto'

type ResourceSpans = ReturnType<typeof resourceSpansFrom>[number]
type ScopeSpans = ResourceSpans['scopeSpans'][number]
type OtlpSpan = ScopeSpans['spans'][number]
type Attribute = NonNullable<OtlpSpan['attributes']>[number]
type Value = Attribute['value']
type Link = NonNullable<OtlpSpan['links']>[number]

type ValueType = 'bool' | 'int' | 'double' | 'bytes' | 'list' | 'map' | 'empty'
type Origin = 'resource' | 'scope'

/** What is said of a tag beside its text; nothing of a string of the span itself. */
export interface TagNote {
  readonly type: ValueType | undefined
  readonly origin: Origin | undefined
}

export interface SpanLink {
  readonly traceId: string
  readonly spanId: string
  /** To a page of the viewer, if the ids are ids. */
  readonly isTrace: boolean
  readonly isSpan: boolean
  readonly traceState: string
  readonly attributes: readonly (readonly [string, string])[]
  readonly dropped: number
}

export interface OtelFacts {
  readonly links: readonly SpanLink[]
  readonly droppedLinks: number
  /** By the tag's key. */
  readonly notes: ReadonlyMap<string, TagNote>
  /** Attributes that no tag shows: their key is taken by another, or holds what the mapping to tags leaves out. */
  readonly others: readonly (readonly [string, string, TagNote])[]
  readonly scope: string
  readonly status: { readonly code: number; readonly message: string }
  readonly traceState: string
  readonly flags: number
  readonly schemas: readonly string[]
  readonly droppedAttributes: number
  readonly droppedEvents: number
}

/** undefined for spans of other formats. */
export function otelFacts(span: Span): OtelFacts | undefined {
  if (span.otel === undefined) return undefined
  const [group] = resourceSpansFrom([span])
  const scopeSpans = group?.scopeSpans[0]
  const otlp = scopeSpans?.spans[0]
  if (!group || !scopeSpans || !otlp) return undefined
  const { scope } = scopeSpans
  const notes = new Map<string, TagNote>()
  const others: (readonly [string, string, TagNote])[] = []
  const take = (list: readonly Attribute[] | undefined, origin: Origin | undefined) => {
    for (const { key, value } of list ?? []) {
      const note = { type: typeOf(value), origin }
      const text = textOfValue(value)
      // The service's name stands in the span's head.
      if (origin === 'resource' && key === 'service.name') continue
      if (Object.hasOwn(span.tags, key) && span.tags[key] === text && !notes.has(key)) notes.set(key, note)
      else others.push([key, text, note])
    }
  }
  take(otlp.attributes, undefined)
  take(scope.attributes, 'scope')
  take(group.resource.attributes, 'resource')
  return {
    links: (otlp.links ?? []).map(linkFrom),
    droppedLinks: otlp.droppedLinksCount ?? 0,
    notes,
    others,
    scope: [scope.name, scope.version].filter(Boolean).join(' '),
    status: { code: otlp.status.code ?? 0, message: otlp.status.message ?? '' },
    traceState: otlp.traceState ?? '',
    flags: otlp.flags ?? 0,
    schemas: [...new Set([group.schemaUrl, scopeSpans.schemaUrl])].filter((url) => url !== undefined),
    droppedAttributes: otlp.droppedAttributesCount ?? 0,
    droppedEvents: otlp.droppedEventsCount ?? 0,
  }
}

const TRACE_ID = /^(?!0+$)[0-9a-f]{16}(?:[0-9a-f]{16})?$/
const SPAN_ID = /^(?!0+$)[0-9a-f]{16}$/

function linkFrom({ traceId = '', spanId = '', traceState = '', attributes = [], ...rest }: Link): SpanLink {
  // As traces are stored: the high half is left out where it is zero.
  const stored = traceId.replace(/^0{16}(?=[0-9a-f]{16}$)/, '')
  return {
    traceId: stored,
    spanId,
    isTrace: TRACE_ID.test(stored),
    isSpan: SPAN_ID.test(spanId),
    traceState,
    attributes: attributes.map(({ key, value }) => [key, textOfValue(value)] as const),
    dropped: rest.droppedAttributesCount ?? 0,
  }
}

function typeOf(value: Value): ValueType | undefined {
  if (value.stringValue !== undefined) return undefined
  if (value.boolValue !== undefined) return 'bool'
  if (value.intValue !== undefined) return 'int'
  if (value.doubleValue !== undefined) return 'double'
  if (value.bytesValue !== undefined) return 'bytes'
  if (value.arrayValue !== undefined) return 'list'
  return value.kvlistValue === undefined ? 'empty' : 'map'
}

/** As the value's tag has it: text as it is, lists and maps as JSON. */
function textOfValue(value: Value): string {
  if (value.arrayValue !== undefined || value.kvlistValue !== undefined) return jsonOf(value)
  const { stringValue, boolValue, intValue, doubleValue, bytesValue } = value
  return String(stringValue ?? boolValue ?? intValue ?? doubleValue ?? bytesValue ?? '')
}

/** Recurses as deep as lists lie in lists; the reader of the values refuses more than 32. */
function jsonOf(value: Value): string {
  if (value.arrayValue !== undefined) return `[${value.arrayValue.values.map(jsonOf).join(',')}]`
  if (value.kvlistValue !== undefined) {
    const members = value.kvlistValue.values.map(
      (each) => `${JSON.stringify(each.key)}:${jsonOf(each.value)}`,
    )
    return `{${members.join(',')}}`
  }
  const type = typeOf(value)
  if (type === 'empty') return 'null'
  return type === undefined || type === 'bytes' ? JSON.stringify(textOfValue(value)) : textOfValue(value)
}
