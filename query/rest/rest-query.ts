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

/** The parameters that say which traces; anything else is a slip of the pen and is refused by name. */
const CONDITIONS = [
  'service', 'operation', 'remoteService', 'requestId', 'kind', 'tag', 'error', 'minDuration', 'maxDuration', 'start', 'end',
] // prettier-ignore

/** All conditions hold for one and the same span of a found trace. */
export function traceQueryFromRest(request: Request): TraceQuery {
  const conditions = conditionsFrom(request, ['limit', 'cursor'])
  const limit = wholeParameter(request, 'limit') ?? DEFAULT_LIMIT
  if (limit < 1 || limit > MOST) throw invalid('limit', `${limit} is not between 1 and ${MOST}`)
  const cursor = textParameter(request, 'cursor')
  const after = cursor === undefined ? undefined : decodeCursor(cursor)
  if (cursor !== undefined && after === undefined)
    throw invalid('cursor', `${shown(cursor)} is not one that a listing gave as "next"`)
  return { ...conditions, limit, after }
}

/** Which traces to export: the same conditions, without a limit. */
export function exportQueryFromRest(request: Request): Omit<TraceQuery, 'limit' | 'after'> {
  return conditionsFrom(request, ['format'])
}

/** @param others parameters that are known beside the conditions */
function conditionsFrom(request: Request, others: readonly string[]): Omit<TraceQuery, 'limit' | 'after'> {
  const known = [...CONDITIONS, ...others]
  for (const name of Object.keys(request.query))
    if (!known.includes(name))
      throw invalid(name, `there is no such parameter; there are ${known.join(', ')}`)
  const from = timeParameter(request, 'start')
  const to = timeParameter(request, 'end')
  if (from !== undefined && to !== undefined && from > to) throw invalid('start', 'it is after end')
  const filter = filterFromRest(request)
  return { from, to, spans: filter.length === 0 ? [] : [filter] }
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
