// Reads a file of spans, whatever its form, as the elements to send: a portion in memory at a time.
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { HopscopeError, messageOf } from '@hopscope/proto'
import { type Break, type Element, ElementScanner } from '@hopscope/proto/files'
import { type ParquetSpan, readParquet } from '@hopscope/storage'
import { fileErrorOf, TransferError } from './transfer.ts'

/** What a file holds, in order. Rows of Parquet are told by their number, from 1. */
export type Portion =
  | { readonly of: 'json'; readonly found: readonly (Element | Break)[] }
  | { readonly of: 'parquet'; readonly rows: readonly ParquetSpan[]; readonly firstRow: number }

export const STANDARD_INPUT = '-'

/** Bytes; undefined when only its end will tell. @throws TransferError when there is no such file */
export async function sizeOf(file: string): Promise<number | undefined> {
  if (file === STANDARD_INPUT) return undefined
  try {
    const found = await stat(file)
    if (!found.isDirectory()) return found.isFile() ? found.size : undefined
  } catch (error) {
    throw new TransferError(`${file} can't be read: ${fileErrorOf(error)}`)
  }
  throw new TransferError(`${file} is a folder: name the files in it.`)
}

/**
 * Its first bytes say whether it is Parquet, gzip or JSON; its name doesn't matter.
 * @param onBytes is told how many bytes of the file were read
 * @throws HopscopeError `body-unreadable`: the file can't be read on; the detail doesn't name it
 */
export async function* portionsOf(file: string, onBytes: (bytes: number) => void): AsyncGenerator<Portion> {
  const source = file === STANDARD_INPUT ? process.stdin : createReadStream(file)
  try {
    const { head, all } = await peeked(measured(source, onBytes))
    if (head.toString('latin1', 0, 4) === 'PAR1') {
      if (file === STANDARD_INPUT)
        throw unreadable('Parquet can only be read from a file, not from standard input.')
      // DuckDB reads the file by itself, so that only shares of it are known.
      const left = ((await sizeOf(file)) ?? head.length) - head.length
      yield* parquetPortions(file, (share) => onBytes(Math.round(share * left)))
      return
    }
    if (/^(?:\xff\xfe|\xfe\xff)/.test(head.toString('latin1', 0, 2)))
      throw unreadable(`It is UTF-16; convert it to UTF-8, for example with iconv.`)
    const scanner = new ElementScanner()
    for await (const bytes of head[0] === 0x1f && head[1] === 0x8b ? unpacked(all) : all)
      yield { of: 'json', found: scanner.push(bytes) }
    yield { of: 'json', found: scanner.end() }
  } catch (error) {
    if (error instanceof Error && 'syscall' in error)
      throw unreadable(`It can't be read: ${fileErrorOf(error)}`, error)
    throw error
  } finally {
    source.destroy()
  }
}

function unreadable(detail: string, cause?: unknown): HopscopeError {
  return new HopscopeError('body-unreadable', detail, { cause })
}

async function* measured(source: Readable, onBytes: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of source as AsyncIterable<Buffer>) {
    onBytes(chunk.length)
    yield chunk
  }
}

/** The first four bytes, if there are as many, and everything including them. */
async function peeked(
  chunks: AsyncGenerator<Buffer>,
): Promise<{ head: Buffer; all: AsyncGenerator<Buffer> }> {
  let head = Buffer.alloc(0)
  while (head.length < 4) {
    const next = await chunks.next()
    if (next.done === true) break
    head = Buffer.concat([head, next.value])
  }
  return {
    head,
    all: (async function* () {
      yield head
      yield* chunks
    })(),
  }
}

async function* unpacked(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip()
  // What goes wrong comes out of the loop.
  pipeline(Readable.from(chunks), gunzip, () => undefined)
  try {
    yield* gunzip as AsyncIterable<Buffer>
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw error
    // Its first header was right: that is how it was told to be gzip.
    const isLonger = /incorrect header check/.test(messageOf(error))
    throw unreadable(
      isLonger
        ? 'Behind its gzip data there are other bytes. Its last spans may not be read: unpack it with gzip -dc, and import that.'
        : `It can't be unpacked to its end: ${messageOf(error)}`,
      error,
    )
  }
}

/** @param onShare is told of each portion, how much of the file it is: 0 to 1 */
async function* parquetPortions(file: string, onShare: (share: number) => void): AsyncGenerator<Portion> {
  let firstRow = 1
  for await (const { spans, total } of readParquet(file)) {
    yield { of: 'parquet', rows: spans, firstRow }
    firstRow += spans.length
    onShare(spans.length / total)
  }
}
