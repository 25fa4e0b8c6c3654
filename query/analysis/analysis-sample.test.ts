import { type EpochMicros, parseTraceQl, type Trace } from '@hopscope/model'
import { TEXT_EPOCH, traceFromText } from '@hopscope/model/testing'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { type Budget, BUDGET, sample } from './analysis-sample.ts'
import { readerOf } from '../testing/analysis-server.ts'

/** `i` is the trace's age: trace 0 is the newest. */
function traceOf(i: number, spans = 1): Trace {
  const lines = ['web get 0 10 SERVER', ...Array<string>(spans - 1).fill('  web work 1 2')]
  return traceFromText(`${lines.join('\n')} age=${i}`, {
    traceId: (i + 1).toString(16),
    epoch: TEXT_EPOCH - i,
  })
}

afterEach(() => {
  jest.restoreAllMocks()
})

const WINDOW = { from: (TEXT_EPOCH - 10_000) as EpochMicros, to: TEXT_EPOCH }

async function taken(traces: readonly Trace[], budget: Partial<Budget>) {
  const ages: number[] = []
  const looked = await sample(readerOf(traces), WINDOW, { ...BUDGET, ...budget }, ({ spans }) => {
    ages.push(TEXT_EPOCH - (spans[0]?.timestamp ?? 0))
    return true
  })
  return { ages, ...looked }
}

describe('the sample of a question', () => {
  test('is all of it, page by page, newest first, if the budget suffices', async () => {
    const traces = Array.from({ length: 1100 }, (_, i) => traceOf(i))
    const { ages, ...looked } = await taken(traces, { traces: 1100 })
    expect(ages).toEqual(traces.map((_, i) => i))
    expect(looked).toEqual({ traces: 1100, scanned: { traces: 1100, spans: 1100 }, complete: true })
  })

  const nine = Array.from({ length: 9 }, (_, i) => traceOf(i, 2))
  test.each<[string, Partial<Budget>, number]>([
    ['traces', { traces: 3 }, 3],
    ['traces read', { read: 4 }, 4],
    ['spans', { spans: 11 }, 5],
    ['time', { milliseconds: -1 }, 0],
  ])('is the newest if the budget of %s ends, and says so', async (_, budget, count) => {
    const { ages, traces, complete } = await taken(nine, budget)
    expect([ages, traces, complete]).toEqual([nine.map((_, i) => i).slice(0, count), count, false])
  })

  test('leaves out a trace that no budget would suffice for, without reading it, and says so', async () => {
    const { ages, complete, scanned } = await taken([traceOf(0), traceOf(1, 50), traceOf(2)], { spans: 20 })
    expect([ages, complete, scanned]).toEqual([[0, 2], false, { traces: 2, spans: 2 }])
  })

  test.each([true, false])('is what a query finds, whether the store can do it (%p) or not', async (native) => {
    const reader = readerOf([traceOf(0), traceOf(1), traceOf(2)], native)
    const query = parseTraceQl('{ span.age >= 1 }')
    const looked = await sample(reader, { ...WINDOW, query }, BUDGET, () => true)
    expect(looked).toEqual({ traces: 2, scanned: { traces: native ? 2 : 3, spans: native ? 2 : 3 }, complete: true })
  }) // prettier-ignore

  test.each([
    ['alone', 10_000, [0, 2]],
    ['more than there is', 500, [0]],
  ])('leaves out a trace for which a query takes too long, %s, and says so', async (_, milliseconds, expected) => {
    let now = 0
    jest.spyOn(performance, 'now').mockImplementation(() => now++)
    const slow = traceOf(1, 2000)
    for (const asked of [{ query: parseTraceQl('{ .age =~ "[02]" }') }, { except: parseTraceQl('{ .age =~ "1[^0-9]" }') }]) {
      const spans = slow.spans.map((span, i) => ({ ...span, tags: { age: `1${i}` } }))
      const reader = readerOf([traceOf(0), { ...slow, spans }, traceOf(2)], false)
      now = 0
      const ages: number[] = []
      const looked = await sample(reader, { ...WINDOW, ...asked }, { ...BUDGET, milliseconds }, (trace) => {
        ages.push(TEXT_EPOCH - (trace.spans[0]?.timestamp ?? 0))
        return true
      })
      expect([ages, looked.traces, looked.complete]).toEqual([expected, expected.length, false])
    }
  }) // prettier-ignore

  test('is without what another query finds', async () => {
    const reader = readerOf([traceOf(0), traceOf(1), traceOf(2)])
    const looked = await sample(reader, { ...WINDOW, except: parseTraceQl('{ .age = 1 }') }, BUDGET, () => true)
    expect(looked).toEqual({ traces: 2, scanned: { traces: 3, spans: 3 }, complete: true })
  }) // prettier-ignore

  test('lets others have their turn', async () => {
    // Later than any clock before.
    let now = 1e9
    jest.spyOn(performance, 'now').mockImplementation(() => (now += 5))
    let turns = 0
    const others = () => {
      turns++
      next = setImmediate(others)
    }
    let next = setImmediate(others)
    await sample(readerOf(Array.from({ length: 40 }, (_, i) => traceOf(i))), WINDOW, BUDGET, () => true)
    clearImmediate(next)
    expect(turns).toBeGreaterThanOrEqual(10)
  })

  test('counts as taken only what was', async () => {
    const reader = readerOf(nine)
    const looked = await sample(reader, WINDOW, { ...BUDGET, traces: 1 }, ({ traceId }) => traceId.endsWith('9'))
    expect(looked).toEqual({ traces: 1, scanned: { traces: 9, spans: 18 }, complete: true })
  }) // prettier-ignore
})
