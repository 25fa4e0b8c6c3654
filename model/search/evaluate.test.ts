import { describe, expect, test } from '@jest/globals'
import { compareSummaries, matchesFilter, matchesQuery } from './evaluate.ts'
import type { SpanFilter, TraceQuery } from './query.ts'
import { summaryOf } from './summary.ts'
import { makeSpan, TEXT_EPOCH, traceFromText } from './testing/trace-text.ts'

const trace = traceFromText(`
  web get 0 100 SERVER request_id=r2
    web call 10 60 CLIENT ->pay error= note:11=retry
      pay get 20 40 SERVER shared request_id=r1 http.path=/x
    - local -5 - error
`)

describe('the summary of a trace', () => {
  test('counts stored spans, halves apart, and names the root', () => {
    expect(summaryOf(trace)).toEqual({
      traceId: trace.traceId,
      start: TEXT_EPOCH - 5000,
      duration: 105_000,
      rootService: 'web',
      rootOperation: 'get',
      spanCount: 4,
      errorCount: 2,
      services: [
        { name: 'pay', spanCount: 1, errorCount: 0 },
        { name: 'web', spanCount: 2, errorCount: 1 },
      ],
      requestIds: ['r1', 'r2'],
    })
  })
  test('is none without any timestamp, and has no duration if no span has one', () => {
    expect(summaryOf(traceFromText('web get - 5'))).toBeUndefined()
    expect(summaryOf(traceFromText('web get 1 -\nweb put 5 -'))?.duration).toBe(0)
  })
  test('without a root is named by the earliest span', () => {
    expect(
      summaryOf(traceFromText('b late 5 1 parent=f\na early 2 1 parent=f\nc never - - parent=f')),
    ).toMatchObject({
      rootService: 'a',
      rootOperation: 'early',
    })
  })
  test('holds at most 20 request ids', () => {
    const text = Array.from({ length: 30 }, (_, i) => `a b 1 1 request_id=r${i}`).join('\n')
    expect(summaryOf(traceFromText(text))?.requestIds).toHaveLength(20)
  })
})

describe('a filter', () => {
  const call = trace.spans[1] ?? makeSpan()
  test.each<[string, SpanFilter, boolean]>([
    ['nothing', [], true],
    ['its service', [{ field: { on: 'service' }, is: '=', value: 'web' }], true],
    ['another service', [{ field: { on: 'service' }, is: '=', value: 'pay' }], false],
    ['its remote service', [{ field: { on: 'remoteService' }, is: '=', value: 'pay' }], true],
    ['its kind', [{ field: { on: 'kind' }, is: '=', value: 'CLIENT' }], true],
    ['its operation', [{ field: { on: 'operation' }, is: '=', value: 'call' }], true],
    ['an error, whatever its value', [{ field: { on: 'error' }, is: 'present' }], true],
    ['an annotation', [{ field: { on: 'annotation' }, is: '=', value: 'retry' }], true],
    ['another annotation', [{ field: { on: 'annotation' }, is: '=', value: 'x' }], false],
    ['an inherited name', [{ field: { on: 'tag', key: 'constructor' }, is: 'present' }], false],
    ['a request id it lacks', [{ field: { on: 'requestId' }, is: 'present' }], false],
    ['at least its duration', [{ field: { on: 'duration' }, is: '>=', value: 60_000 as never }], true],
    ['less than its duration', [{ field: { on: 'duration' }, is: '<=', value: 59_999 as never }], false],
    ['exactly its duration', [{ field: { on: 'duration' }, is: '=', value: '60000' }], true],
    [
      'either of two',
      [
        {
          anyOf: [
            { field: { on: 'annotation' }, is: '=', value: 'error' },
            { field: { on: 'tag', key: 'error' }, is: 'present' },
          ],
        },
      ],
      true,
    ],
    [
      'both of two',
      [
        { field: { on: 'service' }, is: '=', value: 'web' },
        { field: { on: 'tag', key: 'http.path' }, is: '=', value: '/x' },
      ],
      false,
    ],
  ])('for %s', (_name, filter, expected) => {
    expect(matchesFilter(call, filter)).toBe(expected)
  })
})

describe('a query', () => {
  const start = TEXT_EPOCH - 5000
  const query = (fields: Partial<TraceQuery> | Record<string, unknown>) =>
    ({ from: undefined, to: undefined, spans: [], limit: 10, after: undefined, ...fields }) as TraceQuery
  test('includes its bounds', () => {
    expect(matchesQuery(trace, query({ from: start, to: start }))).toBe(true)
    expect(matchesQuery(trace, query({ from: start + 1 }))).toBe(false)
    expect(matchesQuery(trace, query({ to: start - 1 }))).toBe(false)
  })
  test('may be met by different spans of the trace', () => {
    const web: SpanFilter = [{ field: { on: 'service' }, is: '=', value: 'web' }]
    const path: SpanFilter = [{ field: { on: 'tag', key: 'http.path' }, is: 'present' }]
    expect(matchesQuery(trace, query({ spans: [web, path] }))).toBe(true)
    expect(matchesQuery(trace, query({ spans: [[...web, ...path]] }))).toBe(false)
  })
  test('continues after its cursor', () => {
    expect(matchesQuery(trace, query({ after: { start, traceId: trace.traceId } }))).toBe(false)
    expect(matchesQuery(trace, query({ after: { start, traceId: '0000000000000009' } }))).toBe(true)
    expect(matchesQuery(trace, query({ after: { start: start + 1, traceId: 'f' } }))).toBe(true)
  })
  test('by time never finds a trace without timestamps', () => {
    expect(matchesQuery(traceFromText('web get - 5'), query({}))).toBe(false)
  })
  test('lists the newest first, ties by trace id', () => {
    const rows = [
      { start: 1, traceId: 'b' },
      { start: 2, traceId: 'c' },
      { start: 1, traceId: 'a' },
    ] as never[]
    expect(rows.sort(compareSummaries).map(({ traceId }) => traceId)).toEqual(['c', 'a', 'b'])
  })
})
