// What tests of the Elasticsearch store do to the cluster behind the store's back.
import { type ElasticsearchOptions, openElasticsearchStore, type Store } from '@hopscope/storage'
import { sharedElasticsearch } from '../backends/describe.ts'

/** @throws Error unless the cluster says yes */
export async function askCluster<T>(method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(`${await sharedElasticsearch()}${path}`, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  const answer: unknown = await response.json()
  if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`)
  return answer as T
}

/** Names of indices that begin with this, sorted, without it. */
export async function indicesOf(prefix: string): Promise<string[]> {
  const indices = await askCluster<object>('GET', `/${prefix}-*/_settings`)
  return Object.keys(indices)
    .map((name) => name.slice(prefix.length + 1))
    .sort()
}

export async function refresh(prefix: string): Promise<void> {
  await askCluster('POST', `/${prefix}-*/_refresh`)
}

let prefixes = 0
/** That no other test has. */
export const freshPrefix = () => `test-${process.pid}-${prefixes++}`

/** Indices and templates of all prefixes that begin so. */
export async function removeAll(prefix: string): Promise<void> {
  const names = await indicesOf(prefix)
  for (const name of names) await askCluster('DELETE', `/${prefix}-${name}`)
  for (const what of ['span', 'lookup', 'lease'])
    await askCluster('DELETE', `/_index_template/${prefix}-${what}`).catch(() => undefined)
}

export async function storeOn(index: string, options: Partial<ElasticsearchOptions> = {}): Promise<Store> {
  return openElasticsearchStore({
    strictTraceId: true,
    hosts: [await sharedElasticsearch()],
    index,
    shards: 1,
    replicas: 0,
    timeoutMs: 30_000,
    log: () => undefined,
    ...options,
  })
}
