// Queries as strangers type them: what is read can be printed, planned and evaluated, and what isn't is said where and why.
import {
  matchesQuery,
  matchTrace,
  parseTraceQl,
  planOf,
  printTraceQl,
  readQuery,
  type Span,
  spanPredicateOf,
  type Trace,
  type TraceQl,
  TraceQlError,
} from '@hopscope/model'
import type { Target } from './fuzz.ts'
import { SPANS, TRACEQL } from './samples.ts'

const TRACE: Trace = { traceId: (SPANS[0] as Span).traceId, spans: SPANS }
const EVER = { from: undefined, to: undefined, limit: 1, after: undefined }

function readsWith(read: (text: string) => TraceQl): Target['read'] {
  return (bytes) => {
    const text = Buffer.from(bytes).toString()
    const query = readOrRefused(text, read)
    if (query === undefined) return
    const printed = printTraceQl(query)
    if (printTraceQl(parseTraceQl(printed)) !== printed) throw new Error(`printed otherwise: ${printed}`)
    spanPredicateOf(query)
    const found = matchTrace(query, TRACE) !== undefined
    // What a store is asked for must not lose a trace, and if it is all, must not find another.
    const { where, exact } = planOf(query, () => true)
    const planned = matchesQuery(TRACE, { ...EVER, where })
    if (found ? !planned : exact && planned) throw new Error(`planned otherwise: ${printed}`)
  }
}

function readOrRefused(text: string, read: (text: string) => TraceQl): TraceQl | undefined {
  try {
    return read(text)
  } catch (error) {
    if (!(error instanceof TraceQlError)) throw error
    const { message, at, length, suggestion } = error
    if (message === '' || message.length > 500)
      throw new Error(`a poor message: ${message}`, { cause: error })
    if (at < 0 || length < 0 || at + length > text.length)
      throw new Error(`no place: ${at}, ${length}`, { cause: error })
    if (suggestion !== undefined) read(suggestion)
    return undefined
  }
}

export const TRACEQL_TARGETS: readonly Target[] = [
  { name: 'traceql', samples: TRACEQL.queries, read: readsWith(parseTraceQl) },
  {
    name: 'search-field',
    samples: [...TRACEQL.words, ...TRACEQL.queries],
    read: readsWith((text) => readQuery(text).query),
  },
]
