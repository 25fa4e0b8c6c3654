import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { NameCache } from './name-cache.ts'
import { CREATE_TABLES } from './schema.ts'

let instance: DuckDBInstance
let connection: DuckDBConnection
let cache: NameCache
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  connection = await instance.connect()
  for (const statement of CREATE_TABLES) await connection.run(statement)
})
beforeEach(async () => {
  await connection.run('TRUNCATE spans')
  cache = new NameCache()
})
afterAll(() => {
  connection.closeSync()
  instance.closeSync()
})

/** A span for each of the values of the tag `k`, from `first` on. */
async function addValues(first: number, count: number): Promise<void> {
  await connection.run(
    `INSERT INTO spans SELECT 0, i, 1, 0, i, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', '', '{"k":"' || printf('v%06d', i) || '"}', ''
     FROM range(${first}, ${first + count}) values_of(i)`,
  )
}
const valuesOf = (scope: object = {}, kept = cache) =>
  kept.names('tagValue', { tagKey: 'k', ...scope }, connection)

describe('names kept in memory', () => {
  test('are joined by those of rows that came since', async () => {
    await addValues(5, 2)
    expect(await valuesOf()).toEqual(['v000005', 'v000006'])
    await addValues(0, 1)
    expect(await valuesOf()).toEqual(['v000000', 'v000005', 'v000006'])
    expect(await cache.names('tagKey', {}, connection)).toEqual(['k'])
  })
  test('are not read again from rows that were read', async () => {
    await addValues(0, 3)
    await valuesOf()
    const asked: string[] = []
    const counting = {
      runAndReadAll: (sql: string, values: never) => {
        asked.push(sql)
        return connection.runAndReadAll(sql, values)
      },
    } as unknown as DuckDBConnection
    expect(await cache.names('tagValue', { tagKey: 'k', prefix: 'v000001' }, counting)).toEqual(['v000001'])
    expect(asked).toHaveLength(1)
    expect(asked[0]).toMatch(/max\(rowid\)/)
  })
  test('that are too many to keep are answered in full all the same, also when the last ones came later', async () => {
    await addValues(0, 10_000)
    expect(await valuesOf()).toHaveLength(10_000)
    await addValues(10_000, 5)
    expect(await valuesOf()).toHaveLength(10_005)
    await addValues(20_000, 1)
    expect(await valuesOf({ prefix: 'v02' })).toEqual(['v020000'])
    expect(await valuesOf({ prefix: 'v0100', limit: 2 })).toEqual(['v010000', 'v010001'])
  })
  test('of one scope are not those of another', async () => {
    await addValues(0, 2)
    expect(await valuesOf()).toHaveLength(2)
    expect(await valuesOf({ service: 'web' })).toEqual([])
    expect(await cache.names('tagValue', { tagKey: 'other' }, connection)).toEqual([])
  })
  test('are of as many lists as one likes, of which the first are forgotten', async () => {
    await addValues(0, 2)
    for (let i = 0; i < 1100; i++) await cache.names('service', { service: `s${i}` }, connection)
    expect(await valuesOf()).toHaveLength(2)
  })
})
