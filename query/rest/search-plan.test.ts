// Searches with STRICT_TRACE_ID=false: a trace stored under several ids is one.
import { type EpochMicros, parseTraceQl, type TraceCursor, type TraceId } from '@hopscope/model'
import { TEXT_EPOCH, traceFromText } from '@hopscope/model/testing'
import type { SpanReader } from '@hopscope/storage'
import { describe, expect, test } from '@jest/globals'
import { BUDGET, sample } from '../analysis/analysis-sample.ts'
import { searchTraces } from './search.ts'
import { readerOf } from '../testing/analysis-server.ts'
import { withLenientIds, withoutSearch } from '../zipkin-readers.ts'

const LOW = '00000000000000a1'
const LONG = `1111111111111111${LOW}` as TraceId
const UNSTORED = `9999999999999999${LOW}` as TraceId
const ALONE = '00000000000000b2' as TraceId

const STORED = [
  traceFromText('web a 0 5 id=1 request_id=r', { traceId: LOW }),
  traceFromText('pay b 1000 1000 id=2 parent=1', { traceId: LONG }),
  traceFromText('web a 1 5 id=1 request_id=r', { traceId: ALONE }),
]

const store: SpanReader = {
  ...readerOf(STORED),
  spellings: (ids) => {
    const known = STORED.map(({ traceId }) => traceId)
    return Promise.resolve(known.filter((id) => ids.some((each) => each.slice(-16) === id.slice(-16))))
  },
}
const lenient = withLenientIds(store)
const page = { from: undefined, to: undefined, after: undefined, limit: 10 }

async function found(text: string, reader: SpanReader = lenient, more: object = {}): Promise<TraceId[]> {
  const { traces, complete } = await searchTraces(reader, { query: parseTraceQl(text), ...page, ...more })
  expect(complete).toBe(true)
  return traces.map(({ traceId }) => traceId)
}

describe('a trace of several ids is searched as one', () => {
  test.each([
    ['{ name = "a" } && { name = "b" }', [LONG]],
    ['{ name = "a" } > { name = "b" }', [LONG]],
    ['{ name = "a" } !> { name = "b" }', []],
    ['{ traceDuration > 1500ms }', [LONG]],
    ['{ traceDuration > 1500ms } && { name = "a" }', [LONG]],
    ['{ traceDuration < 1s }', [ALONE]],
    ['{ rootName = "a" && name = "b" }', [LONG]],
    ['{ rootName = "b" }', []],
    ['{ name = "b" }', [LONG]],
    ['{ } | count() = 2', [LONG]],
    ['{ requestId = "r" } && { name = "b" }', [LONG]],
    [`{ trace:id = "${LONG}" } && { name = "a" }`, [LONG]],
    [`{ trace:id = "${LOW}" && name = "b" }`, [LONG]],
    [`{ trace:id = "${UNSTORED}" }`, [LONG]],
    [`{ trace:id = "${LOW}" } || { trace:id = "${ALONE}" }`, [LONG, ALONE]],
    ['{ }', [LONG, ALONE]],
  ])('%s', async (text, expected) => {
    expect(await found(text)).toEqual(expected)
  })

  test('regular expressions are left to the evaluator, which looks at the clock', async () => {
    const asked: unknown[] = []
    const reader = withLenientIds({
      ...store,
      find: (query) => {
        asked.push(query.where)
        return store.find(query)
      },
    })
    expect(await found('{ name =~ "b+" }', reader)).toEqual([LONG])
    expect(JSON.stringify(asked)).not.toContain('=~')
  })

  test('conditions beside the query hold for one of its ids', async () => {
    const where = { span: { field: { on: 'service' }, is: '=', value: 'pay' } }
    expect(await found('{ name = "a" } < { }', lenient, { where })).toEqual([])
    expect(await found('{ name = "b" && rootName = "a" }', lenient, { where })).toEqual([LONG])
    expect(await found('{ }', lenient, { where })).toEqual([LONG])
  })

  test('each trace once, whatever the pages', async () => {
    const seen: TraceId[] = []
    let after: TraceCursor | undefined
    do {
      const query = parseTraceQl('{ name =~ "a|b" } | count() > 0')
      const { traces, next } = await searchTraces(lenient, { query, ...page, limit: 1, after })
      seen.push(...traces.map(({ traceId }) => traceId))
      after = next
    } while (after !== undefined)
    expect(seen).toEqual([LONG, ALONE])
  })

  test('without search, by a request id that is one condition of several', async () => {
    const reader = withLenientIds(withoutSearch(store))
    expect(await found('{ requestId = "r" } && { name = "b" }', reader)).toEqual([LONG])
  })

  test('in the samples of analyses, too', async () => {
    const window = { from: (TEXT_EPOCH - 1) as EpochMicros, to: (TEXT_EPOCH + 10_000_000) as EpochMicros }
    const taken = async (asked: object) => {
      const ids: TraceId[] = []
      const { complete } = await sample(lenient, { ...window, ...asked }, BUDGET, ({ traceId }) => {
        ids.push(traceId)
        return true
      })
      expect(complete).toBe(true)
      return ids
    }
    const query = parseTraceQl('{ name = "a" } && { name = "b" }')
    expect(await taken({ query })).toEqual([LONG])
    expect(await taken({ except: query })).toEqual([ALONE])
  })
})

test('with strict ids each id is a trace, and the store answers alone what it can', async () => {
  expect(await found('{ name = "a" } && { name = "b" }', store)).toEqual([])
  const { traces, scanned } = await searchTraces(store, { query: parseTraceQl('{ name = "a" }'), ...page })
  expect([traces.length, scanned.traces]).toEqual([2, 0])
})
