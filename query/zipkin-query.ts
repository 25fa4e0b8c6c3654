// Zipkin's search parameters as a TraceQuery. Rules: Zipkin's QueryRequest; messages are Zipkin's own.
import type { Request } from 'express'
import type {
  AnyOf,
  DurationMicros,
  EpochMicros,
  SpanCondition,
  SpanFilter,
  TraceQuery,
} from '@hopscope/model'
import { HopscopeError } from '@hopscope/proto'
import { textParameter, wholeParameter } from './parameters.ts'

const DEFAULT_LIMIT = 10
/** More than this is never given at once: whole traces of that many would not fit into memory. */
const MOST = 10_000

/** @param lookback default of the parameter of that name, in milliseconds */
export function traceQueryFromZipkin(request: Request, lookback: number): TraceQuery {
  const limit = wholeParameter(request, 'limit') ?? DEFAULT_LIMIT
  if (limit <= 0) throw new HopscopeError('parameter-invalid', 'limit <= 0')
  return {
    ...windowFromZipkin(request, lookback),
    spans: filtersFromZipkin(request),
    limit: Math.min(limit, MOST),
    after: undefined,
  }
}

/** `endTs` and `lookback`, both in milliseconds. */
export function windowFromZipkin(
  request: Request,
  defaultLookback: number,
): { from: EpochMicros; to: EpochMicros } {
  const endTs = wholeParameter(request, 'endTs') ?? Date.now()
  const lookback = wholeParameter(request, 'lookback') ?? defaultLookback
  if (endTs <= 0) throw new HopscopeError('parameter-invalid', 'endTs <= 0')
  if (lookback <= 0) throw new HopscopeError('parameter-invalid', 'lookback <= 0')
  // The end's whole millisecond counts: a span of this very moment is found.
  return {
    from: Math.max(0, (endTs - lookback) * 1000) as EpochMicros,
    to: Math.min(Number.MAX_SAFE_INTEGER, endTs * 1000 + 999) as EpochMicros,
  }
}

/** Each condition may be met by another span of the trace, but all by spans of the named service. */
function filtersFromZipkin(request: Request): SpanFilter[] {
  const service = nameParameter(request, 'serviceName')
  const remoteService = nameParameter(request, 'remoteServiceName')
  const operation = nameParameter(request, 'spanName')
  const conditions: SpanFilter[] = []
  if (remoteService !== undefined)
    conditions.push([{ field: { on: 'remoteService' }, is: '=', value: remoteService }])
  if (operation !== undefined && operation !== 'all')
    conditions.push([{ field: { on: 'operation' }, is: '=', value: operation }])
  for (const [key, value] of annotationQuery(textParameter(request, 'annotationQuery') ?? ''))
    conditions.push([tagged(key, value)])
  const duration = durationFilter(request)
  if (duration.length > 0) conditions.push(duration)
  if (service === undefined) return conditions
  const ofService: SpanCondition = { field: { on: 'service' }, is: '=', value: service }
  return conditions.length === 0 ? [[ofService]] : conditions.map((filter) => [ofService, ...filter])
}

function nameParameter(request: Request, name: string): string | undefined {
  return textParameter(request, name)?.toLowerCase()
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

function tagged(key: string, value: string): SpanCondition | AnyOf {
  if (value !== '') return { field: { on: 'tag', key }, is: '=', value }
  return {
    anyOf: [
      { field: { on: 'tag', key }, is: 'present' },
      { field: { on: 'annotation' }, is: '=', value: key },
    ],
  }
}

function durationFilter(request: Request): SpanFilter {
  const min = wholeParameter(request, 'minDuration')
  const max = wholeParameter(request, 'maxDuration')
  if (min === undefined) {
    if (max !== undefined)
      throw new HopscopeError('parameter-invalid', 'maxDuration is only valid with minDuration')
    return []
  }
  if (min <= 0) throw new HopscopeError('parameter-invalid', 'minDuration <= 0')
  if (max !== undefined && max < min)
    throw new HopscopeError('parameter-invalid', 'maxDuration < minDuration')
  const least: SpanCondition = { field: { on: 'duration' }, is: '>=', value: min as DurationMicros }
  return max === undefined
    ? [least]
    : [least, { field: { on: 'duration' }, is: '<=', value: max as DurationMicros }]
}
