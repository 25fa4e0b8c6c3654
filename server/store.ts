// Opens the store that the configuration asks for.
import { readFileSync } from 'node:fs'
import type { Logger } from 'pino'
import { HopscopeError } from '@hopscope/proto'
import { openDuckDbStore, openElasticsearchStore, type Store } from '@hopscope/storage'
import type { Config } from './config.ts'

const THREADS = 2

export function openStore(config: Config, log: Logger): Promise<Store> {
  return config.storage === 'duckdb' ? openEmbedded(config) : openElasticsearch(config, log)
}

async function openEmbedded({ dataDir, storeMemory, role }: Config): Promise<Store> {
  try {
    return await openDuckDbStore({ dataDir, memoryBytes: storeMemory, threads: THREADS })
  } catch (error) {
    if (!(error instanceof HopscopeError) || error.code !== 'data-folder-locked' || role === 'all')
      throw error
    // Whoever runs roles apart expects them to share a store.
    const advice =
      'The embedded store belongs to one process: run it with HOPSCOPE_ROLE=all, or share STORAGE_TYPE=elasticsearch.'
    throw new HopscopeError(error.code, `${error.detail} ${advice}`, { cause: error })
  }
}

async function openElasticsearch(config: Config, log: Logger): Promise<Store> {
  const { esUsername, esPassword, esApiKey, esCaFile, retentionDays, retentionSize } = config
  return openElasticsearchStore({
    hosts: config.esHosts,
    ...(esUsername !== '' && { username: esUsername, password: esPassword }),
    ...(esApiKey !== '' && { apiKey: esApiKey }),
    ...(esCaFile !== '' && { ca: readFileSync(esCaFile, 'utf8') }),
    strictTraceId: config.strictTraceId,
    index: config.esIndex,
    shards: config.esShards,
    replicas: config.esReplicas,
    timeoutMs: config.esTimeout,
    retention:
      retentionDays + retentionSize > 0 ? { maxAgeDays: retentionDays, maxBytes: retentionSize } : undefined,
    log: (level, message) => log[level](message),
  })
}
