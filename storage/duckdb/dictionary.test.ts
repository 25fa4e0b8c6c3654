import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { Dictionary } from './dictionary.ts'

let instance: DuckDBInstance
let connection: DuckDBConnection
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  connection = await instance.connect()
})
beforeEach(async () => {
  await connection.run('CREATE OR REPLACE TABLE texts (code UINTEGER NOT NULL, text VARCHAR NOT NULL)')
})
afterAll(() => {
  connection.closeSync()
  instance.closeSync()
})

async function loaded(): Promise<Dictionary> {
  const dictionary = new Dictionary()
  await dictionary.load(connection)
  return dictionary
}

/** As a transaction that is committed does. */
async function commit(
  dictionary: Dictionary,
  texts: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  await connection.run('BEGIN')
  const { codeOf, made } = await dictionary.codesFor(new Set(texts), connection)
  await connection.run('COMMIT')
  dictionary.keep(made)
  return codeOf
}

async function rows(): Promise<number> {
  const reader = await connection.runAndReadAll(
    'SELECT count(*), count(DISTINCT text), count(DISTINCT code) FROM texts',
  )
  const [all, texts, codes] = (reader.getRows()[0] ?? []).map(Number)
  expect([texts, codes]).toEqual([all, all])
  return all ?? 0
}

const WORDS = ['web', "o'neil", '\u{1f680}', '\u0000', 'x'.repeat(10_000)]

describe('the dictionary', () => {
  test('gives a text the same code for ever, also after it is loaded anew', async () => {
    const first = await loaded()
    const codes = await commit(first, WORDS)
    expect(new Set(codes.values()).size).toBe(WORDS.length)
    expect(await commit(first, [...WORDS, 'new'])).toEqual(new Map([...codes, ['new', codes.size + 1]]))
    const second = await loaded()
    expect(await commit(second, WORDS)).toEqual(codes)
    expect(await second.textsOf(codes.values(), connection)).toEqual(new Map([...codes].map(([text, code]) => [code, text]))) // prettier-ignore
    expect(await rows()).toBe(WORDS.length + 1)
  })

  test('forgets the codes of a transaction that was rolled back', async () => {
    const dictionary = await loaded()
    await connection.run('BEGIN')
    await dictionary.codesFor(['lost'], connection)
    await connection.run('ROLLBACK')
    expect(await commit(dictionary, ['found'])).toEqual(new Map([['found', 1]]))
    expect(await commit(dictionary, ['lost'])).toEqual(new Map([['lost', 2]]))
    expect(await rows()).toBe(2)
  })

  test('of more texts than memory may hold still gives each its own code, and finds each again', async () => {
    const many = Array.from({ length: 200_500 }, (_, i) => `get /order/${i}`)
    const dictionary = await loaded()
    const codes = await commit(dictionary, many)
    const asked = [0, 1, 100_000, 199_999, 200_000, 200_499].map((i) => many[i] ?? '')
    const expected = new Map(asked.map((text) => [text, codes.get(text)]))
    expect(await commit(dictionary, asked)).toEqual(expected)
    expect(await commit(dictionary, ['never seen', ...asked])).toEqual(
      new Map([['never seen', 200_501], ...expected]),
    )
    const again = await loaded()
    expect(await commit(again, asked)).toEqual(expected)
    const texts = await again.textsOf(new Set([...expected.values()].map(Number)), connection)
    expect(new Set(texts.values())).toEqual(new Set(asked))
    expect(await rows()).toBe(200_501)
  })
})
