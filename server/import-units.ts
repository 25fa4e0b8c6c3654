// What was found in a file, as the units that are sent: of which dialect they are, and how many spans they hold.
import { decodeZipkinV2Json, encodeOtlpJson, messageOf } from '@hopscope/proto'
import type { Portion } from './import-read.ts'
import type { Element, Place } from './import-scan.ts'
import type { Unit } from './import-send.ts'

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
    if (found.kind === 'broken') {
      onMisfit({ place, reason: found.reason })
    } else if (found.kind === 'otlp') {
      try {
        yield {
          dialect: 'otlp',
          json: found.json,
          spans: otlpSpansOf(JSON.parse(found.json.toString())),
          place,
        }
      } catch (error) {
        onMisfit({ place, reason: messageOf(error) })
      }
    } else {
      yield { dialect: isV1(found) ? 'zipkin-v1' : 'zipkin', json: found.json, spans: 1, place }
    }
  }
}

function placeText({ line, element }: Place): string {
  return element === undefined ? `line ${line}` : `line ${line}, element ${element}`
}

/** Only OTLP has room for what such a span says. */
function* otlpUnit(
  json: string,
  otel: string,
  place: string,
  onMisfit: (misfit: Misfit) => void,
): Generator<Unit> {
  const { spans, refused } = decodeZipkinV2Json(Buffer.from(`[${json}]`))
  const [span] = spans
  if (span === undefined) {
    onMisfit({ place, reason: refused.map(({ field, reason }) => `${field}: ${reason}`).join() })
    return
  }
  const data = encodeOtlpJson([{ ...span, otel }])
  yield {
    dialect: 'otlp',
    json: Buffer.from(data.slice(OTLP_HEAD.length, -OTLP_TAIL.length)),
    spans: 1,
    place,
  }
}

const OTLP_HEAD = '{"resourceSpans":['
const OTLP_TAIL = ']}'

interface ResourceSpans {
  readonly scopeSpans?: unknown
  readonly scope_spans?: unknown
}

/** At least 1, so that a unit which turns out bad is counted. */
function otlpSpansOf(resourceSpans: unknown): number {
  const { scopeSpans, scope_spans: snake } = (resourceSpans ?? {}) as ResourceSpans
  const scopes: unknown = scopeSpans ?? snake
  let count = 0
  for (const scope of Array.isArray(scopes) ? (scopes as ({ spans?: unknown } | null)[]) : [])
    if (Array.isArray(scope?.spans)) count += scope.spans.length
  return Math.max(1, count)
}

const V2_MARKS = ['Endpoint"', '"tags"']
const V1_MARKS = ['"binaryAnnotations"', '"endpoint"']

/** As the collector tells v1 from v2; a span without any mark reads the same in both. */
function isV1({ json }: Element): boolean {
  return !V2_MARKS.some((mark) => json.includes(mark)) && V1_MARKS.some((mark) => json.includes(mark))
}
