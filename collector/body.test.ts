import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { readBody } from './body.ts'

/** A request as it comes off the wire: headers, then chunks, then the end or an abort. */
function request(
  headers: Readonly<Record<string, string>>,
  chunks: readonly Uint8Array[],
  aborted = false,
): IncomingMessage {
  const message = new IncomingMessage(new Socket())
  Object.assign(message.headers, headers)
  for (const chunk of chunks) message.push(chunk)
  if (aborted) setImmediate(() => message.destroy(new Error('aborted')))
  else message.push(null)
  return message
}

const text = Buffer.from('[1,2,3]')
const ignore = () => undefined

describe('a body', () => {
  test.each([
    ['plain', {}, text],
    ['gzip', { 'content-encoding': 'gzip' }, gzipSync(text)],
    ['deflate', { 'content-encoding': ' Deflate ' }, deflateSync(text)],
  ] as const)('is read in whatever pieces it comes, %s', async (_, headers, body) => {
    const pieces = Array.from(body, (byte) => Uint8Array.of(byte))
    expect(Buffer.from(await readBody(request(headers, pieces), 100, ignore))).toEqual(text)
  })

  test('may have exactly the limit', async () => {
    for (const [headers, body] of [
      [{}, text],
      [{ 'content-encoding': 'gzip' }, gzipSync(text)],
    ] as const) {
      expect(await readBody(request(headers, [body]), text.length, ignore)).toHaveLength(text.length)
      const over = readBody(request(headers, [body]), text.length - 1, ignore)
      await expect(over).rejects.toMatchObject({ code: 'body-too-large', status: 413 })
    }
  })

  test('that breaks off is unreadable, plain or compressed', async () => {
    for (const encoding of ['identity', 'gzip']) {
      const broken = request({ 'content-encoding': encoding }, [gzipSync(text).subarray(0, 12)], true)
      await expect(readBody(broken, 100, ignore)).rejects.toMatchObject({ code: 'body-unreadable' })
    }
  })

  test('tells how far it has grown, and stops when told to', async () => {
    const grown: number[] = []
    await readBody(request({}, [text, text]), 100, (bytes) => grown.push(bytes))
    expect(grown.at(-1)).toBe(14)
    const bomb = gzipSync(Buffer.alloc(1e7))
    let most = 0
    const stopped = readBody(request({ 'content-encoding': 'gzip' }, [bomb]), 1e9, (bytes) => {
      most = bytes
      if (bytes > 1e5) throw new Error('full')
    })
    await expect(stopped).rejects.toThrow('full')
    expect(most).toBeLessThan(3e5)
  })
})
