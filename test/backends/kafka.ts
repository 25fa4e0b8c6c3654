// A real Kafka: one broker that is its own controller, on loopback.
import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { type Distribution, fetched } from './distribution.ts'
import { findJava, otherUser } from './java.ts'
import { type Backend, freePort, inTemporaryFolder, launch, onPort, ownFolder } from './server.ts'

export const KAFKA: Distribution = { name: 'kafka-4.1.0', recipe: 'kafka', java: 17 }

/** Any id will do, but data keep theirs. */
const CLUSTER_ID = 'aG9wc2NvcGUtdGVzdHMtMQ'

export interface KafkaBackend extends Backend {
  /** Such as `127.0.0.1:9092`. */
  readonly bootstrap: string
}

export interface KafkaOptions {
  /** Of a topic that is made by its first use. */
  readonly partitions?: number
  readonly dataDir?: string
  readonly port?: number
  /** Lines of server.properties, over ours. */
  readonly settings?: Readonly<Record<string, string>>
}

export function startKafka(options: KafkaOptions = {}): Promise<KafkaBackend> {
  const startIn = (dataDir: string) => onPort(options.port, (port) => launchOn(port, { ...options, dataDir }))
  return options.dataDir === undefined ? inTemporaryFolder('kafka', startIn) : startIn(options.dataDir)
}

async function launchOn(
  broker: number,
  { partitions = 4, dataDir, settings = {} }: KafkaOptions & { readonly dataDir: string },
): Promise<KafkaBackend> {
  const jars = await fetched(KAFKA)
  const controller = await freePort()
  const bootstrap = `127.0.0.1:${broker}`
  const folder = ownFolder(dataDir)
  const log = ownFolder(join(folder, 'log'))
  const properties = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    listeners: `PLAINTEXT://${bootstrap},CONTROLLER://127.0.0.1:${controller}`,
    'log.dirs': log,
    'num.partitions': String(partitions),
    'num.network.threads': '2',
    'num.io.threads': '2',
    'log.cleaner.dedupe.buffer.size': String(8 * 2 ** 20),
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '4',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    // After a kill -9 the controller, which is the broker itself, waits for the old one to be given up.
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',
    // A member that joins is served at once instead of after 3 s.
    'group.initial.rebalance.delay.ms': '0',
    ...settings,
  }
  const file = join(folder, 'server.properties')
  writeFileSync(file, Object.entries(properties).map(([name, value]) => `${name}=${value}\n`).join('')) // prettier-ignore

  const java = join(findJava(KAFKA.java) ?? '', 'bin/java')
  const jvm = ['-Xms128m', '-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
  const run = [...jvm, '-cp', `${jars}/*`, '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn']
  if (!existsSync(join(log, 'meta.properties')))
    execFileSync(java, [...run, 'kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', file], {
      ...otherUser(),
      stdio: 'pipe',
    })

  const backend = await launch({
    name: 'Kafka',
    port: broker,
    dataDir: folder,
    command: [java, ...run, 'kafka.Kafka', file],
    env: {},
    ready: () => answers(bootstrap),
  })
  return Object.assign(backend, { bootstrap })
}

/** Whether it knows itself as a broker, which is when topics can be made. */
async function answers(bootstrap: string): Promise<boolean> {
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING, retry: { retries: 0 } })
  const admin = kafka.admin()
  try {
    await admin.connect()
    const { brokers, controller } = await admin.describeCluster()
    return brokers.length > 0 && controller !== null
  } catch {
    return false
  } finally {
    await admin.disconnect()
  }
}
