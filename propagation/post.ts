// One untraced POST of a batch to the collector, and what its status means for the batch.
import http from 'node:http'
import https from 'node:https'
import { runUntraced } from './context.ts'
import type { Answer, Sender } from './sender.ts'
import { messageOf } from './span.ts'

const MAX_REASON = 300
const MAX_RETRY_AFTER_MS = 300_000

/** Retry-After as RFC 9110 has it, seconds or a date; at most five minutes. */
export const retryAfterMs = (value: string | undefined, now = Date.now()): number | undefined => {
  if (!value) return undefined
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS)
}

const answerFrom = (status: number, retryAfter: string | undefined, body: string): Answer => {
  if (status >= 200 && status < 300) return { kind: 'stored' }
  // Quoted as JSON: a collector's words must not forge lines in the service's log.
  const reason = body ? `${status} ${JSON.stringify(body)}` : String(status)
  if (status !== 408 && status !== 429 && status < 500) return { kind: 'refused', reason }
  const wait = retryAfterMs(retryAfter)
  return { kind: 'again', reason, ...(wait !== undefined && { retryAfterMs: wait }) }
}

/** Posts to `url`, one connection kept alive; the connection alone keeps no process running. */
export const httpSenderTo = (url: URL, headers: Readonly<Record<string, string>>): Sender => {
  const client = url.protocol === 'https:' ? https : http
  const agent = new client.Agent({ keepAlive: true, maxSockets: 1 })
  const post = (body: string, timeoutMs: number): Promise<Answer> =>
    new Promise((resolve) => {
      const again = (error: unknown): void => resolve({ kind: 'again', reason: messageOf(error) })
      const request = client.request(url, {
        agent,
        method: 'POST',
        headers: {
          ...headers,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        },
        signal: AbortSignal.timeout(timeoutMs),
      })
      request.once('socket', (socket) => socket.unref())
      request.once('error', again)
      request.once('response', (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          if (text.length < MAX_REASON) text += chunk.slice(0, MAX_REASON - text.length)
        })
        response.once('error', again)
        response.once('end', () =>
          resolve(answerFrom(response.statusCode ?? 0, response.headers['retry-after'], text)),
        )
        response.once('close', () => again(new Error('connection closed')))
      })
      request.end(body)
    })
  return {
    place: url.origin + url.pathname,
    send: (body, timeoutMs) =>
      runUntraced(() => post(body, timeoutMs)).catch((error: unknown) => ({
        kind: 'again',
        reason: messageOf(error),
      })),
    release: () => {
      agent.destroy()
      return Promise.resolve()
    },
  }
}
