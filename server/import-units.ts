// What was found in a file, as the units that are sent: of which dialect they are, and how many spans they hold.
import {
  decodeJaegerJson,
  decodeZipkinV2Json,
  HopscopeError,
  messageOf,
  resourceSpansFrom,
} from '@hopscope/proto'
import { type Element, formatOf, placeText, SNAKE_CASE } from '@hopscope/proto/files'
import type { Portion } from './import-read.ts'
import type { Unit } from './import-unit.ts'

/** A part of a file that is no span. */
export interface Misfit {
  readonly place: string
  readonly reason: string
}

export function* unitsOf(
  file: string,
  portion: Portion,
  onMisfit: (misfit: Misfit) => void,
): Generator<Unit> {
  if (portion.of === 'parquet') {
    for (const [at, { json, otel }] of portion.rows.entries()) {
      const place = `${file}, row ${portion.firstRow + at}`
      if (otel === undefined) yield { dialect: 'zipkin', json: Buffer.from(json), spans: 1, place }
      else yield* otlpUnit(json, otel, place, onMisfit)
    }
    return
  }
  for (const found of portion.found) {
    const place = `${file}, ${placeText(found.place)}`
    if (found.kind === 'broken') onMisfit({ place, reason: found.reason })
    else yield* elementUnits(found, place, onMisfit)
  }
}

function* elementUnits(element: Element, place: string, onMisfit: (misfit: Misfit) => void): Generator<Unit> {
  const { json } = element
  const found = formatOf(element)
  if ('reason' in found) return onMisfit({ place, reason: found.reason })
  const { format } = found
  if (format === 'jaeger') return yield* jaegerUnits(json, place, onMisfit)
  if (format !== 'otlp') return yield { dialect: format, json, spans: 1, place }
  const spans = otlpSpansOf(json)
  if (typeof spans === 'string') onMisfit({ place, reason: spans })
  else if (spans > 0) yield { dialect: 'otlp', json, spans, place }
}

/** No server takes Jaeger's JSON: its spans are sent as OTLP, which has room for all they say. */
function* jaegerUnits(json: Uint8Array, place: string, onMisfit: (misfit: Misfit) => void): Generator<Unit> {
  let decoded: ReturnType<typeof decodeJaegerJson>
  try {
    decoded = decodeJaegerJson(json)
  } catch (error) {
    if (!(error instanceof HopscopeError)) throw error
    return onMisfit({ place, reason: error.detail })
  }
  for (const { index, field, reason } of decoded.refused)
    onMisfit({ place: `${place}, span ${index + 1}`, reason: field === '' ? reason : `${field}: ${reason}` })
  for (const resourceSpans of resourceSpansFrom(decoded.spans)) {
    const spans = resourceSpans.scopeSpans.reduce((sum, scope) => sum + scope.spans.length, 0)
    yield { dialect: 'otlp', json: Buffer.from(JSON.stringify(resourceSpans)), spans, place }
  }
}

/** Only OTLP has room for what such a span says. */
function* otlpUnit(
  json: string,
  otel: string,
  place: string,
  onMisfit: (misfit: Misfit) => void,
): Generator<Unit> {
  const { spans, refused } = decodeZipkinV2Json(Buffer.from(`[${json}]`))
  for (const { field, reason } of refused)
    onMisfit({ place, reason: field === '' ? reason : `${field}: ${reason}` })
  for (const resourceSpans of resourceSpansFrom(spans.map((span) => ({ ...span, otel }))))
    yield { dialect: 'otlp', json: Buffer.from(JSON.stringify(resourceSpans)), spans: 1, place }
}

const TOO_OLD = 'It is OTLP from before 2022 (instrumentationLibrarySpans), which is not read.'

/**
 * How many a ResourceSpans has; at least 1 if there is anything for the server to refuse.
 * @returns what is wrong with it, in words, where a reader would find nothing and pass over it
 */
function otlpSpansOf(json: Uint8Array): number | string {
  let resourceSpans: object
  try {
    resourceSpans = JSON.parse(Buffer.from(json).toString()) as object
  } catch (error) {
    return messageOf(error)
  }
  if (Object.hasOwn(resourceSpans, 'scope_spans')) return SNAKE_CASE
  if (Object.hasOwn(resourceSpans, 'instrumentationLibrarySpans')) return TOO_OLD
  const { scopeSpans: scopes = [] } = resourceSpans as { scopeSpans?: unknown }
  if (!Array.isArray(scopes)) return 1
  let count = 0
  let isOdd = false
  for (const scope of scopes as ({ spans?: unknown } | null)[]) {
    const spans = scope?.spans ?? []
    if (Array.isArray(spans)) count += spans.length
    if (!Array.isArray(spans) || typeof scope !== 'object') isOdd = true
  }
  return isOdd ? Math.max(1, count) : count
}
