// Finding, dimming, and where failures came from.
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { chainOf, markedRows, MESSAGES, tableFromText } from '../../testing/trace-fixture.ts'
import { errorOrigins, failureOf } from './failures.ts'
import { dimmedRows, NO_FILTER, parseFilter, printFilter, type TraceFilter } from './filters.ts'
import { foundRows } from './find.ts'

const TEXT = `
web SERVER get_/ 0 100000
  web CLIENT a 10 30000
    checkout SERVER a 12 20000
      checkout INTERNAL work 13 10000 error=boom
  web CLIENT b 50 40000
    bank SERVER b 55 30000 http.path=/Pay ort=Zürich stadt=Москва peer=users-db
`
const table = tableFromText(TEXT)
const found = (text: string) => {
  const rows = foundRows(table, text)
  return rows && markedRows(rows)
}

test('finding looks at services, operations, kinds, ids and tags, whatever the case', () => {
  expect(found('CHECKOUT')).toEqual([2, 3])
  expect(found('http.path=/pay')).toEqual([5])
  expect(found('.PATH=/p')).toEqual([5])
  expect(found('zÜRICH')).toEqual([5])
  expect(['Москва', 'МОСКВА', 'стадт=', 'stadt=моск'].map(found)).toEqual([[5], [5], [], [5]])
  expect(['USERS', 'serviceName', 'port', '"'].map(found)).toEqual([[5], [], [], []])
  expect(found('client')).toEqual([1, 4])
  expect(found(table.spanId(3).slice(-4))).toContain(3)
  expect(found('path=ay')).toEqual([])
  expect(found(' ')).toBeUndefined()
})

test('whatever is looked for, the same rows are found as by looking at every text', () => {
  const texts = Array.from({ length: table.size }, (_, row) => {
    const { span } = table.row(row)
    const tags = Object.entries(span.tags).flatMap(([key, value]) => [key, value, `${key}=${value}`])
    return [span.name ?? '', table.serviceName(row) ?? '', span.kind ?? '', ...tags].map((text) =>
      text.toLowerCase(),
    )
  })
  const piece = fc.constantFrom(...texts.flat().filter((text) => text.trim() === text && text !== ''))
  fc.assert(
    fc.property(piece, fc.nat(20), fc.integer({ min: 1, max: 20 }), (text, from, length) => {
      const needle = text.slice(from % text.length, (from % text.length) + length)
      fc.pre(needle.trim() === needle && !/^[0-9a-f]{2,16}$/.test(needle))
      const expected = [...texts.keys()].filter((row) => texts[row]?.some((each) => each.includes(needle)))
      expect(found(needle.toUpperCase())).toEqual(expected)
    }),
  )
})

test('a filter comes back from the address as it was, and dims what does not match all of it', () => {
  const filter: TraceFilter = {
    errorsOnly: true,
    criticalOnly: false,
    minDuration: '1.5 s',
    services: ['check.out', 'a&b%'],
  }
  expect(parseFilter(printFilter(filter) ?? '')).toEqual(filter)
  expect(printFilter(NO_FILTER)).toBeUndefined()
  const bright = (part: Partial<TraceFilter>) => {
    const dimmed = dimmedRows(table, { ...NO_FILTER, ...part })
    return dimmed && [...dimmed.keys()].filter((row) => dimmed[row] === 0)
  }
  expect(bright({})).toBeUndefined()
  expect(bright({ errorsOnly: true })).toEqual([3])
  expect(bright({ services: ['checkout', 'bank'] })).toEqual([2, 3, 5])
  expect(bright({ services: ['checkout', 'bank'], minDuration: '15ms' })).toEqual([2, 5])
  expect(bright({ minDuration: 'soon' })).toBeUndefined()
})

test('a failed receiver of a message explains no failure of its sender, who did not wait for it', () => {
  const both = tableFromText(MESSAGES.replace('0 120000', '0 120000 error=out_of_stock'))
  expect(markedRows(errorOrigins(both))).toEqual([0, 6])
})

test('a failure is traced to the rows it came from, however deep, and said in its own words', () => {
  const failing = chainOf(50_000, (row) => row >= 10 && row < 49_000)
  expect(markedRows(errorOrigins(failing))).toEqual([48_999])
  expect(markedRows(errorOrigins(table))).toEqual([3])
  const row = failing.row(10)
  const saying = (error: string) => failureOf({ ...row, span: { ...row.span, tags: { error } } })
  expect([saying('card declined'), saying('true'), saying('')]).toEqual(['card declined', '', ''])
})
