// Two traces laid over each other: which rows are shown, in what order, and what changed most.
import { expect, test } from '@jest/globals'
import type { DiffNode, DiffStatus, TraceDiff } from '@hopscope/model'
import { ratioText, signedDuration } from './format.ts'
import {
  changeOf,
  hopChanges,
  nextDifference,
  ownChange,
  pairIndex,
  tagChanges,
  visibleNodes,
} from './pair.ts'

/** `parent service status selfA selfB` a line, `-` for what a trace hasn't. */
function diffOf(text: string): TraceDiff {
  const lines = text.trim().split('\n')
  const depths: number[] = []
  const nodes = lines.map((line, i) => {
    const [parentText, service, status, a, b, errorChange] = line.trim().split(' ')
    const parent = Number(parentText)
    depths[i] = (depths[parent] ?? -1) + 1
    const side = (name: 'A' | 'B', value = '-') =>
      value === '-'
        ? {}
        : { [name.toLowerCase()]: i, [`self${name}`]: Number(value), [`duration${name}`]: Number(value) }
    const made = { parent, depth: depths[i], service, operation: `op ${i}`, status: status as DiffStatus }
    return { ...made, ...side('A', a), ...side('B', b), ...(errorChange ? { errorChange } : {}) }
  }) as unknown as DiffNode[]
  const trace = { traceId: 'a1', start: 0, duration: 9000, spanCount: 1, errorCount: 0 }
  return { a: trace, b: trace, nodes, services: [], counts: {} } as unknown as TraceDiff
}

const DIFF = diffOf(`
-1 web slower 1000 1500
0 shop same 400 400
1 shop same 10 10
0 pay slower 2000 9000
3 bank added - 5000
0 mail missing 3000 -
0 audit same 5 5 appeared
`)
const index = pairIndex(DIFF)
const OPEN = { all: false, but: new Set<number>() }
const rows = (more: object) =>
  visibleNodes(index, { differences: false, byChange: false, folds: OPEN, ...more })

test('all rows in the order of the calls; folded ones hide what is below them', () => {
  expect(rows({})).toEqual([0, 1, 2, 3, 4, 5, 6])
  expect(rows({ folds: { all: false, but: new Set([1, 3]) } })).toEqual([0, 1, 3, 5, 6])
  expect(rows({ folds: { all: true, but: new Set([0]) } })).toEqual([0, 1, 3, 5, 6])
})

test('only differences keeps the calls that lead to them, and what began to fail', () => {
  expect(rows({ differences: true })).toEqual([0, 3, 4, 5, 6])
  expect(DIFF.nodes.map(changeOf)).toEqual([
    'slower',
    'same',
    'same',
    'slower',
    'added',
    'missing',
    'failing',
  ])
})

test('by change, the largest own time gained or lost comes first; all of it where one trace has none', () => {
  expect(rows({ byChange: true })).toEqual([3, 4, 5, 0, 1, 2, 6])
  expect(rows({ byChange: true, differences: true })).toEqual([3, 4, 5, 0, 6])
  expect(DIFF.nodes.map(ownChange)).toEqual([500, 0, 0, 7000, 5000, -3000, 0])
})

test('what changed most is told by the call between services', () => {
  const hops = hopChanges(index, 9).map(({ from, to, change, spans, node }) => [
    from,
    to,
    change,
    spans,
    node,
  ])
  expect(hops).toEqual([
    ['web', 'pay', 7000, 0, 3],
    ['pay', 'bank', 5000, 1, 4],
    ['web', 'mail', -3000, -1, 5],
  ])
})

test('the next difference is found in both directions, and not beyond the last', () => {
  const all = rows({})
  expect(nextDifference(index, all, 0, 1)).toBe(3)
  expect(nextDifference(index, all, 3, -1)).toBe(0)
  expect(nextDifference(index, all, 6, 1)).toBeUndefined()
})

test('a chain of 50,000 calls is no deeper than any other', () => {
  const chain = diffOf(
    Array.from(
      { length: 50_000 },
      (_, i) => `${i - 1} s${i} ${i === 49_999 ? 'slower' : 'same'} 1 2000`,
    ).join('\n'),
  )
  const deep = pairIndex(chain)
  const began = performance.now()
  expect(visibleNodes(deep, { differences: true, byChange: false, folds: OPEN })).toHaveLength(50_000)
  expect(hopChanges(deep, 5)).toHaveLength(5)
  expect(performance.now() - began).toBeLessThan(2000)
})

test('tags are compared by key, also those named like what every object has', () => {
  expect(tagChanges({ same: '1', gone: 'x', v: '1' }, { same: '1', v: '2', constructor: 'y' })).toEqual([
    { key: 'constructor', a: undefined, b: 'y' },
    { key: 'gone', a: 'x', b: undefined },
    { key: 'v', a: '1', b: '2' },
  ])
  expect(tagChanges(undefined, undefined)).toEqual([])
})

test('differences have a sign, ratios three digits', () => {
  expect([340_000, -12_000, 0].map(signedDuration)).toEqual(['+340 ms', '−12 ms', '0'])
  expect([ratioText(180, 520), ratioText(10, 1200), ratioText(0, 5)]).toEqual(['×2.89', '×120', ''])
})
