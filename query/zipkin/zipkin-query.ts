// Zipkin's search parameters as a TraceQuery. Rules: Zipkin's QueryRequest; messages are Zipkin's own.
import type { EpochMicros, SpanCondition, SpanPredicate, TracePredicate, TraceQuery } from '@hopscope/model'
import { type Asked, given, longFrom, nameFrom, refused, wholeFrom } from './zipkin-parameters.ts'

const DEFAULT_LIMIT = 10
/** More than this is never given at once: whole traces of that many would not fit into memory. */
const MOST = 10_000

/** @param lookback default of the parameter of that name, in milliseconds */
export function traceQueryFromZipkin(asked: Asked, lookback: number): TraceQuery {
  const min = longFrom(asked, 'minDuration')
  const max = longFrom(asked, 'maxDuration')
  const limit = given(asked, 'limit') === undefined ? DEFAULT_LIMIT : wholeFrom(asked, 'limit', 31n)
  const window = windowFrom(asked, lookback, limit)
  return {
    ...window,
    where: { all: filtersFrom(asked, durationFilter(min, max)) },
    limit: Math.min(limit, MOST),
    after: undefined,
  }
}

/** `endTs` and `lookback`, both in milliseconds. */
export function windowFromZipkin(
  asked: Asked,
  defaultLookback: number,
): { from: EpochMicros; to: EpochMicros } {
  return windowFrom(asked, defaultLookback, 1)
}

/** Checks the limit too, as Zipkin complains of it between the others. */
function windowFrom(asked: Asked, defaultLookback: number, limit: number) {
  const endTs = longFrom(asked, 'endTs') ?? Date.now()
  const lookback = longFrom(asked, 'lookback') ?? defaultLookback
  if (endTs <= 0) throw refused('endTs <= 0')
  if (limit <= 0) throw refused('limit <= 0')
  if (lookback <= 0) throw refused('lookback <= 0')
  // The end's whole millisecond counts: a span of this very moment is found.
  return { from: micros((endTs - lookback) * 1000), to: micros(endTs * 1000 + 999) }
}

function micros(value: number): EpochMicros {
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, value)) as EpochMicros
}

/** Each condition may be met by another span of the trace, but all by spans of the named service. */
function filtersFrom(asked: Asked, duration: readonly SpanCondition[]): TracePredicate[] {
  const service = nameFrom(asked, 'serviceName')
  const remoteService = nameFrom(asked, 'remoteServiceName')
  const operation = nameFrom(asked, 'spanName')
  const conditions: SpanPredicate[] = []
  if (remoteService !== undefined)
    conditions.push({ field: { on: 'remoteService' }, is: '=', value: remoteService })
  if (operation !== undefined && operation !== 'all')
    conditions.push({ field: { on: 'operation' }, is: '=', value: operation })
  for (const [key, value] of annotationQuery(given(asked, 'annotationQuery') ?? ''))
    conditions.push(tagged(key, value))
  if (duration.length > 0) conditions.push({ all: duration })
  if (service === undefined) return conditions.map((span) => ({ span }))
  const ofService: SpanCondition = { field: { on: 'service' }, is: '=', value: service }
  return conditions.length === 0
    ? [{ span: ofService }]
    : conditions.map((condition) => ({ span: { all: [ofService, condition] } }))
}

/** `a and k=v`: `a` is an annotation or a tag of any value, `k=v` a tag; the last of the same key wins. */
function annotationQuery(text: string): Map<string, string> {
  const wanted = new Map<string, string>()
  for (const part of text === '' ? [] : text.split(' and ')) {
    const equals = part.indexOf('=')
    const key = (equals < 0 ? part : part.slice(0, equals)).trim()
    if (key === '') continue
    if (equals >= 0) wanted.set(key, part.slice(equals + 1).trim())
    else if (!wanted.has(key)) wanted.set(key, '')
  }
  return wanted
}

function tagged(key: string, value: string): SpanPredicate {
  if (value !== '') return { field: { on: 'tag', key }, is: '=', value }
  return {
    any: [
      { field: { on: 'tag', key }, is: 'present' },
      { field: { on: 'annotation' }, is: '=', value: key },
    ],
  }
}

function durationFilter(min: number | undefined, max: number | undefined): SpanCondition[] {
  if (min === undefined) {
    if (max !== undefined) throw refused('maxDuration is only valid with minDuration')
    return []
  }
  if (min <= 0) throw refused('minDuration <= 0')
  if (max !== undefined && max < min) throw refused('maxDuration < minDuration')
  const least: SpanCondition = { field: { on: 'duration' }, is: '>=', number: min }
  return max === undefined ? [least] : [least, { field: { on: 'duration' }, is: '<=', number: max }]
}
