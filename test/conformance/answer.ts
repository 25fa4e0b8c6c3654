// Asks a server one thing and takes its answer apart; Node's own client, as fetch knows neither TRACE nor Origin.
import { request } from 'node:http'
import type { Asked } from './requests.ts'

/** Of the headers only those that a client may go by; Vary is for caches, and every answer of ours has it, as Origin may change any. */
export const HEADERS = [
  'content-type',
  'cache-control',
  'allow',
  'location',
  'access-control-allow-origin',
  'access-control-allow-methods',
  'access-control-allow-headers',
  'access-control-max-age',
  'access-control-expose-headers',
] as const

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const TIMEOUT_MS = 30_000

export function ask(
  url: string,
  { method, path, headers, body }: Pick<Asked, 'method' | 'path' | 'headers' | 'body'>,
): Promise<Answer> {
  const { hostname, port } = new URL(url)
  const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }
  return new Promise((resolve, reject) => {
    const sent = request(
      { hostname, port, method, path, headers: { ...headers, ...length }, timeout: TIMEOUT_MS },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.once('error', reject)
        response.once('end', () => {
          const got = HEADERS.flatMap((name) => {
            const value = response.headers[name]
            return value === undefined ? [] : [[name, value] as const]
          })
          resolve({
            status: response.statusCode ?? 0,
            headers: Object.fromEntries(got),
            body: Buffer.concat(chunks).toString(),
          })
        })
      },
    )
    sent.once('timeout', () => sent.destroy(new Error(`no answer to ${method} ${path}`)))
    sent.once('error', reject)
    sent.end(body)
  })
}
