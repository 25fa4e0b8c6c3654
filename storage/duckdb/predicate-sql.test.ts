// What the contract suite's random questions don't reach: see there for what each predicate means.
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { LONGEST_MATCHED, type SpanPredicate } from '@hopscope/model'
import { Parameters, sqlFromPredicate } from './predicate-sql.ts'
import { CREATE_TABLES } from './schema.ts'

const ROCKET = '\u{1f680}'
/** Values of the tag `long`, and whether a regular expression may match them. */
const LONG: readonly (readonly [value: string, matched: boolean])[] = [
  ['x'.repeat(LONGEST_MATCHED), true],
  ['x'.repeat(LONGEST_MATCHED + 1), false],
  ['ü'.repeat(LONGEST_MATCHED), true],
  ['ü'.repeat(LONGEST_MATCHED + 1), false],
  [ROCKET.repeat(LONGEST_MATCHED / 2), true],
  [ROCKET.repeat(LONGEST_MATCHED / 2) + 'x', false],
  ['x'.repeat(2 ** 20), false],
]

let instance: DuckDBInstance
let connection: DuckDBConnection
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  connection = await instance.connect()
  for (const statement of CREATE_TABLES) await connection.run(statement)
  for (const [at, [value]] of LONG.entries())
    await connection.run(
      `INSERT INTO spans VALUES (0, 1, ${at}, 0, ${at}, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', '', $1, '')`,
      [JSON.stringify({ long: value })],
    )
})
afterAll(() => {
  connection.closeSync()
  instance.closeSync()
})

async function rowsOf(predicate: SpanPredicate): Promise<number[]> {
  const parameters = new Parameters()
  const sql = `SELECT id FROM spans WHERE ${sqlFromPredicate(predicate, parameters)} ORDER BY id`
  return (await connection.runAndReadAll(sql, parameters.values)).getRows().map(([id]) => Number(id))
}

describe('a regular expression', () => {
  const field = { on: 'tag', key: 'long' } as const
  test('matches texts of at most so many UTF-16 units, and no longer ones', async () => {
    const expected = LONG.flatMap(([, matched], at) => (matched ? [at] : []))
    expect(await rowsOf({ field, is: '=~', value: '.*' })).toEqual(expected)
    expect(await rowsOf({ not: { field, is: '=~', value: '.*' } })).toEqual(
      LONG.flatMap(([, matched], at) => (matched ? [] : [at])),
    )
  })
  test.each(['(', 'a**', '(?=a)'])('%j that is none is refused by name', (value) => {
    for (const on of ['service', 'kind', 'annotation', 'id'] as const)
      expect(() => sqlFromPredicate({ field: { on }, is: '=~', value }, new Parameters())).toThrow(
        expect.objectContaining({ code: 'query-invalid' }),
      )
  })
  test.each(['(?<n>a)', '\\p{Emoji}'])('%j that only JavaScript knows is refused by name', (value) => {
    expect(() => sqlFromPredicate({ field, is: '=~', value }, new Parameters())).toThrow(
      expect.objectContaining({ code: 'query-invalid' }),
    )
  })
  test('that makes others hang is no burden', async () => {
    expect(await rowsOf({ field, is: '=~', value: '(x|x)*(x+)+y' })).toEqual([])
  })
})

test('a value is never part of the SQL', () => {
  const hostile = `'; DROP TABLE spans; --"$1`
  const parameters = new Parameters()
  const conditions = ['service', 'operation', 'requestId', 'kind', 'duration', 'error', 'id', 'parentId', 'annotation'] as const // prettier-ignore
  const sql = sqlFromPredicate(
    {
      any: [
        ...conditions.map((on) => ({ field: { on }, is: '=', value: hostile }) as const),
        ...conditions.map((on) => ({ field: { on }, is: '=~', value: hostile.replace('$', '') }) as const),
        { field: { on: 'tag', key: hostile }, is: '=', value: hostile },
        { field: { on: 'tag', key: hostile }, is: 'present' },
        { field: { on: 'tag', key: hostile }, is: '>', number: 1.5 },
      ],
    },
    parameters,
  )
  expect(sql).not.toContain('DROP')
  expect(parameters.values.length).toBeGreaterThan(15)
})

test.each(['duration', 'tag'] as const)('%s compared with NaN is false, and adds no parameter that nothing uses', async (on) => {
  const field = on === 'tag' ? ({ on, key: 'long' } as const) : ({ on } as const)
  for (const is of ['=', '>', '<='] as const)
    expect(await rowsOf({ any: [{ field, is, number: NaN }, { field: { on: 'id' }, is: '=', value: '0000000000000001' }] })).toEqual([1])
}) // prettier-ignore

test('a hundred brackets around a condition say what one does', async () => {
  let predicate: SpanPredicate = { field: { on: 'id' }, is: '=', value: '0000000000000001' }
  for (let i = 0; i < 100; i++) predicate = { not: { all: [predicate] } }
  expect(await rowsOf(predicate)).toEqual([1])
})
