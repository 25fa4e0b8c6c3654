// Lives in the test run's first process, the parent of Jest's workers: starts a shared backend when a test first asks
// for it, tells the others where it is, and ends it with the run.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startContainer } from './docker.ts'
import { startElasticsearch } from './elasticsearch.ts'
import { startKafka } from './kafka.ts'
import { startMariadb } from './mariadb.ts'
import { startPostgres } from './postgres.ts'
import { startRedis } from './redis.ts'
import type { Backend } from './server.ts'
import { given, type Kind, KINDS, type Offer, offerOf } from './offer.ts'

interface Shared {
  readonly address: string
  remove(): Promise<void>
}

export interface Host {
  readonly offer: Offer
  close(): Promise<void>
}

const starts: Readonly<
  Record<Kind, () => Promise<(Backend & { bootstrap: string }) | (Backend & { url: string })>>
> = {
  kafka: startKafka,
  elasticsearch: startElasticsearch,
  postgres: startPostgres,
  redis: startRedis,
  mariadb: startMariadb,
}

/** Gives its address to whoever asks for `/kafka`, `/elasticsearch` and so on, once it serves. */
export async function host(): Promise<Host> {
  const started = new Map<Kind, Promise<Shared>>()
  const server = createServer(({ url }, response) => {
    const kind = KINDS.find((kind) => url === `/${kind}`)
    if (kind === undefined) return void response.writeHead(404).end()
    const shared = started.get(kind) ?? start(kind, offer)
    started.set(kind, shared)
    shared.then(
      ({ address }) => response.end(address),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // The tests decide when the run ends.
  server.unref()
  const { port } = server.address() as AddressInfo
  const offer = offerOf(`http://127.0.0.1:${port}`)
  return {
    offer,
    async close() {
      server.close()
      for (const one of await Promise.allSettled(started.values()))
        if (one.status === 'fulfilled') await one.value.remove()
    },
  }
}

async function start(kind: Kind, { shared }: Offer): Promise<Shared> {
  const source = shared[kind]
  if (source === 'given') return { address: given[kind] ?? '', remove: () => Promise.resolve() }
  if (source === 'docker') {
    const { address, remove } = await startContainer(kind)
    return { address: kind === 'kafka' ? address : `http://${address}`, remove }
  }
  if (source !== 'started') throw new Error(source.missing)
  const backend = await starts[kind]()
  return {
    address: 'bootstrap' in backend ? backend.bootstrap : backend.url,
    remove: () => backend.remove(),
  }
}
