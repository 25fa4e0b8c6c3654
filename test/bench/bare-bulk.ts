// What Elasticsearch takes at most on this machine: a loop that posts ready-made bulks and does nothing else.
import { Agent, request } from 'node:http'
import { batchesOf, randomSpans } from './random-spans.ts'

const DOCUMENTS_A_BULK = 4000
const CONNECTIONS = 3

/** Every field indexed as its type suggests, tags flattened: what one writes who has not measured yet. */
const BARE = {
  settings: { number_of_shards: 1, number_of_replicas: 0 },
  mappings: {
    dynamic: false,
    properties: {
      ...Object.fromEntries(
        ['traceId', 'id', 'parentId', 'kind', 'name'].map((name) => [name, { type: 'keyword' }]),
      ),
      timestamp: { type: 'long' },
      duration: { type: 'long' },
      localEndpoint: { properties: { serviceName: { type: 'keyword' } } },
      tags: { type: 'flattened' },
    },
  },
}

/** @returns documents a second, and bytes on disk a document after a merge */
export async function bareBulkLoop(url: string, spans: number): Promise<{ rate: number; disk: number }> {
  const index = 'bare'
  await fetch(`${url}/${index}`, { method: 'DELETE' })
  await json(`${url}/${index}`, 'PUT', BARE)
  const bulks: Buffer[] = []
  for (const batch of batchesOf(randomSpans(spans, 60_000), DOCUMENTS_A_BULK))
    bulks.push(Buffer.from(batch.map((span) => `{"create":{}}\n${JSON.stringify(span)}\n`).join('')))
  const rate = await post(`${url}/${index}/_bulk?filter_path=errors`, bulks, spans)
  const disk = await diskOf(url, index)
  await fetch(`${url}/${index}`, { method: 'DELETE' })
  return { rate, disk }
}

async function post(url: string, bulks: readonly Buffer[], spans: number): Promise<number> {
  const agent = new Agent({ keepAlive: true })
  const started = performance.now()
  let next = 0
  const connections = Array.from({ length: CONNECTIONS }, async () => {
    for (let bulk = bulks[next++]; bulk !== undefined; bulk = bulks[next++])
      if ((await postOne(url, bulk, agent)) !== '{"errors":false}') throw new Error('a bulk had errors')
  })
  await Promise.all(connections)
  const seconds = (performance.now() - started) / 1000
  agent.destroy()
  return spans / seconds
}

function postOne(url: string, body: Buffer, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-ndjson', 'content-length': body.length }
    request(url, { method: 'POST', agent, headers }, (response) => {
      let text = ''
      response.on('data', (part: Buffer) => (text += part.toString()))
      response.on('end', () => resolve(text))
    })
      .once('error', reject)
      .end(body)
  })
}

/** Merged into one segment first: what a day takes once it is over. */
export async function diskOf(url: string, indices: string): Promise<number> {
  await json(`${url}/${indices}/_refresh`, 'POST')
  await json(`${url}/${indices}/_forcemerge?max_num_segments=1`, 'POST')
  await json(`${url}/${indices}/_flush`, 'POST')
  const { _all } = (await json(`${url}/${indices}/_stats/store,docs`, 'GET')) as {
    _all: { primaries: { store: { size_in_bytes: number }; docs: { count: number } } }
  }
  return _all.primaries.store.size_in_bytes / _all.primaries.docs.count
}

export async function json(url: string, method: string, body?: object): Promise<unknown> {
  const response = await fetch(url, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`)
  return response.json()
}
