// The parameters of comparisons of groups and of profiles.
import type { Request } from 'express'
import type { GroupsQuestion } from './compare.ts'
import { invalid, limitParameter, onlyParameters, textParameter } from '../parameters.ts'
import type { ProfileQuestion } from './profile.ts'
import { queryParameter } from '../rest/query-parameter.ts'
import { windowParameters } from './window-query.ts'

export function groupsFromRest(request: Request): GroupsQuestion {
  onlyParameters(request, ['a', 'b', 'service', 'start', 'end', 'format'])
  const a = queryParameter(request, 'a')
  if (a === undefined)
    throw invalid('a', 'it is missing: a query for the traces that something is different about')
  const service = textParameter(request, 'service')?.toLowerCase()
  return { a, b: queryParameter(request, 'b'), service, ...windowParameters(request) }
}

/** @param most traces that may be asked for; as many are looked at unless fewer are asked for */
export function profileFromRest(request: Request, most: number): ProfileQuestion {
  onlyParameters(request, ['service', 'operation', 'q', 'limit', 'start', 'end', 'format'])
  const service = textParameter(request, 'service')?.toLowerCase()
  if (service === undefined) throw invalid('service', 'it is missing: the service whose operation it is')
  return {
    service,
    operation: textParameter(request, 'operation')?.toLowerCase(),
    given: queryParameter(request, 'q'),
    limit: limitParameter(request, most, most),
    ...windowParameters(request),
  }
}
