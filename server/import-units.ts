// What was found in a file, as the units that are sent: of which dialect they are, and how many spans they hold.
import { decodeZipkinV2Json, messageOf, resourceSpansFrom, zipkinJsonVersion } from '@hopscope/proto'
import type { Portion } from './import-read.ts'
import type { Element, Place } from './import-scan.ts'
import type { Unit } from './import-unit.ts'
import { membersOf } from './import-split.ts'

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
    const unit = found.kind === 'broken' ? found.reason : unitOf(found, place)
    if (typeof unit === 'string') onMisfit({ place, reason: unit })
    else if (unit.spans > 0) yield unit
  }
}

function placeText({ line, element }: Place): string {
  return element === undefined ? `line ${line}` : `line ${line}, element ${element}`
}

/** @returns why there is none, in words */
function unitOf({ kind, json }: Element, place: string): Unit | string {
  if (json[0] !== OBJECT)
    return `It is no span, for it is no JSON object: ${json.toString('utf8', 0, SHOWN_BYTES)}`
  if (kind === 'otlp') {
    try {
      const spans = otlpSpansOf(JSON.parse(json.toString()) as object)
      return typeof spans === 'string' ? spans : { dialect: 'otlp', json, spans, place }
    } catch (error) {
      return messageOf(error)
    }
  }
  return (
    otherFormat(json) ?? {
      dialect: zipkinJsonVersion(json) === 'v1' ? 'zipkin-v1' : 'zipkin',
      json,
      spans: 1,
      place,
    }
  )
}

const OBJECT = 0x7b
const SHOWN_BYTES = 60

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

const SNAKE_CASE =
  "It is OTLP with protobuf's names (resource_spans, scope_spans): OTLP's JSON has resourceSpans, scopeSpans, traceId …"
const TOO_OLD = 'It is OTLP from before 2022 (instrumentationLibrarySpans), which is not read.'

/**
 * How many a ResourceSpans has; at least 1 if there is anything for the server to refuse.
 * @returns what is wrong with it, in words, where a reader would find nothing and pass over it
 */
function otlpSpansOf(resourceSpans: object): number | string {
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

const EXPORT_INSTEAD = 'export the traces as zipkin or otlp instead.'
/** Members of an object that is no span of Zipkin's, and what it then is. */
const OTHER_FORMATS = new Map([
  ['data', `It is Jaeger's JSON, which is not read: ${EXPORT_INSTEAD}`],
  ['traceID', `It is Jaeger's JSON, which is not read: ${EXPORT_INSTEAD}`],
  ['result', `It is Jaeger's JSON, which is not read: ${EXPORT_INSTEAD}`],
  ['spans', `It is Hopscope's own view of a trace, not its spans: ${EXPORT_INSTEAD}`],
  ['resource_spans', SNAKE_CASE],
])
/** Stands in all of them, and hardly in a span. */
const OTHERS_MARK = /spans"\s*:\s*\[/i

function otherFormat(json: Buffer): string | undefined {
  if (!OTHERS_MARK.test(json.toString('latin1'))) return undefined
  try {
    for (const { key } of membersOf(json)) {
      const format = OTHER_FORMATS.get(key)
      if (format !== undefined) return format
    }
  } catch {
    // The server says better what is wrong with it.
  }
  return undefined
}
