import { parse } from 'node:querystring'
import type { Request } from 'express'
import { EVERY_TRACE } from '@hopscope/model'
import { describe, expect, test } from '@jest/globals'
import { traceQueryFromZipkin, windowFromZipkin } from './zipkin-query.ts'

const DAY = 86_400_000
const asked = (query: string) => ({ query: parse(query) }) as Partial<Request> as Request
const queryFrom = (query: string) => traceQueryFromZipkin(asked(query), DAY)
const partsFrom = (query: string) => queryFrom(query).where
const is = (on: string, value: string) => ({ field: { on }, is: '=', value })
const tag = (key: string, value: string) => ({ field: { on: 'tag', key }, is: '=', value })
const either = (key: string) => ({
  any: [
    { field: { on: 'tag', key }, is: 'present' },
    { field: { on: 'annotation' }, is: '=', value: key },
  ],
})

describe("Zipkin's search", () => {
  test('is by default for 10 traces of any kind, of the default lookback up to now', () => {
    const before = Date.now()
    const { from, to, where, limit, after } = queryFrom('')
    expect([where, limit, after]).toEqual([EVERY_TRACE, 10, undefined])
    expect(to).toBeGreaterThanOrEqual(before * 1000 + 999)
    expect(Number(to) - Number(from)).toBe(DAY * 1000 + 999)
  })

  test('counts endTs and lookback in milliseconds, both ends included', () => {
    expect(windowFromZipkin(asked('endTs=5000&lookback=1000'), DAY)).toEqual({
      from: 4_000_000,
      to: 5_000_999,
    })
    expect(windowFromZipkin(asked('endTs=5000'), DAY)).toEqual({ from: 0, to: 5_000_999 })
    const last = windowFromZipkin(asked('endTs=9007199254740991&lookback=9007199254740991'), DAY)
    expect(last).toEqual({ from: 0, to: Number.MAX_SAFE_INTEGER })
  })

  test('gives at most 10,000 traces, whatever the limit', () => {
    expect(queryFrom('limit=10000').limit).toBe(10_000)
    expect(queryFrom('limit=2147483647').limit).toBe(10_000)
  })

  test('compares names in lower case; the span name "all" means any', () => {
    expect(partsFrom('serviceName=Web&spanName=GET')).toEqual({
      all: [{ span: { all: [is('service', 'web'), is('operation', 'get')] } }],
    })
    expect(partsFrom('spanName=ALL')).toEqual({ all: [] })
    expect(partsFrom('serviceName=web&spanName=all')).toEqual({ all: [{ span: is('service', 'web') }] })
    expect(partsFrom('remoteServiceName=Pay')).toEqual({ all: [{ span: is('remoteService', 'pay') }] })
  })

  test('lets each condition be met by another span, but all by spans of the service', () => {
    const web = is('service', 'web')
    expect(partsFrom('serviceName=web&spanName=get&annotationQuery=error and a=b&minDuration=5&maxDuration=9')).toEqual({
      all: [
        { span: { all: [web, is('operation', 'get')] } },
        { span: { all: [web, either('error')] } },
        { span: { all: [web, tag('a', 'b')] } },
        { span: { all: [web, { all: [{ field: { on: 'duration' }, is: '>=', number: 5 }, { field: { on: 'duration' }, is: '<=', number: 9 }] }] } },
      ],
    })
  }) // prettier-ignore

  test.each([
    ['error', [either('error')]],
    ['a=b', [tag('a', 'b')]],
    [' a = b and  c ', [tag('a', 'b'), either('c')]],
    ['a=b=c', [tag('a', 'b=c')]],
    ['sand and land', [either('sand'), either('land')]],
    ['a=1 and a=2', [tag('a', '2')]],
    ['a=1 and a', [tag('a', '1')]],
    ['a=', [either('a')]],
    ['a AND b', [either('a AND b')]],
    [' and ', []],
    ['=b', []],
    ['constructor', [either('constructor')]],
  ])('reads the annotation query %j', (text, expected) => {
    expect(partsFrom(`annotationQuery=${encodeURIComponent(text)}`)).toEqual({
      all: expected.map((span) => ({ span })),
    })
  })

  test.each([
    ['limit=0', 'limit <= 0'],
    ['endTs=0', 'endTs <= 0'],
    ['lookback=0', 'lookback <= 0'],
    ['minDuration=0', 'minDuration <= 0'],
    ['maxDuration=1', 'maxDuration is only valid with minDuration'],
    ['minDuration=2&maxDuration=1', 'maxDuration < minDuration'],
  ])("refuses %s in Zipkin's own words", (query, detail) => {
    expect(() => queryFrom(query)).toThrow(expect.objectContaining({ code: 'parameter-invalid', detail }))
  })
})
