// The search parameters of /rest/v1/traces as a TraceQuery.
import type { Request } from 'express'
import { type SpanCondition, SPAN_KINDS, type TraceQuery } from '@hopscope/model'
import { decodeCursor } from './cursor.ts'
import {
  durationParameter,
  flagParameter,
  invalid,
  shown,
  textParameter,
  textParameters,
  timeParameter,
  wholeParameter,
} from './parameters.ts'

const DEFAULT_LIMIT = 20
const MOST = 1000
const MOST_TAGS = 50

/** Every parameter of a search; anything else is a slip of the pen and is refused by name. */
const KNOWN = new Set([
  'service', 'operation', 'remoteService', 'requestId', 'kind', 'tag', 'error', 'minDuration', 'maxDuration', 'start', 'end', 'limit', 'cursor',
]) // prettier-ignore

/** All conditions hold for one and the same span of a found trace. */
export function traceQueryFromRest(request: Request): TraceQuery {
  for (const name of Object.keys(request.query))
    if (!KNOWN.has(name))
      throw invalid(name, `there is no such parameter; there are ${[...KNOWN].join(', ')}`)
  const limit = wholeParameter(request, 'limit') ?? DEFAULT_LIMIT
  if (limit < 1 || limit > MOST) throw invalid('limit', `${limit} is not between 1 and ${MOST}`)
  const from = timeParameter(request, 'start')
  const to = timeParameter(request, 'end')
  if (from !== undefined && to !== undefined && from > to) throw invalid('start', 'it is after end')
  const cursor = textParameter(request, 'cursor')
  const after = cursor === undefined ? undefined : decodeCursor(cursor)
  if (cursor !== undefined && after === undefined)
    throw invalid('cursor', `${shown(cursor)} is not one that a listing gave as "next"`)
  const filter = filterFromRest(request)
  return { from, to, spans: filter.length === 0 ? [] : [filter], limit, after }
}

function filterFromRest(request: Request): SpanCondition[] {
  const conditions: SpanCondition[] = []
  for (const on of ['service', 'operation', 'remoteService'] as const) {
    const value = textParameter(request, on)
    if (value !== undefined) conditions.push({ field: { on }, is: '=', value: value.toLowerCase() })
  }
  const requestId = textParameter(request, 'requestId')
  if (requestId !== undefined) conditions.push({ field: { on: 'requestId' }, is: '=', value: requestId })
  const kind = textParameter(request, 'kind')
  if (kind !== undefined) {
    const value = SPAN_KINDS.find((each) => each === kind.toUpperCase())
    if (value === undefined) throw invalid('kind', `${shown(kind)} is none of ${SPAN_KINDS.join(', ')}`)
    conditions.push({ field: { on: 'kind' }, is: '=', value })
  }
  if (flagParameter(request, 'error') === true) conditions.push({ field: { on: 'error' }, is: 'present' })
  const least = durationParameter(request, 'minDuration')
  if (least !== undefined) conditions.push({ field: { on: 'duration' }, is: '>=', value: least })
  const most = durationParameter(request, 'maxDuration')
  if (most !== undefined) conditions.push({ field: { on: 'duration' }, is: '<=', value: most })
  const tags = textParameters(request, 'tag')
  if (tags.length > MOST_TAGS) throw invalid('tag', `it is given more than ${MOST_TAGS} times`)
  for (const tag of tags) {
    const equals = tag.indexOf('=')
    const key = equals < 0 ? tag : tag.slice(0, equals)
    if (key === '')
      throw invalid('tag', `${shown(tag)} has no key; write key=value, or key alone for any value`)
    conditions.push(
      equals < 0
        ? { field: { on: 'tag', key }, is: 'present' }
        : { field: { on: 'tag', key }, is: '=', value: tag.slice(equals + 1) },
    )
  }
  return conditions
}
