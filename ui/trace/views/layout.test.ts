// Flame graph and icicle: what their boxes promise, for tidy, huge and hostile traces.
import { columnsOf, reconstruct, TraceTable } from '@hopscope/model'
import {
  idOf,
  makeSpan,
  randomFrom,
  randomTrace,
  shapedTrace,
  SHAPE_NAMES,
  traceFromText,
} from '@hopscope/model/testing'
import { expect, test } from '@jest/globals'
import { traceFromText as viewFromText } from '../../testing/trace-fixture.ts'
import { boxAt, type Boxes, boxOfRow, firstEndingAfter, levelStart } from './boxes.ts'
import { type FlameBoxes, flameOf } from './flame-layout.ts'
import { icicleOf } from './icicle-layout.ts'
import { rowBeside } from './icicle-steps.ts'

const randomTable = (spans: number, seed: number) =>
  new TraceTable(columnsOf(reconstruct(randomTrace({ spans, random: randomFrom(seed) }))))
const tableOf = (text: string) => new TraceTable(columnsOf(viewFromText(text)))

/** A chain: each span the only child of the one before. */
function chain(length: number): TraceTable {
  const { traceId } = traceFromText('a root 0 10')
  const spans = Array.from({ length }, (_, i) =>
    makeSpan({
      traceId,
      id: idOf(i + 1),
      parentId: i === 0 ? undefined : idOf(i),
      name: `operation ${i % 3}`,
      timestamp: (1_700_000_000_000_000 + i) as never,
      duration: (2 * (length - i)) as never,
    }),
  )
  return new TraceTable(columnsOf(reconstruct({ traceId, spans })))
}

const num = (column: Float64Array | Int32Array, at: number) => {
  const value = column[at]
  if (value === undefined) throw new RangeError(`no box ${at}`)
  return value
}

/** Pairs on one level of which the second begins before the first ends, and boxes out of order. */
function overlaps(boxes: Boxes): number {
  let count = 0
  for (let box = 1; box < boxes.row.length; box++) {
    const same = boxes.level[box] === boxes.level[box - 1]
    if (
      same ? num(boxes.from, box) < num(boxes.to, box - 1) : num(boxes.level, box) < num(boxes.level, box - 1)
    )
      count++
  }
  return count
}

function outsideParent({ parent, from, to, level }: FlameBoxes): number {
  let count = 0
  for (let box = 1; box < parent.length; box++) {
    const above = num(parent, box)
    const inside =
      num(from, box) >= num(from, above) &&
      num(to, box) <= num(to, above) + 1e-6 &&
      num(level, box) === num(level, above) + 1
    if (!inside) count++
  }
  return count
}

test.each([1, 2, 3])(
  'flame graph of a random trace: no overlap, children inside parents (seed %i)',
  (seed) => {
    const table = randomTable(3000, seed)
    const boxes = flameOf(table)
    expect(overlaps(boxes)).toBe(0)
    expect(outsideParent(boxes)).toBe(0)
    // The root is as wide as all self time; no span is lost or told twice.
    const self = table.columns.rows.selfTime.reduce((sum, time) => sum + time, 0)
    expect(num(boxes.to, 0)).toBeCloseTo(self, 3)
    expect(boxes.self.reduce((sum, time) => sum + time, 0)).toBeCloseTo(self, 3)
    expect(boxes.spans.reduce((sum, each) => sum + each, 0)).toBe(table.size)
  },
)

test('spans of one path are one box, whose row is the slowest; the same operation elsewhere is another box', () => {
  const table = tableOf(`
web SERVER get_/ 0 100
  db CLIENT select 10 10
  db CLIENT select 30 40 error=boom
  web INTERNAL render 80 10
    db CLIENT select 82 5
`)
  const boxes = flameOf(table)
  const merged = boxOfRow(boxes, 1)
  expect(boxOfRow(boxes, 2)).toBe(merged)
  expect(boxOfRow(boxes, 4)).not.toBe(merged)
  expect(boxes.row[merged]).toBe(2)
  expect([boxes.spans[merged], boxes.errors[merged]]).toEqual([2, 1])
})

test('a trace in which nothing took time is as wide as its spans are many', () => {
  const boxes = flameOf(tableOf('web SERVER a 0 0\n  web INTERNAL b 0 0\n  web INTERNAL c 0 0'))
  expect(Array.from(boxes.to)).toEqual([3, 1, 2])
})

test('a chain of 50,000 and shapes of 100,000 need no stack, and no long wait', () => {
  const deep = chain(50_000)
  expect(flameOf(deep).levelEnds).toHaveLength(50_000)
  expect(icicleOf(deep).levelEnds).toHaveLength(50_000)
  for (const name of SHAPE_NAMES) {
    const random = randomFrom(5)
    const table = new TraceTable(columnsOf(reconstruct(shapedTrace(name, { spans: 100_000, random }))))
    const flame = flameOf(table)
    expect(overlaps(flame) + outsideParent(flame)).toBe(0)
    expect(overlaps(icicleOf(table))).toBe(0)
  }
})

test('one after the other is on one level, at the same time on levels of its own', () => {
  const table = tableOf(`
web SERVER get_/ 0 100
  a CLIENT first 10 20
    a SERVER first 12 10
  b CLIENT second 20 30
    b SERVER second 22 10
  c CLIENT third 60 10
`)
  const boxes = icicleOf(table)
  const levelOf = (row: number) => boxes.level[boxOfRow(boxes, row)]
  // `second` begins while `first` runs: below it and all that it called; `third` has the first level again.
  expect([0, 1, 2, 3, 4, 5].map(levelOf)).toEqual([0, 1, 2, 3, 4, 1])
})

test.each([1, 2, 3, 4, 5, 6])(
  'icicle of a random trace: each subtree has its block to itself (seed %i)',
  (seed) => {
    const table = randomTable(120, seed)
    const { descendants, parent } = table.columns.rows
    const boxes = icicleOf(table)
    expect(overlaps(boxes)).toBe(0)
    const levelOf = (row: number) => num(boxes.level, boxOfRow(boxes, row))
    for (let row = 0; row < table.size; row++) {
      if (row > 0) expect(levelOf(row)).toBeGreaterThan(levelOf(num(parent, row)))
      const end = row + num(descendants, row)
      const block = { low: Infinity, high: -Infinity, bottom: 0 }
      for (let below = row; below <= end; below++) {
        const box = boxOfRow(boxes, below)
        block.low = Math.min(block.low, num(boxes.from, box))
        block.high = Math.max(block.high, num(boxes.to, box))
        block.bottom = Math.max(block.bottom, num(boxes.level, box))
      }
      for (let other = 0; other < table.size; other++) {
        const [inside, box] = [other >= row && other <= end, boxOfRow(boxes, other)]
        if (inside || num(boxes.level, box) < levelOf(row) || num(boxes.level, box) > block.bottom) continue
        expect(num(boxes.from, box) >= block.high || num(boxes.to, box) <= block.low).toBe(true)
      }
    }
  },
)

test('re-rooted, only what is below the row is in the picture', () => {
  const table = tableOf(
    'web SERVER a 0 100\n  web INTERNAL b 10 50\n    web INTERNAL c 20 10\n  web INTERNAL d 70 10',
  )
  for (const boxes of [flameOf(table, 1), icicleOf(table, 1)]) {
    expect(Array.from(boxes.row)).toEqual([1, 2])
    expect(boxOfRow(boxes, 0)).toBe(-1)
    expect(boxOfRow(boxes, 3)).toBe(-1)
  }
})

test('a place is answered with the box there, or the nearest within reach', () => {
  const boxes = icicleOf(tableOf('web SERVER a 0 100\n  web INTERNAL b 10 20\n  web INTERNAL c 50 10'))
  const [b, c] = [boxOfRow(boxes, 1), boxOfRow(boxes, 2)]
  expect(boxAt(boxes, 1, 20, 0)).toBe(b)
  expect(boxAt(boxes, 1, 40, 5)).toBe(-1)
  expect(boxAt(boxes, 1, 47, 5)).toBe(c)
  expect(boxAt(boxes, 1, 33, 5)).toBe(b)
  expect([boxAt(boxes, -1, 20, 5), boxAt(boxes, 2, 20, 5)]).toEqual([-1, -1])
  expect(firstEndingAfter(boxes, 1, 99)).toBe(boxes.row.length)
  expect(levelStart(boxes, 1)).toBe(1)
})

test('boxes that begin together are in the order of their ends, so that none is missed by halving', () => {
  // The clocks disagree: "early" ran before its parent, which took no time and so stands on the edge of "long".
  const boxes = icicleOf(
    tableOf(`
web SERVER a 0 100
  web INTERNAL long 10 50
  web INTERNAL instant 10 0
    web INTERNAL early 5 5
`),
  )
  const [long, instant] = [boxOfRow(boxes, 1), boxOfRow(boxes, 2)]
  expect([boxes.level[long], boxes.level[instant]]).toEqual([1, 1])
  expect(Array.from(boxes.to.subarray(levelStart(boxes, 1), boxes.levelEnds[1]))).toEqual([10, 60])
  expect(boxAt(boxes, 1, 30, 0)).toBe(long)
})

test('arrow keys walk the tree of the icicle, and no further than the row on top', () => {
  const table = tableOf(`
web SERVER a 0 100
  web INTERNAL b 10 10
    web INTERNAL c 12 5
      web INTERNAL d 13 2
  web INTERNAL e 30 10
`)
  expect(rowBeside(table, 0, 0, 'child')).toBe(1)
  expect(rowBeside(table, 1, 0, 'next')).toBe(4)
  expect(rowBeside(table, 4, 0, 'previous')).toBe(1)
  expect(rowBeside(table, 4, 0, 'next')).toBe(-1)
  expect(rowBeside(table, 1, 0, 'previous')).toBe(-1)
  expect(rowBeside(table, 3, 0, 'child')).toBe(-1)
  expect(rowBeside(table, 3, 0, 'parent')).toBe(2)
  expect(rowBeside(table, 1, 1, 'parent')).toBe(-1)
})
