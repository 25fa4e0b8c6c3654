// Comparisons: of two traces, and of two groups of traces.
import {
  type Contrast,
  ContrastAccumulator,
  type EpochMicros,
  serviceOf,
  type Trace,
  type TraceDiff,
} from '@hopscope/model'
import type { SpanReader } from '@hopscope/storage'
import { type Budget, type Looked, sample } from './analysis-sample.ts'
import type { GivenQuery } from '../rest/query-parameter.ts'
import type { Window } from './window-query.ts'

export interface GroupsQuestion extends Window {
  readonly a: GivenQuery
  /** Undefined: all traces that `a` doesn't find. */
  readonly b: GivenQuery | undefined
  /** Only spans of this service are compared. */
  readonly service: string | undefined
}

interface ComparedGroup extends Looked {
  /** Null: all traces that the other group's query doesn't find. */
  readonly query: Pick<GivenQuery, 'text' | 'fromWords'> | null
}

export interface GroupsAnswer extends Omit<Contrast, 'tracesA' | 'tracesB'> {
  readonly start: EpochMicros
  readonly end: EpochMicros
  readonly a: ComparedGroup
  readonly b: ComparedGroup
}

/** @param budget of each group */
export async function groupsAnswer(
  reader: SpanReader,
  { a, b, service, from, to }: GroupsQuestion,
  budget: Budget,
): Promise<GroupsAnswer> {
  const groups = new ContrastAccumulator()
  const add = (group: 'a' | 'b', { traceId, spans }: Trace) => {
    const compared = service === undefined ? spans : spans.filter((span) => serviceOf(span) === service)
    groups.addTrace(group, traceId, compared)
    return true
  }
  const inA = await sample(reader, { from, to, query: a.query }, budget, (trace) => add('a', trace))
  const others = b === undefined ? { except: a.query } : { query: b.query }
  const inB = await sample(reader, { from, to, ...others }, budget, (trace) => add('b', trace))
  const { tracesA: _a, tracesB: _b, complete, ...contrast } = groups.contrast()
  return {
    start: from,
    end: to,
    a: { query: shownQuery(a), ...inA },
    b: { query: b === undefined ? null : shownQuery(b), ...inB },
    ...contrast,
    complete: complete && inA.complete && inB.complete,
  }
}

function shownQuery({ text, fromWords }: GivenQuery): Pick<GivenQuery, 'text' | 'fromWords'> {
  return { text, fromWords }
}

/** The comparison of two traces as JSON, piece by piece. */
export function* diffPieces({ nodes, ...rest }: TraceDiff): Generator<string> {
  yield `${JSON.stringify(rest).slice(0, -1)},"nodes":[`
  let separator = ''
  for (const node of nodes) {
    yield separator + JSON.stringify(node)
    separator = ','
  }
  yield ']}'
}
