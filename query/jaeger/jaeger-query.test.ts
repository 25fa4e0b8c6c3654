import { parse } from 'node:querystring'
import type { Request } from 'express'
import { EVERY_TRACE, type SpanPredicate, type TraceQuery } from '@hopscope/model'
import { describe, expect, test } from '@jest/globals'
import { HopscopeError } from '@hopscope/proto'
import { traceQueryFromJaeger, traceQueryFromJaegerV3, windowFromJaeger } from './jaeger-query.ts'
import { goDuration, goFlag } from './jaeger-values.ts'

const T = 1_700_000_000_000_000

const asked = (query: string) => ({ query: parse(query) }) as Partial<Request> as Request

/** All of them of one span. */
function conditionsOf({ where }: Pick<TraceQuery, 'where'>): readonly SpanPredicate[] {
  if ('span' in where && 'all' in where.span) return where.span.all
  throw new Error('not the conditions of one span')
}

function reason(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof HopscopeError && error.code === 'parameter-invalid') return error.detail
    throw error
  }
  throw new Error('nothing was refused')
}

test('of v3 a time beyond what we count is the last one that we do', () => {
  const asked = {
    query: { 'query.startTimeMin': '2026-11-20T21:00:00Z', 'query.startTimeMax': '3026-11-20T21:00:00Z' },
  }
  expect(traceQueryFromJaegerV3(asked as never).to).toBe(Number.MAX_SAFE_INTEGER)
})

describe("a search at Jaeger's older API", () => {
  const filter = (query: string) => conditionsOf(traceQueryFromJaeger(asked(query)))

  test('puts all conditions on one span, names in lower case', () => {
    const tags = encodeURIComponent('{"http.status_code":"500","error":"true","span.kind":"server"}')
    expect(
      traceQueryFromJaeger(
        asked(
          `service=Web&operation=GET%20/&tags=${tags}&minDuration=1.5ms&maxDuration=1m&limit=7&start=${T}&end=${T + 5}`,
        ),
      ),
    ).toEqual({
      from: T,
      to: T + 5,
      where: {
        span: {
          all: [
            { field: { on: 'service' }, is: '=', value: 'web' },
            { field: { on: 'operation' }, is: '=', value: 'get /' },
            { field: { on: 'tag', key: 'http.status_code' }, is: '=', value: '500' },
            { field: { on: 'error' }, is: 'present' },
            { field: { on: 'kind' }, is: '=', value: 'SERVER' },
            { field: { on: 'duration' }, is: '>=', number: 1500 },
            { field: { on: 'duration' }, is: '<=', number: 60_000_000 },
          ],
        },
      },
      limit: 7,
      after: undefined,
    })
  })

  test('asks for the newest 100 of the last two days, of any service, when nothing is said', () => {
    const { from, to, where, limit } = traceQueryFromJaeger(asked('service=&tags=&limit=&lookback=1h'))
    expect([where, limit, (to ?? 0) - (from ?? 0)]).toEqual([EVERY_TRACE, 100, 172_800_000_000])
    expect(Math.abs((to ?? 0) / 1000 - Date.now())).toBeLessThan(60_000)
  })

  test('reads tags of every spelling; the last of one key wins', () => {
    expect(filter('tag=a:b:c&tag=d:&tags={"d":"e","n":5,"t":true}')).toEqual([
      { field: { on: 'tag', key: 'a' }, is: '=', value: 'b:c' },
      { field: { on: 'tag', key: 'd' }, is: '=', value: 'e' },
      { field: { on: 'tag', key: 'n' }, is: '=', value: '5' },
      { field: { on: 'tag', key: 't' }, is: '=', value: 'true' },
    ])
    expect(filter('tags={"__proto__":"x"}')).toEqual([
      { field: { on: 'tag', key: '__proto__' }, is: '=', value: 'x' },
    ])
  })

  test('looks for what is served as a tag where the model has it', () => {
    const branches = (tags: string) =>
      filter(`tags=${encodeURIComponent(tags)}`).map((part) => 'any' in part && part.any[1])
    expect(branches('{"peer.service":"DB"}')).toEqual([
      { field: { on: 'remoteService' }, is: '=', value: 'db' },
    ])
    expect(branches('{"event":"Retry"}')).toEqual([{ field: { on: 'annotation' }, is: '=', value: 'Retry' }])
    for (const key of ['error.message', 'otel.status_description'])
      expect(branches(`{"${key}":"no"}`)).toEqual([
        { field: { on: 'tag', key: 'error' }, is: '=', value: 'no' },
      ])
    expect(branches('{"otel.status_code":"ERROR"}')).toEqual([{ field: { on: 'error' }, is: 'present' }])
    expect(filter('tag=error:no&tag=span.kind:internal')).toEqual([
      { field: { on: 'tag', key: 'error' }, is: '=', value: 'no' },
      { field: { on: 'tag', key: 'span.kind' }, is: '=', value: 'internal' },
    ])
  })

  test.each([
    ['limit=0', 'limit: 0 is not between 1 and 10000'],
    ['limit=10001', 'limit: 10001 is not between 1 and 10000'],
    ['limit=ten', 'limit: "ten" is not a whole number'],
    ['start=now', 'start: "now" is not a whole number'],
    ['service=a&service=b', 'service: give it once'],
    ['minDuration=5', 'minDuration: "5" is not a duration such as 100ms, 1.5s or 2h45m'],
    ['minDuration=2s&maxDuration=1s', "'maxDuration' should be greater than 'minDuration'"],
    ['start=8&end=7', 'start time minimum is above maximum'],
    ['tag=alone', `malformed 'tag' parameter, expecting key:value, received: "alone"`],
    ['tags={', "malformed 'tags' parameter, cannot unmarshal JSON"],
    ['tags=[]', 'tags: it is not a JSON map such as {"key":"value"}'],
    ['tags={"a":{}}', 'tags: the value of "a" is not a text'],
    [Array.from({ length: 51 }, (_, i) => `tag=${i}:x`).join('&'), 'tags: there are more than 50'],
  ])('refuses %s and says why', (query, why) => {
    expect(reason(() => traceQueryFromJaeger(asked(query)))).toBe(why)
  })

  test('asks for dependencies in milliseconds, until now by default', () => {
    expect(windowFromJaeger(asked('endTs=5000&lookback=2000'), 1)).toEqual({ from: 3_000_000, to: 5_000_999 })
    expect(windowFromJaeger(asked('endTs=5000'), 1000)).toEqual({ from: 4_000_000, to: 5_000_999 })
    expect(windowFromJaeger(asked('endTs=5000&lookback=9000'), 1).from).toBe(0)
    expect(windowFromJaeger(asked(''), 1).to).toBeGreaterThan(T)
  })
})

describe('a search at v3', () => {
  const WINDOW =
    'query.start_time_min=2023-11-14T22:13:20Z&query.start_time_max=2023-11-14T22:13:21.000001999Z'

  test.each([
    ['snake case', 'query.service_name=Web&query.operation_name=Get&query.attributes={"a":"b"}&query.duration_min=1ms&query.duration_max=2ms&query.search_depth=3'],
    ['camel case', 'query.serviceName=Web&query.operationName=Get&query.attributes={"a":"b"}&query.durationMin=1ms&query.durationMax=2ms&query.searchDepth=3'],
  ])('is read in %s', (_, query) => {
    expect(traceQueryFromJaegerV3(asked(`${query}&${WINDOW}`))).toEqual({
      from: T,
      to: T + 1_000_001,
      where: {
        span: {
          all: [
            { field: { on: 'service' }, is: '=', value: 'web' },
            { field: { on: 'operation' }, is: '=', value: 'get' },
            { field: { on: 'tag', key: 'a' }, is: '=', value: 'b' },
            { field: { on: 'duration' }, is: '>=', number: 1000 },
            { field: { on: 'duration' }, is: '<=', number: 2000 },
          ],
        },
      },
      limit: 3,
      after: undefined,
    })
  }) // prettier-ignore

  test.each([
    ['', 'query.startTimeMin and query.startTimeMax are required'],
    ['query.startTimeMin=2023-11-14T22:13:20Z', 'query.startTimeMin and query.startTimeMax are required'],
    ['query.startTimeMin=x&query.startTimeMax=y', 'query.startTimeMin: "x" is not a time such as 2026-11-20T21:00:00Z'],
    ['query.startTimeMin=2023-11-14T22:13:20Z&query.startTimeMax=2023-11-14T22:13:20Z', 'query.startTimeMin must be before query.startTimeMax'],
    ['query.startTimeMin=1969-12-31T23:59:59Z', 'query.startTimeMin: "1969-12-31T23:59:59Z" is not a time such as 2026-11-20T21:00:00Z'],
    [`${WINDOW}&query.filter={}`, 'query.filter: structured filters are not supported; use query.attributes'],
    [`${WINDOW}&query.num_traces=-1`, 'query.num_traces: -1 is not between 1 and 10000'],
    [`${WINDOW}&query.attributes=x`, "malformed 'query.attributes' parameter, cannot unmarshal JSON"],
  ])('refuses %s and says why', (query, why) => {
    expect(reason(() => traceQueryFromJaegerV3(asked(query)))).toBe(why)
  }) // prettier-ignore
})

describe("Go's values", () => {
  test.each([
    ['100ms', 100_000],
    ['10us', 10],
    ['10µs', 10],
    ['1.5s', 1_500_000],
    ['.5s', 500_000],
    ['2h45m', 9_900_000_000],
    ['1h1m1s1ms', 3_661_001_000],
    ['1500ns', 1.5],
    ['0', 0],
    ['', undefined],
    ['5', undefined],
    ['-5s', undefined],
    ['5 s', undefined],
    ['5d', undefined],
    ['.s', undefined],
    ['1e3s', undefined],
    ['9'.repeat(59) + 's', undefined],
    ['1s'.repeat(40), undefined],
  ])('%j is a duration of %j µs', (text, micros) => {
    expect(goDuration(text)).toBe(micros)
  })

  test('flags have six spellings each', () => {
    expect(['1', 't', 'T', 'true', 'True', 'TRUE'].map(goFlag)).toEqual(Array(6).fill(true))
    expect(['0', 'f', 'F', 'false', 'False', 'FALSE'].map(goFlag)).toEqual(Array(6).fill(false))
    expect(goFlag('yes')).toBeUndefined()
  })
})
