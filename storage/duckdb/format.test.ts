// A store keeps its spans through an upgrade, and is left alone by a version that doesn't know it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Span } from '@hopscope/model'
import { traceFromText } from '@hopscope/model/testing'
import { openDuckDbStore } from '@hopscope/storage'

const [OLD] = traceFromText('web  get-/buy  0  100  SERVER  @10.0.0.1  note:5=five  id=b').spans as [Span]

describe('a data file', () => {
  let dataDir: string
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'hopscope-format-'))
  })
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }))
  const open = () => openDuckDbStore({ dataDir, memoryBytes: 128 * 2 ** 20, threads: 1 })

  async function asBefore(...statements: string[]): Promise<void> {
    const instance = await DuckDBInstance.create(join(dataDir, 'hopscope.duckdb'))
    const connection = await instance.connect()
    for (const statement of statements) await connection.run(statement)
    connection.closeSync()
    instance.closeSync()
  }

  async function stored(...spans: Span[]): Promise<readonly Span[]> {
    const store = await open()
    try {
      await store.writer.write(spans)
      const [trace] = await store.reader.traces([OLD.traceId])
      return trace?.spans ?? []
    } finally {
      await store.close()
    }
  }

  test('of format 1 keeps its spans, knows them again, and takes what format 2 adds', async () => {
    await stored(OLD)
    await asBefore('ALTER TABLE spans DROP COLUMN otel', 'UPDATE format SET version = 1')

    expect(await stored(OLD)).toEqual([OLD])
    const typed = { ...OLD, otel: '{"links":[]}' }
    expect(await stored(typed)).toEqual(expect.arrayContaining([OLD, typed]))
  })

  test('of a version to come is refused by name', async () => {
    await stored(OLD)
    await asBefore('UPDATE format SET version = 99')
    await expect(open()).rejects.toMatchObject({ code: 'data-format-unknown' })
  })
})
