// Where faults are played: a Kafka and an Elasticsearch of our own, and for each fault Hopscope processes with names
// (topic, group, indices) that no other has. Whatever was started here ends with its scene, its stage or this process.
import { Kafka, logLevel } from 'kafkajs'
import { type ElasticsearchBackend, startElasticsearch } from '../backends/elasticsearch.ts'
import { type KafkaBackend, startKafka } from '../backends/kafka.ts'
import { residentMegabytes } from '../bench/process-memory.ts'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { type Proxy, startProxy } from './proxy.ts'

export const PARTITIONS = 4
const MEMORY_EVERY_MS = 250

export class Stage {
  readonly kafka: KafkaBackend
  readonly elasticsearch: ElasticsearchBackend
  #scenes = 0

  private constructor(kafka: KafkaBackend, elasticsearch: ElasticsearchBackend) {
    this.kafka = kafka
    this.elasticsearch = elasticsearch
  }

  static async open(): Promise<Stage> {
    const [kafka, elasticsearch] = await Promise.allSettled([
      startKafka({ partitions: PARTITIONS }),
      startElasticsearch({ heap: '768m' }),
    ])
    if (kafka.status === 'fulfilled' && elasticsearch.status === 'fulfilled')
      return new Stage(kafka.value, elasticsearch.value)
    for (const each of [kafka, elasticsearch]) if (each.status === 'fulfilled') await each.value.remove()
    throw new Error('The stage could not be set.', {
      cause: [kafka, elasticsearch].map((each) => (each.status === 'rejected' ? each.reason : undefined)),
    })
  }

  /** @param env settings of every process of the scene, over ours */
  async scene(name: string, env: Readonly<Record<string, string>> = {}): Promise<Scene> {
    const proxy = await startProxy(this.elasticsearch.url)
    return new Scene(this, `${name}-${this.#scenes++}`, proxy, env)
  }

  /** After a scene that broke off, one of them may be down. */
  async mend(): Promise<void> {
    for (const backend of [this.kafka, this.elasticsearch]) {
      await backend.stop('SIGKILL')
      await backend.start()
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.kafka.remove(), this.elasticsearch.remove()])
  }
}

export class Scene {
  readonly stage: Stage
  readonly name: string
  readonly proxy: Proxy
  /** Those that take spans in and were not stopped yet. */
  readonly collectors: ServerProcess[] = []
  readonly #env: Readonly<Record<string, string>>
  readonly #started: ServerProcess[] = []
  /** Those that still have to be there. */
  readonly #expected = new Set<ServerProcess>()
  readonly #died: ServerProcess[] = []
  readonly #memory: NodeJS.Timeout
  readonly #atExit: () => void
  #peak = 0
  #isClosed = false

  constructor(stage: Stage, name: string, proxy: Proxy, env: Readonly<Record<string, string>>) {
    this.stage = stage
    this.name = name
    this.proxy = proxy
    this.#env = env
    this.#memory = setInterval(() => {
      for (const { pid } of this.collectors) this.#peak = Math.max(this.#peak, residentMegabytes(pid) ?? 0)
      for (const server of this.#expected)
        if (!isThere(server.pid)) {
          this.#expected.delete(server)
          this.#died.push(server)
        }
    }, MEMORY_EVERY_MS)
    this.#atExit = () => {
      for (const { pid } of this.#started) kill(pid)
    }
    process.once('exit', this.#atExit)
  }

  get deadLetterTopic(): string {
    return `${this.name}-dlq`
  }

  /** The most that one collector had in memory. */
  get peakMegabytes(): number {
    return Math.round(this.#peak)
  }

  /** Processes that ended without having been told to: what is wrong with them. */
  get deaths(): string[] {
    return this.#died.map(({ pid, output }) => `process ${pid} died: ${output().slice(-1_000)}`)
  }

  async createTopic(): Promise<void> {
    const kafka = new Kafka({ brokers: [this.stage.kafka.bootstrap], logLevel: logLevel.NOTHING })
    const admin = kafka.admin()
    await admin.connect()
    try {
      await admin.createTopics({
        topics: [{ topic: this.name, numPartitions: PARTITIONS }],
        waitForLeaders: true,
      })
    } finally {
      await admin.disconnect()
    }
  }

  startCollector(): Promise<ServerProcess> {
    return this.#serve({ ...this.#ofKafka(), ...this.#ofElasticsearch(), HOPSCOPE_ROLE: 'collector' })
  }

  startHttpCollector(): Promise<ServerProcess> {
    return this.#serve({ ...this.#ofElasticsearch(), HOPSCOPE_ROLE: 'collector' })
  }

  startQueryNode(): Promise<ServerProcess> {
    return this.#serve({ ...this.#ofElasticsearch(), HOPSCOPE_ROLE: 'query' }, false)
  }

  /** Kafka, the embedded store and the query API in one process. */
  startEmbedded(dataDir: string, port: number): Promise<ServerProcess> {
    const env = { ...this.#ofKafka(), HOPSCOPE_DATA_DIR: dataDir, QUERY_PORT: String(port) }
    return this.#serve(env)
  }

  /** Kills or stops a collector. @returns how it ended */
  async stop(collector: ServerProcess, signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    this.collectors.splice(this.collectors.indexOf(collector), 1)
    this.#expected.delete(collector)
    return await collector.stop(signal)
  }

  /** What the processes have said, for when a fault ends badly. */
  output(): string {
    return this.#started.map(({ pid, output }) => `--- process ${pid}\n${output()}`).join('\n')
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#memory)
    await Promise.all(this.#started.map((server) => server.stop('SIGKILL')))
    process.removeListener('exit', this.#atExit)
    await this.proxy.close()
  }

  async #serve(env: Record<string, string>, isCollector = true): Promise<ServerProcess> {
    const server = await startServer({ env: { ...env, ...this.#env } })
    this.#started.push(server)
    // The scene broke off meanwhile.
    if (this.#isClosed) await server.stop('SIGKILL')
    this.#expected.add(server)
    if (isCollector) this.collectors.push(server)
    return server
  }

  #ofKafka(): Record<string, string> {
    return {
      KAFKA_BOOTSTRAP_SERVERS: this.stage.kafka.bootstrap,
      KAFKA_TOPIC: this.name,
      KAFKA_GROUP_ID: this.name,
      HOPSCOPE_KAFKA_DEAD_LETTER_TOPIC: this.deadLetterTopic,
    }
  }

  #ofElasticsearch(): Record<string, string> {
    return { STORAGE_TYPE: 'elasticsearch', ES_HOSTS: this.proxy.url, ES_INDEX: this.name }
  }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function kill(pid: number): void {
  if (isThere(pid)) process.kill(pid, 'SIGKILL')
}
