// Type-ahead over REST: services, operations, keys and values of tags; and what a server that may not be searched says.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { postSpans, wireSpan } from './client.ts'
import { type ContractClient, contractClient } from './contract-client.ts'

let server: ServerProcess
let contract: ContractClient

beforeAll(async () => {
  server = await startServer()
  contract = await contractClient(server.url)
  const span = (serviceName: string, name: string, tags: Record<string, string>) =>
    wireSpan({ localEndpoint: { serviceName }, name, tags })
  const spans = [
    span('Web', 'GET /a', { 'http.method': 'GET', 'http.path': '/a', Region: 'eu' }),
    span('web', 'get /b', { 'http.method': 'PUT', 'http.path': '/b%', 'k8s.io/name': 'x' }),
    span('a/b c', 'post', { 'http.method': 'POST', ['x'.repeat(300)]: 'long' }),
    span('worker', 'y'.repeat(300), { big: 'z'.repeat(300) }),
  ]
  expect((await postSpans(server.url, spans)).status).toBe(202)
})
afterAll(async () => {
  await contract.close()
  await server.stop()
})

async function json(path: string): Promise<unknown> {
  const response = await contract.fetch(path)
  expect([path, response.status]).toEqual([path, 200])
  return response.json()
}

test.each([
  ['/services', { services: ['a/b c', 'web', 'worker'], complete: true }],
  ['/services?prefix=W', { services: ['web', 'worker'], complete: true }],
  ['/services?prefix=w&limit=1', { services: ['web'], complete: false }],
  ['/services?prefix=%25', { services: [], complete: true }],
  ['/services/web/operations', { operations: ['get /a', 'get /b'], complete: true }],
  ['/services/WEB/operations?prefix=GET%20/b', { operations: ['get /b'], complete: true }],
  ['/services/a%2Fb%20c/operations', { operations: ['post'], complete: true }],
  ['/services/nobody/operations', { operations: [], complete: true }],
  ['/tags?service=web', { tags: ['Region', 'http.method', 'http.path', 'k8s.io/name'], complete: true }],
  ['/tags?prefix=http.', { tags: ['http.method', 'http.path'], complete: true }],
  ['/tags?prefix=r', { tags: [], complete: true }],
  ['/tags/http.method/values', { values: ['GET', 'POST', 'PUT'], complete: true }],
  ['/tags/http.method/values?prefix=P&service=web', { values: ['PUT'], complete: true }],
  ['/tags/http.path/values?prefix=/b%25', { values: ['/b%'], complete: true }],
  ['/tags/k8s.io%2Fname/values', { values: ['x'], complete: true }],
  ['/tags/none/values', { values: [], complete: true }],
])('%s', async (path, expected) => {
  expect(await json(`/rest/v1${path}`)).toEqual(expected)
})

test('what is too long to be listed is left out', async () => {
  expect(await json('/rest/v1/services/worker/operations')).toEqual({ operations: [], complete: true })
  expect(await json('/rest/v1/tags?prefix=xxx')).toEqual({ tags: [], complete: true })
  expect(await json('/rest/v1/tags/big/values')).toEqual({ values: [], complete: true })
})

test.each([
  ['/services?limit=0', 'limit: 0 is not between 1 and 10000'],
  ['/services?q=x', 'q: there is no such parameter; there are prefix, limit'],
  ['/tags?limit=many', 'limit: "many" is not a whole number'],
])('%s is refused with a reason', async (path, detail) => {
  const response = await contract.fetch(`/rest/v1${path}`)
  expect(await response.json()).toMatchObject({ status: 400, code: 'parameter-invalid', detail })
})

describe('with SEARCH_ENABLED=false', () => {
  let closed: ServerProcess
  let asked: ContractClient
  beforeAll(async () => {
    closed = await startServer({ env: { SEARCH_ENABLED: 'false' } })
    asked = await contractClient(closed.url)
    expect((await postSpans(closed.url, [wireSpan({ tags: { request_id: 'r-1' } })])).status).toBe(202)
  })
  afterAll(async () => {
    await asked.close()
    await closed.stop()
  })

  test.each(['/services', '/services/web/operations', '/tags', '/tags/a/values', '/traces?q=%7B%7D', '/traces?q=error', '/export?q=%7B%7D'])(
    '%s is refused',
    async (path) => {
      const response = await asked.fetch(`/rest/v1${path}`)
      expect(await response.json()).toMatchObject({ status: 403, code: 'search-disabled' })
    },
  ) // prettier-ignore

  test('the traces of a request are found by a query all the same', async () => {
    const q = encodeURIComponent('{ requestId = "r-1" && duration > 0s }')
    const response = await asked.fetch(`/rest/v1/traces?q=${q}`)
    expect(await response.json()).toMatchObject({ traces: [{ requestIds: ['r-1'] }], complete: true })
  })
})
