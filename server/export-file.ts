// What an export writes: lines as they come, one document of them, or Parquet; to a file that gets its name when it is whole.
import { rmSync } from 'node:fs'
import { mkdtemp, open, realpath, readlink, rename, rm, stat } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { dirname, join, resolve as resolvePath } from 'node:path'
import { TRACES_DATA } from '@hopscope/proto'
import { writeParquet } from '@hopscope/storage'
import { fileErrorOf, TransferError } from './transfer.ts'

export type ExportFormat = 'ndjson' | 'json' | 'parquet'
export type ExportDialect = 'zipkin' | 'otlp' | 'hopscope'

export interface ExportFile {
  /** @param lines without their line feeds */
  write(lines: readonly Buffer[]): Promise<void>
  /** Gives the file its name. */
  finish(): Promise<void>
  /** Leaves nothing behind. */
  abort(): Promise<void>
  /** The same at once, for a process that ends. */
  remove(): void
  /** What is left after that, in words. */
  readonly left: string
}

const LINE_FEED = 0x0a
const BREAK = Buffer.from('\n')
const SEPARATOR = Buffer.from(',\n')
const LIST = { head: Buffer.from('[\n'), tail: Buffer.from('\n]\n') }
const DOCUMENTS = {
  zipkin: LIST,
  hopscope: LIST,
  otlp: { head: Buffer.from(`${TRACES_DATA.head}\n`), tail: Buffer.from(`\n${TRACES_DATA.tail}\n`) },
}

/** @throws TransferError when there is a rest that is no line: it was cut */
export async function* receivedLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer[]> {
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

/** A member that our writer gives to each span, and to nothing else. Within text its quotes would be escaped. */
const OTLP_SPAN = Buffer.from('"status":{')

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

/**
 * @param path undefined for standard output
 * @param signal stops a file that is being finished
 * @throws TransferError if such a file can't be there
 */
export async function openExport(
  format: ExportFormat,
  dialect: ExportDialect,
  path: string | undefined,
  signal: AbortSignal,
): Promise<ExportFile> {
  if (path === undefined) return textFile(format, dialect, standardOutput())
  const target = await targetOf(path)
  if (format !== 'parquet')
    return textFile(format, dialect, await (target.isFile ? newFile : streamFile)(target.path, path))
  if (!target.isFile) throw new TransferError(`${path} is no file, and Parquet can only be written to one.`)
  return parquetFile(target.path, path, signal)
}

/** Follows links: what they lead to is replaced, not they. */
async function targetOf(path: string): Promise<{ path: string; isFile: boolean }> {
  try {
    let target = path
    for (;;) {
      const found = await unlessAbsent(stat(target))
      if (found?.isDirectory() === true) throw new TransferError(`${path} is a folder.`)
      if (found !== undefined)
        return found.isFile()
          ? { path: await realpath(target), isFile: true }
          : { path: target, isFile: false }
      const link = await unlessAbsent(readlink(target))
      if (link === undefined) return { path: target, isFile: true }
      target = resolvePath(dirname(target), link)
    }
  } catch (error) {
    throw unwritable(path, error)
  }
}

function unlessAbsent<T>(found: Promise<T>): Promise<T | undefined> {
  return found.catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return undefined
    throw error
  })
}

function unwritable(path: string, error: unknown): TransferError {
  return error instanceof TransferError
    ? error
    : new TransferError(`${path} can't be written: ${fileErrorOf(error)}`, { cause: error })
}

function textFile(format: ExportFormat, dialect: ExportDialect, output: Output): ExportFile {
  return format === 'json' ? documentFile(output, dialect) : lineFile(output)
}

/** Where bytes go. */
interface Output extends Pick<ExportFile, 'finish' | 'abort' | 'remove' | 'left'> {
  write(bytes: Buffer): Promise<void>
}

/** @param name what the file is called in messages */
async function newFile(path: string, name: string): Promise<Output> {
  const part = `${path}.${randomBytes(6).toString('hex')}.part`
  const handle = await open(part, 'wx').catch((error: unknown) => {
    throw unwritable(name, error)
  })
  return {
    left: `${name} was not written`,
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
    remove: () => rmSync(part, { force: true }),
  }
}

const NOT_WHOLE = 'what was written is not whole'

/** A device or a pipe: it is there already, and stays. */
async function streamFile(path: string, name: string): Promise<Output> {
  const handle = await open(path, 'w').catch((error: unknown) => {
    throw unwritable(name, error)
  })
  return {
    left: NOT_WHOLE,
    write: (bytes) => handle.writeFile(bytes),
    finish: () => handle.close(),
    abort: () => handle.close(),
    remove: () => undefined,
  }
}

function standardOutput(): Output {
  return {
    left: NOT_WHOLE,
    write: (bytes) =>
      new Promise((resolve, reject) => {
        process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()))
      }),
    finish: () => Promise.resolve(),
    abort: () => Promise.resolve(),
    remove: () => undefined,
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

/** The items of the list that is a line's only field. */
function resourceSpansOf(line: Buffer): Buffer {
  const { head, tail } = TRACES_DATA
  if (
    line.toString('latin1', 0, head.length) !== head ||
    line.toString('latin1', line.length - tail.length) !== tail
  )
    throw new TransferError('a line is no TracesData of OTLP')
  return line.subarray(head.length, -tail.length)
}

/** Collects the lines in a file of their own, for rows can be sorted only when all are there. */
async function parquetFile(path: string, name: string, signal: AbortSignal): Promise<ExportFile> {
  const folder = await mkdtemp(`${path}.part-`).catch((error: unknown) => {
    throw unwritable(name, error)
  })
  const inFolder = (file: string) => join(folder, file)
  const linesFile = inFolder('lines')
  const output = await newFile(linesFile, name)
  const lines = lineFile(output)
  let longestLine = 0
  const removeAll = () => rm(folder, { recursive: true, force: true })
  return {
    left: output.left,
    async write(each) {
      for (const { length } of each) longestLine = Math.max(longestLine, length)
      await lines.write(each)
    },
    async finish() {
      await lines.finish()
      const rows = inFolder('parquet')
      await writeParquet({
        linesFile,
        longestLine,
        parquetFile: rows,
        spillFolder: inFolder('spill'),
        signal,
      })
      await rename(rows, path)
      await removeAll()
    },
    async abort() {
      await lines.abort()
      await removeAll()
    },
    // DuckDB may be writing yet.
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  }
}
