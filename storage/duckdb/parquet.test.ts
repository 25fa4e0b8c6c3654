import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { decodeZipkinV2Json, encodeSpanJson } from '@hopscope/proto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type ParquetSpan, readParquet, writeParquet } from './parquet.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-parquet-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const full = {
  traceId: '000000000000000a',
  parentId: '000000000000000b',
  id: '000000000000000c',
  kind: 'SERVER',
  name: "o'neil “x”",
  timestamp: 1_556_604_172_355_737,
  duration: 7,
  localEndpoint: { serviceName: 'web', ipv4: '10.0.0.1', ipv6: '2001:db8::c001', port: 65_535 },
  remoteEndpoint: { serviceName: 'pay', ipv4: '10.0.0.2', port: 1 },
  annotations: [
    { timestamp: 1_556_604_172_355_738, value: 'ws' },
    { timestamp: 1_556_604_172_355_739, value: '\u0000\n"' },
  ],
  tags: { '': 'empty', __proto__x: 'a', error: '', 'null\u0000': '€\u{1f600}', toString: '1' },
  debug: true,
  shared: true,
}
const bare = { traceId: '0000000000000001', id: '0000000000000002' }

async function written(name: string, lines: readonly object[]): Promise<string> {
  const linesFile = join(folder, `${name}.ndjson`)
  const text = lines.map((line) => JSON.stringify(line) + '\n').join('')
  writeFileSync(linesFile, text)
  const parquetFile = join(folder, `${name}.parquet`)
  await writeParquet({
    linesFile,
    longestLine: Buffer.byteLength(text),
    parquetFile,
    spillFolder: join(folder, 'spill'),
  })
  return parquetFile
}

async function rowsOf(file: string): Promise<ParquetSpan[]> {
  const rows: ParquetSpan[] = []
  let expected = 0
  for await (const { spans, total } of readParquet(file)) {
    rows.push(...spans)
    expected = total
  }
  expect(rows).toHaveLength(expected)
  return rows
}

const sentBack = ({ json }: ParquetSpan) => {
  const { spans, refused } = decodeZipkinV2Json(Buffer.from(`[${json}]`))
  expect(refused).toEqual([])
  return JSON.parse(spans.map(encodeSpanJson).join('')) as unknown
}

describe('spans in Parquet', () => {
  test('come back as they were, sorted by trace, with what OpenTelemetry says as the same text', async () => {
    const otel = '{"1":12345678901234567890,"a":[1.0]}'
    const rows = await rowsOf(await written('round', [{ ...full, requestId: 'r', otel }, bare]))
    expect(rows.map(sentBack)).toEqual([bare, full])
    expect(rows.map((row) => row.otel)).toEqual([undefined, otel])
  })

  test('are columns that SQL can ask', async () => {
    const file = await written('columns', [{ ...full, requestId: 'r-1' }])
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    const answer = await connection.runAndReadAll(
      `SELECT service, duration_us, epoch_us("timestamp")::VARCHAR, error, request_id, tags[''], annotations[1].value FROM '${file}'`,
    )
    expect(answer.getRows()).toEqual([['web', 7n, '1556604172355737', true, 'r-1', 'empty', 'ws']])
    const kinds = await connection.runAndReadAll(`SELECT column_type FROM (DESCRIBE FROM '${file}')`)
    expect(kinds.getRows().flat()).toContain('TIMESTAMP WITH TIME ZONE')
    connection.closeSync()
    instance.closeSync()
  })

  test('may be none', async () => {
    expect(await rowsOf(await written('none', []))).toEqual([])
  })

  test('may lie in a file whose name SQL or a pattern would take apart', async () => {
    expect(await rowsOf(await written("it's [a-z]* ?", [bare]))).toHaveLength(1)
  })

  test('of another tool are refused by the columns they lack', async () => {
    const file = join(folder, 'other.parquet')
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    await connection.run(`COPY (SELECT 'a' AS trace_id, 'b' AS span_id) TO '${file}' (FORMAT parquet)`)
    connection.closeSync()
    instance.closeSync()
    await expect(rowsOf(file)).rejects.toMatchObject({
      code: 'body-unreadable',
      detail: expect.stringMatching(/^It is Parquet, but .* no column parent_id, kind, /) as unknown,
    })
  })

  test('cut short are refused by the name of the file', async () => {
    const file = join(folder, 'cut.parquet')
    writeFileSync(file, 'PAR1 and no more')
    await expect(rowsOf(file)).rejects.toMatchObject({
      detail: expect.stringMatching(/^It can't be read as Parquet: (?!.*SELECT)/s) as unknown,
    })
  })

  test('are what the file says, whatever its folders are called', async () => {
    mkdirSync(join(folder, 'service=evil'))
    const span = { ...bare, localEndpoint: { serviceName: 'web' } }
    const file = await written('service=evil/in', [span])
    const moved = join(folder, 'service=evil', 'moved.parquet')
    renameSync(file, moved)
    expect((await rowsOf(moved)).map(sentBack)).toEqual([span])
  })

  test('are not written on once the signal is aborted', async () => {
    const stop = new AbortController()
    const linesFile = join(folder, 'many.ndjson')
    const line = JSON.stringify(full) + '\n'
    writeFileSync(linesFile, line.repeat(200_000))
    const parquetFile = join(folder, 'stopped.parquet')
    const options = { linesFile, longestLine: line.length, parquetFile, spillFolder: join(folder, 'spill') }
    const writing = writeParquet({ ...options, signal: stop.signal })
    setTimeout(() => stop.abort(new Error('stopped')), 150)
    await expect(writing).rejects.toThrow(/^stopped$/)
    await expect(writeParquet({ ...options, signal: stop.signal })).rejects.toThrow(/^stopped$/)
    expect(existsSync(parquetFile)).toBe(false)
  })
})
