// Jaeger's search parameters, of its older API and of v3, as a TraceQuery.
import type { Request } from 'express'
import {
  type EpochMicros,
  EVERY_TRACE,
  SPAN_KINDS,
  type SpanPredicate,
  type TracePredicate,
  type TraceQuery,
} from '@hopscope/model'
import { HopscopeError } from '@hopscope/proto'
import { goDuration, goFlag } from './jaeger-values.ts'
import {
  invalid,
  microsFromRfc3339,
  shown,
  textParameter,
  textParameters,
  wholeParameter,
} from '../parameters.ts'

/** Jaeger's own defaults. */
const DEFAULT_LIMIT = 100
const DEFAULT_LOOKBACK = 2 * 86_400_000_000
/** More is never given at once. */
const MOST = 10_000
const MOST_TAGS = 50

/** Of `/api/traces`: times in microseconds. Unlike Jaeger, a search needs no service. */
export function traceQueryFromJaeger(request: Request): TraceQuery {
  const to = wholeParameter(request, 'end') ?? Date.now() * 1000 + 999
  const from = wholeParameter(request, 'start') ?? to - DEFAULT_LOOKBACK
  // In the words of Jaeger's own stores.
  if (from > to) throw new HopscopeError('parameter-invalid', 'start time minimum is above maximum')
  return {
    from: micros(from),
    to: micros(to),
    where: wanted(request, {
      service: ['service'],
      operation: ['operation'],
      tags: simpleTags(request).concat(
        ...textParameters(request, 'tags').map((json) => tagsFromJson(json, 'tags')),
      ),
      minDuration: ['minDuration'],
      maxDuration: ['maxDuration'],
    }),
    limit: limitFrom(request, ['limit']),
    after: undefined,
  }
}

/** Of `/api/v3/traces`: names in camel case, or in the snake case that Jaeger keeps for older clients, as Grafana is. */
export function traceQueryFromJaegerV3(request: Request): TraceQuery {
  // Left out, it would find more than was asked for.
  if (textParameter(request, 'query.filter') !== undefined)
    throw invalid('query.filter', 'structured filters are not supported; use query.attributes')
  const from = timeFrom(request, ['query.startTimeMin', 'query.start_time_min'])
  const to = timeFrom(request, ['query.startTimeMax', 'query.start_time_max'])
  if (from === undefined || to === undefined)
    throw new HopscopeError('parameter-invalid', 'query.startTimeMin and query.startTimeMax are required')
  if (from >= to)
    throw new HopscopeError('parameter-invalid', 'query.startTimeMin must be before query.startTimeMax')
  const attributes = textParameter(request, 'query.attributes')
  return {
    from,
    to,
    where: wanted(request, {
      service: ['query.serviceName', 'query.service_name'],
      operation: ['query.operationName', 'query.operation_name'],
      tags: attributes === undefined ? [] : tagsFromJson(attributes, 'query.attributes'),
      minDuration: ['query.durationMin', 'query.duration_min'],
      maxDuration: ['query.durationMax', 'query.duration_max'],
    }),
    limit: limitFrom(request, ['query.searchDepth', 'query.search_depth', 'query.num_traces']),
    after: undefined,
  }
}

/**
 * Of `/api/dependencies`: `endTs` and `lookback` in milliseconds.
 * @param defaultLookback in milliseconds
 */
export function windowFromJaeger(
  request: Request,
  defaultLookback: number,
): { from: EpochMicros; to: EpochMicros } {
  const endTs = wholeParameter(request, 'endTs') ?? Date.now()
  const lookback = wholeParameter(request, 'lookback') ?? defaultLookback
  // The end's whole millisecond counts.
  return { from: micros((endTs - lookback) * 1000), to: micros(endTs * 1000 + 999) }
}

/** Whether the spans are asked for as they are stored. */
export function rawFrom(request: Request, names: readonly string[]): boolean {
  const [name, text] = firstOf(request, names)
  if (text === undefined) return false
  const flag = goFlag(text)
  if (flag === undefined) throw invalid(name, `${shown(text)} is neither true nor false`)
  return flag
}

/** An RFC 3339 time. */
export function timeFrom(request: Request, names: readonly string[]): EpochMicros | undefined {
  const [name, text] = firstOf(request, names)
  if (text === undefined) return undefined
  const time = microsFromRfc3339(text)
  if (time === undefined || time < 0)
    throw invalid(name, `${shown(text)} is not a time such as 2026-11-20T21:00:00Z`)
  // The year 2255 and all after it are the end of time.
  return micros(time)
}

function micros(value: number): EpochMicros {
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, value)) as EpochMicros
}

/** Which parameters ask for what; of several names the first that is given counts. */
interface Names {
  readonly service: readonly string[]
  readonly operation: readonly string[]
  readonly tags: readonly Tag[]
  readonly minDuration: readonly string[]
  readonly maxDuration: readonly string[]
}
type Tag = readonly [key: string, value: string]

/** One span must meet all conditions, other than at Zipkin's API. */
function wanted(request: Request, names: Names): TracePredicate {
  const conditions: SpanPredicate[] = []
  for (const on of ['service', 'operation'] as const) {
    const [, value] = firstOf(request, names[on])
    if (value !== undefined) conditions.push({ field: { on }, is: '=', value: value.toLowerCase() })
  }
  // The last of the same key wins, as in Jaeger.
  const tags = new Map(names.tags)
  if (tags.size > MOST_TAGS) throw invalid('tags', `there are more than ${MOST_TAGS}`)
  for (const [key, value] of tags) conditions.push(tagged(key, value))
  const [minName] = names.minDuration
  const [maxName] = names.maxDuration
  const min = durationFrom(request, names.minDuration)
  const max = durationFrom(request, names.maxDuration)
  if (min > 0 && max > 0 && max < min)
    throw new HopscopeError('parameter-invalid', `'${maxName}' should be greater than '${minName}'`)
  if (min > 0) conditions.push({ field: { on: 'duration' }, is: '>=', number: Math.ceil(min) })
  if (max > 0) conditions.push({ field: { on: 'duration' }, is: '<=', number: Math.floor(max) })
  return conditions.length === 0 ? EVERY_TRACE : { span: { all: conditions } }
}

/** What is served as a tag but is no tag in our model is looked for where it is. */
function tagged(key: string, value: string): SpanPredicate {
  const tag: SpanPredicate = { field: { on: 'tag', key }, is: '=', value }
  switch (key) {
    case 'error':
      return value === 'true' ? { field: { on: 'error' }, is: 'present' } : tag
    case 'otel.status_code':
      return value === 'ERROR' ? { any: [tag, { field: { on: 'error' }, is: 'present' }] } : tag
    case 'otel.status_description':
    case 'error.message':
      return { any: [tag, { field: { on: 'tag', key: 'error' }, is: '=', value }] }
    case 'span.kind': {
      const kind = SPAN_KINDS.find((each) => each === value.toUpperCase())
      return kind === undefined ? tag : { field: { on: 'kind' }, is: '=', value: kind }
    }
    case 'peer.service':
      return { any: [tag, { field: { on: 'remoteService' }, is: '=', value: value.toLowerCase() }] }
    case 'event':
      return { any: [tag, { field: { on: 'annotation' }, is: '=', value }] }
    default:
      return tag
  }
}

/** `tag=key:value`, any number of times. */
function simpleTags(request: Request): Tag[] {
  return textParameters(request, 'tag').map((text) => {
    const colon = text.indexOf(':')
    if (colon < 0)
      throw new HopscopeError(
        'parameter-invalid',
        `malformed 'tag' parameter, expecting key:value, received: ${shown(text)}`,
      )
    return [text.slice(0, colon), text.slice(colon + 1)]
  })
}

/** A JSON map to texts; numbers and booleans are taken too, which people write without quotes. */
function tagsFromJson(json: string, name: string): Tag[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch (error) {
    throw new HopscopeError('parameter-invalid', `malformed '${name}' parameter, cannot unmarshal JSON`, {
      cause: error,
    })
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw invalid(name, 'it is not a JSON map such as {"key":"value"}')
  return Object.entries(parsed).map(([key, value]: [string, unknown]) => {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
      throw invalid(name, `the value of ${shown(key)} is not a text`)
    return [key, String(value)]
  })
}

function limitFrom(request: Request, names: readonly string[]): number {
  const [name] = firstOf(request, names)
  const limit = wholeParameter(request, name) ?? DEFAULT_LIMIT
  if (limit < 1 || limit > MOST) throw invalid(name, `${limit} is not between 1 and ${MOST}`)
  return limit
}

/** In microseconds, with a fraction; 0 if there is none. */
function durationFrom(request: Request, names: readonly string[]): number {
  const [name, text] = firstOf(request, names)
  if (text === undefined) return 0
  const duration = goDuration(text)
  if (duration === undefined)
    throw invalid(name, `${shown(text)} is not a duration such as 100ms, 1.5s or 2h45m`)
  return duration
}

/** The first of these parameters that is given, or the first name and no value. */
function firstOf(request: Request, names: readonly string[]): [name: string, value: string | undefined] {
  for (const name of names) {
    const value = textParameter(request, name)
    if (value !== undefined) return [name, value]
  }
  return [names[0] ?? '', undefined]
}
