// Stopping, kindly and not: what was acknowledged is there after the next start, once.
import { connect } from 'node:net'
import { request as httpRequest } from 'node:http'
import { afterEach, describe, expect, test } from '@jest/globals'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { getJson, idFrom, post, postSpans, storedSpans, wireSpan, type WireSpan } from './client.ts'

const SENDERS = 8
const SPANS_OF_POST = 40

let running: ServerProcess | undefined
async function start(dataDir?: string): Promise<ServerProcess> {
  return (running = await startServer(dataDir === undefined ? {} : { dataDir }))
}
afterEach(async () => {
  await running?.stop('SIGKILL')
})

/** Every post by its trace id, and whether it was acknowledged. */
class Ledger {
  readonly posts = new Map<string, readonly WireSpan[]>()
  readonly acknowledged = new Set<string>()
  #posts = 0

  /** Posts from several connections until the server is gone; `onAck` hears of each 202. */
  async load(url: string, round: string, onAck: (acknowledged: number) => void): Promise<void> {
    let acknowledged = 0
    const sender = async () => {
      for (;;) {
        const traceId = idFrom(round, this.#posts++)
        const spans = Array.from({ length: SPANS_OF_POST }, (_, i) =>
          wireSpan({ traceId, id: idFrom(traceId, i), tags: { round, i: String(i) } }),
        )
        this.posts.set(traceId, spans)
        let response: Response
        try {
          response = await postSpans(url, spans)
        } catch {
          // The connection broke: whether the spans are stored is for nobody to know.
          return
        }
        if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`)
        this.acknowledged.add(traceId)
        onAck(++acknowledged)
      }
    }
    await Promise.all(Array.from({ length: SENDERS }, sender))
  }

  /** How many spans the server has of each post. */
  async stored(url: string): Promise<Map<string, number>> {
    const counts = new Map<string, number>()
    const ids = [...this.posts.keys()]
    for (let at = 0; at < ids.length; at += 300) {
      const asked = [...ids.slice(at, at + 300), 'f'.repeat(16)].join(',')
      for (const trace of await getJson<WireSpan[][]>(`${url}/api/v2/traceMany?traceIds=${asked}`)) {
        counts.set(String(trace[0]?.['traceId']), trace.length)
        expect(new Set(trace.map((span) => JSON.stringify(span))).size).toBe(trace.length)
      }
    }
    return counts
  }

  async expectAcknowledged(url: string): Promise<void> {
    const stored = await this.stored(url)
    const wrong = [...this.acknowledged].filter((id) => stored.get(id) !== SPANS_OF_POST)
    expect(wrong.map((id) => [id, stored.get(id)])).toEqual([])
    // What was not acknowledged is there as a whole or not at all.
    for (const [id, count] of stored) expect([id, count]).toEqual([id, SPANS_OF_POST])
  }
}

describe('SIGTERM', () => {
  test('under load loses nothing that was acknowledged, and ends within 10 s with code 0', async () => {
    const first = await start()
    const ledger = new Ledger()
    let stopped: Promise<unknown> | undefined
    let asked = 0
    await ledger.load(first.url, 'term', (acknowledged) => {
      if (acknowledged < 50 || stopped !== undefined) return
      asked = performance.now()
      stopped = first.stop('SIGTERM')
    })
    expect(await stopped).toBe(0)
    expect(performance.now() - asked).toBeLessThan(10_000)
    expect(first.output()).toMatch(/Stopped; every accepted span is stored\.\n$/)
    expect(ledger.acknowledged.size).toBeGreaterThanOrEqual(50)
    await ledger.expectAcknowledged((await start(first.dataDir)).url)
  })

  test('lets a post that is under way finish, and takes no new connection', async () => {
    const { url, dataDir, stop, output } = await start()
    const span = wireSpan()
    const body = JSON.stringify([span])
    const request = httpRequest(`${url}/api/v2/spans`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Content-Length': body.length, Expect: '100-continue' },
    })
    const answered = new Promise<unknown[]>((resolve, reject) => {
      request.once('error', reject)
      request.once('response', (response) => {
        response.resume()
        resolve([response.statusCode, response.headers.connection])
      })
    })
    await new Promise<void>((resolve) => {
      request.once('continue', () => resolve())
      request.flushHeaders()
    })
    const stopped = stop('SIGTERM')
    while (!output().includes('SIGTERM: ')) await post(url, '[]').catch(() => undefined)
    await expect(post(url, '[]')).rejects.toThrow()
    request.end(body)
    expect(await answered).toEqual([202, 'close'])
    expect(await stopped).toBe(0)
    expect(await storedSpans((await start(dataDir)).url, span['traceId'])).toEqual([span])
  })

  test('does not wait for connections on which nothing happens', async () => {
    const { url, stop } = await start()
    await post(url, '[]')
    const silent = connect(Number(new URL(url).port), '127.0.0.1')
    silent.on('error', () => undefined)
    await new Promise<void>((resolve) => silent.once('connect', () => resolve()))
    const asked = performance.now()
    expect(await stop('SIGTERM')).toBe(0)
    expect(performance.now() - asked).toBeLessThan(5000)
    silent.destroy()
  })

  test('and SIGINT are alike', async () => {
    expect(await (await start()).stop('SIGINT')).toBe(0)
  })
})

test('kill -9 under load, again and again, loses no acknowledged span and stores none twice', async () => {
  const ledger = new Ledger()
  let dataDir: string | undefined
  for (let round = 0; round < 5; round++) {
    const server = await start(dataDir)
    dataDir = server.dataDir
    const moment = 5 + Math.floor(Math.random() * 120)
    let killed: Promise<unknown> | undefined
    await ledger.load(server.url, `kill ${round}`, (acknowledged) => {
      if (acknowledged === moment) killed = server.stop('SIGKILL')
    })
    expect(await killed).toBe('SIGKILL')
  }
  const { url } = await start(dataDir)
  await ledger.expectAcknowledged(url)
  for (const spans of ledger.posts.values()) expect((await postSpans(url, spans)).status).toBe(202)
  const stored = await ledger.stored(url)
  expect(stored.size).toBe(ledger.posts.size)
  expect(new Set(stored.values())).toEqual(new Set([SPANS_OF_POST]))
}, 90_000)
