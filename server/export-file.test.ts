import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs' // prettier-ignore
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type ExportFormat, factsOf, openExport } from './export-file.ts'

const root = mkdtempSync(join(tmpdir(), 'hopscope-export-'))
let folder = root
beforeEach(() => {
  folder = mkdtempSync(join(root, 'each-'))
})
afterAll(() => rmSync(root, { recursive: true }))

const opened = (name: string, format: ExportFormat = 'ndjson') =>
  openExport(format, 'zipkin', name.startsWith('/') ? name : join(folder, name), new AbortController().signal)

async function write(name: string): Promise<void> {
  const file = await opened(name)
  await file.write([Buffer.from('{}')])
  await file.finish()
}

describe('the file of an export', () => {
  test('is refused at once where a folder is, or where none is', async () => {
    mkdirSync(join(folder, 'there'))
    for (const format of ['ndjson', 'parquet'] as const) {
      await expect(opened('there', format)).rejects.toThrow(/there is a folder\.$/)
      await expect(opened('no/file', format)).rejects.toThrow(/no\/file can't be written: (?:Error: )?ENOENT: no such file or directory$/) // prettier-ignore
    }
    expect(readdirSync(folder)).toEqual(['there'])
  })

  test('is where a link leads, be it there or not', async () => {
    writeFileSync(join(folder, 'old'), 'old')
    symlinkSync('old', join(folder, 'link'))
    symlinkSync('link2', join(folder, 'link1'))
    symlinkSync('new', join(folder, 'link2'))
    await write('link')
    await write('link1')
    expect(['old', 'new'].map((name) => readFileSync(join(folder, name), 'utf8'))).toEqual(['{}\n', '{}\n'])
    expect(readlinkSync(join(folder, 'link'))).toBe('old')
    expect(readdirSync(folder).sort()).toEqual(['link', 'link1', 'link2', 'new', 'old'])
  })

  test('is written into what is no file, and no Parquet is', async () => {
    symlinkSync('/dev/null', join(folder, 'null'))
    await write('null')
    expect(statSync(join(folder, 'null')).isCharacterDevice()).toBe(true)
    expect(readlinkSync(join(folder, 'null'))).toBe('/dev/null')
    await expect(opened('null', 'parquet')).rejects.toThrow(/null is no file/)
  })

  test('is gone at once for a process that ends', async () => {
    for (const format of ['ndjson', 'json', 'parquet'] as const) {
      const file = await opened('out', format)
      await file.write([Buffer.from('{}')])
      expect(readdirSync(folder)).toHaveLength(1)
      file.remove()
      expect(readdirSync(folder)).toEqual([])
      await file.abort()
    }
  })
})

test('OTLP spans are counted with or without times, and links are none', () => {
  const span = '{"traceId":"1","spanId":"2","name":"\\"status\\":{","status":{}'
  const line = `{"resourceSpans":[{"scopeSpans":[{"spans":[${span}},${span},"links":[{"traceId":"3","spanId":"4"}]}]}]}]}`
  expect(factsOf([Buffer.from(line)], 'otlp').spans).toBe(2)
})
