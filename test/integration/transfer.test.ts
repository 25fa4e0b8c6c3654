// Traces out of a server and into another: files of every form, what breaks on the way, and what is refused.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type ServerProcess, startServer, tempFolder } from '../support/server-process.ts'
import { getJson, idFrom, post, postSpans, storedSpans, wireSpan, type WireSpan } from './client.ts'
import { runCommand } from './command.ts'
import { type ContractClient, contractClient } from './contract-client.ts'

const T0 = (Date.now() - 3600_000) * 1000
const folder = tempFolder()

let source: ServerProcess
let contract: ContractClient

const CALL = idFrom('transfer call')
const call: WireSpan[] = [
  wireSpan({ traceId: CALL, id: idFrom('a'), kind: 'CLIENT', name: 'get /buy', timestamp: T0, duration: 90_000, localEndpoint: { serviceName: 'web', ipv4: '10.0.0.1', port: 80 }, remoteEndpoint: { serviceName: 'pay' }, annotations: [{ timestamp: T0 + 1, value: 'ws' }], tags: { request_id: 'r-1', '': 'empty', text: 'a\n"b"\u0000€' } }),
  wireSpan({ traceId: CALL, id: idFrom('a'), kind: 'SERVER', shared: true, timestamp: T0 + 5, duration: 80_000, localEndpoint: { serviceName: 'pay' }, tags: { error: '' } }),
] // prettier-ignore

const LINKED = `${idFrom('linked 1')}${idFrom('linked 2')}`
const linkedSpan = {
  traceId: LINKED,
  spanId: idFrom('linked span'),
  name: 'checkout',
  kind: 2,
  startTimeUnixNano: `${T0 + 60_000_000}001`,
  endTimeUnixNano: `${T0 + 60_001_000}002`,
  attributes: [
    { key: 'count', value: { intValue: '9007199254740993' } },
    { key: 'list', value: { arrayValue: { values: [{ stringValue: 'x' }, { doubleValue: 0.5 }] } } },
  ],
  events: [{ timeUnixNano: `${T0 + 60_000_500}003`, name: 'paid', attributes: [{ key: 'cents', value: { intValue: '5' } }] }],
  links: [{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), attributes: [] }],
  status: { code: 2, message: 'declined' },
} // prettier-ignore
const shop = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] }
const scopeSpans = [{ scope: { name: 'library', version: '1' }, spans: [linkedSpan] }]
const linked = { resourceSpans: [{ resource: shop, scopeSpans }] }

beforeAll(async () => {
  source = await startServer()
  contract = await contractClient(source.url)
  expect((await postSpans(source.url, call)).status).toBe(202)
  expect((await post(source.url, JSON.stringify(linked), { path: '/v1/traces' })).status).toBe(200)
  const many = Array.from({ length: 1200 }, (_, i) =>
    wireSpan({
      traceId: idFrom('many', i),
      timestamp: T0 - i * 1000,
      localEndpoint: { serviceName: 'many' },
    }),
  )
  expect((await postSpans(source.url, many)).status).toBe(202)
})
afterAll(async () => {
  await contract.close()
  await source.stop()
})

async function withServer(use: (server: ServerProcess) => Promise<void>): Promise<void> {
  const server = await startServer()
  try {
    await use(server)
  } finally {
    await server.stop()
  }
}

const exported = (url: string, ...flags: string[]) => runCommand(['export', '--url', url, ...flags])
const imported = (url: string, ...files: string[]) => runCommand(['import', '--url', url, ...files])

/** With all lists of attributes sorted: they have no order. */
async function otlpOf(url: string, id: string): Promise<unknown> {
  const text = JSON.stringify(await getJson<unknown>(`${url}/rest/v1/traces/${id}?format=otlp`))
  return JSON.parse(text, (key, value: unknown) =>
    key === 'attributes' && Array.isArray(value) ? value.map((each) => JSON.stringify(each)).sort() : value,
  )
}

/** A server that answers as it is told. */
async function withFake(
  answer: Parameters<typeof createServer>[1],
  use: (url: string) => Promise<void>,
): Promise<void> {
  const server: Server = createServer({}, answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

/** Where no server is. */
async function nowhere(): Promise<string> {
  let gone = ''
  await withFake(undefined, (url) => {
    gone = url
    return Promise.resolve()
  })
  return gone
}

describe('a trace is given', () => {
  test('as the file of another tool, with a name to save it by', async () => {
    const names: Record<string, string> = { zipkin: '0', otlp: 'resourceSpans', jaeger: 'data' }
    for (const [format, member] of Object.entries(names)) {
      const response = await contract.fetch(`/rest/v1/traces/${CALL}?format=${format}`)
      expect([format, response.status]).toEqual([format, 200])
      expect(response.headers.get('content-disposition')).toBe(
        `attachment; filename="trace-${CALL}.${format}.json"`,
      )
      expect(Object.keys((await response.json()) as object)).toContain(member)
    }
  })

  test('with its request, all traces in one file', async () => {
    const response = await contract.fetch('/rest/v1/requests/r-1?format=zipkin')
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="request-r-1.zipkin.json"')
    expect(await response.json()).toEqual(await storedSpans(source.url, CALL))
  })

  test('in no format that does not exist', async () => {
    for (const path of [`/traces/${CALL}?format=xml`, '/requests/r-1?format=xml', '/export?format=jaeger']) {
      const response = await contract.fetch(`/rest/v1${path}`)
      expect([path, response.status]).toEqual([path, 400])
      expect(await response.json()).toMatchObject({ detail: expect.stringMatching(/^format: .* is none of .*zipkin/) }) // prettier-ignore
    }
  })

  test('with what OpenTelemetry says beyond Zipkin, as an object', async () => {
    const response = await contract.fetch(`/rest/v1/traces/${LINKED}`)
    const { spans } = (await response.json()) as { spans: { span: { otel?: object } }[] }
    expect(JSON.stringify(spans[0]?.span.otel)).toContain('b'.repeat(16))
    const plain = await contract.fetch(`/rest/v1/traces/${CALL}`)
    expect(JSON.stringify(await plain.json())).not.toContain('otel')
  })
})

describe('an export', () => {
  test('has all traces, however many, newest first, each once', async () => {
    const { code, stdout, stderr } = await exported(source.url, '--service', 'many')
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^1,200 spans exported: .* spans\/s\.\n$/)])
    const ids = stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as WireSpan)['traceId'])
    expect(ids).toEqual(Array.from({ length: 1200 }, (_, i) => idFrom('many', i)))
  })

  test('has what the conditions ask for, and refuses those that are none', async () => {
    const start = String(T0 - 5000)
    const { stdout } = await exported(source.url, '--service', 'many', '--start', start)
    expect(stdout.trimEnd().split('\n')).toHaveLength(6)
    const refused = await exported(source.url, '--start', 'yesterday')
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/^The server refused the export \(400\): start: "yesterday" is neither/)
  })

  test('of nothing is a whole file too', async () => {
    const nothing = ['--service', 'nobody', '--format', 'json']
    expect((await exported(source.url, ...nothing)).stdout).toBe('[\n\n]\n')
    const otlp = await exported(source.url, ...nothing, '--dialect', 'otlp')
    expect(JSON.parse(otlp.stdout)).toEqual({ resourceSpans: [] })
  })

  test('that breaks off leaves no file, and says so', async () => {
    const answer: Parameters<typeof createServer>[1] = (_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/x-ndjson' })
      response.write('{"traceId":"1"}\n{"traceId":"2"', () => response.destroy())
    }
    await withFake(answer, async (url) => {
      for (const format of ['ndjson', 'json', 'parquet']) {
        const target = tempFolder()
        const { code, stderr } = await exported(url, '--format', format, '-o', join(target, 'file'))
        expect(code).toBe(1)
        expect(stderr).toMatch(/^The export broke off after \d spans?: .*; .*file was not written\.\n$/)
        expect(readdirSync(target)).toEqual([])
      }
    })
  })

  test('says what is wrong with where it should come from or go to', async () => {
    expect((await exported(await nowhere())).stderr).toMatch(/can't be reached: .*ECONNREFUSED/)
    expect((await exported(source.url, '-o', join(folder, 'no', 'file'))).stderr).toMatch(
      /can't be written: ENOENT/,
    )
    expect((await exported(source.url, '--format', 'parquet')).stderr).toMatch(/--output/)
  })
})

describe('what was exported is imported', () => {
  const FORMS = [
    ['ndjson', 'zipkin'],
    ['json', 'zipkin'],
    ['ndjson', 'otlp'],
    ['json', 'otlp'],
    ['parquet', 'zipkin'],
  ] as const

  test.each(FORMS)('as %s of %s: the same traces', async (format, dialect) => {
    const file = join(folder, `all.${format}.${dialect}`)
    const out = await exported(source.url, '--format', format, '--dialect', dialect, '-o', file)
    expect(out).toMatchObject({ code: 0, stderr: expect.stringMatching(/^1,203 spans exported/) as unknown })
    expect(readdirSync(folder).filter((name) => name.includes('part'))).toEqual([])
    await withServer(async ({ url }) => {
      const { code, stderr } = await imported(url, file)
      expect([code, stderr]).toEqual([
        0,
        expect.stringMatching(/^1,203 spans sent: 1203 stored, 0 refused; /),
      ])
      for (const id of [
        idFrom('many', 0),
        idFrom('many', 1199),
        LINKED,
        ...(dialect === 'zipkin' ? [CALL] : []),
      ])
        expect(await storedSpans(url, id)).toEqual(await storedSpans(source.url, id))
      expect(await otlpOf(url, CALL)).toEqual(await otlpOf(source.url, CALL))
      if (format === 'parquet' || dialect === 'otlp')
        expect(await otlpOf(url, LINKED)).toEqual(await otlpOf(source.url, LINKED))
      const again = await imported(url, file)
      expect(again.code).toBe(0)
      expect(await storedSpans(url, LINKED)).toHaveLength(1)
    })
  })
})

describe('an import', () => {
  test('takes any form by its content: packed, a list of lists, v1', async () => {
    const v1 = [{ traceId: 'a1', id: 'a1', name: 'old', annotations: [{ timestamp: T0, value: 'sr', endpoint: { serviceName: 'old' } }, { timestamp: T0 + 10, value: 'ss', endpoint: { serviceName: 'old' } }] }] // prettier-ignore
    const contents = {
      packed: gzipSync(JSON.stringify([[wireSpan({ traceId: 'a2' })]], null, 1)),
      v1: JSON.stringify(v1),
    }
    await withServer(async ({ url }) => {
      const files = Object.entries(contents).map(([name, content]) => {
        writeFileSync(join(folder, name), content)
        return join(folder, name)
      })
      expect(await imported(url, ...files)).toMatchObject({ code: 0 })
      expect(await storedSpans(url, 'a1')).toMatchObject([{ kind: 'SERVER', duration: 10 }])
      expect(await storedSpans(url, 'a2')).toHaveLength(1)
    })
  })

  test('names what is refused by file and place, and stores all else', async () => {
    const lines = [
      JSON.stringify(wireSpan({ traceId: 'b1' })),
      '{"traceId":"b2","id":"no hex"}',
      '{"traceId":"b3",',
      'no JSON at all',
      JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: 'short', spanId: '1' }] }] }] }),
      JSON.stringify(wireSpan({ traceId: 'b4' })),
    ]
    const file = join(folder, 'bad.ndjson')
    writeFileSync(file, lines.join('\n'))
    const cut = join(folder, 'cut.json.gz')
    writeFileSync(cut, gzipSync(JSON.stringify([wireSpan()])).subarray(0, 40))
    await withServer(async ({ url }) => {
      const { code, stderr } = await imported(url, file, cut)
      expect(code).toBe(1)
      const told = stderr.split('\n')
      for (const line of [2, 3, 4, 5]) expect(told.filter((each) => each.startsWith(`${file}, line ${line}`))).toHaveLength(1) // prettier-ignore
      expect(stderr).toContain(`${cut}: It can't be unpacked to its end: unexpected end of file`)
      expect(stderr).toMatch(/4 spans sent: 2 stored, 2 refused, 3 places not read/)
      expect(await storedSpans(url, 'b1')).toHaveLength(1)
      expect(await storedSpans(url, 'b4')).toHaveLength(1)
    })
  })

  test('gives up at once when there is no server, and speaks of no rest when nothing was sent', async () => {
    const file = join(folder, 'away.ndjson')
    writeFileSync(file, JSON.stringify(wireSpan()))
    const away = await imported(await nowhere(), file)
    expect(away.code).toBe(1)
    expect(away.stderr).toMatch(/can't be reached: .*ECONNREFUSED/)
    expect(away.stderr).not.toContain('Run it again')
  })

  test('of what is not there sends nothing', async () => {
    const missing = join(folder, 'missing')
    const { code, stderr } = await imported(source.url, missing)
    expect([code, stderr]).toEqual([1, expect.stringContaining(`${missing} can't be read: ENOENT`)])
  })

  test('of Parquet cut short says which file', async () => {
    const file = join(folder, 'short.parquet')
    writeFileSync(file, readFileSync(join(folder, 'all.parquet.zipkin')).subarray(0, 500))
    const { code, stderr } = await imported(source.url, file)
    expect(code).toBe(1)
    expect(stderr).toContain(`${file}: It can't be read as Parquet`)
  })

  test('of nothing says so, and fails', async () => {
    const file = join(folder, 'empty')
    writeFileSync(file, ' \n')
    const { code, stderr } = await imported(source.url, file)
    expect([code, stderr]).toEqual([1, expect.stringContaining(`${file} holds no spans.`)])
  })

  test('of gzip with other bytes behind it says so', async () => {
    const file = join(folder, 'longer.gz')
    writeFileSync(file, Buffer.concat([gzipSync('[]'), Buffer.from('more')]))
    const { code, stderr } = await imported(source.url, file)
    expect([code, stderr]).toEqual([1, expect.stringContaining(`${file}: Behind its gzip data there are`)])
  })

  test('of a folder, or with a password in the URL, does not begin, nor show it', async () => {
    const { code, stderr } = await imported(source.url, folder)
    expect([code, stderr]).toEqual([1, `${folder} is a folder: name the files in it.\n`])
    const refused = await imported('http://user:secret@127.0.0.1:1', folder)
    expect([refused.code, refused.stderr]).toEqual([1, expect.not.stringContaining('secret')])
  })

  test("takes a large trace in OTLP, in Hopscope's own file", async () => {
    const traceId = 'c'.repeat(32)
    const text = { key: 'text', value: { stringValue: 'x'.repeat(50_000) } }
    const spans = Array.from({ length: 300 }, (_, i) => ({
      traceId,
      spanId: (i + 1).toString(16).padStart(16, '0'),
      name: `${i}`,
      attributes: [text],
    }))
    const file = join(folder, 'large.json')
    writeFileSync(file, JSON.stringify({ resourceSpans: [{ resource: shop, scopeSpans: [{ spans }] }] }))
    await withServer(async ({ url }) => {
      const { code, stderr } = await imported(url, file)
      expect([code, stderr]).toEqual([0, expect.stringMatching(/^300 spans sent: 300 stored, 0 refused; /)])
    })
  })
})
