// What an export writes: lines as they come, one document of them, or Parquet; to a file that gets its name when it is whole.
import { open, rename, rm } from 'node:fs/promises'
import { messageOf } from '@hopscope/proto'
import { writeParquet } from '@hopscope/storage'
import { TransferError } from './transfer.ts'

export type ExportFormat = 'ndjson' | 'json' | 'parquet'
export type ExportDialect = 'zipkin' | 'otlp' | 'hopscope'

export interface ExportFile {
  /** @param lines without their line feeds */
  write(lines: readonly Buffer[]): Promise<void>
  /** Gives the file its name. */
  finish(): Promise<void>
  /** Leaves nothing behind. */
  abort(): Promise<void>
}

const LINE_FEED = 0x0a
const BREAK = Buffer.from('\n')
const SEPARATOR = Buffer.from(',\n')
const LIST = { head: Buffer.from('[\n'), tail: Buffer.from('\n]\n') }
const DOCUMENTS = {
  zipkin: LIST,
  hopscope: LIST,
  otlp: { head: Buffer.from('{"resourceSpans":[\n'), tail: Buffer.from('\n]}\n') },
}

/** @throws TransferError when there is a rest that is no line: it was cut */
export async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer[]> {
  let rest: Buffer[] = []
  for await (const bytes of body) {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const lines: Buffer[] = []
    let start = 0
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      const line = chunk.subarray(start, end)
      lines.push(rest.length === 0 ? line : Buffer.concat([...rest, line]))
      rest = []
      start = end + 1
    }
    if (start < chunk.length) rest.push(chunk.subarray(start))
    if (lines.length > 0) yield lines
  }
  if (rest.length > 0) throw new TransferError('the last line is cut')
}

const OTLP_SPAN = Buffer.from('"startTimeUnixNano":')

/** What progress is told of: how many spans, and when (epoch microseconds) the last of them began. */
export function factsOf(
  lines: readonly Buffer[],
  dialect: ExportDialect,
): { spans: number; bytes: number; time: number | undefined } {
  let bytes = 0
  let spans = dialect === 'otlp' ? 0 : lines.length
  for (const line of lines) {
    bytes += line.length + 1
    if (dialect !== 'otlp') continue
    for (let at = line.indexOf(OTLP_SPAN); at >= 0; at = line.indexOf(OTLP_SPAN, at + OTLP_SPAN.length))
      spans++
  }
  const last = lines.at(-1)?.subarray(0, 4096).toString('latin1') ?? ''
  const found = /"timestamp":(\d{1,16})|"startTimeUnixNano":"(\d{1,16})\d{3}"/.exec(last)
  const time = Number(found?.[1] ?? found?.[2])
  return { spans, bytes, time: Number.isSafeInteger(time) && time > 0 ? time : undefined }
}

/** @param path undefined for standard output */
export async function openExport(
  format: ExportFormat,
  dialect: ExportDialect,
  path: string | undefined,
): Promise<ExportFile> {
  if (path === undefined)
    return format === 'json' ? documentFile(standardOutput(), dialect) : lineFile(standardOutput())
  if (format === 'parquet') return parquetFile(path)
  const output = await outputFile(`${path}.${process.pid}.part`, path)
  return format === 'json' ? documentFile(output, dialect) : lineFile(output)
}

/** Where bytes go. */
interface Output {
  write(bytes: Buffer): Promise<void>
  finish(): Promise<void>
  abort(): Promise<void>
}

async function outputFile(part: string, path: string): Promise<Output> {
  const handle = await open(part, 'w').catch((error: unknown) => {
    throw new TransferError(`${path} can't be written: ${messageOf(error)}`)
  })
  return {
    write: (bytes) => handle.writeFile(bytes),
    async finish() {
      await handle.sync()
      await handle.close()
      await rename(part, path)
    },
    async abort() {
      // It may be closed already.
      await handle.close().catch(() => undefined)
      await rm(part, { force: true })
    },
  }
}

function standardOutput(): Output {
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()))
      }),
    finish: () => Promise.resolve(),
    abort: () => Promise.resolve(),
  }
}

function lineFile(output: Output): ExportFile {
  return { ...output, write: (lines) => output.write(Buffer.concat(lines.flatMap((line) => [line, BREAK]))) }
}

function documentFile(output: Output, dialect: ExportDialect): ExportFile {
  const { head, tail } = DOCUMENTS[dialect]
  let before = head
  return {
    ...output,
    async write(lines) {
      const pieces: Buffer[] = []
      for (const line of dialect === 'otlp' ? lines.map(resourceSpansOf) : lines) {
        if (line.length === 0) continue
        pieces.push(before, line)
        before = SEPARATOR
      }
      await output.write(Buffer.concat(pieces))
    },
    async finish() {
      await output.write(Buffer.concat([...(before === head ? [head] : []), tail]))
      await output.finish()
    },
  }
}

const OTLP_HEAD = '{"resourceSpans":['
const OTLP_TAIL = ']}'

/** The items of the list that is a line's only field. */
function resourceSpansOf(line: Buffer): Buffer {
  const head = line.toString('latin1', 0, OTLP_HEAD.length)
  const tail = line.toString('latin1', line.length - OTLP_TAIL.length)
  if (head !== OTLP_HEAD || tail !== OTLP_TAIL) throw new TransferError('a line is no TracesData of OTLP')
  return line.subarray(OTLP_HEAD.length, -OTLP_TAIL.length)
}

/** Collects the lines in a file of their own, for rows can be sorted only when all are there. */
async function parquetFile(path: string): Promise<ExportFile> {
  const part = `${path}.${process.pid}.part`
  const linesFile = `${part}.lines`
  const spillFolder = `${part}.spill`
  const lines = await outputFile(`${linesFile}.part`, linesFile)
  let longestLine = 0
  const removeAll = async () => {
    await lines.abort()
    for (const each of [part, linesFile, spillFolder]) await rm(each, { force: true, recursive: true })
  }
  return {
    async write(each) {
      for (const { length } of each) longestLine = Math.max(longestLine, length)
      await lineFile(lines).write(each)
    },
    async finish() {
      await lines.finish()
      await writeParquet({ linesFile, longestLine, parquetFile: part, spillFolder })
      await rename(part, path)
      await removeAll()
    },
    abort: removeAll,
  }
}
