// Where an operation's time goes, and why its slowest calls are slow.
import {
  entriesOf,
  type EpochMicros,
  type OperationProfile,
  ProfileAccumulator,
  reconstruct,
  type SpanCondition,
} from '@hopscope/model'
import type { SpanReader } from '@hopscope/storage'
import { type Budget, type Looked, sample } from './analysis-sample.ts'
import type { GivenQuery } from '../rest/query-parameter.ts'
import type { Window } from './window-query.ts'

export interface ProfileQuestion extends Window {
  readonly service: string
  /** Undefined: whatever it is asked to do. */
  readonly operation: string | undefined
  readonly given: GivenQuery | undefined
  readonly limit: number
}

export interface ProfileAnswer extends Omit<OperationProfile, 'slowness'>, Looked {
  readonly start: EpochMicros
  readonly end: EpochMicros
  readonly service: string
  readonly operation: string | null
  readonly query?: Pick<GivenQuery, 'text' | 'fromWords'>
  readonly slowness: OperationProfile['slowness'] | null
}

export async function profileAnswer(
  reader: SpanReader,
  { service, operation, given, limit, from, to }: ProfileQuestion,
  budget: Budget,
): Promise<ProfileAnswer> {
  const conditions: SpanCondition[] = [{ field: { on: 'service' }, is: '=', value: service }]
  if (operation !== undefined) conditions.push({ field: { on: 'operation' }, is: '=', value: operation })
  const profile = new ProfileAccumulator()
  const looked = await sample(
    reader,
    { from, to, query: given?.query, where: { span: { all: conditions } } },
    { ...budget, traces: limit },
    (trace) => {
      const view = reconstruct(trace)
      const entries = entriesOf(view, service, operation)
      profile.addTrace(view, entries)
      return entries.length > 0
    },
  )
  const { slowness, complete, ...rest } = profile.profile()
  return {
    service,
    operation: operation ?? null,
    start: from,
    end: to,
    ...(given && { query: { text: given.text, fromWords: given.fromWords } }),
    ...looked,
    ...rest,
    slowness: slowness ?? null,
    complete: complete && looked.complete,
  }
}
