// Starts everything in order and stops it in the reverse order, letting requests that are under way finish.
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Logger } from 'pino'
import { type KafkaIntake, kafkaClientOptions, openKafkaIntake } from '@hopscope/collector'
import type { Health, Store } from '@hopscope/storage'
import { createApp } from './app.ts'
import { type Collector, createCollector, readsKafka } from './collector.ts'
import type { Config } from './config.ts'
import { openStore } from './store.ts'

export interface Running {
  /** Such as `http://127.0.0.1:9411`. */
  readonly url: string
  /** Takes nothing new, finishes what is under way, closes the store. */
  close(): Promise<void>
}

/** How long requests under way may take once the process was told to stop: `docker stop` kills after 10 s. */
const DRAIN_MS = 7_000

/** A request that is not whole by then is given up: whoever sends so slowly keeps room from the others. */
const REQUEST_MS = 30_000
/** How often slow requests are looked for; Node's own 30 s would let them live twice as long. */
const REQUEST_CHECK_MS = 5_000

export async function serve(config: Config, log: Logger, version: string): Promise<Running> {
  const store = await openStore(config, log)
  const collector = createCollector(config, store)
  let kafka: KafkaIntake | undefined
  const kafkaHealth = (): Health => kafka?.health() ?? { up: false, detail: 'Kafka: starting' }
  const server = createServer(
    {
      requestTimeout: REQUEST_MS,
      headersTimeout: REQUEST_MS,
      connectionsCheckingInterval: REQUEST_CHECK_MS,
    },
    createApp({ config, store, collector, log, version, ...(readsKafka(config) && { kafka: kafkaHealth }) }),
  )
  const drain = drainOf(server)
  try {
    await listening(server, config)
    // Last: it takes what others then wait for.
    if (readsKafka(config)) kafka = await openKafka(config, store, collector, log)
  } catch (error) {
    server.close()
    server.closeAllConnections()
    await store.close()
    throw error
  }
  const { port } = server.address() as AddressInfo
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  return {
    url: `http://${host}:${port}`,
    async close() {
      await Promise.all([kafka?.close(), drain()])
      await store.close()
    },
  }
}

async function openKafka(
  config: Config,
  store: Store,
  { pipeline, metrics }: Collector,
  log: Logger,
): Promise<KafkaIntake> {
  const { positions } = store
  return openKafkaIntake({
    ...(await kafkaClientOptions(config)),
    pipeline,
    metrics,
    log,
    topics: config.kafkaTopics,
    groupId: config.kafkaGroupId,
    streams: config.kafkaStreams,
    deadLetterTopic: config.kafkaDeadLetterTopic,
    // Spans take several times the bytes of their messages while they wait, so both intakes together stay small.
    maxPendingBytes: config.maxPending / 2,
    maxBodyBytes: config.maxBody,
    ...(positions && { positions: (topic: string) => positions.call(store, topic) }),
  })
}

function listening(server: Server, { host, port }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why: Record<string, string> = {
        EADDRINUSE: `Port ${port} on ${host} is taken. Stop the process that has it, or choose another port with QUERY_PORT.`,
        EACCES: `Port ${port} may not be opened by this user. Choose one above 1023 with QUERY_PORT.`,
        EADDRNOTAVAIL: `${host} is not an address of this machine. Choose another with HOPSCOPE_HOST.`,
        ENOTFOUND: `${host} is not an address of this machine. Choose another with HOPSCOPE_HOST.`,
      }
      reject(new Error(why[error.code ?? ''] ?? error.message, { cause: error }))
    })
    server.listen(port, host, resolve)
  })
}

/** Gives a function that closes the server once every request under way is answered. */
function drainOf(server: Server): () => Promise<void> {
  const connections = new Set<Socket>()
  const underWay = new Map<ServerResponse, Socket>()
  let draining = false
  // A client that is never told would keep its connection, and the process, alive with one request after another.
  const sayGoodbye = (response: ServerResponse) => {
    if (!response.headersSent) response.setHeader('Connection', 'close')
  }
  server.on('connection', (socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
  })
  server.prependListener('request', ({ socket }, response) => {
    underWay.set(response, socket)
    response.once('close', () => {
      underWay.delete(response)
      if (draining) socket.end()
    })
    if (draining) sayGoodbye(response)
  })
  return async () => {
    draining = true
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const response of underWay.keys()) sayGoodbye(response)
    // Not closeIdleConnections(): it spares those that never asked for anything.
    const busy = new Set(underWay.values())
    for (const socket of connections) if (!busy.has(socket)) socket.destroy()
    const late = setTimeout(() => server.closeAllConnections(), DRAIN_MS)
    await closed
    clearTimeout(late)
  }
}
