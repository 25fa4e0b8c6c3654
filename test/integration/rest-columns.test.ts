// A trace explained, column by column, as the viewer asks for it: held against the contract and against the JSON.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { TraceTable, type TraceView } from '@hopscope/model'
import { decodeTraceColumns } from '@hopscope/proto/columns'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { idFrom, postSpans, wireSpan } from './client.ts'
import { type ContractClient, contractClient } from './contract-client.ts'

let server: ServerProcess
let contract: ContractClient

const T0 = (Date.now() - 3600_000) * 1000
const local = (serviceName: string) => ({ localEndpoint: { serviceName } })
const CALL = idFrom('columns')
const call = [
  wireSpan({ traceId: CALL, id: idFrom('a'), name: 'get /buy', timestamp: T0, duration: 90_000, ...local('web'), tags: { request_id: 'r-1', 'http.method': 'GET', '\u{1f680}': 'ä <script>' } }),
  wireSpan({ traceId: CALL, id: idFrom('b'), parentId: idFrom('a'), kind: 'CLIENT', name: 'charge', timestamp: T0 + 10_000, duration: 60_000, ...local('web'), remoteEndpoint: { serviceName: 'pay' } }),
  wireSpan({ traceId: CALL, id: idFrom('b'), parentId: idFrom('a'), shared: true, name: 'charge', timestamp: T0 + 20_000, duration: 40_000, ...local('pay'), tags: { error: 'declined' }, annotations: [{ timestamp: T0 + 21_000, value: 'asked' }] }),
] // prettier-ignore

beforeAll(async () => {
  server = await startServer()
  contract = await contractClient(server.url)
  expect((await postSpans(server.url, call)).status).toBe(202)
})
afterAll(async () => {
  await contract.close()
  await server.stop()
})

const detailOf = async (path: string) => {
  const response = await contract.fetch(path)
  expect(response.status).toBe(400)
  return ((await response.json()) as { detail: string }).detail
}

test('gives the explained trace column by column: what the viewer reads is what the JSON says', async () => {
  const response = await contract.fetch(`/rest/v1/traces/${CALL}?format=columns`)
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    'application/vnd.hopscope.columns',
  ])
  const columns = decodeTraceColumns(await response.arrayBuffer())
  const table = new TraceTable(columns)
  const view = (await (await contract.fetch(`/rest/v1/traces/${CALL}`)).json()) as TraceView
  const { traceId, requestIds, start, duration, services, clocks, warnings } = columns
  expect(view).toMatchObject({ traceId, requestIds, start, duration, services, clocks, warnings })
  // JSON leaves out what is undefined, as this does.
  expect(view.spans.map((_, i) => table.row(i))).toEqual(view.spans)
  expect(view.hops.map((_, i) => table.hop(i))).toEqual(view.hops)
})

test('sends the columns whole, with their length and their tag, and as no file', async () => {
  const ask = (method: string, tag = '') =>
    fetch(`${server.url}/rest/v1/traces/${CALL}?format=columns`, {
      method,
      headers: { 'If-None-Match': tag },
    })
  const answer = await ask('GET')
  const length = String((await answer.arrayBuffer()).byteLength)
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-length': length,
    'cache-control': 'no-cache',
    etag: expect.stringMatching(/^"[0-9a-f]{32}-3-columns-\d+\.\d+\.\d+"$/),
  })
  expect(answer.headers.has('content-disposition')).toBe(false)
  const head = await ask('HEAD')
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, length, ''])
  const again = await ask('GET', answer.headers.get('etag') ?? '')
  expect([again.status, await again.text()]).toEqual([304, ''])
})

test('names the formats that a trace can be had in; a request has no columns', async () => {
  expect(await detailOf(`/rest/v1/traces/${CALL}?format=xml`)).toMatch(
    /^format: .* is none of hopscope, columns, zipkin, otlp, jaeger/,
  )
  expect(await detailOf('/rest/v1/requests/r-1?format=columns')).toMatch(
    /^format: .* is none of hopscope, zipkin, otlp, jaeger/,
  )
})
