// The bytes of a file that was chosen, unpacked.
import { isGzip } from '@hopscope/proto/files'
import type { FileProblem } from './messages.ts'

/** More than a browser's tab can work on. */
const MOST_BYTES = 2 ** 30

export class FileFailure extends Error {
  override readonly name = 'FileFailure'
  readonly problem: FileProblem

  constructor(problem: FileProblem, cause?: unknown) {
    super(problem, { cause })
    this.problem = problem
  }
}

export interface ReadOptions {
  readonly onunpack?: () => void
  /** Bytes, before and after unpacking. */
  readonly most?: number
}

/** @throws FileFailure unreadable, gzip, too-large */
export async function bytesOf(
  file: Blob,
  { onunpack, most = MOST_BYTES }: ReadOptions = {},
): Promise<Uint8Array> {
  if (file.size > most) throw new FileFailure('too-large')
  const head = await readable(() => file.slice(0, 2).arrayBuffer())
  if (!isGzip(new Uint8Array(head))) return new Uint8Array(await readable(() => file.arrayBuffer()))
  onunpack?.()
  return unpacked(file, most)
}

async function readable<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    throw new FileFailure('unreadable', cause)
  }
}

/** By parts, for a small file may unpack to anything. */
async function unpacked(file: Blob, most: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  const reader = file.stream().pipeThrough(new DecompressionStream('gzip')).getReader()
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw new FileFailure('gzip', cause)
    })
    if (done) break
    length += value.length
    if (length > most) {
      await reader.cancel()
      throw new FileFailure('too-large')
    }
    parts.push(value)
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
