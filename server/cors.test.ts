import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterEach, expect, test } from '@jest/globals'
import { cors } from './cors.ts'

let server: Server | undefined
afterEach(() => {
  server?.close()
})

const [API, OURS] = ['/api/v2/services', '/rest/v1/export']

/** The status and the headers of CORS; by Node's own client, as fetch keeps Origin to itself. */
async function answer(
  origins: readonly string[],
  headers: Record<string, string>,
  method = 'GET',
  path = API,
) {
  const app = express()
  app.use(cors(origins))
  app.use((_, response) => void response.json([]))
  server = createServer(app)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const sent = request({ port, host: '127.0.0.1', method, headers, path })
  sent.end()
  const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage]
  response.resume()
  const said = Object.entries(response.headers).filter(([name]) => /^(access-control|vary)/.test(name))
  return [response.statusCode, Object.fromEntries(said)]
}

const PREFLIGHT = { 'Access-Control-Request-Method': 'GET' }
const A = 'http://a.example'

test('a request of no page is none of its business', async () => {
  expect(await answer(['*'], {})).toEqual([200, { vary: 'origin' }])
  expect(await answer([A], {})).toEqual([200, { vary: 'origin' }])
})

test('a page of any origin may read the answer, but bring no cookies', async () => {
  const headers = { 'access-control-allow-headers': 'content-type', vary: 'origin' }
  expect(await answer(['*'], { Origin: A })).toEqual([
    200,
    { 'access-control-allow-origin': '*', ...headers },
  ])
  expect(await answer(['*'], { Origin: 'null' })).toEqual([
    200,
    { 'access-control-allow-origin': 'null', ...headers },
  ])
})

test.each([OURS, '/prometheus', '/metrics', '/health', '/actuator/prometheus', '/v1/traces', '/apis', '/'])(
  "a page of any origin may not read %s, which is no API of Zipkin's or Jaeger's; one that is named may",
  async (path) => {
    for (const Origin of [A, 'null'])
      expect(await answer(['*'], { Origin }, 'GET', path)).toEqual([200, { vary: 'origin' }])
    expect(await answer(['*'], { ...PREFLIGHT, Origin: A }, 'OPTIONS', path)).toEqual([
      200,
      { vary: 'origin' },
    ])
    const named = { 'access-control-allow-origin': A, 'access-control-allow-headers': 'content-type' }
    expect(await answer(['*', A], { Origin: A }, 'GET', path)).toEqual([200, { ...named, vary: 'origin' }])
  },
)

test('where origins are named, only pages of theirs may read', async () => {
  expect(await answer(['http://b', A], { Origin: A })).toEqual([
    200,
    { 'access-control-allow-origin': A, 'access-control-allow-headers': 'content-type', vary: 'origin' },
  ])
  for (const Origin of ['http://c', 'null', `${A}.evil`, 'http://a'])
    expect(await answer(['http://b', A], { Origin })).toEqual([200, { vary: 'origin' }])
})

test('a preflight hears what is allowed, or nothing, whatever the path', async () => {
  expect(await answer([A], { ...PREFLIGHT, Origin: A }, 'OPTIONS')).toEqual([
    200,
    {
      'access-control-allow-origin': A,
      'access-control-allow-headers': 'content-type',
      'access-control-allow-methods': 'GET,POST',
      'access-control-max-age': '0',
      vary: 'origin',
    },
  ])
  expect(await answer([A], { ...PREFLIGHT, Origin: 'http://c' }, 'OPTIONS')).toEqual([
    200,
    { vary: 'origin' },
  ])
})
