// Conditions join a query and leave it again; what else is in the query stays as it was written.
import { expect, test } from '@jest/globals'
import { parseTraceQl } from '@hopscope/model'
import { hasCondition, narrowed, widened } from './conjuncts.ts'

const FAILED = '{ status = error }'
const without = (query: string) => widened(query, (condition) => condition === FAILED)

test('a condition is added once, and taken back without a trace', () => {
  for (const query of [
    '',
    '{ name = "x" }',
    '{ name = "} && {" } && { .a = `)` }',
    '{ .a = 1 } || { .b = 2 }',
    '{ .a = 1 } >> { .b = 2 }',
    '{ } | count() > 2',
    'count() > 2',
    '({ .a = 1 } || { .b = 2 }) && ({ .c = 3 } | count() > 1)',
  ]) {
    const once = narrowed(query, FAILED)
    expect(parseTraceQl(once)).toBeDefined()
    expect([query, hasCondition(query, FAILED), hasCondition(once, FAILED)]).toEqual([query, false, true])
    expect(narrowed(once, FAILED)).toBe(once)
    expect(without(once)).toBe(query)
  }
})

test('conditions stand beside each other, and any of them can go', () => {
  const both = narrowed(narrowed(FAILED, '{ .a = 1 }'), '{ .b = 2 }')
  expect(both).toBe('{ status = error } && { .a = 1 } && { .b = 2 }')
  expect(without(both)).toBe('{ .a = 1 } && { .b = 2 }')
})

test('parentheses that are no pair are not taken for one', () => {
  const query = '({ .a = 1 }) || ({ .b = 2 })'
  expect(without(narrowed(query, FAILED))).toBe(query)
  for (const broken of ['{ name = "x', '({ .a = 1 }', '{ .a = 1 ) && { status = error }', ')']) {
    expect(without(broken)).toBe(broken)
  }
})
