// The comparison itself must see what differs, and nothing else.
import { expect, test } from '@jest/globals'
import type { Answer } from './answer.ts'
import { compare } from './compare.ts'
import { REQUESTS } from './requests.ts'

const answer = (body: string, more: Partial<Answer> = {}): Answer => ({
  status: 200,
  headers: {},
  body,
  ...more,
})

test('tells another status, header or body apart', () => {
  const theirs = answer('[]', { headers: { 'content-type': 'application/json' } })
  expect(compare(theirs, answer('[1]', { status: 202 }), 'plain').differences).toEqual([
    { of: 'status', zipkin: '200', ours: '202' },
    { of: 'content-type', zipkin: 'application/json', ours: '' },
    { of: 'body', zipkin: '[]', ours: '[1]' },
  ])
  expect(compare(theirs, theirs, 'plain')).toEqual({ differences: [], note: undefined })
})

test.each([
  ['spacing, with a note', 'plain', '{"a":1}', '{ "a": 1 }', 'another order or spacing'],
  ['the order of keys, with a note', 'plain', '{"a":1,"b":2}', '{"b":2,"a":1}', 'another order of keys'],
  ['the order of spans', 'spans', '[{"id":"1"},{"id":"2"}]', '[{"id":"2"},{"id":"1"}]', 'another order or spacing'],
  ['the order of spans in a trace', 'traces', '[[{"id":"1"},{"id":"2"}]]', '[[{"id":"2"},{"id":"1"}]]', 'another order or spacing'],
  ['values, where keys are what matters', 'keys', '{"a":1}', '{"a":2}', 'another order or spacing'],
] as const)('forgives %s', (_, form, theirs, mine, note) => {
  expect(compare(answer(theirs), answer(mine), form)).toEqual({ differences: [], note })
}) // prettier-ignore

test.each([
  ['the order of traces', 'traces', '[[{"id":"1"}],[{"id":"2"}]]', '[[{"id":"2"}],[{"id":"1"}]]'],
  ['the order of names', 'plain', '["a","b"]', '["b","a"]'],
  ['a span too many', 'spans', '[{"id":"1"}]', '[{"id":"1"},{"id":"1"}]'],
  ['bytes behind the JSON', 'plain', '[]', '[]\0'],
] as const)('does not forgive %s', (_, form, theirs, mine) => {
  expect(compare(answer(theirs), answer(mine), form).differences).toHaveLength(1)
})

test('every request has a name of its own', () => {
  expect(new Set(REQUESTS.map(({ name }) => name)).size).toBe(REQUESTS.length)
})
