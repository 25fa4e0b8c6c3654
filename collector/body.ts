// Takes a body off the wire, inflating it as it comes: it stops at the first byte too many, so a few
// kilobytes that inflate to gigabytes never do.
import type { IncomingMessage } from 'node:http'
import type { Readable, Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { HopscopeError, messageOf } from '@hopscope/proto'

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

export function isCompressed(request: IncomingMessage): boolean {
  return encodingOf(request) !== 'identity'
}

function encodingOf(request: IncomingMessage): string {
  return request.headers['content-encoding']?.trim().toLowerCase() || 'identity'
}

/**
 * @param limit most bytes, inflated
 * @param grown told the inflated size so far; may throw to stop
 * @throws HopscopeError body-too-large, body-unreadable, encoding-unsupported, or what `grown` throws
 */
export async function readBody(
  request: IncomingMessage,
  limit: number,
  grown: (bytes: number) => void,
): Promise<Uint8Array> {
  const encoding = encodingOf(request)
  if (encoding === 'identity') {
    if (Number(request.headers['content-length']) > limit) throw tooLarge(limit)
    return collect(request, limit, grown)
  }
  const decoder = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding]?.() : undefined
  if (decoder === undefined)
    throw new HopscopeError(
      'encoding-unsupported',
      `Content-Encoding is ${JSON.stringify(encoding.slice(0, 100))}. Send the body plain, or as gzip, deflate or br.`,
    )
  // Not stream.pipeline(): it would destroy the request, and with it the socket that carries the answer.
  const abandon = (error: Error) => decoder.destroy(error)
  request.once('error', abandon)
  try {
    return await collect(request.pipe(decoder), limit, grown)
  } finally {
    request.off('error', abandon)
    request.unpipe(decoder)
    decoder.destroy()
  }
}

async function collect(body: Readable, limit: number, grown: (bytes: number) => void): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      size += chunk.length
      if (size > limit) throw tooLarge(limit)
      grown(size)
      chunks.push(chunk)
    }
  } catch (error) {
    throw error instanceof HopscopeError ? error : unreadable(error)
  }
  return Buffer.concat(chunks, size)
}

function tooLarge(limit: number): HopscopeError {
  return new HopscopeError(
    'body-too-large',
    `The body has more than ${limit} bytes (inflated). Send smaller batches.`,
  )
}

function unreadable(cause: unknown): HopscopeError {
  return new HopscopeError('body-unreadable', `The body could not be read: ${messageOf(cause)}.`, { cause })
}
