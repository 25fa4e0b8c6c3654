// Zipkin v2 JSON ↔ spans: what most reporters send and the Zipkin API answers. First step of the intake's hot
// path, hence plain loops, no closures, and a slow path only for what is rare.
// Format: https://zipkin.io/zipkin-api/#/default/post_spans; leniency: zipkin2.internal.V2SpanReader on gson.
import {
  type Annotation,
  type DurationMicros,
  type Endpoint,
  type EpochMicros,
  NO_ANNOTATIONS,
  NO_TAGS,
  type Span,
  type SpanId,
  type SpanKind,
  type Tags,
} from '@hopscope/model'
import { type Decoded, Refusals, Refused, shown } from './decoded.ts'
import { HopscopeError } from './errors.ts'
import { isZeroId, spanIdFrom, traceIdFrom, whyNotId } from './ids.ts'
import { ipFrom } from './ip.ts'
import { parseList, textFromUtf8, withNumbersQuoted, withoutHalfSurrogates } from './json-text.ts'

/** A span as it may have been sent: any of these may be anything. */
interface WireSpan {
  readonly traceId?: unknown
  readonly parentId?: unknown
  readonly id?: unknown
  readonly kind?: unknown
  readonly name?: unknown
  readonly timestamp?: unknown
  readonly duration?: unknown
  readonly localEndpoint?: unknown
  readonly remoteEndpoint?: unknown
  readonly annotations?: unknown
  readonly tags?: unknown
  readonly debug?: unknown
  readonly shared?: unknown
}

interface WireEndpoint {
  readonly serviceName?: unknown
  readonly ipv4?: unknown
  readonly ipv6?: unknown
  readonly port?: unknown
}

/** Not a refusal: the body must be read again with its numbers as text, for JSON.parse has lost their digits. */
const NUMBER_FOR_TEXT = new Refused('', 'a number where text is wanted')

/**
 * Reads a UTF-8 JSON list of Zipkin v2 spans. Spans that can't be read are refused one by one; names become lower
 * case, ids are padded, annotations sorted and made unique, zero and empty fields absent.
 * @throws HopscopeError body-not-json, body-not-a-list
 */
export function decodeZipkinV2Json(bytes: Uint8Array): Decoded {
  const json = withoutHalfSurrogates(textFromUtf8(bytes))
  const decoded = spansFrom(parseList(json)) ?? spansFrom(parseList(withNumbersQuoted(json)))
  if (decoded === undefined)
    throw new HopscopeError('internal', 'A number was left in a body without numbers.')
  return decoded
}

function spansFrom(list: readonly unknown[]): Decoded | undefined {
  const spans: Span[] = []
  const refusals = new Refusals()
  for (let index = 0; index < list.length; index++) {
    const span = spanFrom(list[index])
    if (!(span instanceof Refused)) {
      spans.push(span)
    } else if (span === NUMBER_FOR_TEXT) {
      return undefined
    } else {
      refusals.add(index, span)
    }
  }
  return { spans, refused: refusals.kept, refusedCount: refusals.count }
}

function spanFrom(entry: unknown): Span | Refused {
  if (!isObject(entry)) return new Refused('', `A span must be an object, not ${shown(entry)}.`)
  const wire: WireSpan = entry

  const traceIdText = textFrom(wire.traceId, 'traceId')
  if (typeof traceIdText === 'object') return traceIdText
  const traceId = traceIdFrom(traceIdText)
  if (traceId === undefined) return refusedId('traceId', traceIdText, 32)

  const idText = textFrom(wire.id, 'id')
  if (typeof idText === 'object') return idText
  const id = spanIdFrom(idText)
  if (id === undefined) return refusedId('id', idText, 16)

  let parentId: SpanId | undefined
  if (isGiven(wire.parentId)) {
    const text = textFrom(wire.parentId, 'parentId')
    if (typeof text === 'object') return text
    parentId = spanIdFrom(text)
    if (parentId === undefined && (text.length > 16 || !isZeroId(text)))
      return refusedId('parentId', text, 16)
    if (parentId === id) parentId = undefined
  }

  let kind: SpanKind | undefined
  if (isGiven(wire.kind)) {
    if (!isKind(wire.kind)) {
      return new Refused('kind', `${shown(wire.kind)} is not CLIENT, SERVER, PRODUCER or CONSUMER.`)
    }
    kind = wire.kind
  }

  const name = nameFrom(wire.name, 'name')
  if (typeof name === 'object') return name
  const timestamp = microsFrom(wire.timestamp, 'timestamp')
  if (typeof timestamp === 'object') return timestamp
  const duration = microsFrom(wire.duration, 'duration')
  if (typeof duration === 'object') return duration
  const localEndpoint = endpointFrom(wire.localEndpoint, 'localEndpoint')
  if (localEndpoint instanceof Refused) return localEndpoint
  const remoteEndpoint = endpointFrom(wire.remoteEndpoint, 'remoteEndpoint')
  if (remoteEndpoint instanceof Refused) return remoteEndpoint
  const annotations = annotationsFrom(wire.annotations)
  if (annotations instanceof Refused) return annotations
  const tags = tagsFrom(wire.tags)
  if (tags instanceof Refused) return tags
  const debug = flagFrom(wire.debug, 'debug')
  if (typeof debug === 'object') return debug
  const shared = flagFrom(wire.shared, 'shared')
  if (typeof shared === 'object') return shared

  return {
    traceId,
    id,
    parentId,
    kind,
    name,
    timestamp: timestamp as EpochMicros | undefined,
    duration: duration as DurationMicros | undefined,
    localEndpoint,
    remoteEndpoint,
    annotations,
    tags,
    debug,
    // Only the called side can share a span that its caller began.
    shared: shared && kind !== 'CLIENT',
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null
}

function isKind(value: unknown): value is SpanKind {
  return value === 'CLIENT' || value === 'SERVER' || value === 'PRODUCER' || value === 'CONSUMER'
}

function textFrom(value: unknown, field: string): string | Refused {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return NUMBER_FOR_TEXT
  return new Refused(field, value === undefined ? 'It is missing.' : `It must be text, not ${shown(value)}.`)
}

function refusedId(field: string, text: string, longest: 16 | 32): Refused {
  return new Refused(field, `${shown(text)} ${whyNotId(text, longest)}.`)
}

function nameFrom(value: unknown, field: string): string | undefined | Refused {
  if (typeof value !== 'string') return isGiven(value) ? textFrom(value, field) : undefined
  return value === '' ? undefined : value.toLowerCase()
}

/** Zero and less mean absent. */
function microsFrom(value: unknown, field: string): number | undefined | Refused {
  if (!isGiven(value)) return undefined
  const number = wholeNumberFrom(value)
  if (number <= Number.MAX_SAFE_INTEGER) return number > 0 ? number : undefined
  return refusedMicros(field, value, number)
}

function refusedMicros(field: string, value: unknown, number: number): Refused {
  if (value === undefined) return new Refused(field, 'It is missing.')
  const why = Number.isNaN(number)
    ? 'is not a whole number'
    : 'is out of range: the unit must be microseconds'
  return new Refused(field, `${shown(value)} ${why}.`)
}

const NUMBER_TEXT = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** Of a number or its text, `"1.5e3"` too; NaN for a fraction or anything else. May be infinite. */
function wholeNumberFrom(value: unknown): number {
  const number =
    typeof value === 'number'
      ? value
      : typeof value === 'string' && NUMBER_TEXT.test(value)
        ? Number(value)
        : NaN
  return Math.trunc(number) === number ? number : NaN
}

function endpointFrom(value: unknown, field: string): Endpoint | undefined | Refused {
  if (!isGiven(value)) return undefined
  if (!isObject(value)) return new Refused(field, `It must be an object, not ${shown(value)}.`)
  const wire: WireEndpoint = value

  const serviceName = nameFrom(wire.serviceName, `${field}.serviceName`)
  if (typeof serviceName === 'object') return serviceName

  // Either field may hold either family, and what is no address is no reason to lose the span.
  let ipv4: string | undefined
  let ipv6: string | undefined
  if (isGiven(wire.ipv4)) {
    const text = textFrom(wire.ipv4, `${field}.ipv4`)
    if (typeof text === 'object') return text
    const ip = ipFrom(text)
    if (ip?.includes(':')) ipv6 = ip
    else ipv4 = ip
  }
  if (isGiven(wire.ipv6)) {
    const text = textFrom(wire.ipv6, `${field}.ipv6`)
    if (typeof text === 'object') return text
    const ip = ipFrom(text)
    if (ip?.includes(':')) ipv6 = ip
    else ipv4 = ip ?? ipv4
  }

  let port: number | undefined
  if (isGiven(wire.port)) {
    const number = wholeNumberFrom(wire.port)
    if (!(number <= 65_535)) {
      return new Refused(`${field}.port`, `${shown(wire.port)} is not a port, up to 65535.`)
    }
    // Reporters write 0 or -1 for a port they don't know.
    port = number > 0 ? number : undefined
  }

  if (serviceName === undefined && ipv4 === undefined && ipv6 === undefined && port === undefined)
    return undefined
  return { serviceName, ipv4, ipv6, port }
}

function annotationsFrom(value: unknown): readonly Annotation[] | Refused {
  if (!isGiven(value)) return NO_ANNOTATIONS
  if (!Array.isArray(value)) return new Refused('annotations', `It must be a list, not ${shown(value)}.`)
  if (value.length === 0) return NO_ANNOTATIONS
  const entries: readonly unknown[] = value
  const annotations: Annotation[] = []
  let inOrder = true
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i]
    if (!isObject(entry))
      return new Refused(`annotations[${i}]`, `It must be an object, not ${shown(entry)}.`)
    const wire: { readonly timestamp?: unknown; readonly value?: unknown } = entry

    const timestamp = wholeNumberFrom(wire.timestamp)
    if (!Number.isSafeInteger(timestamp))
      return refusedMicros(`annotations[${i}].timestamp`, wire.timestamp, timestamp)
    const text = typeof wire.value === 'string' ? wire.value : textFrom(wire.value, `annotations[${i}].value`)
    if (typeof text === 'object') return text

    const annotation = { timestamp: (timestamp + 0) as EpochMicros, value: text } // -0 + 0 is 0
    const last = annotations[i - 1]
    if (last !== undefined && byTimeAndValue(last, annotation) >= 0) inOrder = false
    annotations.push(annotation)
  }
  return inOrder ? annotations : sortedAndUnique(annotations)
}

function sortedAndUnique(annotations: Annotation[]): Annotation[] {
  annotations.sort(byTimeAndValue)
  return annotations.filter((annotation, i) => {
    const before = annotations[i - 1]
    return before === undefined || byTimeAndValue(before, annotation) !== 0
  })
}

function byTimeAndValue(a: Annotation, b: Annotation): number {
  return a.timestamp - b.timestamp || (a.value < b.value ? -1 : a.value > b.value ? 1 : 0)
}

/**
 * Keeps the object that JSON.parse made, keys in the order sent: its keys are plain own properties, `__proto__`
 * and `constructor` too.
 */
function tagsFrom(value: unknown): Tags | Refused {
  if (!isGiven(value)) return NO_TAGS
  if (!isObject(value)) return new Refused('tags', `It must be an object, not ${shown(value)}.`)
  const tags = value as Record<string, unknown>
  let empty = true
  for (const key in tags) {
    const tag = tags[key]
    if (typeof tag === 'number') return NUMBER_FOR_TEXT
    if (typeof tag !== 'string')
      return new Refused(`tags[${shown(key)}]`, `It must be text, not ${shown(tag)}.`)
    empty = false
  }
  return empty ? NO_TAGS : (tags as Tags)
}

function flagFrom(value: unknown, field: string): boolean | Refused {
  if (!isGiven(value)) return false
  return typeof value === 'boolean' ? value : new Refused(field, `${shown(value)} is not true or false.`)
}
