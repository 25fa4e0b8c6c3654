// What stores are compared with: spans in a list, found by the model's own evaluator.
import { compareSummaries, matchesQuery, type SpanCondition, summaryOf, type Trace } from '@hopscope/model'
import type { SpanReader } from '@hopscope/storage'

const unasked = () => Promise.reject(new Error('not asked by searches'))

export function memoryReader(
  traces: readonly Trace[],
  native: (condition: SpanCondition) => boolean = () => true,
): SpanReader {
  return {
    traces: (ids) => Promise.resolve(ids.flatMap((id) => traces.filter(({ traceId }) => traceId === id))),
    spellings: (ids) => Promise.resolve([...ids]),
    native,
    async *find(query) {
      const found = traces
        .filter((trace) => matchesQuery(trace, query))
        .flatMap((trace) => summaryOf(trace) ?? [])
      yield* found.sort((a, b) => compareSummaries(a, b, query.sort)).slice(0, query.limit)
    },
    names: unasked,
    dependencies: unasked,
    aggregate: unasked,
    edges: unasked,
  }
}
