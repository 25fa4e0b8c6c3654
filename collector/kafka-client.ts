// How Hopscope talks to Kafka: addresses and credentials to a kafkajs client, whose log lines become ours.
import { readFile } from 'node:fs/promises'
import { readEveryCompression } from './kafka-compression.ts'
import type { IntakeLog } from './kafka-retry.ts'
import { Kafka, type KafkaConfig, type LogEntry, logLevel, type SASLOptions } from 'kafkajs'

export interface KafkaConnection {
  /** As `host:port`. */
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly sasl?: KafkaSasl
  readonly tls?: KafkaTls
}

interface KafkaSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
  readonly username: string
  readonly password: string
}

interface KafkaTls {
  /** PEM text of the authorities to trust; without it those that Node trusts. */
  readonly ca?: string
}

/** The settings of the `hopscope` command that say how to reach Kafka. */
export interface KafkaConnectionSettings {
  readonly kafkaServers: readonly string[]
  /** Empty for none. */
  readonly kafkaSaslMechanism: '' | KafkaSasl['mechanism']
  readonly kafkaSaslUsername: string
  readonly kafkaSaslPassword: string
  readonly kafkaTls: boolean
  /** Path of a PEM file; implies TLS. Empty for none. */
  readonly kafkaCaFile: string
}

/** @throws Error that names the file, if that with the authorities can't be read */
export async function kafkaClientOptions(settings: KafkaConnectionSettings): Promise<KafkaConnection> {
  const { kafkaServers, kafkaSaslMechanism, kafkaSaslUsername, kafkaSaslPassword, kafkaTls, kafkaCaFile } =
    settings
  const sasl: KafkaSasl | undefined =
    kafkaSaslMechanism === ''
      ? undefined
      : { mechanism: kafkaSaslMechanism, username: kafkaSaslUsername, password: kafkaSaslPassword }
  const tls: KafkaTls | undefined =
    kafkaCaFile !== '' ? { ca: await pemFrom(kafkaCaFile) } : kafkaTls ? {} : undefined
  return { brokers: kafkaServers, clientId: 'hopscope', ...(sasl && { sasl }), ...(tls && { tls }) }
}

async function pemFrom(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new Error(`The file with Kafka's certificate authorities, ${path}, can not be read.`, {
      cause: error,
    })
  }
}

readEveryCompression()

const CONNECT_MS = 3_000
/** Shorter than kafkajs' 30 s, so that a broker that went silent is noticed while its group still waits for us. */
const REQUEST_MS = 10_000

/** @param write takes what kafkajs says at warning level and above */
export function kafkaFrom(connection: KafkaConnection, write: (entry: LogEntry) => void): Kafka {
  const { brokers, clientId, sasl, tls } = connection
  const config: KafkaConfig = {
    brokers: [...brokers],
    clientId,
    connectionTimeout: CONNECT_MS,
    authenticationTimeout: REQUEST_MS,
    requestTimeout: REQUEST_MS,
    // Whoever uses it retries for ever; here only what is quickly over is bridged.
    retry: {
      retries: 3,
      initialRetryTime: 100,
      maxRetryTime: 1_000,
      restartOnFailure: () => Promise.resolve(false),
    },
    logLevel: logLevel.WARN,
    logCreator: () => write,
  }
  if (tls !== undefined) config.ssl = tls.ca === undefined ? true : { ca: [tls.ca] }
  if (sasl !== undefined) config.sasl = { ...sasl } as SASLOptions
  return new Kafka(config)
}

const REPEAT_MS = 60_000
const REMEMBERED = 100

/**
 * Hands kafkajs' lines to our log: each text once a minute, and none while `isDown`, as then whoever noticed it has
 * told the cause and kafkajs repeats it with every attempt.
 */
export function kafkaLogWriter(log: IntakeLog, isDown: () => boolean): (entry: LogEntry) => void {
  const written = new Map<string, number>()
  return ({ level, namespace, log: { message, broker, error, retryCount } }) => {
    const now = Date.now()
    // What Kafka answers, such as that a group is rebalancing, kafkajs handles or throws; crashes are told by the intake.
    if (isDown() || /^(Response |Crash: )/.test(message)) return
    if (now - (written.get(message) ?? -Infinity) < REPEAT_MS) return
    if (written.size >= REMEMBERED) written.clear()
    written.set(message, now)
    log[level === logLevel.ERROR ? 'error' : 'warn'](
      {
        kafkajs: namespace,
        broker: broker as unknown,
        error: error as unknown,
        retries: retryCount as unknown,
      },
      `kafkajs: ${message}`,
    )
  }
}
