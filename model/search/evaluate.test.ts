import { describe, expect, test } from '@jest/globals'
import { compareCursors, compareSummaries, cursorOf, matchesQuery, matchesSpan } from './evaluate.ts'
import { EVERY_SPAN, EVERY_TRACE, MATCH_WITHIN, type SpanPredicate, type TraceQuery } from './query.ts'
import { summaryOf } from './summary.ts'
import { makeSpan, TEXT_EPOCH, traceFromText } from '../testing/trace-text.ts'

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

describe('a predicate', () => {
  const call = trace.spans[1] ?? makeSpan()
  const service = (value: string): SpanPredicate => ({ field: { on: 'service' }, is: '=', value })
  const tag = (key: string) => ({ on: 'tag', key }) as const
  const numbered = makeSpan({ tags: { n: '-1.5e3', text: '0x1F', code: '503' } })
  test.each<[string, SpanPredicate, boolean]>([
    ['nothing', EVERY_SPAN, true],
    ['any of nothing', { any: [] }, false],
    ['its service', service('web'), true],
    ['another service', service('pay'), false],
    ['its remote service', { field: { on: 'remoteService' }, is: '=', value: 'pay' }, true],
    ['its kind', { field: { on: 'kind' }, is: '=', value: 'CLIENT' }, true],
    ['its operation', { field: { on: 'operation' }, is: '=', value: 'call' }, true],
    ['its id', { field: { on: 'id' }, is: '=', value: call.id }, true],
    ['its id written otherwise', { field: { on: 'id' }, is: '=', value: call.id.replace(/^0+/, '') }, false],
    ["its parent's id", { field: { on: 'parentId' }, is: '=~', value: '0*1' }, true],
    ['an error, whatever its value', { field: { on: 'error' }, is: 'present' }, true],
    ['an annotation', { field: { on: 'annotation' }, is: '=', value: 'retry' }, true],
    ['another annotation', { field: { on: 'annotation' }, is: '=', value: 'x' }, false],
    ['an annotation like it', { field: { on: 'annotation' }, is: '=~', value: 're.*' }, true],
    ['an inherited name', { field: tag('constructor'), is: 'present' }, false],
    ['a request id it lacks', { field: { on: 'requestId' }, is: 'present' }, false],
    ['not a request id it lacks', { not: { field: { on: 'requestId' }, is: '=~', value: '.*' } }, true],
    ['at least its duration', { field: { on: 'duration' }, is: '>=', number: 60_000 }, true],
    ['more than its duration', { field: { on: 'duration' }, is: '>', number: 60_000 }, false],
    ['less than its duration', { field: { on: 'duration' }, is: '<=', number: 59_999 }, false],
    ['exactly its duration', { field: { on: 'duration' }, is: '=', value: '60000' }, true],
    ['a part of its operation', { field: { on: 'operation' }, is: '=~', value: 'cal' }, false],
    ['either of two', { any: [service('pay'), { field: tag('error'), is: 'present' }] }, true],
    ['both of two', { all: [service('web'), { field: tag('http.path'), is: '=', value: '/x' }] }, false],
    ['not both of two', { not: { all: [service('web'), service('pay')] } }, true],
  ])('for %s', (_name, predicate, expected) => {
    expect(matchesSpan(call, predicate)).toBe(expected)
  })
  test.each<[string, SpanPredicate, boolean]>([
    ['a decimal number', { field: tag('n'), is: '=', number: -1500 }, true],
    ['a number as text', { field: tag('n'), is: '=', value: '-1500' }, false],
    ['a text as number', { field: tag('text'), is: '>', number: 0 }, false],
    ['not a text as number', { not: { field: tag('text'), is: '>', number: 0 } }, true],
    ['at least 500', { field: tag('code'), is: '>=', number: 500 }, true],
    ['less than 503', { field: tag('code'), is: '<', number: 503 }, false],
    ['a tag it lacks', { field: tag('none'), is: '<', number: 503 }, false],
  ])('of tags for %s', (_name, predicate, expected) => {
    expect(matchesSpan(numbered, predicate)).toBe(expected)
  })
})

describe('a query', () => {
  const start = TEXT_EPOCH - 5000
  const query = (fields: Partial<TraceQuery> | Record<string, unknown>) =>
    ({
      from: undefined,
      to: undefined,
      where: EVERY_TRACE,
      limit: 10,
      after: undefined,
      ...fields,
    }) as TraceQuery
  test('includes its bounds', () => {
    expect(matchesQuery(trace, query({ from: start, to: start }))).toBe(true)
    expect(matchesQuery(trace, query({ from: start + 1 }))).toBe(false)
    expect(matchesQuery(trace, query({ to: start - 1 }))).toBe(false)
  })
  test('may be met by different spans of the trace', () => {
    const web: SpanPredicate = { field: { on: 'service' }, is: '=', value: 'web' }
    const path: SpanPredicate = { field: { on: 'tag', key: 'http.path' }, is: 'present' }
    expect(matchesQuery(trace, query({ where: { all: [{ span: web }, { span: path }] } }))).toBe(true)
    expect(matchesQuery(trace, query({ where: { span: { all: [web, path] } } }))).toBe(false)
  })
  test('continues after its cursor', () => {
    expect(matchesQuery(trace, query({ after: { start, traceId: trace.traceId } }))).toBe(false)
    expect(matchesQuery(trace, query({ after: { start, traceId: '0000000000000009' } }))).toBe(true)
    expect(matchesQuery(trace, query({ after: { start: start + 1, traceId: 'f' } }))).toBe(true)
  })
  test('by time never finds a trace without timestamps', () => {
    expect(matchesQuery(traceFromText('web get - 5'), query({}))).toBe(false)
  })
  test('asks for an id or a duration of the whole trace', () => {
    const lasts = (is: string, value: number) => query({ where: { on: 'traceDuration', is, value } })
    expect(matchesQuery(trace, query({ where: { on: 'traceId', is: '=', value: trace.traceId } }))).toBe(true)
    expect(matchesQuery(trace, query({ where: { on: 'traceId', is: '=', value: 'ff' } }))).toBe(false)
    expect(matchesQuery(trace, lasts('=', 105_000))).toBe(true)
    expect(matchesQuery(trace, lasts('>', 105_000))).toBe(false)
    expect(matchesQuery(trace, query({ where: { any: [] } }))).toBe(false)
  })
  test('looks at what began within an hour of the start, or anywhere for a request id', () => {
    const late = traceFromText(`web a 0 1
web late ${MATCH_WITHIN / 1000} 1
web later 3600001 1 request_id=r1`)
    const named = (value: string): SpanPredicate => ({ field: { on: 'operation' }, is: '=', value })
    const ofRequest: SpanPredicate = { field: { on: 'requestId' }, is: '=', value: 'r1' }
    expect(matchesQuery(late, query({ where: { span: named('late') } }))).toBe(true)
    expect(matchesQuery(late, query({ where: { span: named('later') } }))).toBe(false)
    expect(matchesQuery(late, query({ where: { span: { all: [named('later'), ofRequest] } } }))).toBe(true)
    expect(matchesQuery(late, query({ where: { span: { any: [named('later'), ofRequest] } } }))).toBe(false)
  })
  test.each([
    ['duration', 105_000],
    ['spans', 4],
    ['errors', 2],
  ] as const)('continues by %s after its cursor', (sort, value) => {
    const after = (cursor: object) =>
      query({ sort, after: { start, traceId: trace.traceId, value, ...cursor } })
    expect(matchesQuery(trace, after({}))).toBe(false)
    expect(matchesQuery(trace, after({ value: value + 1, start: start - 1 }))).toBe(true)
    expect(matchesQuery(trace, after({ start: start + 1 }))).toBe(true)
    expect(matchesQuery(trace, after({ traceId: '0000000000000009' }))).toBe(true)
    expect(matchesQuery(trace, after({ value: value - 1, start: start + 1 }))).toBe(false)
    const summary = summaryOf(trace)
    expect(summary && cursorOf(summary, sort)).toEqual({ start, traceId: trace.traceId, value })
  })
  test('lists the greatest first, of equals the newest', () => {
    const rows = [
      { start: 1, traceId: 'b', value: 5 },
      { start: 2, traceId: 'c', value: 5 },
      { start: 1, traceId: 'a', value: 5 },
      { start: 0, traceId: 'd', value: 6 },
    ] as never[]
    expect(rows.sort(compareCursors).map(({ traceId }) => traceId)).toEqual(['d', 'c', 'a', 'b'])
  })
  test('lists the newest first, ties by trace id', () => {
    const rows = [
      { start: 1, traceId: 'b' },
      { start: 2, traceId: 'c' },
      { start: 1, traceId: 'a' },
    ] as never[]
    expect(rows.sort((a, b) => compareSummaries(a, b)).map(({ traceId }) => traceId)).toEqual(['c', 'a', 'b'])
  })
})
