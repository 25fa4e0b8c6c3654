import {
  type EpochMicros,
  matchesQuery,
  parseTraceQl,
  type Span,
  summaryOf,
  type Trace,
  type TraceId,
  type TraceQuery,
} from '@hopscope/model'
import { idOf, makeSpan, TEXT_EPOCH } from '@hopscope/model/testing'
import type { SpanReader } from '@hopscope/storage'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { searchTraces, type TraceSearch } from './search.ts'

afterEach(() => {
  jest.restoreAllMocks()
})

/** No clock of a test is before that of another. */
let now = 1e9

/** Takes so many milliseconds. */
function everyLookAtTheClock(milliseconds: number): void {
  jest.spyOn(performance, 'now').mockImplementation(() => (now += milliseconds))
}

/** A store of traces in the order given, newest first, which notes what it is asked for. */
function storeOf(traces: readonly Trace[]) {
  const asked: { find: TraceQuery[]; traces: number[] } = { find: [], traces: [] }
  const reader: SpanReader = {
    traces: (ids) => {
      asked.traces.push(ids.length)
      return Promise.resolve(ids.flatMap((id) => traces.filter(({ traceId }) => traceId === id)))
    },
    spellings: (ids) => Promise.resolve([...ids]),
    native: () => true,
    async *find(query) {
      asked.find.push(query)
      const found = traces.filter((trace) => matchesQuery(trace, query)).slice(0, query.limit)
      yield* found.flatMap((trace) => summaryOf(trace) ?? [])
    },
    names: () => Promise.resolve([]),
    dependencies: () => Promise.resolve([]),
    aggregate: () => Promise.resolve({ series: [], complete: true }),
    edges: () => Promise.resolve([]),
  }
  return { reader, asked }
}

/** `size` spans, each a µs after the one before. */
function traceOf(number: number, size: number, fields: Partial<Span> = {}): Trace {
  const traceId = number.toString(16).padStart(16, '0') as TraceId
  const spans = Array.from({ length: size }, (_, i) =>
    makeSpan({
      traceId,
      id: idOf(i + 1),
      timestamp: (TEXT_EPOCH - number * 1000 + i) as EpochMicros,
      ...fields,
    }),
  )
  return { traceId, spans }
}

const asking = (query: string, more: Partial<TraceSearch> = {}): TraceSearch => ({
  query: parseTraceQl(query),
  from: undefined,
  to: undefined,
  limit: 10,
  after: undefined,
  ...more,
})
const numbers = (traces: readonly { traceId: TraceId }[]) =>
  traces.map(({ traceId }) => parseInt(traceId, 16))

describe('a search', () => {
  test('that the store does all of reads no spans', async () => {
    const { reader, asked } = storeOf([traceOf(1, 2), traceOf(2, 2), traceOf(3, 2)])
    const found = await searchTraces(reader, asking('{ name = nil }', { limit: 2 }))
    expect([numbers(found.traces), found.next]).toEqual([
      [1, 2],
      { start: found.traces[1]?.start, traceId: found.traces[1]?.traceId },
    ])
    expect([found.complete, found.scanned, asked.traces]).toEqual([true, { traces: 0, spans: 0 }, []])
    expect(Object.keys(found.traces[0] ?? {})).not.toContain('spanSets')
  })

  test('looks at as many traces as it takes to fill the answer and know whether there is more', async () => {
    const traces = Array.from({ length: 1200 }, (_, i) => traceOf(i + 1, i % 200 === 199 ? 3 : 2))
    const { reader, asked } = storeOf(traces)
    const first = await searchTraces(reader, asking('{ } | count() > 2', { limit: 4 }))
    expect([numbers(first.traces), first.complete, first.scanned.traces]).toEqual([
      [200, 400, 600, 800],
      true,
      1000,
    ])
    expect(asked.find.map(({ limit }) => limit)).toEqual([50, 100, 200, 400, 500])
    const second = await searchTraces(reader, asking('{ } | count() > 2', { limit: 4, after: first.next }))
    expect([numbers(second.traces), second.next]).toEqual([[1000, 1200], undefined])
  })

  test('once full does not look far for a next page, and goes on where it stopped looking', async () => {
    const { reader } = storeOf([
      traceOf(1, 3),
      ...Array.from({ length: 100 }, (_, i) => traceOf(i + 2, 1000)),
    ])
    const search = asking('{ } | count() < 10', { limit: 1 })
    const first = await searchTraces(reader, search)
    expect([numbers(first.traces), first.complete, first.stoppedAt]).toEqual([[1], true, undefined])
    expect(first.scanned).toEqual({ traces: 11, spans: 10_003 })
    expect(first.next?.traceId).toBe(idOf(11))
    const second = await searchTraces(reader, { ...search, after: first.next })
    expect([second.traces, second.next, second.complete, second.scanned.traces]).toEqual([
      [],
      undefined,
      true,
      90,
    ])
  })

  test('holds few spans at a time, and one trace however large', async () => {
    const { reader, asked } = storeOf([
      traceOf(1, 4000),
      traceOf(2, 4000),
      traceOf(3, 4000),
      traceOf(4, 12_000),
      traceOf(5, 1),
    ])
    await searchTraces(reader, asking('{ } | count() > 20000'))
    expect(asked.traces).toEqual([2, 1, 1, 1])
  })

  test('that its budget ends may be continued without a gap or a repeat', async () => {
    const traces = Array.from({ length: 300 }, (_, i) => traceOf(i + 1, 1 + (i % 3)))
    const seen: number[] = []
    let [after, ended]: [TraceSearch['after'], number] = [undefined, 0]
    do {
      const search = asking('{ } | count() = 3', { limit: 30, after })
      const found = await searchTraces(storeOf(traces).reader, search, { spans: 50, milliseconds: 60_000 })
      seen.push(...numbers(found.traces))
      expect(found.scanned.spans).toBeLessThan(50 + 3)
      if (!found.complete) ended++
      expect(found.stoppedAt !== undefined).toBe(!found.complete)
      after = found.next
    } while (after !== undefined)
    expect(seen).toEqual(traces.flatMap(({ spans }, i) => (spans.length === 3 ? [i + 1] : [])))
    expect(ended).toBeGreaterThan(5)
  })

  test('names a trace that takes too long as left out, or leaves it for the next page if its time was cut short', async () => {
    everyLookAtTheClock(1)
    const { traceId, spans } = traceOf(2, 2000)
    const slowly = spans.map((span, i) => ({ ...span, tags: { a: `a${i}` } }))
    const store = storeOf([traceOf(1, 1, { tags: { a: 'c' } }), { traceId, spans: slowly }])
    const reader = { ...store.reader, native: () => false }
    // However much time there is for all traces.
    const search = asking('{ .a =~ "slow.*" }')
    const found = await searchTraces(reader, search)
    expect([found.traces, found.complete, found.skipped, found.next]).toEqual([
      [],
      false,
      [traceId],
      undefined,
    ])
    expect(found.scanned).toEqual({ traces: 2, spans: 2001 })
    // Results are remembered for each expression.
    const other = asking('{ .a =~ "slow[0-9]*" }')
    const soon = await searchTraces(reader, other, { spans: 1e6, milliseconds: 500 })
    expect([soon.complete, soon.skipped, soon.scanned]).toEqual([false, [], { traces: 1, spans: 1 }])
    const again = await searchTraces(reader, { ...other, after: soon.next })
    expect([again.complete, again.skipped, again.next]).toEqual([false, [traceId], undefined])
  })

  test('lets others have their turn', async () => {
    everyLookAtTheClock(5)
    const traces = Array.from({ length: 40 }, (_, i) => traceOf(i + 1, 2))
    let turns = 0
    const others = () => {
      turns++
      next = setImmediate(others)
    }
    let next = setImmediate(others)
    await searchTraces(storeOf(traces).reader, asking('{ } | count() > 2'))
    clearImmediate(next)
    expect(turns).toBeGreaterThanOrEqual(10)
  })

  test('ends when nobody waits for it any more', async () => {
    const { reader } = storeOf(Array.from({ length: 300 }, (_, i) => traceOf(i + 1, 2)))
    const budget = { spans: 1e6, milliseconds: 1e6, signal: AbortSignal.abort() }
    expect((await searchTraces(reader, asking('{ } | count() > 2'), budget)).scanned.traces).toBe(1)
  })

  test('passes over a trace that was removed meanwhile', async () => {
    const { reader } = storeOf([traceOf(1, 2), traceOf(2, 2)])
    const without = { ...reader, traces: (ids: readonly TraceId[]) => reader.traces(ids.slice(1)) }
    expect(numbers((await searchTraces(without, asking('{ } | count() = 2'))).traces)).toEqual([2])
  })

  test('shows the earliest spans of each set, and says how many sets and spans there are', async () => {
    const { traceId, spans } = traceOf(1, 30)
    const tagged = spans.map((span, i) => ({ ...span, tags: { n: String(i % 15), long: 'x'.repeat(1000) } }))
    const { reader } = storeOf([{ traceId, spans: tagged.toReversed() }])
    const { traces } = await searchTraces(reader, asking('{ } | select(.long, .none)'))
    expect(traces[0]).toMatchObject({ matched: 30, setCount: 1, spanCount: 30 })
    const [set] = traces[0]?.spanSets ?? []
    expect(set?.spans.map(({ id }) => id)).toEqual([idOf(1), idOf(2), idOf(3)])
    expect(set?.spans[0]?.attributes).toEqual([
      { name: '.long', value: `${'x'.repeat(200)}…` },
      { name: '.none', value: null },
    ])
    const grouped = await searchTraces(reader, asking('{ } | by(.n) | count() = 2'))
    expect(grouped.traces[0]).toMatchObject({ matched: 30, setCount: 15 })
    expect(grouped.traces[0]?.spanSets).toHaveLength(10)
    expect(grouped.traces[0]?.spanSets?.[0]).toMatchObject({
      by: [{ name: '.n', value: '0' }],
      aggregates: [{ name: 'count()', value: 2 }],
      matched: 2,
    })
  })
})
