// OTLP's attributes, status, scope and links as Jaeger's typed tags and references.
// After OpenTelemetry's pkg/translator/jaeger (OTLP to Jaeger's model) and Jaeger's internal/uimodel (model to JSON).
import {
  KIND_INTERNAL,
  KIND_UNSPECIFIED,
  type OtlpEvent,
  type OtlpKeyValue,
  type OtlpScope,
  type OtlpSpan,
  spanKindOf,
  STATUS_ERROR,
  STATUS_OK,
} from '../otlp/otlp.ts'
import { textOfValue } from '../otlp/value.ts'

export interface JaegerTag {
  readonly key: string
  readonly type: 'string' | 'bool' | 'int64' | 'float64' | 'binary'
  /** Binary as Base64; a number that JSON or JavaScript can't hold as text. */
  readonly value: string | boolean | number
}

interface JaegerReference {
  readonly refType: 'CHILD_OF' | 'FOLLOWS_FROM'
  readonly traceID: string
  readonly spanID: string
}

interface JaegerLog {
  /** Microseconds since the Unix epoch. */
  readonly timestamp: number
  readonly fields: readonly JaegerTag[]
}

const text = (key: string, value: string): JaegerTag => ({ key, type: 'string', value })

function tagFrom({ key, value }: OtlpKeyValue): JaegerTag {
  const { boolValue, intValue, doubleValue, bytesValue } = value
  if (boolValue !== undefined) return { key, type: 'bool', value: boolValue }
  if (intValue !== undefined) return { key, type: 'int64', value: safeNumber(intValue) }
  if (doubleValue !== undefined) return { key, type: 'float64', value: doubleValue }
  return bytesValue === undefined ? text(key, textOfValue(value)) : { key, type: 'binary', value: bytesValue }
}

function safeNumber(digits: string): number | string {
  const number = Number(digits)
  return Number.isSafeInteger(number) ? number : digits
}

/** By key, as Jaeger's query service sorts them. */
export function tagsFrom(attributes: readonly OtlpKeyValue[]): JaegerTag[] {
  return attributes.map(tagFrom).sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
}

/** What the scope says, then the attributes, then what OTLP has fields for. */
export function spanTagsFrom(span: OtlpSpan, scope: OtlpScope): JaegerTag[] {
  const tags: JaegerTag[] = []
  if (scope.name !== '') tags.push(text('otel.scope.name', scope.name))
  if (scope.version !== '') tags.push(text('otel.scope.version', scope.version))
  let failed = false
  for (const tag of tagsFrom(span.attributes)) {
    if (tag.key !== 'error') tags.push(tag)
    else {
      tags.push(...errorTags(tag))
      failed = true
    }
  }
  const kind = kindText(span.kind)
  if (kind !== undefined) tags.push(text('span.kind', kind))
  const { code, message } = span.status
  if (code === STATUS_OK) tags.push(text('otel.status_code', 'OK'))
  if (code === STATUS_ERROR) {
    tags.push(text('otel.status_code', 'ERROR'))
    if (!failed) tags.push({ key: 'error', type: 'bool', value: true })
  }
  if (message !== '') tags.push(text('otel.status_description', message))
  if (span.traceState !== '') tags.push(text('w3c.tracestate', span.traceState))
  return tags
}

/**
 * Zipkin's tag `error` says by its presence that the span failed, and by its value why. Who reads Jaeger's JSON looks for a
 * true one: so it becomes that, and the reason a tag of its own, as Jaeger's Zipkin collector had it.
 */
function errorTags(tag: JaegerTag): JaegerTag[] {
  const { type, value } = tag
  if (type !== 'string') return [tag]
  const error: JaegerTag = { key: 'error', type: 'bool', value: true }
  const reason = String(value)
  return reason === '' || reason.toLowerCase() === 'true' ? [error] : [error, text('error.message', reason)]
}

function kindText(kind: number): string | undefined {
  if (kind === KIND_INTERNAL) return 'internal'
  return kind === KIND_UNSPECIFIED ? undefined : spanKindOf(kind)?.toLowerCase()
}

/** The parent first: readers take the first CHILD_OF for it. A link to the parent says only what kind of parent it is. */
export function referencesFrom(
  span: OtlpSpan,
  traceID: string,
  parentId: string | undefined,
): JaegerReference[] {
  const links: JaegerReference[] = []
  let parentType: JaegerReference['refType'] = 'CHILD_OF'
  for (const link of span.links) {
    // Jaeger's query service leaves out links without a trace.
    if (/^0*$/.test(link.traceId)) continue
    const refType = refTypeFrom(link.attributes)
    const linked = traceIdText(link.traceId)
    if (link.spanId === parentId && linked === traceID) parentType = refType
    else links.push({ refType, traceID: linked, spanID: link.spanId.padStart(16, '0') })
  }
  return parentId === undefined ? links : [{ refType: parentType, traceID, spanID: parentId }, ...links]
}

function refTypeFrom(attributes: readonly OtlpKeyValue[]): JaegerReference['refType'] {
  const type = attributes.find(({ key }) => key === 'opentracing.ref_type')?.value.stringValue
  return type === 'child_of' ? 'CHILD_OF' : 'FOLLOWS_FROM'
}

/** Jaeger writes 16 characters where the high half is zero. */
function traceIdText(id: string): string {
  return id.startsWith('0000000000000000') && id.length === 32 ? id.slice(16) : id
}

export function logFrom({ time, name, attributes }: OtlpEvent): JaegerLog {
  const named = name === '' || attributes.some(({ key }) => key === 'event')
  const fields = tagsFrom(attributes)
  return { timestamp: time.micros, fields: named ? fields : [text('event', name), ...fields] }
}
