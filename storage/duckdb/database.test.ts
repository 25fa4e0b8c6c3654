// What a reader hears when DuckDB refuses what it is asked.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { patternFault } from '@hopscope/model'
import { Database } from './database.ts'

let folder: string
let database: Database
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hopscope-database-'))
  database = await Database.open({ dataDir: folder, memoryBytes: 2 ** 26, threads: 1 })
})
afterAll(async () => {
  await database.close()
  await rm(folder, { recursive: true, force: true })
})

const run = (sql: string, values: string[] = []) =>
  database.reading((connection) => connection.runAndReadAll(sql, values))

test('an expression that it has no room for is said to be one, in our words', async () => {
  const large = '(\\pL{0,30}){15}b'
  expect(patternFault(large)).toBeUndefined()
  for (const pattern of [large, '(?<n>a)', '\\p{Emoji}', '(', '[a', 'a**', 'x\\'])
    await expect(run("SELECT regexp_full_match('a', $1)", [pattern])).rejects.toMatchObject({
      code: 'query-invalid',
      message: expect.not.stringMatching(/Invalid Input|RE2|perl/),
    })
})

test('what takes more memory than there is says so, and how to help', async () => {
  await expect(run("SELECT list(repeat('x', 1000000) || i) FROM range(1000) t(i)")).rejects.toMatchObject({
    code: 'query-too-slow',
    detail: expect.stringMatching('HOPSCOPE_STORE_MEMORY'),
  })
})

test("a mistake of ours is not the user's", async () => {
  await expect(run('SELECT 1', ['unused'])).rejects.not.toHaveProperty('code', 'query-invalid')
  await expect(run('SELECT nothing')).rejects.not.toHaveProperty('code', 'query-invalid')
})
