// Zipkin's read API, below both of its base paths: every answer is held against the contract.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { idFrom, postSpans, wireSpan, type WireSpan } from './client.ts'
import { type ContractClient, contractClient } from './contract-client.ts'

let server: ServerProcess
const clients: Partial<Record<string, ContractClient>> = {}

const T0 = Date.now() - 600_000
const at = (milliseconds: number) => (T0 + milliseconds) * 1000
const local = (serviceName: string) => ({ localEndpoint: { serviceName, ipv4: '10.0.0.1', port: 80 } })

/** web calls pay, which fails; both halves share an id. */
const CALL = idFrom('call')
const call: WireSpan[] = [
  wireSpan({ traceId: CALL, id: idFrom('root'), name: 'get /buy', timestamp: at(0), duration: 90_000, ...local('web'), tags: { environment: 'prod', 'http.path': '/buy?a=1 b' } }),
  wireSpan({ traceId: CALL, id: idFrom('pay'), parentId: idFrom('root'), kind: 'CLIENT', name: 'post /charge', timestamp: at(10), duration: 60_000, ...local('web'), remoteEndpoint: { serviceName: 'pay', ipv6: '2001:db8::1' } }),
  wireSpan({ traceId: CALL, id: idFrom('pay'), parentId: idFrom('root'), shared: true, name: 'post /charge', timestamp: at(20), duration: 40_000, ...local('pay'), tags: { error: '', environment: 'test' }, annotations: [{ timestamp: at(30), value: 'retry now' }] }),
] // prettier-ignore
/** A later trace with a 128-bit id, of one span. */
const WIDE = '1'.padStart(16, '0') + idFrom('wide')
const wide = wireSpan({ traceId: WIDE, id: idFrom('wide'), name: 'tick', timestamp: at(1000), duration: 500, ...local('cron') }) // prettier-ignore

beforeAll(async () => {
  server = await startServer({ env: { AUTOCOMPLETE_KEYS: 'environment,http.method' } })
  for (const base of ['', '/zipkin']) clients[base] = await contractClient(server.url, base)
  expect((await postSpans(server.url, [...call, wide])).status).toBe(202)
})
afterAll(async () => {
  for (const client of Object.values(clients)) await client?.close()
  await server.stop()
})

describe.each([
  ['the root', ''],
  ['/zipkin', '/zipkin'],
])("Zipkin's API below %s", (_, base) => {
  const ask = (path: string, init?: RequestInit) => {
    const client = clients[base]
    if (client === undefined) throw new Error('no client')
    return client.fetch(`/api/v2${path}`, init)
  }
  const json = async <T>(path: string): Promise<T> => {
    const response = await ask(path)
    expect(response.status).toBe(200)
    return (await response.json()) as T
  }
  const found = async (query: string) =>
    (await json<WireSpan[][]>(`/traces?${query}`)).map(([span]) => span?.['traceId'])
  const bad = async (path: string) => {
    const response = await ask(path)
    expect([response.status, response.headers.get('content-type')]).toEqual([
      400,
      'text/plain; charset=utf-8',
    ])
    return response.text()
  }

  test('lists the names of services, their spans, and whom they call', async () => {
    expect(await json('/services')).toEqual(['cron', 'pay', 'web'])
    expect(await json('/spans?serviceName=web')).toEqual(['get /buy', 'post /charge'])
    expect(await json('/spans?serviceName=WEB')).toEqual(['get /buy', 'post /charge'])
    expect(await json('/remoteServices?serviceName=web')).toEqual(['pay'])
    for (const route of ['spans', 'remoteServices']) {
      expect(await json(`/${route}?serviceName=nobody`)).toEqual([])
      expect(await json(`/${route}?serviceName=`)).toEqual([])
      expect(await json(`/${route}?serviceName=nobody&serviceName=web`)).toEqual([])
      expect(await bad(`/${route}`)).toBe('Mandatory parameter/header/attribute is missing: serviceName')
    }
  })

  test('gives JSON under its plain name, and lets names be kept only when there are more than a few', async () => {
    // Not through the validator, which adds a charset.
    const { headers } = await fetch(`${server.url}${base}/api/v2/services`)
    expect([headers.get('content-type'), headers.get('cache-control')]).toEqual(['application/json', null])
    const keys = await ask('/autocompleteKeys')
    expect(keys.headers.get('cache-control')).toBe('max-age=300, must-revalidate')
  })

  test('gives a trace by its id as it was sent: halves apart, long or short, padded or blank-edged', async () => {
    const spans = await json<WireSpan[]>(`/trace/${CALL}`)
    expect(spans).toHaveLength(3)
    for (const span of call) expect(spans).toContainEqual(span)
    for (const id of [WIDE, WIDE.replace(/^0+/, ''), `%20${WIDE}`])
      expect(await json(`/trace/${id}`)).toEqual([wide])
    expect(await json(`/trace/${CALL.padStart(32, '0')}`)).toHaveLength(3)
  })

  test('says which trace it has not, and which id is none', async () => {
    const missing = await ask(`/trace/${'f'.repeat(16)}`)
    expect([missing.status, await missing.text()]).toEqual([404, `${'f'.repeat(16)} not found`])
    for (const id of ['xyz', 'ABCDEF', '-1', '1.5'])
      expect(await bad(`/trace/${id}`)).toBe(`${id} should be lower-hex encoded with no prefix`)
    for (const id of ['0', '0'.repeat(32)]) expect(await bad(`/trace/${id}`)).toBe('traceId is all zeros')
    expect(await bad(`/trace/${'f'.repeat(33)}`)).toBe('traceId.length > 32')
    expect(await bad('/trace/%20')).toBe('traceId is empty')
    // The validator can't read such a path itself.
    const broken = await fetch(`${server.url}${base}/api/v2/trace/%E0%A4`)
    expect([broken.status, await broken.text()]).toEqual([400, expect.stringContaining('%')])
  })

  test('gives several traces at once, leaves out those it has not, and wants at least two different ids', async () => {
    const traces = await json<WireSpan[][]>(`/traceMany?traceIds=${WIDE},${'f'.repeat(16)},${CALL}`)
    expect(traces.map((spans) => spans.length)).toEqual([1, 3])
    expect(await bad('/traceMany')).toBe('Mandatory parameter/header/attribute is missing: traceIds')
    expect(await bad('/traceMany?traceIds=')).toBe('traceIds parameter is empty')
    const single = 'Use /api/v2/trace/{traceId} endpoint to retrieve a single trace'
    expect(await bad(`/traceMany?traceIds=${CALL}`)).toBe(single)
    expect(await bad(`/traceMany?traceIds=${CALL},${CALL}`)).toBe(`redundant traceId: ${CALL}`)
    expect(await bad(`/traceMany?traceIds=${CALL},0${CALL}`)).toBe(`redundant traceId: 0${CALL}`)
    expect(await bad(`/traceMany?traceIds=${CALL},zz`)).toBe('zz should be lower-hex encoded with no prefix')
    expect(await bad(`/traceMany?traceIds=${CALL},`)).toBe('traceId is empty')
  })

  test.each([
    ['', [WIDE, CALL]],
    ['limit=1', [WIDE]],
    ['limit=2147483647', [WIDE, CALL]],
    ['serviceName=web', [CALL]],
    ['serviceName=WEB&spanName=GET%20/BUY', [CALL]],
    ['serviceName=web&spanName=tick', []],
    ['serviceName=&spanName=&annotationQuery=&minDuration=&maxDuration=&endTs=&lookback=', [WIDE, CALL]],
    ['spanName=all', [WIDE, CALL]],
    ['spanName=tick', [WIDE]],
    ['remoteServiceName=Pay', [CALL]],
    ['serviceName=pay&remoteServiceName=pay', []],
    ['annotationQuery=error', [CALL]],
    ['annotationQuery=retry+now', [CALL]],
    ['annotationQuery=error+and+environment%3Dprod', [CALL]],
    ['serviceName=pay&annotationQuery=error+and+environment%3Dprod', []],
    ['annotationQuery=http.path%3D%2Fbuy%3Fa%3D1%20b', [CALL]],
    ['annotationQuery=environment%3Dnowhere', []],
    ['minDuration=90000', [CALL]],
    ['minDuration=400&maxDuration=600', [WIDE]],
    ['serviceName=pay&minDuration=50000', []],
    [`endTs=${T0}`, [CALL]],
    [`endTs=${T0 - 1}`, []],
    [`endTs=${T0 + 1000}&lookback=1000`, [WIDE, CALL]],
    [`endTs=${T0 + 1000}&lookback=999`, [WIDE]],
    ['unknown=parameter', [WIDE, CALL]],
    ['limit=1&limit=2', [WIDE]],
  ])('finds traces by "%s"', async (query, expected) => {
    expect(await found(query)).toEqual(expected)
  }) // prettier-ignore

  test.each([
    ['limit=0', 'limit <= 0'],
    ['limit=-1', 'limit <= 0'],
    ['limit=ten', 'limit: "ten" is not a whole number'],
    ['limit=1.5', 'limit: "1.5" is not a whole number'],
    ['limit=', 'Cannot set null to primitive type parameter: limit'],
    ['limit=0&endTs=0&lookback=0', 'endTs <= 0'],
    ['endTs=0', 'endTs <= 0'],
    ['lookback=0', 'lookback <= 0'],
    ['lookback=-5', 'lookback <= 0'],
    ['endTs=99999999999999999999', 'endTs: "99999999999999999999" is not a whole number'],
    ['minDuration=0', 'minDuration <= 0'],
    ['maxDuration=5', 'maxDuration is only valid with minDuration'],
    ['minDuration=5&maxDuration=4', 'maxDuration < minDuration'],
    ['minDuration=5ms', 'minDuration: "5ms" is not a whole number'],
  ])('answers a search by "%s" with 400 and the reason', async (query, reason) => {
    expect(await bad(`/traces?${query}`)).toBe(reason)
  })

  test('links who calls whom, with errors counted only where there are any', async () => {
    const endTs = Date.now()
    const pay = { parent: 'web', child: 'pay', callCount: 1, errorCount: 1 }
    expect(await json(`/dependencies?endTs=${endTs}`)).toEqual([pay])
    expect(await json(`/dependencies?endTs=${T0 - 5000}&lookback=1000`)).toEqual([])
    expect(await bad('/dependencies')).toBe('Mandatory parameter/header/attribute is missing: endTs')
    expect(await bad('/dependencies?endTs=')).toBe('Cannot set null to primitive type parameter: endTs')
    expect(await bad('/dependencies?endTs=0')).toBe('endTs <= 0')
    expect(await bad(`/dependencies?endTs=${endTs}&lookback=0`)).toBe('lookback <= 0')
  })

  test('offers the tag keys that are configured, and the values of those alone', async () => {
    expect(await json('/autocompleteKeys')).toEqual(['environment', 'http.method'])
    expect(await json('/autocompleteValues?key=environment')).toEqual(['prod', 'test'])
    expect(await json('/autocompleteValues?key=http.method')).toEqual([])
    expect(await json('/autocompleteValues?key=http.path')).toEqual([])
    expect(await bad('/autocompleteValues')).toBe('Mandatory parameter/header/attribute is missing: key')
    expect(await bad('/autocompleteValues?key=')).toBe('key was empty')
  })

  test('takes spans as the contract says', async () => {
    const init = { method: 'POST', headers: { 'Content-Type': 'application/json' } }
    expect((await ask('/spans', { ...init, body: '[]' })).status).toBe(202)
    expect((await ask('/spans', { ...init, body: '[{}]' })).status).toBe(400)
    expect((await ask('/spans', { ...init, body: '{' })).status).toBe(400)
    expect((await ask('/spans', { method: 'POST', headers: { 'Content-Type': 'application/x-thrift' }, body: '' })).status).toBe(415)
  }) // prettier-ignore

  test('answers HEAD as GET, without the body', async () => {
    const url = `${server.url}${base}/api/v2`
    for (const path of ['/services', `/trace/${CALL}`, '/traces', '/spans?serviceName=web']) {
      const [get, head] = [await fetch(url + path), await fetch(url + path, { method: 'HEAD' })]
      expect([head.status, await head.text()]).toEqual([200, ''])
      expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'))
      await get.arrayBuffer()
    }
    expect((await fetch(`${url}/trace/xyz`, { method: 'HEAD' })).status).toBe(400)
  })

  test.each([
    ['POST', '/services', 'GET, HEAD'],
    ['PUT', '/spans', 'GET, HEAD, POST'],
    ['DELETE', `/trace/${CALL}`, 'GET, HEAD'],
    ['PATCH', '/traces', 'GET, HEAD'],
  ])('answers %s %s with 405 and the methods there are', async (method, path, allow) => {
    const response = await fetch(`${server.url}${base}/api/v2${path}`, { method })
    expect([response.status, sorted(response.headers.get('allow'))]).toEqual([405, allow])
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(await response.text()).toContain(`not ${method}.`)
  })

  test('answers a path that is none with 404 in words', async () => {
    for (const path of ['/nothing', '/trace', '/trace/a/b', '']) {
      const response = await fetch(`${server.url}${base}/api/v2${path}`)
      expect([response.status, response.headers.get('content-type')]).toEqual([
        404,
        'text/plain; charset=utf-8',
      ])
      expect(await response.text()).toContain(`/api/v2${path} here.`)
    }
  })
})

describe("Zipkin's settings", () => {
  const LOW = idFrom('low')
  const LONG = '9'.repeat(16) + LOW
  const halves = [
    wireSpan({ traceId: LONG, id: idFrom('outer'), name: 'outer', timestamp: at(0), duration: 9, ...local('long') }),
    wireSpan({ traceId: LOW, id: idFrom('inner'), parentId: idFrom('outer'), name: 'inner', timestamp: at(1), duration: 5, ...local('short') }),
  ] // prettier-ignore
  const serving = async (env: Record<string, string>, body: (ask: (path: string) => Promise<unknown>) => Promise<void>) => {
    const own = await startServer({ env })
    try {
      expect((await postSpans(own.url, halves)).status).toBe(202)
      await body(async (path) => (await fetch(own.url + path)).json())
    } finally {
      await own.stop()
    }
  } // prettier-ignore

  test('STRICT_TRACE_ID=false makes one trace of ids that share their last 64 bits', async () => {
    await serving({ STRICT_TRACE_ID: 'false' }, async (ask) => {
      for (const id of [LOW, LONG, '1' + LOW])
        expect(await ask(`/api/v2/trace/${id}`)).toEqual(expect.arrayContaining(halves))
      for (const query of ['', '?serviceName=long', '?serviceName=short']) {
        const traces = (await ask(`/api/v2/traces${query}`)) as WireSpan[][]
        expect(traces.map((spans) => spans.length)).toEqual([2])
      }
      // Our own API, and Jaeger's, know it by its longest id, whichever it was asked for by.
      for (const id of [LOW, LONG]) {
        const { traceId, spans } = (await ask(`/rest/v1/traces/${id}`)) as {
          traceId: string
          spans: { span: WireSpan }[]
        }
        expect([traceId, spans.map(({ span }) => span['traceId'])]).toEqual([LONG, [LONG, LONG]])
      }
      expect(await ask('/rest/v1/traces')).toMatchObject({
        traces: [{ traceId: LONG, spanCount: 2 }],
        next: null,
      })
      expect(await ask(`/api/traces?traceID=${LOW}&traceID=${LONG}`)).toMatchObject({
        data: [{ traceID: LONG }],
        errors: null,
      })
    })
  })

  test('strictly they are two', async () => {
    await serving({}, async (ask) => {
      expect(await ask(`/api/v2/trace/${LOW}`)).toEqual([halves[1]])
      expect(await ask(`/api/v2/trace/${LONG}`)).toEqual([halves[0]])
      expect(await ask('/api/v2/traces')).toHaveLength(2)
    })
  })

  test('SEARCH_ENABLED=false finds nothing, but gives a trace by its id', async () => {
    await serving({ SEARCH_ENABLED: 'false' }, async (ask) => {
      for (const path of ['services', 'spans?serviceName=long', 'remoteServices?serviceName=long', 'traces'])
        expect([path, await ask(`/api/v2/${path}`)]).toEqual([path, []])
      for (const path of ['/rest/v1/traces?service=long', '/rest/v1/export', '/rest/v1/export?format=otlp'])
        expect(await ask(path)).toMatchObject({ status: 403, code: 'search-disabled' })
      expect(await ask('/rest/v1/traces?requestId=r')).toMatchObject({ traces: [], complete: true })
      expect(await ask('/api/traces')).toMatchObject({ data: [] })
      expect(await ask(`/api/v2/trace/${LONG}`)).toEqual([halves[0]])
      expect(await ask(`/api/v2/traceMany?traceIds=${LONG},${LOW}`)).toHaveLength(2)
      expect(await ask('/zipkin/config.json')).toMatchObject({ searchEnabled: false })
    })
  })
})

function sorted(allow: string | null): string | undefined {
  return allow?.split(', ').sort().join(', ')
}
