// Zipkin v2 JSON ↔ spans: what most reporters send and the Zipkin API answers. First step of the intake's hot
// path, hence plain loops, no closures, and a slow path only for what is rare.
// Format: https://zipkin.io/zipkin-api/#/default/post_spans; leniency: zipkin2.internal.V2SpanReader on gson.
import type { DurationMicros, EpochMicros, Span, SpanId, SpanKind } from '@hopscope/model'
import { type Decoded, Refusals, Refused, shown } from '../decoded.ts'
import { isZeroId, refusedId, spanIdFrom, traceIdFrom } from '../ids.ts'
import { parseList, readJson } from '../wire/json-text.ts'
import { flagFrom, isGiven, isObject, NUMBER_FOR_TEXT, textFrom } from '../wire/json-values.ts'
import { annotationsFrom, endpointFrom, tagsFrom } from './v2-json-parts.ts'
import { microsFrom, nameFrom } from './v2-json-values.ts'

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

/**
 * Reads a UTF-8 JSON list of Zipkin v2 spans. Spans that can't be read are refused one by one; names become lower
 * case, ids are padded, annotations sorted and made unique, zero and empty fields absent.
 * @throws HopscopeError body-not-json, body-not-a-list
 */
export function decodeZipkinV2Json(bytes: Uint8Array): Decoded {
  return readJson(bytes, (json) => spansFrom(parseList(json)))
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
    otel: undefined,
  }
}

function isKind(value: unknown): value is SpanKind {
  return value === 'CLIENT' || value === 'SERVER' || value === 'PRODUCER' || value === 'CONSUMER'
}
