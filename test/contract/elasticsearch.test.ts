import { openElasticsearchStore, type Store } from '@hopscope/storage'
import { describeWithElasticsearch, sharedElasticsearch } from '../backends/describe.ts'
import { EPOCH } from './arbitraries.ts'
import { traceQlCases } from '../traceql/suite.ts'
import { storeContract } from './store-contract.ts'

const prefixes: string[] = []

/** Two shards, so that routing matters; a clock at which the spans of the suite are of these days. */
async function openOn(index: string): Promise<Store> {
  const url = await sharedElasticsearch()
  const store = openElasticsearchStore({
    strictTraceId: false,
    hosts: [url],
    index,
    shards: 2,
    replicas: 0,
    timeoutMs: 10_000,
    log: () => undefined,
    now: () => EPOCH / 1000,
  })
  return {
    ...store,
    writer: {
      async write(...write) {
        const refused = await store.writer.write(...write)
        // The suite doesn't wait the second that the contract allows.
        await fetch(`${url}/${index}-*/_refresh`, { method: 'POST' })
        return refused
      },
    },
  }
}

describeWithElasticsearch('on a real server', () => {
  storeContract('Elasticsearch', {
    open: () => openOn(prefixes[prefixes.push(`contract-${process.pid}-${prefixes.length}`) - 1] ?? ''),
    reopen: () => openOn(prefixes[0] ?? ''),
  })
  traceQlCases('Elasticsearch', () =>
    openOn(prefixes[prefixes.push(`contract-${process.pid}-${prefixes.length}`) - 1] ?? ''),
  )
})
