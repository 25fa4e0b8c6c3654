// Elasticsearch's client over scripted nodes: its HTTP calls are no spans of their own, whatever happens to them.
import type { RequestListener } from 'node:http'
import { Client, HttpConnection } from '@elastic/elasticsearch'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { traceFetch } from '../clients/fetch-calls.ts'
import { traceHttp } from '../clients/http-calls.ts'
import { leaveCallsOf, traceCallsOf } from '../clients/outgoing.ts'
import { currentContext } from '../context/context.ts'
import type { Span } from '../index.ts'
import { coreOf } from '../testing/core.ts'
import { closeAll, listen, until } from '../testing/harness.ts'
import { traceElasticsearch } from './elasticsearch.ts'

const spans: Span[] = []
const allowed = { yes: true }
const core = coreOf(spans, { propagateTo: () => allowed.yes })
const stops: (() => void)[] = []

beforeAll(() => {
  traceCallsOf(core)
  stops.push(traceFetch(), traceHttp())
})
afterAll(() => {
  leaveCallsOf(core)
  for (const stop of stops) stop()
})
beforeEach(() => void spans.splice(0))
afterEach(closeAll)

const answering =
  (status: number, body: string): RequestListener =>
  (_req, res) => {
    const headers = { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' }
    res.writeHead(status, headers).end(body)
  }
const node = (port: number): string => `http://127.0.0.1:${port}`
const request = <T>(fn: () => T): T => core.withSpan('request', fn)
const clients = (): Span[] => spans.filter((span) => span.kind === 'CLIENT')

test.each([
  ['undici', {}],
  ['node:http', { Connection: HttpConnection }],
])('a call by %s is one span, and carries the ids where it may', async (_by, options) => {
  const received: unknown[] = []
  const port = await listen((req, res) => {
    received.push(req.headers['x-request-id'])
    answering(200, '{"count":3}')(req, res)
  })
  const client = traceElasticsearch(core, new Client({ node: node(port), ...options }))
  const requestId = await request(async () => {
    expect(await client.count({ index: ['orders', 'returns'] })).toEqual({ count: 3 })
    allowed.yes = false
    await client.count()
    allowed.yes = true
    return currentContext()?.requestId
  })
  expect(received).toEqual([requestId, undefined])
  expect(clients()).toMatchObject([
    {
      name: 'count',
      parentId: spans.at(-1)?.id,
      remoteEndpoint: { serviceName: 'elasticsearch', ipv4: '127.0.0.1', port },
      tags: { 'db.collection.name': 'orders,returns', 'http.method': 'GET', outcome: 'success' },
    },
    { name: 'count' },
  ])
  await client.close()
})

test('a call that another node answers in the end is one span, of that node', async () => {
  const ports = [await listen(answering(502, '{}')), await listen(answering(200, '{"count":1}'))]
  let asked = 0
  const inTurn = <T>(nodes: T[]): T => nodes[asked++ % nodes.length] as T
  const client = traceElasticsearch(core, new Client({ nodes: ports.map(node), nodeSelector: inTurn }))
  await request(() => client.count())
  expect(clients().map((span) => span.remoteEndpoint?.port)).toEqual([ports[1]])
  await client.close()
})

test.each([
  ['/orders/_doc/:id', '/orders/_doc/ann@example.com?q=ann'],
  ['/orders/_doc/:id', '/orders/_doc/_ann'],
  ['/orders/_update_by_query', '/orders/_update_by_query'],
  ['/_security/:id/:id/_password', '/_security/user/ann@example.com/_password'],
  ['/_search/:id/:id', '/_search/scroll/FGluY2x1ZGVfY29udGV4dF91dWlk'],
  ['/_search/:id/:id', '/_search/scroll/_FGluY2x1ZGVfY29'],
  ['/:id', '/_Ann'],
  [`/_doc${'/:id'.repeat(31)}`.slice(0, 128), `/_doc${'/ann'.repeat(500)}`],
])('a call by hand is named by its index and endpoints, without ids: %s', async (name, path) => {
  const client = traceElasticsearch(core, new Client({ node: node(await listen(answering(200, '{}'))) }))
  await request(() => client.transport.request({ method: 'GET', path }))
  expect(clients().map((span) => span.name)).toEqual([`GET ${name}`])
  await client.close()
})

test('an answer that can’t be read is an error by its kind: the message quotes it', async () => {
  const client = traceElasticsearch(
    core,
    new Client({ node: node(await listen(answering(200, '{"mail":"ann@example.com"'))) }),
  )
  await request(() => expect(client.count()).rejects.toThrow())
  expect(clients()[0]?.tags).toMatchObject({ outcome: 'error', error: 'DeserializationError' })
  expect(JSON.stringify(spans)).not.toContain('ann@')
  await client.close()
})

test('a node that can’t be reached is an error by its kind', async () => {
  const client = traceElasticsearch(core, new Client({ node: 'http://127.0.0.1:1', maxRetries: 0 }))
  await request(() => expect(client.count()).rejects.toThrow('ECONNREFUSED'))
  expect(clients()[0]?.tags).toMatchObject({ outcome: 'error', error: 'ConnectionError' })
  await client.close()
})

test('outside of any request a call is no span, and none by HTTP', async () => {
  const client = traceElasticsearch(
    core,
    new Client({ node: node(await listen(answering(200, '{"count":3}'))) }),
  )
  expect(await client.count()).toEqual({ count: 3 })
  expect(spans).toEqual([])
  await client.close()
})

test('those who listen to the client see the ids of the call', async () => {
  const client = traceElasticsearch(core, new Client({ node: node(await listen(answering(200, '{}'))) }))
  const seen: unknown[] = []
  client.diagnostic.on('response', () => seen.push(currentContext()?.spanId))
  await request(() => client.info())
  expect(seen).toEqual([clients()[0]?.id])
  await client.close()
})

test('a call given up by its caller is aborted, as is a stream not read to its end', async () => {
  const port = await listen((req, res) => {
    if (req.url === '/_count') return
    answering(200, `{"hits":"${'x'.repeat(1_000_000)}"}`)(req, res)
  })
  const client = traceElasticsearch(core, new Client({ node: node(port), maxRetries: 0 }))
  const giveUp = new AbortController()
  await request(async () => {
    const counted = client.count({}, { signal: giveUp.signal })
    giveUp.abort()
    await expect(counted).rejects.toThrow()
    const stream = await client.search({}, { asStream: true })
    const destroyable = stream as unknown as { destroy(): void }
    destroyable.destroy()
    await until('the stream’s span', () => clients().length === 2)
  })
  expect(clients().map((span) => [span.name, span.tags['outcome']])).toEqual([
    ['count', 'aborted'],
    ['search', 'aborted'],
  ])
  await client.close()
})
