// The demo's settings: all it reads from its environment, and how the launcher tells a service where the others are.
const read = (name: string): string | undefined => process.env[name] || undefined

/** Kafka as a service needs it. */
export interface KafkaSettings {
  brokers: string[]
  spansTopic: string
  ordersTopic: string
}

/** The two that a distributed Hopscope stands on, as its own variables have them. */
export interface Backends {
  KAFKA_BOOTSTRAP_SERVERS: string
  ES_HOSTS: string
}

/** A service's own settings, as `settingsFor` gave them. */
export const serviceSettings = () => ({
  collectorUrl: read('DEMO_COLLECTOR_URL') ?? 'http://127.0.0.1:9411',
  kafka: kafkaFrom(read('DEMO_KAFKA')),
  urlOf: (service: string): string => {
    const url = read(`DEMO_${service.toUpperCase()}_URL`)
    if (!url) throw new Error(`DEMO_${service.toUpperCase()}_URL is not set: where is ${service}?`)
    return url
  },
})

const kafkaFrom = (bootstrapServers: string | undefined): KafkaSettings | undefined =>
  bootstrapServers === undefined
    ? undefined
    : {
        brokers: bootstrapServers.split(',').map((broker) => broker.trim()),
        // Hopscope's own variable, which may name several.
        spansTopic: read('KAFKA_TOPIC')?.split(',')[0] ?? 'zipkin',
        // Not `orders`: on a Kafka that is in use there may be one.
        ordersTopic: read('DEMO_ORDERS_TOPIC') ?? 'demo-orders',
      }

/** The environment of a service that calls the others at these URLs; with `kafka` it reports over that. */
export const settingsFor = (
  collectorUrl: string,
  urls: ReadonlyMap<string, string>,
  kafka = '',
): NodeJS.ProcessEnv => ({
  ...process.env,
  DEMO_COLLECTOR_URL: collectorUrl,
  DEMO_KAFKA: kafka,
  KAFKAJS_NO_PARTITIONER_WARNING: '1',
  ...Object.fromEntries([...urls].map(([service, url]) => [`DEMO_${service.toUpperCase()}_URL`, url])),
})

export const launcherSettings = () => ({
  port: Number(read('QUERY_PORT') ?? 9411),
  dataDir: read('HOPSCOPE_DATA_DIR'),
  kafka: read('KAFKA_BOOTSTRAP_SERVERS'),
  elasticsearch: read('ES_HOSTS'),
})

export const serverEnvironment = (port: number, dataDir: string): NodeJS.ProcessEnv => ({
  ...process.env,
  QUERY_PORT: String(port),
  HOPSCOPE_DATA_DIR: dataDir,
})

/** The environment of one of the two processes of a distributed Hopscope. */
export const roleEnvironment = (
  role: 'collector' | 'query',
  port: number,
  backends: Backends,
): NodeJS.ProcessEnv => ({
  ...process.env,
  ...backends,
  HOPSCOPE_ROLE: role,
  STORAGE_TYPE: 'elasticsearch',
  QUERY_PORT: String(port),
})
