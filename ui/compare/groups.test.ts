// Two groups of traces: queries that parse, durations on one scale, and a rest that is one.
import { expect, test } from '@jest/globals'
import { parseTraceQl, type TraceSummary } from '@hopscope/model'
import * as url from '../routing/compare-url.ts'
import { conditionOf, durationsOf, theRest, withCondition } from './groups.ts'

test('every value that can be searched for becomes TraceQL that is read', () => {
  const values: [string, string][] = [
    ['service', 'check out'],
    ['operation', 'get "/x" \\ {y}'],
    ['remoteService', 'stock-db'],
    ['kind', 'CLIENT'],
    ['status', 'error'],
    ['status', 'unset'],
    ['tag:http.method', 'GET'],
    ['tag:a key, "quoted"', '<script>\u0000\u202e'],
    ['tag:__proto__', '{{x}}'],
    ['tag:5xx', ''],
    ['tag:ключ', 'значение'],
    ['tag:two\nlines\u0007', 'x'],
  ]
  for (const [attribute, value] of values) {
    const condition = conditionOf(attribute, value, 'a "shop"')
    expect(() => parseTraceQl(condition ?? '')).not.toThrow()
    expect(() =>
      parseTraceQl(withCondition('{ duration > 1s } | count() > 2', condition ?? '')),
    ).not.toThrow()
  }
  expect(withCondition('{ duration > 1s }', conditionOf('tag:region', 'eu') ?? '')).toBe(
    '({ duration > 1s }) && { .region = "eu" }',
  )
  expect(withCondition('', '{ name = "x" }')).toBe('{ name = "x" }')
})

test('the key that is searched for is the one that was compared, whatever is in it', () => {
  for (const key of ['two\nlines\u0007', '5xx', 'a "b" \\c', 'http.method']) {
    const query = JSON.stringify(parseTraceQl(conditionOf(`tag:${key}`, 'x') ?? ''))
    expect(query).toContain(JSON.stringify(key))
  }
})

test('of one service’s spans, one span must have the value and be of the service', () => {
  expect(conditionOf('tag:region', 'eu', 'shop')).toBe('{ .region = "eu" && resource.service.name = "shop" }')
})

test('durations too large to tell apart are all in one bucket', () => {
  const { buckets } = durationsOf([9e15, 9e15], [9e15])
  expect(buckets.map(({ a }) => a).reduce((sum, each) => sum + each)).toBe(2)
  expect(buckets.map(({ b }) => b).reduce((sum, each) => sum + each)).toBe(1)
})

test('that a trace has no such value can’t be searched for', () => {
  expect(conditionOf('tag:region', null)).toBeUndefined()
})

test('every duration is in one bucket, percentiles are of the nearest rank', () => {
  const a = Array.from({ length: 100 }, (_, i) => (i + 1) * 1000)
  const { buckets, ...of } = durationsOf(a, [0, 7_000_000])
  expect(of.a).toEqual({ count: 100, p50: 50_000, p95: 95_000 })
  expect(of.b).toEqual({ count: 2, p50: 0, p95: 7_000_000 })
  expect(buckets.reduce((sum, bucket) => sum + bucket.a, 0)).toBe(100)
  expect(buckets.reduce((sum, bucket) => sum + bucket.b, 0)).toBe(2)
  expect(durationsOf([], [])).toEqual({
    buckets: [],
    a: { count: 0, p50: undefined, p95: undefined },
    b: { count: 0, p50: undefined, p95: undefined },
  })
})

test('the rest is of the time only that both listings reach back to', () => {
  const listing = (starts: readonly number[], next: string | null, stopped?: { stoppedAt?: number }) => ({
    traces: starts.map((start) => ({ traceId: String(start), start })) as unknown as TraceSummary[],
    next,
    complete: stopped === undefined,
    ...stopped,
  })
  const starts = (traces: readonly TraceSummary[]) => traces.map(({ start }) => Number(start))
  const { group, rest } = theRest(listing([9, 5, 1], null), listing([9, 8, 7, 5, 4], 'more'))
  expect([starts(group), starts(rest)]).toEqual([
    [9, 5],
    [8, 7, 4],
  ])
  expect(starts(theRest(listing([9], null), listing([9, 2], null)).rest)).toEqual([2])
  // A search that stopped has looked no farther back than it says, or than nobody knows.
  const stopped = theRest(listing([9, 5, 1], null), listing([9, 8, 2], 'more', { stoppedAt: 4 }))
  expect([starts(stopped.group), starts(stopped.rest)]).toEqual([[9, 5], [8]])
  const unknown = theRest(listing([9, 5], null, {}), listing([9, 8, 2], null))
  expect([unknown.group, unknown.rest]).toEqual([[], []])
})

test('what is compared, shown and folded survives the address bar', () => {
  const pair: url.PairState = {
    differences: true,
    byChange: true,
    row: 12,
    folds: { all: true, but: new Set([0, 13_989, 35]) },
  }
  expect(url.pairStateFrom(new URLSearchParams(url.pairQuery(pair)))).toEqual(pair)
  expect(url.pairQuery(url.pairStateFrom(new URLSearchParams('row=-1&sort=x&folds=~.%20')))).toBe('')
  const groups: url.GroupsState = {
    a: '{ .a = "b&c" }',
    b: 'error',
    service: 'check out',
    range: '1h',
    from: '2026-11-20T20:00:00Z',
    to: '2026-11-20T21:00:00Z',
    zone: 'utc',
    show: 'tag',
  }
  expect(url.groupsStateFrom(new URLSearchParams(url.groupsQuery(groups)))).toEqual(groups)
  const relative = { ...groups, from: '', to: '', range: '6h' }
  expect(url.groupsStateFrom(new URLSearchParams(url.groupsQuery(relative)))).toEqual(relative)
  const api = url.groupsApiQuery({ ...relative, b: '', service: '' }, 30_000e6)
  expect(Object.fromEntries(api)).toEqual({ a: groups.a, start: '8400000000', end: '30000000000' })
})
