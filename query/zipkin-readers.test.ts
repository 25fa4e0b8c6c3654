import type { Span, TraceId, TraceQuery, TraceSummary } from '@hopscope/model'
import { makeSpan } from '@hopscope/model/testing'
import type { SpanReader } from '@hopscope/storage'
import { describe, expect, test } from '@jest/globals'
import { withLenientIds, withoutSearch } from './zipkin-readers.ts'

const LOW = '0000000000000abc'
const [SHORT, LONG, OTHER] = [LOW, `1100000000000000${LOW}`, `2200000000000000${LOW}`] as TraceId[] as [TraceId, TraceId, TraceId] // prettier-ignore
const ALONE = '00000000000000ff' as TraceId

/** A store of one span for each id, the newest first. */
function storeOf(...ids: readonly TraceId[]): SpanReader & { pages: number } {
  const summaries = ids.map((traceId, i) => ({ traceId, start: 1000 - i }) as TraceSummary)
  return {
    pages: 0,
    traces: (asked) =>
      Promise.resolve(
        asked.filter((id) => ids.includes(id)).map((traceId) => ({ traceId, spans: [makeSpan({ traceId })] })),
      ),
    spellings: (asked) => Promise.resolve(ids.filter((id) => asked.some((each) => each.slice(-16) === id.slice(-16)))),
    async *find({ after, limit }) {
      this.pages++
      yield* summaries.filter(({ start }) => after === undefined || start < after.start).slice(0, limit)
    },
    names: () => Promise.resolve(['name']),
    dependencies: () => Promise.resolve([]),
  }
} // prettier-ignore

const query = (limit: number, spans: TraceQuery['spans'] = []): TraceQuery => ({
  from: undefined,
  to: undefined,
  spans,
  limit,
  after: undefined,
})
async function found(reader: SpanReader, asked: TraceQuery): Promise<TraceId[]> {
  const ids: TraceId[] = []
  for await (const { traceId } of reader.find(asked)) ids.push(traceId)
  return ids
}
const idsOf = (spans: readonly Span[] | undefined) => spans?.map(({ traceId }) => traceId)

describe('with lenient ids', () => {
  test.each([[SHORT], [LONG], [`9900000000000000${LOW}` as TraceId]])(
    '%s gives the spans of every id that ends so, under the id that was asked for',
    async (id) => {
      const [trace, ...more] = await withLenientIds(storeOf(SHORT, ALONE, LONG, OTHER)).traces([id])
      expect([trace?.traceId, idsOf(trace?.spans), more]).toEqual([id, [SHORT, LONG, OTHER], []])
    },
  )

  test('an id that is stored is given even where the store knows no spellings', async () => {
    const store = { ...storeOf(LONG), spellings: () => Promise.resolve([]) }
    expect((await withLenientIds(store).traces([LONG])).map(({ traceId }) => traceId)).toEqual([LONG])
  })

  test('two spellings of one trace are asked for once, unknown ones left out, the order kept', async () => {
    const traces = await withLenientIds(storeOf(SHORT, ALONE, LONG)).traces([
      ALONE,
      'f'.repeat(16) as TraceId,
      LONG,
      SHORT,
    ])
    expect(traces.map(({ traceId, spans }) => [traceId, spans.length])).toEqual([
      [ALONE, 1],
      [LONG, 2],
    ])
  })

  test('a search gives each trace once, and looks on until it has as many as it may give', async () => {
    const store = storeOf(OTHER, LONG, SHORT, ALONE)
    expect(await found(withLenientIds(store), query(2))).toEqual([OTHER, ALONE])
    expect(store.pages).toBe(2)
    expect(await found(withLenientIds(store), query(9))).toEqual([OTHER, ALONE])
    expect(await found(withLenientIds(store), query(1))).toEqual([OTHER])
  })
})

describe('without search', () => {
  const reader = withoutSearch(storeOf(SHORT, ALONE))

  test('nothing is found and no name known', async () => {
    expect(await found(reader, query(10))).toEqual([])
    expect(await reader.names('service', {})).toEqual([])
  })

  test('a trace is given by its id, and those of a request by its id', async () => {
    expect((await reader.traces([ALONE])).map(({ traceId }) => traceId)).toEqual([ALONE])
    const ofRequest = [[{ field: { on: 'requestId' }, is: '=', value: 'r' }]] as const
    expect(await found(reader, query(10, ofRequest))).toEqual([SHORT, ALONE])
  })
})
