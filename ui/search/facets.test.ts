// Facets count the listed traces, and lead to searches that find them.
import { expect, test } from '@jest/globals'
import type { TraceSummary } from '@hopscope/model'
import { NO_FILTERS } from '../routing/search-url.ts'
import { facetsOf } from './facets.ts'

const trace = (traceId: string, service: string, duration: number, errorCount = 0): TraceSummary => ({
  traceId: traceId as TraceSummary['traceId'],
  start: 1 as TraceSummary['start'],
  duration: duration as TraceSummary['duration'],
  rootService: service,
  rootOperation: 'get /',
  spanCount: 1,
  errorCount,
  services: [
    { name: service, spanCount: 1, errorCount },
    { name: 'db', spanCount: 1, errorCount: 0 },
  ],
  requestIds: [],
})
const traces = [trace('a', 'web', 500), trace('b', 'web', 20_000, 2), trace('c', 'shop', 40_000_000)]
const facet = (id: string, state = NO_FILTERS, understood = '') =>
  facetsOf(traces, state, understood).find((each) => each.id === id)?.values ?? []

test('values are counted by trace, the most common first', () => {
  expect(facet('service').map(({ name, count }) => [name, count])).toEqual([
    ['db', 3],
    ['web', 2],
    ['shop', 1],
  ])
  expect(facet('status').map(({ id, count }) => [id, count])).toEqual([
    ['failed', 1],
    ['fine', 2],
  ])
  expect(facet('duration').map(({ bounds, count }) => [bounds, count])).toEqual([
    [[0, 1e3], 1],
    [[1e4, 1e5], 1],
    [[1e7, Infinity], 1],
  ])
})

test('choosing narrows the search, choosing again widens it', () => {
  expect(facet('service').find(({ name }) => name === 'web')?.change).toEqual({ service: 'web' })
  expect(facet('status')[0]?.change).toEqual({ errorsOnly: true })
  const chosen = { ...NO_FILTERS, service: 'web', errorsOnly: true }
  expect(facet('service', chosen).find(({ name }) => name === 'web')).toMatchObject({
    chosen: true,
    change: { service: '', operation: '' },
  })
  expect(facet('status', chosen)[0]?.change).toEqual({ errorsOnly: false })
})

test('a root operation is one of the root span, whatever else is filtered', () => {
  const web = '{ rootServiceName = "web" && rootName = "get /" }'
  const state = { ...NO_FILTERS, service: 'db', operation: 'select' }
  expect(facet('operation', state)[0]).toMatchObject({ name: 'get /', chosen: false, change: { q: web } })
  expect(facet('operation', state, web)[0]).toMatchObject({ chosen: true, change: { q: '' } })
})

test('a value joins other filters as a condition of its own: they need not hold for the same span', () => {
  const state = { ...NO_FILTERS, service: 'web', tags: ['region=eu'] }
  expect(facet('status', state, '{ .a = 1 }')[0]?.change).toEqual({ q: '{ .a = 1 } && { status = error }' })
  const db = facet('service', state).find(({ name }) => name === 'db')
  expect(db).toMatchObject({ chosen: false, change: { q: '{ resource.service.name = "db" }' } })
  expect(
    facet('service', state, '{ resource.service.name = "db" } && { .a = 1 }').find(
      ({ name }) => name === 'db',
    ),
  ).toMatchObject({ chosen: true, change: { q: '{ .a = 1 }' } })
  for (const understood of ['{ status = error }', '{ .a = 1 } && { status = error }']) {
    expect(facet('status', state, understood)[0]?.chosen).toBe(true)
  }
})

test('a duration joins the query that is there, in place of another duration, and counts what it finds', () => {
  const [short, middle, long] = facet('duration', NO_FILTERS, '{ status = error }')
  expect(short?.change?.q).toBe('{ status = error } && { traceDuration < 1000us }')
  expect(middle?.change?.q).toBe(
    '{ status = error } && { traceDuration >= 10000us && traceDuration < 100000us }',
  )
  expect(long?.change?.q).toBe('{ status = error } && { traceDuration >= 10000000us }')
  const again = facet('duration', NO_FILTERS, short?.change?.q)
  expect(again[2]?.change?.q).toBe(long?.change?.q)
  expect(again[0]).toMatchObject({ chosen: true, change: { q: '{ status = error }' } })
})
