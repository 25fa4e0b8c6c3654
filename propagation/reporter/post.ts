// One untraced POST of a batch to the collector, and what its status means for the batch.
import http from 'node:http'
import https from 'node:https'
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import { runUntraced } from '../context/context.ts'
import type { Answer, Sender } from './sender.ts'
import { messageOf } from '../spans/span.ts'

const MAX_REASON = 300
const MAX_RETRY_AFTER_MS = 300_000

/** Retry-After as RFC 9110 has it, seconds or a date; at most five minutes. */
export const retryAfterMs = (value: string | undefined, now = Date.now()): number | undefined => {
  if (!value) return undefined
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS)
}

/** What came back; no `status` where that was lost, or never came, and then why. */
interface Reply {
  status?: number
  retryAfter?: string | undefined
  text: string
  /** Whether the request went out whole: what did not can't have been stored. */
  wentOut: boolean
}

/** Statuses that say that nothing was done: RFC 9110 15.5.9, 15.6.4, RFC 6585 4. */
const UNDONE = [408, 429, 503]

const answerFrom = ({ status, retryAfter, text, wentOut }: Reply): Answer => {
  if (status === undefined) return { kind: 'again', reason: text, unsure: wentOut }
  if (status >= 200 && status < 300) return { kind: 'stored' }
  // Quoted as JSON: a collector's words must not forge lines in the service's log.
  const reason = text ? `${status} ${JSON.stringify(text)}` : String(status)
  if (!UNDONE.includes(status) && status < 500) return { kind: 'refused', reason }
  const wait = retryAfterMs(retryAfter)
  const unsure = !UNDONE.includes(status)
  return { kind: 'again', reason, unsure, ...(wait !== undefined && { retryAfterMs: wait }) }
}

const compressed = promisify(gzip)
/** Below this a body is about a packet, compressed or not. */
const WORTH_COMPRESSING = 1024
/**
 * Takes spans to a seventh, for 1.6 µs of CPU each. The default level would save 8 % of that and cost twice as much; the
 * default window holds no more that is alike than this one, and costs a quarter more and 256 KiB instead of 96 each time.
 * One piece of output, for each is a way to the thread pool and back.
 */
const GZIP = { level: constants.Z_BEST_SPEED, windowBits: 13, memLevel: 7, chunkSize: 64 * 1024 }

/** Posts to `url`, one connection kept alive; the connection alone keeps no process running. */
class HttpSender implements Sender {
  readonly place: string
  readonly framing = 'list'
  readonly #url: URL
  readonly #client: typeof http | typeof https
  readonly #headers: Readonly<Record<string, string>>
  readonly #agent: http.Agent
  #compresses: boolean
  /** Of the batch being sent: a retry compresses nothing. */
  #packed: { of: Buffer; body: Buffer } | undefined

  constructor(url: URL, headers: Readonly<Record<string, string>>, compress: boolean) {
    this.place = url.origin + url.pathname
    this.#url = url
    this.#headers = headers
    this.#compresses = compress
    this.#client = url.protocol === 'https:' ? https : http
    this.#agent = new this.#client.Agent({ keepAlive: true, maxSockets: 1 })
  }

  async send(body: Buffer, timeoutMs: number): Promise<Answer> {
    const answer = answerFrom(await runUntraced(() => this.#deliver(body, timeoutMs)))
    if (answer.kind !== 'again') this.#packed = undefined
    return answer
  }

  release(): Promise<void> {
    this.#agent.destroy()
    return Promise.resolve()
  }

  async #deliver(body: Buffer, timeoutMs: number): Promise<Reply> {
    if (this.#compresses && body.length >= WORTH_COMPRESSING) {
      if (this.#packed?.of !== body) this.#packed = { of: body, body: await compressed(body, GZIP) }
      const reply = await this.#post(this.#packed.body, timeoutMs, { 'content-encoding': 'gzip' })
      if (reply.status !== 415) return reply
      // RFC 9110 15.5.16: it does not take this coding. It took nothing, so this is no second time.
      this.#compresses = false
      this.#packed = undefined
    }
    return this.#post(body, timeoutMs, {})
  }

  #post(body: Buffer, timeoutMs: number, coding: Readonly<Record<string, string>>): Promise<Reply> {
    return new Promise((resolve) => {
      const request = this.#client.request(this.#url, {
        agent: this.#agent,
        method: 'POST',
        headers: {
          ...this.#headers,
          ...coding,
          'content-type': 'application/json',
          'content-length': body.length,
        },
        signal: AbortSignal.timeout(timeoutMs),
      })
      let reply: { status?: number; retryAfter?: string | undefined } = {}
      let text = ''
      let failure = 'connection closed'
      let wentOut = false
      request.once('socket', (socket) => socket.unref())
      request.once('finish', () => (wentOut = true))
      request.on('error', (error) => (failure = messageOf(error)))
      request.once('response', (response) => {
        // An answer by now, though the rest of it be lost: what it says was stored must not be sent again.
        reply = { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] }
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          if (text.length < MAX_REASON) text += chunk.slice(0, MAX_REASON - text.length)
        })
        response.on('error', (error) => (failure = messageOf(error)))
      })
      // Not at the end of the answer: a collector may answer early, and the body must not change while it is sent.
      request.once('close', () =>
        resolve({
          ...reply,
          text: reply.status === undefined ? failure : text,
          wentOut,
        }),
      )
      request.end(body)
    })
  }
}

export const httpSenderTo = (
  url: URL,
  headers: Readonly<Record<string, string>>,
  compress: boolean,
): Sender => new HttpSender(url, headers, compress)
