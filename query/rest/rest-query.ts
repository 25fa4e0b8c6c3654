// The search parameters of /rest/v1/traces and /rest/v1/export: a TraceQL query, and conditions that hold beside it.
import type { Request } from 'express'
import {
  EVERY_TRACE,
  type SpanCondition,
  SPAN_KINDS,
  type TracePredicate,
  type TraceQl,
  type TraceQuery,
  type TraceSort,
} from '@hopscope/model'
import { decodeCursor } from './cursor.ts'
import {
  choiceParameter,
  durationParameter,
  flagParameter,
  invalid,
  limitParameter,
  onlyParameters,
  shown,
  textParameter,
  textParameters,
  timeParameter,
} from '../parameters.ts'
import { type GivenQuery, queryParameter } from './query-parameter.ts'

const DEFAULT_LIMIT = 20
const MOST = 1000
const MOST_TAGS = 50
const SORTS = ['time', 'duration', 'spans', 'errors'] as const satisfies readonly TraceSort[]

/** The parameters that say which traces. */
const CONDITIONS = [
  'q', 'service', 'operation', 'remoteService', 'requestId', 'kind', 'tag', 'error', 'minDuration', 'maxDuration', 'start', 'end',
] // prettier-ignore

/** Finds what both the query finds and `where` holds for. */
export interface RestConditions extends Pick<TraceQuery, 'from' | 'to' | 'where'> {
  readonly query: TraceQl
  /** As it was asked for; undefined if no query was. */
  readonly given: GivenQuery | undefined
}

export interface RestSearch extends RestConditions, TraceQuery {
  readonly sort: TraceSort
}

/** `{}`: every trace. */
const EVERYTHING: TraceQl = { stages: [{ kind: 'spans', of: { kind: 'filter', where: undefined } }] }

/** The conditions beside the query hold for one and the same span of a found trace. */
export function searchFromRest(request: Request): RestSearch {
  const conditions = conditionsFrom(request, ['sort', 'limit', 'cursor'])
  const sort = choiceParameter(request, 'sort', SORTS) ?? 'time'
  const limit = limitParameter(request, DEFAULT_LIMIT, MOST)
  const cursor = textParameter(request, 'cursor')
  const after = cursor === undefined ? undefined : decodeCursor(cursor, sort)
  if (cursor !== undefined && after === undefined)
    throw invalid('cursor', `${shown(cursor)} is not one that a listing by ${sort} gave as "next"`)
  return { ...conditions, sort, limit, after }
}

/** Which traces to export: the same conditions, without a limit. */
export function exportFromRest(request: Request): RestConditions {
  return conditionsFrom(request, ['format'])
}

/** @param others parameters that are known beside the conditions */
function conditionsFrom(request: Request, others: readonly string[]): RestConditions {
  onlyParameters(request, [...CONDITIONS, ...others])
  const from = timeParameter(request, 'start')
  const to = timeParameter(request, 'end')
  if (from !== undefined && to !== undefined && from > to) throw invalid('start', 'it is after end')
  const given = queryParameter(request, 'q')
  return { from, to, where: predicateFrom(request), query: given?.query ?? EVERYTHING, given }
}

function predicateFrom(request: Request): TracePredicate {
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
  if (least !== undefined) conditions.push({ field: { on: 'duration' }, is: '>=', number: least })
  const most = durationParameter(request, 'maxDuration')
  if (most !== undefined) conditions.push({ field: { on: 'duration' }, is: '<=', number: most })
  conditions.push(...tagConditions(request))
  return conditions.length === 0 ? EVERY_TRACE : { span: { all: conditions } }
}

function tagConditions(request: Request): SpanCondition[] {
  const tags = textParameters(request, 'tag')
  if (tags.length > MOST_TAGS) throw invalid('tag', `it is given more than ${MOST_TAGS} times`)
  return tags.map((tag) => {
    const equals = tag.indexOf('=')
    const key = equals < 0 ? tag : tag.slice(0, equals)
    if (key === '')
      throw invalid('tag', `${shown(tag)} has no key; write key=value, or key alone for any value`)
    const field = { on: 'tag', key } as const
    return equals < 0 ? { field, is: 'present' } : { field, is: '=', value: tag.slice(equals + 1) }
  })
}
