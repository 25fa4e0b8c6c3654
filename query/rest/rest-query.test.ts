import { parse } from 'node:querystring'
import type { Request } from 'express'
import { type EpochMicros, EVERY_TRACE, type TraceId } from '@hopscope/model'
import { describe, expect, test } from '@jest/globals'
import { encodeCursor } from './cursor.ts'
import { searchFromRest } from './rest-query.ts'

const queryFrom = (query: string) => searchFromRest({ query: parse(query) } as Partial<Request> as Request)

describe('a search', () => {
  test('for nothing finds the newest 20 of everything', () => {
    expect(queryFrom('')).toEqual({
      query: { stages: [{ kind: 'spans', of: { kind: 'filter', where: undefined } }] },
      given: undefined,
      from: undefined,
      to: undefined,
      where: EVERY_TRACE,
      sort: 'time',
      limit: 20,
      after: undefined,
    })
  })

  test('puts all conditions on one span', () => {
    const query = queryFrom(
      'service=Web&operation=GET&remoteService=Pay&requestId=R-1&kind=client&error=true&minDuration=1ms&maxDuration=2ms&tag=a=b=c&tag=d',
    )
    expect(query.where).toEqual({
      span: {
        all: [
          { field: { on: 'service' }, is: '=', value: 'web' },
          { field: { on: 'operation' }, is: '=', value: 'get' },
          { field: { on: 'remoteService' }, is: '=', value: 'pay' },
          { field: { on: 'requestId' }, is: '=', value: 'R-1' },
          { field: { on: 'kind' }, is: '=', value: 'CLIENT' },
          { field: { on: 'error' }, is: 'present' },
          { field: { on: 'duration' }, is: '>=', number: 1000 },
          { field: { on: 'duration' }, is: '<=', number: 2000 },
          { field: { on: 'tag', key: 'a' }, is: '=', value: 'b=c' },
          { field: { on: 'tag', key: 'd' }, is: 'present' },
        ],
      },
    })
  })

  test('continues where a page stopped', () => {
    const cursor = { start: 5 as EpochMicros, traceId: '000000000000000a' as TraceId }
    expect(queryFrom(`cursor=${encodeCursor(cursor)}&limit=1000`)).toMatchObject({
      after: cursor,
      limit: 1000,
    })
  })

  test.each(['duration', 'spans', 'errors'] as const)(
    'by %s continues after what it is sorted by',
    (sort) => {
      const cursor = { start: 5 as EpochMicros, traceId: '000000000000000a' as TraceId, value: 9 }
      const page = `sort=${sort}&cursor=${encodeCursor(cursor, sort)}`
      expect(queryFrom(page)).toMatchObject({ sort, after: cursor })
    },
  )

  test('reads a query, and gives it back as TraceQL', () => {
    const { query, given, where } = queryFrom(`q=${encodeURIComponent('{ name = "a" }')}&service=web`)
    expect(given).toEqual({ query, text: '{ name = "a" }', fromWords: false })
    expect(query.stages).toHaveLength(1)
    expect(where).toEqual({ span: { all: [{ field: { on: 'service' }, is: '=', value: 'web' }] } })
  })

  test('takes anything else for plain words', () => {
    expect(queryFrom('q=error').given).toEqual({
      query: expect.anything() as unknown,
      text: expect.stringMatching(/^\{.*error.*\}$/) as unknown,
      fromWords: true,
    })
  })

  test('says where in a query the mistake is', () => {
    const text = `{ name = "${'a'.repeat(100)}" && durration > 5ms && name = "${'b'.repeat(100)}" }`
    const at = text.indexOf('durration')
    expect(() => queryFrom(`q=${encodeURIComponent(text)}`)).toThrow(
      expect.objectContaining({
        code: 'query-invalid',
        detail: expect.stringMatching(/^q: .* Here: …a+" && ⟪durration⟫ > 5ms && name = "b+….*$/) as unknown,
        members: expect.objectContaining({ at, length: 9 }) as unknown,
      }),
    )
  })

  test('may begin and end at the same moment', () => {
    expect(queryFrom('start=7&end=7')).toMatchObject({ from: 7, to: 7 })
  })

  test('with an error of false is one for any span', () => {
    expect(queryFrom('error=false').where).toEqual(EVERY_TRACE)
  })

  test.each([
    ['limit=0', 'limit: 0 is not between 1 and 1000'],
    ['limit=1001', 'limit: 1001 is not between 1 and 1000'],
    ['start=8&end=7', 'start: it is after end'],
    ['cursor=x', 'cursor: "x" is not one that a listing by time gave as "next"'],
    ['sort=name', 'sort: "name" is none of time, duration, spans, errors'],
    [
      `sort=spans&cursor=${encodeCursor({ start: 5 as EpochMicros, traceId: '000000000000000a' as TraceId })}`,
      'cursor: "NS4wMDAwMDAwMDAwMDAwMDBh" is not one that a listing by spans gave as "next"',
    ],
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
