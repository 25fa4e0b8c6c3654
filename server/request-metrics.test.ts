import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { Registry } from 'prom-client'
import fc from 'fast-check'
import { afterEach, expect, test } from '@jest/globals'
import { requestMetrics } from './request-metrics.ts'

let server: Server | undefined
afterEach(() => {
  server?.close()
  server?.closeAllConnections()
})

/** Asks for each path with its status, and gives the labels under which the answers were counted, and how many. */
async function counted(...asked: readonly (readonly [status: number, path: string, method?: string])[]) {
  const registry = new Registry()
  const app = express()
  app.use(requestMetrics(registry), (request, response) => {
    response.status(Number(request.headers['x-status'])).end()
  })
  server = createServer(app)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  for (const [status, path, method = 'GET'] of asked)
    await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      redirect: 'manual',
      headers: { 'X-Status': String(status), Connection: 'close' },
    })
  const text = await registry.metrics()
  return [...text.matchAll(/^http_server_requests_seconds_count\{(.*)\} (\d+)$/gm)].map(
    ([, labels, count]) => `${labels} ${count}`,
  )
}

test("answers are counted by method, status and Zipkin's name of the path", async () => {
  expect(
    await counted(
      [200, '/api/v2/services'],
      [200, '/zipkin/api/v2/services?x=1'],
      [202, '/api/v2/spans', 'POST'],
      [200, '/api/v2/trace/a1'],
      [400, '/api/v2/trace/b2'],
      [200, '/'],
    ),
  ).toEqual([
    'method="GET",uri="/api/v2/services",status="200" 2',
    'method="POST",uri="/api/v2/spans",status="202" 1',
    'method="GET",uri="/api/v2/trace/{traceId}",status="200" 1',
    'method="GET",uri="/api/v2/trace/{traceId}",status="400" 1',
    'method="GET",uri="/zipkin/index.html",status="200" 1',
  ])
})

test('strangers can add no labels of their own', async () => {
  expect(
    await counted(
      [404, '/a'],
      [404, '/b'],
      [405, '/c'],
      [302, '/zipkin/traces/a'],
      [200, '/traces/a'],
      [200, '/traces/b'],
      [200, '/requests/c'],
      [200, '/API/v2/Services/'],
      [200, '/api/V2/services'],
      [200, '/api/services/a/b/operations'],
      [200, '/./index.html'],
      [200, '/%69ndex.html'],
      [400, '/zipkin/traces/%aaa1'],
      [200, '/zipkin/traces/zz1', 'OPTIONS'],
      [200, '/zipkin/rest/v1/export'],
    ),
  ).toEqual([
    'method="GET",uri="NOT_FOUND",status="404" 2',
    'method="GET",uri="NOT_FOUND",status="405" 1',
    'method="GET",uri="REDIRECTION",status="302" 1',
    'method="GET",uri="/zipkin/index.html",status="200" 6',
    'method="GET",uri="/api/v2/services",status="200" 2',
    'method="GET",uri="/api/services/{service}/operations",status="200" 1',
    'method="GET",uri="NOT_FOUND",status="400" 1',
    'method="OPTIONS",uri="NOT_FOUND",status="200" 1',
  ])
})

const contract = readFileSync(new URL('../proto/openapi.yaml', import.meta.url), 'utf8')
const ROUTES = [...contract.matchAll(/^ {2}(\/\S+):$/gm)].flatMap(([, path]) => path ?? [])

test('every route of the contract is counted under the name that it has there', async () => {
  expect(ROUTES.length).toBeGreaterThan(30)
  const labels = await counted(...ROUTES.map((path) => [200, path.replace(/\{\w+\}/g, 'a')] as const), [
    200,
    '/api/services/a/b/operations',
  ])
  const names = labels.map((label) => /uri="(.*?)"/.exec(label)?.[1])
  expect(names).toEqual(ROUTES)
})

test('whatever is asked for, in whatever way, is counted under one of the known names', async () => {
  const part = fc.oneof(
    fc.constantFrom('api', 'v2', 'zipkin', 'traces', 'trace', 'rest', 'v1', 'requests', 'assets', '.', '%69ndex.html', '%aa'),
    fc.stringMatching(/^[\w.~%-]{0,8}$/),
  )
  const asked = fc.sample(
    fc.tuple(
      fc.constantFrom(200, 400, 403, 404, 500, 503),
      fc.array(part, { maxLength: 5 }).map((parts) => `/${parts.join('/').replace(/^\/+/, '')}`),
      fc.constantFrom('GET', 'POST', 'OPTIONS', 'HEAD'),
    ),
    { numRuns: 300, seed: 1 },
  )
  const known = new Set([...ROUTES, '/zipkin/index.html', 'NOT_FOUND', 'REDIRECTION'])
  for (const label of await counted(...asked)) expect(known).toContain(/uri="(.*?)"/.exec(label)?.[1])
}) // prettier-ignore
