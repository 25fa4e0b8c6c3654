// Spans over HTTP, good and bad, against the real process: what is acknowledged is there, and what is
// refused is refused by name.
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { getJson, post, postSpans, storedSpans, wireSpan, type WireSpan } from './client.ts'

let server: ServerProcess
let url: string
beforeAll(async () => {
  server = await startServer()
  url = server.url
})
afterAll(() => server.stop())

const gzip = { headers: { 'Content-Encoding': 'gzip' } }
const bytes = (buffer: Buffer) => new Uint8Array(buffer)

describe('202', () => {
  test('means that the span is found at once: by trace, by service and by request', async () => {
    for (let round = 0; round < 10; round++) {
      const service = `visible-${round}`
      const span = wireSpan({
        localEndpoint: { serviceName: service },
        tags: { request_id: `visible/${round}` },
      })
      const response = await postSpans(url, [span])
      expect([response.status, await response.text()]).toEqual([202, ''])
      const [byId, byService, byRequest, services] = await Promise.all([
        getJson<WireSpan[]>(`${url}/api/v2/trace/${String(span['traceId'])}`),
        getJson<WireSpan[][]>(`${url}/api/v2/traces?serviceName=${service}`),
        getJson<{ traces: unknown[] }>(`${url}/rest/v1/requests/visible%2F${round}`),
        getJson<string[]>(`${url}/api/v2/services`),
      ])
      expect(byId).toEqual([span])
      expect(byService).toEqual([[span]])
      expect(byRequest.traces).toMatchObject([{ traceId: span['traceId'] }])
      expect(services).toContain(service)
    }
  })

  test('answers an empty list', async () => {
    expect((await post(url, '[]')).status).toBe(202)
  })

  test('answers a post below /zipkin as well', async () => {
    const span = wireSpan()
    expect((await postSpans(url, [span], { path: '/zipkin/api/v2/spans' })).status).toBe(202)
    expect(await storedSpans(url, span['traceId'])).toEqual([span])
  })

  test.each([
    ['a charset', 'application/json; charset=utf-8'],
    ['capitals', 'Application/JSON'],
  ])('answers a JSON type with %s', async (_, type) => {
    const response = await postSpans(url, [wireSpan()], { headers: { 'Content-Type': type } })
    expect(response.status).toBe(202)
  })

  test('answers a post without a type, as old reporters send', async () => {
    const span = wireSpan()
    const body = JSON.stringify([span])
    const status = await raw(
      `POST /api/v2/spans HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    expect(status).toMatch(/^HTTP\/1.1 202 /)
    expect(await storedSpans(url, span['traceId'])).toEqual([span])
  })

  test('answers the same post again, and stores it once', async () => {
    const span = wireSpan()
    for (let i = 0; i < 3; i++) expect((await postSpans(url, [span, span])).status).toBe(202)
    expect(await storedSpans(url, span['traceId'])).toEqual([span])
  })

  test.each([
    ['gzip', gzipSync],
    ['GZIP', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['identity', (text: string) => Buffer.from(text)],
  ])('answers a body in %s', async (encoding, encode) => {
    const list = Array.from({ length: 300 }, () => wireSpan({ traceId: 'c0ffee', tags: { encoding } }))
    const body = bytes(encode(JSON.stringify(list)))
    const response = await post(url, body, { headers: { 'Content-Encoding': encoding } })
    expect([response.status, await response.text()]).toEqual([202, ''])
    const stored = await storedSpans(url, 'c0ffee')
    expect(stored.filter((span) => (span['tags'] as WireSpan)['encoding'] === encoding)).toHaveLength(300)
  })
})

describe('400', () => {
  const refused = async (body: string | Uint8Array<ArrayBuffer>, options = {}) => {
    const response = await post(url, body, options)
    expect(response.status).toBe(400)
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    return response.text()
  }

  test('names each malformed span, field and reason, says how many were stored, and the others are', async () => {
    const good = [wireSpan(), wireSpan()]
    const text = await refused(
      JSON.stringify([
        good[0],
        wireSpan({ traceId: 'not hex' }),
        wireSpan({ localEndpoint: { serviceName: 'web', port: 70_000 } }),
        good[1],
        wireSpan({ tags: { a: { b: 1 } } }),
        17,
      ]),
    )
    const [summary, ...lines] = text.trimEnd().split('\n')
    expect(summary).toBe('4 of 6 spans refused, 2 stored.')
    expect(lines).toEqual([
      expect.stringMatching(/^\[1\] traceId: "not hex" .*hex/),
      expect.stringMatching(/^\[2\] localEndpoint\.port: 70000 .*65535/),
      expect.stringMatching(/^\[4\] tags\["a"\]: .*object/),
      expect.stringMatching(/^\[5\]: .*17/),
    ])
    for (const span of good) expect(await storedSpans(url, span['traceId'])).toEqual([span])
  })

  test('stays short however many spans are malformed', async () => {
    const text = await refused(JSON.stringify(Array.from({ length: 50_000 }, () => ({}))))
    expect(text).toMatch(/^50000 of 50000 spans refused, 0 stored\.\n/)
    expect(text).toMatch(/\n… and 49980 more\n$/)
    expect(text.length).toBeLessThan(2000)
  })

  test.each([
    ['what is not JSON', '[{"traceId":', /JSON/],
    ['an object, and says to put it in a list', JSON.stringify(wireSpan()), /single object.*\[\{…\}\]/],
    ['a number', '1', /list of spans/],
    ['null', 'null', /list of spans/],
  ])('answers %s', async (_, body, message) => {
    expect(await refused(body)).toMatch(message)
  })

  test.each([
    ['that is not compressed as it says', '[]', gzip, /incorrect header/],
    ['that is compressed otherwise', deflateSync('[]'), gzip, /incorrect header/],
    ['that is compressed but says nothing of it', gzipSync('[]'), {}, /JSON/],
    ['that ends too early', gzipSync('[]'.padEnd(1e5)).subarray(0, -6), gzip, /unexpected end/],
    ['that is empty where gzip was promised', '', gzip, /unexpected end|JSON/],
  ])('answers a body %s', async (_, body, options, message) => {
    expect(await refused(typeof body === 'string' ? body : bytes(body), options)).toMatch(message)
  })
})

describe('415', () => {
  test('answers the binary format of the other version of Zipkin, and names its path', async () => {
    const response = await postSpans(url, [wireSpan()], {
      headers: { 'Content-Type': 'application/x-thrift' },
    })
    expect([response.status, await response.text()]).toEqual([
      415,
      'Spans as application/x-thrift are taken at /api/v1/spans, not at /api/v2/spans.\n',
    ])
  })

  test.each(['zstd', 'gzip, gzip', '__proto__'])(
    'answers the encoding %s and names what can be read',
    async (encoding) => {
      const response = await post(url, '[]', { headers: { 'Content-Encoding': encoding } })
      expect(response.status).toBe(415)
      expect(await response.text()).toContain('Content-Encoding')
    },
  )
})

describe('a sender that breaks off', () => {
  test('midway through the declared length leaves nothing behind, and the next one is served', async () => {
    const span = wireSpan()
    for (const encoding of ['', 'Content-Encoding: gzip\r\n']) {
      const socket = connect(Number(new URL(url).port), '127.0.0.1')
      const body = encoding === '' ? JSON.stringify([span]) : gzipSync(JSON.stringify([span]))
      socket.write(
        `POST /api/v2/spans HTTP/1.1\r\nHost: x\r\n${encoding}Content-Length: ${body.length + 9}\r\n\r\n`,
      )
      await new Promise<void>((resolve) => socket.write(body, () => resolve()))
      socket.destroy()
    }
    const next = wireSpan()
    expect((await postSpans(url, [next])).status).toBe(202)
    expect(await storedSpans(url, span['traceId'])).toEqual([])
    expect(await getJson(`${url}/health`)).toMatchObject({ status: 'UP' })
  })

  test('or sends more than the declared length is told so, and the next one is served', async () => {
    const answer = await raw(
      'POST /api/v2/spans HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]junk\r\n\r\n',
    )
    expect(answer).toContain('HTTP/1.1 400 ')
    expect((await post(url, '[]')).status).toBe(202)
  })

  test('is answered when it asks first whether it may send', async () => {
    const body = JSON.stringify([wireSpan()])
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest(`${url}/api/v2/spans`, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          Expect: '100-continue',
          'Content-Length': body.length,
        },
      })
      request.once('continue', () => request.end(body))
      request.once('response', (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      request.once('error', reject)
      request.flushHeaders()
    })
    expect(status).toBe(202)
  })
})

/** Sends bytes as they are; gives everything that came back until the server closed. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text))
    socket.on('data', (chunk) => (answer += chunk.toString()))
    socket.once('end', () => resolve(answer))
    socket.once('error', reject)
  })
}
