// Orders, statistics and the file of the tables, and how much text a box takes.
import { columnsOf, reconstruct, TraceTable } from '@hopscope/model'
import { randomFrom, randomTrace } from '@hopscope/model/testing'
import { expect, test } from '@jest/globals'
import { traceFromText } from '../../testing/trace-fixture.ts'
import { fitted } from './box-text.ts'
import { csvCell, csvOf } from './csv.ts'
import { sortedIndexes } from './sorted-indexes.ts'
import { rowsInOrder, SPAN_COLUMNS } from './span-columns.ts'
import { groupsInOrder, statisticsOf } from './statistics.ts'
import { orderFrom, turnedOrder } from './table-order.ts'

const table = new TraceTable(
  columnsOf(
    traceFromText(`
web SERVER get_/ 0 100
  web CLIENT pay 10 30
    bank SERVER pay 12 20 error=boom
  db CLIENT select 50 10
  db CLIENT select 61 20
  db CLIENT insert 82 5
`),
  ),
)

test.each([50, 5000])('%i numbers are sorted as a stable sort does it, whatever they are', (count) => {
  const random = randomFrom(count)
  const odd = [0, -0, Number.NaN, Infinity, -Infinity, 5e-324, -5e-324, 2 ** 53, -1.5]
  const keys = Float64Array.from({ length: count }, (_, i) =>
    i % 7 === 0 ? (odd[i % odd.length] ?? 0) : Math.round((random() - 0.5) * 1000) / 4,
  )
  for (const descending of [false, true]) {
    const last = (key: number) => (Number.isNaN(key) ? Infinity : descending ? -key : key)
    const wanted = Array.from(keys, (_, i) => i).sort((a, b) => {
      const [x, y] = [last(keys[a] ?? 0), last(keys[b] ?? 0)]
      return x < y ? -1 : x > y ? 1 : a - b
    })
    expect(Array.from(sortedIndexes(keys, descending))).toEqual(wanted)
  }
})

test('every column sorts both ways, and no row is lost', () => {
  const random = new TraceTable(columnsOf(reconstruct(randomTrace({ spans: 3000, random: randomFrom(3) }))))
  for (const column of SPAN_COLUMNS) {
    for (const descending of [false, true]) {
      const rows = rowsInOrder(random, { column, descending }, { root: 0 })
      expect(new Set(rows).size).toBe(rows.length)
      expect(rows.length).toBeGreaterThan(2990)
    }
  }
  const names = Array.from(
    rowsInOrder(table, { column: 'operation', descending: false }, { root: 0 }),
    (row) => table.name(row),
  )
  expect(names).toEqual(['get /', 'insert', 'pay', 'pay', 'select', 'select'])
})

test('only rows below the one on top, found and not dimmed, are asked for', () => {
  const order = { column: 'start', descending: false } as const
  expect(Array.from(rowsInOrder(table, order, { root: 1 }))).toEqual([1, 2])
  const found = Uint8Array.of(0, 1, 1, 1, 0, 0)
  const hidden = Uint8Array.of(0, 1, 0, 0, 0, 0)
  expect(Array.from(rowsInOrder(table, order, { root: 0, found, hidden }))).toEqual([2, 3])
})

test('statistics count, add up and rank each group', () => {
  const byOperation = statisticsOf(table, 0, 'operation')
  const place = byOperation.row.indexOf(3)
  expect(byOperation.row).toHaveLength(5)
  expect([byOperation.spans[place], byOperation.total[place]]).toEqual([2, 30])
  expect([
    byOperation.min[place],
    byOperation.p50[place],
    byOperation.p95[place],
    byOperation.max[place],
  ]).toEqual([10, 10, 20, 20])
  const byService = statisticsOf(table, 0, 'service')
  const order = groupsInOrder(table, byService, { column: 'spans', descending: true })
  const named = Array.from(order, (group) => [
    table.serviceName(byService.row[group] ?? 0),
    byService.spans[group],
  ])
  expect(named).toEqual([
    ['db', 3],
    ['web', 2],
    ['bank', 1],
  ])
  expect(byService.errors[byService.row.indexOf(2)]).toBe(1)
})

test('a cell of the file is neither a formula nor two cells', async () => {
  expect(csvCell('=HYPERLINK("http://x")')).toBe(`"'=HYPERLINK(""http://x"")"`)
  expect(csvCell('@cmd')).toBe("'@cmd")
  expect(csvCell('a,b\nc')).toBe('"a,b\nc"')
  expect(csvCell('get /')).toBe('get /')
  const file = await csvOf(table, Int32Array.of(2, 0))
  expect(file.size).toBeGreaterThan(100)
})

test('what names no column of this table is as if nothing were said', () => {
  const fallback = { column: 'start', descending: false } as const
  expect(orderFrom('-duration', SPAN_COLUMNS, fallback)).toEqual({ column: 'duration', descending: true })
  expect(orderFrom('p95', SPAN_COLUMNS, fallback)).toBe(fallback)
  expect(orderFrom(null, SPAN_COLUMNS, fallback)).toBe(fallback)
  expect(turnedOrder({ column: 'duration', descending: true }, 'duration', true)).toBe('duration')
  expect(turnedOrder({ column: 'start', descending: false }, 'duration', true)).toBe('-duration')
})

test('a text is cut where its box ends, and never inside a character', () => {
  expect(fitted('get /orders', 200)).toBe('get /orders')
  expect(fitted('get /orders', 45)).toMatch(/^get \/.*…$/)
  expect(fitted('get /orders', 12)).toBe('')
  expect(fitted('a'.repeat(1e6), 60).length).toBeLessThan(12)
  const halves = /\p{Surrogate}/u
  for (let room = 0; room < 120; room++) expect(fitted('😀😀😀😀😀😀', room)).not.toMatch(halves)
})
