// What the collector takes at most: bodies too large, bombs, more than it can hold, more than it should keep.
import { type ClientRequest, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { counters, getJson, idFrom, post, postSpans, storedSpans, wireSpan, type WireSpan } from './client.ts'

const MIB = 2 ** 20
const gzip = { headers: { 'Content-Encoding': 'gzip' } }
/** An empty list of so many bytes, gzipped to a thousandth. */
const bomb = (bytes: number) => new Uint8Array(gzipSync(`[${' '.repeat(bytes - 2)}]`))

const servers: ServerProcess[] = []
async function start(env: Readonly<Record<string, string>> = {}): Promise<string> {
  const server = await startServer({ env })
  servers.push(server)
  return server.url
}
async function stopAll(): Promise<void> {
  await Promise.all(servers.splice(0).map((server) => server.stop()))
}

/** A post whose body doesn't come until told. */
function slowPost(url: string, length: number): { request: ClientRequest; status: Promise<number> } {
  const headers = { 'Content-Type': 'application/json', 'Content-Length': length, Expect: '100-continue' }
  const request = httpRequest(`${url}/api/v2/spans`, { method: 'POST', headers })
  const status = new Promise<number>((resolve, reject) => {
    request.once('error', reject)
    request.once('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
  })
  return { request, status }
}

describe('a body', () => {
  let url: string
  beforeAll(async () => {
    url = await start()
  })
  afterAll(stopAll)

  test('of 10 MiB is taken and of one byte more refused, plain or inflated from a few kB', async () => {
    expect((await post(url, bomb(10 * MIB), gzip)).status).toBe(202)
    expect((await post(url, `[${' '.repeat(10 * MIB - 2)}]`)).status).toBe(202)
    for (const [body, options] of [
      [bomb(10 * MIB + 1), gzip],
      [`[${' '.repeat(10 * MIB - 1)}]`, {}],
    ] as const) {
      const response = await post(url, body, options)
      expect(response.status).toBe(413)
      expect(await response.text()).toMatch(/more than 10485760 bytes/)
    }
  })

  test('that declares too much is refused before it is sent', async () => {
    const { request, status } = slowPost(url, 1e12)
    request.flushHeaders()
    expect(await status).toBe(413)
    request.destroy()
  })

  test('that inflates to gigabytes is refused without inflating them, and many at once take bounded memory', async () => {
    const huge = new Uint8Array(gzipSync(Buffer.alloc(300 * MIB, 32), { level: 1 }))
    expect((await post(url, huge, gzip)).status).toBe(413)
    const memory = async () =>
      Number(/^process_resident_memory_bytes (\S+)/m.exec(await text(`${url}/prometheus`))?.[1])
    const before = await memory()
    const just = bomb(10 * MIB)
    const statuses = Promise.all(
      Array.from({ length: 150 }, async () => (await post(url, just, gzip)).status),
    )
    let most = before
    const watched = (async () => {
      for (let ended = false; !ended; most = Math.max(most, await memory()))
        ended = await Promise.race([statuses.then(() => true), memory().then(() => false)])
    })()
    expect(new Set(await statuses)).toEqual(new Set([202, 503]))
    await watched
    // All of them inflated would be 1500 MiB; 64 MiB may be held, and garbage lingers.
    expect(most - before).toBeLessThan(500 * MIB)
  })
})

describe('a collector that is full', () => {
  let url: string
  beforeAll(async () => {
    url = await start({ HOPSCOPE_COLLECTOR_MAX_PENDING: '64KiB', HOPSCOPE_COLLECTOR_MAX_BODY: '128KiB' })
  })
  afterAll(stopAll)

  test('says 503 with Retry-After, and takes spans again once it has room', async () => {
    const span = wireSpan()
    const body = JSON.stringify([span]).padEnd(60_000)
    const { request, status } = slowPost(url, body.length)
    // Told to continue, it is let in and holds its room.
    await new Promise<void>((resolve) => {
      request.once('continue', () => resolve())
      request.flushHeaders()
    })
    const refused = await post(url, '[]'.padEnd(10_000))
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await refused.text()).toMatch(/60000 bytes .* no more than 65536/)
    request.end(body)
    expect(await status).toBe(202)
    expect((await post(url, '[]'.padEnd(10_000))).status).toBe(202)
    expect(await storedSpans(url, span['traceId'])).toEqual([span])
  })

  test('has room for honest posts beside senders that declare the most and send next to nothing', async () => {
    const url = await start()
    const idle = Array.from({ length: 50 }, () => slowPost(url, 10 * MIB))
    await Promise.all(
      idle.map(async ({ request }) => {
        await new Promise<void>((resolve) => {
          request.once('continue', () => resolve())
          request.flushHeaders()
        })
        request.write('[')
      }),
    )
    expect((await post(url, '[]')).status).toBe(202)
    expect((await post(url, '[]'.padEnd(10 * MIB))).status).toBe(202)
    expect(await pendingBytes(url)).toBe(50 * 2 ** 16)
    for (const { request, status } of idle) {
      request.destroy()
      await expect(status).rejects.toThrow()
    }
    await until(async () => (await pendingBytes(url)) === 0)
  })

  test('tells a sender whose body outgrows the room so while it still sends, hears it out, and hangs up', async () => {
    const holder = slowPost(url, 60_000)
    await new Promise<void>((resolve) => {
      holder.request.once('continue', () => resolve())
      holder.request.flushHeaders()
    })
    for (let round = 0; round < 20; round++) {
      // It looks small, and inflates to more than the room that is left.
      const body = gzipSync(Buffer.alloc(60_000, 32))
      const socket = connect(Number(new URL(url).port), '127.0.0.1')
      let answer = ''
      const ended = new Promise<void>((resolve, reject) => {
        socket.once('error', reject).once('end', resolve)
        socket.on('data', (text) => (answer += text.toString()))
      })
      socket.write(
        `POST /api/v2/spans HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length + 1}\r\n\r\n`,
      )
      const answered = until(() => tick().then(() => answer.includes('Send again')))
      socket.write(body)
      await answered
      expect(answer).toMatch(/^HTTP\/1.1 503 /)
      expect(answer).toMatch(/\r\nRetry-After: 1\r\n/)
      expect(answer).toMatch(/\r\nConnection: close\r\n/)
      socket.write('.')
      await ended
      socket.destroy()
    }
    holder.request.destroy()
    await expect(holder.status).rejects.toThrow()
    await until(async () => (await pendingBytes(url)) === 0)
  })

  test('gives back the room of a sender that broke off', async () => {
    const { request, status } = slowPost(url, 60_000)
    await new Promise<void>((resolve) => {
      request.once('continue', () => resolve())
      request.flushHeaders()
    })
    request.destroy()
    await expect(status).rejects.toThrow()
    await until(async () => (await post(url, '[]'.padEnd(60_000))).status === 202)
  })

  test('under many big posts at once stores each that it acknowledged and none that it refused', async () => {
    const posts = Array.from({ length: 40 }, (_, i) =>
      Array.from({ length: 100 }, (_, k) => wireSpan({ traceId: idFrom('full', i), id: idFrom(i, k) })),
    )
    const answers = await Promise.all(posts.map((spans) => postSpans(url, spans)))
    const counts = new Map<number, number>()
    for (const [i, { status, headers }] of answers.entries()) {
      counts.set(status, (counts.get(status) ?? 0) + 1)
      if (status === 503) expect(headers.get('retry-after')).toBe('1')
      expect(await storedSpans(url, idFrom('full', i))).toHaveLength(status === 202 ? 100 : 0)
    }
    expect(counts.get(202)).toBeGreaterThan(0)
    expect(counts.get(503)).toBeGreaterThan(0)
    expect([...counts.keys()].sort()).toEqual([202, 503])
  })

  test('refuses a body over its own limit', async () => {
    expect((await post(url, '[]'.padEnd(128 * 1024))).status).toBe(202)
    expect((await post(url, '[]'.padEnd(128 * 1024 + 1))).status).toBe(413)
  })
})

describe('sampling', () => {
  afterEach(stopAll)

  test('at rate 0 stores nothing but debug spans', async () => {
    const url = await start({ COLLECTOR_SAMPLE_RATE: '0' })
    const debug = wireSpan({ debug: true })
    const other = wireSpan()
    expect((await postSpans(url, [debug, other])).status).toBe(202)
    expect(await storedSpans(url, debug['traceId'])).toEqual([debug])
    expect(await storedSpans(url, other['traceId'])).toEqual([])
    expect(await counters(url)).toMatchObject({ spans: 2, spans_dropped: 1, messages_dropped: 0 })
  })

  test('at rate 0.3 keeps that share of the traces, each whole, and the same ones on every server', async () => {
    const env = { COLLECTOR_SAMPLE_RATE: '0.3' }
    const urls = await Promise.all([start(env), start(env)])
    const spans = Array.from({ length: 2000 }, (_, i) => {
      const traceId = idFrom('sampled', i >> 1)
      return wireSpan({ traceId: i % 4 < 2 ? traceId : idFrom('high', i >> 1) + traceId, id: idFrom(i) })
    })
    const kept = await Promise.all(
      urls.map(async (url, at) => {
        // One gets traces at once, the other the halves of each in different posts.
        const posts = at === 0 ? [spans] : [0, 1].map((half) => spans.filter((_, i) => i % 2 === half))
        for (const each of posts) expect((await postSpans(url, each)).status).toBe(202)
        const traces = await getJson<WireSpan[][]>(`${url}/api/v2/traces?limit=2000`)
        for (const trace of traces) expect(trace).toHaveLength(2)
        return traces.map(([span]) => span?.['traceId']).sort()
      }),
    )
    expect(kept[1]).toEqual(kept[0])
    expect(kept[0]?.length).toBeGreaterThan(250)
    expect(kept[0]?.length).toBeLessThan(350)
  })
})

describe('metrics', () => {
  afterEach(stopAll)

  test("count messages, bytes and spans, and what was dropped of them, under Zipkin's names", async () => {
    const url = await start()
    const zeros = { messages: 0, messages_dropped: 0, bytes: 0, spans: 0, spans_dropped: 0 }
    expect(await counters(url)).toEqual(zeros)
    const good = JSON.stringify([wireSpan(), wireSpan()])
    const mixed = JSON.stringify([wireSpan(), { traceId: 1 }])
    await post(url, good)
    await post(url, new Uint8Array(gzipSync(good)), gzip)
    await post(url, mixed)
    await post(url, '{"an":"object"}')
    await post(url, 'no gzip', gzip)
    await post(url, good, { headers: { 'Content-Type': 'application/x-thrift' } })
    const expected = {
      messages: 6,
      messages_dropped: 3,
      bytes: 2 * good.length + mixed.length + 15,
      spans: 6,
      spans_dropped: 1,
    }
    expect(await counters(url)).toEqual(expected)
    const prometheus = await text(`${url}/prometheus`)
    for (const [name, value] of Object.entries(expected))
      expect(prometheus).toContain(`\nzipkin_collector_${name}_total{transport="http"} ${value}\n`)
    expect(prometheus).toContain('\nzipkin_collector_message_spans{transport="http"} 0\n')
    expect(await getJson(`${url}/metrics`)).toMatchObject({
      'gauge.zipkin_collector.message_bytes.http': 15,
    })
  })
})

async function text(url: string): Promise<string> {
  return (await fetch(url)).text()
}

const tick = () => new Promise((resolve) => setImmediate(resolve))

async function pendingBytes(url: string): Promise<number> {
  return Number(/^hopscope_collector_pending_bytes (\d+)$/m.exec(await text(`${url}/prometheus`))?.[1])
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition()));
}
