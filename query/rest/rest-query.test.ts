import { parse } from 'node:querystring'
import type { Request } from 'express'
import type { EpochMicros, TraceId } from '@hopscope/model'
import { describe, expect, test } from '@jest/globals'
import { encodeCursor } from './cursor.ts'
import { traceQueryFromRest } from './rest-query.ts'

const queryFrom = (query: string) =>
  traceQueryFromRest({ query: parse(query) } as Partial<Request> as Request)

describe('a search', () => {
  test('for nothing finds the newest 20 of everything', () => {
    expect(queryFrom('')).toEqual({ from: undefined, to: undefined, spans: [], limit: 20, after: undefined })
  })

  test('puts all conditions on one span', () => {
    const query = queryFrom(
      'service=Web&operation=GET&remoteService=Pay&requestId=R-1&kind=client&error=true&minDuration=1ms&maxDuration=2ms&tag=a=b=c&tag=d',
    )
    expect(query.spans).toEqual([
      [
        { field: { on: 'service' }, is: '=', value: 'web' },
        { field: { on: 'operation' }, is: '=', value: 'get' },
        { field: { on: 'remoteService' }, is: '=', value: 'pay' },
        { field: { on: 'requestId' }, is: '=', value: 'R-1' },
        { field: { on: 'kind' }, is: '=', value: 'CLIENT' },
        { field: { on: 'error' }, is: 'present' },
        { field: { on: 'duration' }, is: '>=', value: 1000 },
        { field: { on: 'duration' }, is: '<=', value: 2000 },
        { field: { on: 'tag', key: 'a' }, is: '=', value: 'b=c' },
        { field: { on: 'tag', key: 'd' }, is: 'present' },
      ],
    ])
  })

  test('continues where a page stopped', () => {
    const cursor = { start: 5 as EpochMicros, traceId: '000000000000000a' as TraceId }
    expect(queryFrom(`cursor=${encodeCursor(cursor)}&limit=1000`)).toMatchObject({
      after: cursor,
      limit: 1000,
    })
  })

  test('may begin and end at the same moment', () => {
    expect(queryFrom('start=7&end=7')).toMatchObject({ from: 7, to: 7 })
  })

  test('with an error of false is one for any span', () => {
    expect(queryFrom('error=false').spans).toEqual([])
  })

  test.each([
    ['limit=0', 'limit: 0 is not between 1 and 1000'],
    ['limit=1001', 'limit: 1001 is not between 1 and 1000'],
    ['start=8&end=7', 'start: it is after end'],
    ['cursor=x', 'cursor: "x" is not one that a listing gave as "next"'],
    ['kind=x', 'kind: "x" is none of CLIENT, SERVER, PRODUCER, CONSUMER'],
    ['tag==x', 'tag: "=x" has no key; write key=value, or key alone for any value'],
    ['tag=a&'.repeat(51), 'tag: it is given more than 50 times'],
  ])('refuses %s with a reason', (query, detail) => {
    expect(() => queryFrom(query)).toThrow(expect.objectContaining({ code: 'parameter-invalid', detail }))
  })

  test('refuses a parameter it does not know, and lists those it does', () => {
    const refusal = expect.objectContaining({
      detail: expect.stringMatching(
        /^sevrice: there is no such parameter; .*service, operation.*cursor$/,
      ) as unknown,
    })
    expect(() => queryFrom('sevrice=web')).toThrow(refusal)
  })
})
