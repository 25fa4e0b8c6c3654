import {
  cursorOf,
  type DurationMicros,
  type EpochMicros,
  EVERY_TRACE,
  matchesQuery,
  type Span,
  summaryOf,
  type Trace,
  type TraceCursor,
  type TraceId,
  type TraceQuery,
} from '@hopscope/model'
import { makeSpan } from '@hopscope/model/testing'
import type { SpanReader } from '@hopscope/storage'
import { describe, expect, test } from '@jest/globals'
import { foundTraces } from './trace-stream.ts'
import { withLenientIds, withoutSearch } from './zipkin-readers.ts'

const LOW = '0000000000000abc'
const [SHORT, LONG, OTHER] = [LOW, `1100000000000000${LOW}`, `2200000000000000${LOW}`] as TraceId[] as [TraceId, TraceId, TraceId] // prettier-ignore
const ALONE = '00000000000000ff' as TraceId

/** A store of one span for each id, the newest first; each lasts 10 µs, and only the first is a CLIENT. */
function storeOf(...ids: readonly TraceId[]): SpanReader & { pages: number } {
  const traces = ids.map((traceId, i): Trace => {
    const [timestamp, duration] = [1000 - i, 10] as [EpochMicros, DurationMicros]
    return { traceId, spans: [makeSpan({ traceId, timestamp, duration, kind: i === 0 ? 'CLIENT' : 'SERVER', tags: { request_id: 'r' } })] }
  })
  return {
    pages: 0,
    traces: (asked) => Promise.resolve(asked.flatMap((id) => traces.filter(({ traceId }) => traceId === id))),
    spellings: (asked) => Promise.resolve(ids.filter((id) => asked.some((each) => each.slice(-16) === id.slice(-16)))),
    async *find(query) {
      this.pages++
      const found = traces.filter((trace) => matchesQuery(trace, query)).slice(0, query.limit)
      yield* found.flatMap((trace) => summaryOf(trace) ?? [])
    },
    names: () => Promise.resolve(['name']),
    dependencies: () => Promise.resolve([]),
    native: () => true,
    aggregate: () => Promise.resolve({ series: [], complete: true }),
    edges: () => Promise.resolve([]),
  }
} // prettier-ignore

const query = (limit: number, where: TraceQuery['where'] = EVERY_TRACE): TraceQuery => ({
  from: undefined,
  to: undefined,
  where,
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
    '%s gives the spans of every id that ends so, all under the longest',
    async (id) => {
      const [trace, ...more] = await withLenientIds(storeOf(SHORT, ALONE, LONG, OTHER)).traces([id])
      expect([trace?.traceId, idsOf(trace?.spans), more]).toEqual([LONG, [LONG, LONG, LONG], []])
      const stored = withLenientIds(storeOf(SHORT, ALONE, LONG, OTHER), { asStored: true })
      expect(idsOf((await stored.traces([id]))[0]?.spans)?.sort()).toEqual([SHORT, LONG, OTHER].sort())
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
    expect(await found(withLenientIds(store), query(2))).toEqual([LONG, ALONE])
    expect(store.pages).toBe(2)
    expect(await found(withLenientIds(store), query(9))).toEqual([LONG, ALONE])
    expect(await found(withLenientIds(store), query(1))).toEqual([LONG])
  })

  test('a search sums a trace up over all of its ids', async () => {
    const summaries: unknown[] = []
    for await (const each of withLenientIds(storeOf(SHORT, ALONE, LONG)).find(query(1))) summaries.push(each)
    expect(summaries[0]).toMatchObject({ traceId: LONG, start: 998, duration: 12, spanCount: 2 })
  })

  test('a trace of which only one id meets the query is found, whichever is the newest', async () => {
    const ofKind = (value: 'CLIENT' | 'SERVER') =>
      query(9, { span: { field: { on: 'kind' }, is: '=', value } })
    const reader = withLenientIds(storeOf(SHORT, ALONE, LONG))
    expect(await found(reader, ofKind('CLIENT'))).toEqual([LONG])
    expect(await found(reader, ofKind('SERVER'))).toEqual([ALONE, LONG])
  })

  test.each(['time', 'duration', 'spans'] as const)(
    'pages by %s, of any size, give each trace once, and leave out none',
    async (sort) => {
      // Each trace's second id is far behind its first, with others between.
      const traces = Array.from({ length: 12 }, (_, i) => (i + 1).toString(16).padStart(16, '0') as TraceId)
      const store = storeOf(...traces, ...traces.map((id) => `11${'0'.repeat(14)}${id}` as TraceId))
      for (const limit of [1, 2, 5, 12, 50]) {
        const seen: TraceId[] = []
        let after: TraceCursor | undefined
        for (;;) {
          let count = 0
          for await (const summary of withLenientIds(store).find({ ...query(limit), sort, after })) {
            seen.push(summary.traceId)
            after = cursorOf(summary, sort)
            count++
          }
          if (count < limit) break
        }
        expect([limit, seen]).toEqual([limit, traces.map((id) => `11${'0'.repeat(14)}${id}`)])
      }
    },
  )

  test('an export over several pages of the store has each trace once', async () => {
    const short = Array.from({ length: 600 }, (_, i) => (i + 1).toString(16).padStart(16, '0') as TraceId)
    const store = storeOf(...short, ...short.map((id) => `11${'0'.repeat(14)}${id}` as TraceId))
    const seen: string[] = []
    for await (const { traceId, spans } of foundTraces(withLenientIds(store), query(0)))
      seen.push(`${traceId} ${spans.length}`)
    expect(seen).toEqual(short.map((id) => `11${'0'.repeat(14)}${id} 2`))
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
    const ofRequest = { span: { field: { on: 'requestId' }, is: '=', value: 'r' } } as const
    expect(await found(reader, query(10, ofRequest))).toEqual([SHORT, ALONE])
  })
})
