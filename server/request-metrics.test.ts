import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { Registry } from 'prom-client'
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
    ),
  ).toEqual([
    'method="GET",uri="NOT_FOUND",status="404" 2',
    'method="GET",uri="NOT_FOUND",status="405" 1',
    'method="GET",uri="REDIRECTION",status="302" 1',
    'method="GET",uri="/zipkin/index.html",status="200" 3',
    'method="GET",uri="/api/v2/services",status="200" 2',
    'method="GET",uri="/api/services/{service}/operations",status="200" 1',
  ])
})
