// The table of every setting: where it is read from, what it may be, its default, and what the help says of it.
import { resolve } from 'node:path'
import { z } from 'zod'
import {
  brokers,
  bytes,
  file,
  filled,
  flag,
  indexName,
  list,
  oneOf,
  optional,
  share,
  topic,
  topics,
  urls,
  whole,
} from './config-parsers.ts'

export const ROLES = ['all', 'collector', 'query'] as const
const STORES = ['duckdb', 'elasticsearch'] as const
const SASL_MECHANISMS = ['', 'plain', 'scram-sha-256', 'scram-sha-512'] as const

/** A setting: where it is read from, what it may be, and what `--help` says of it. */
export interface Setting {
  readonly env: string
  readonly parse: z.ZodType<unknown, string>
  /** As it would be written in the environment. */
  readonly fallback: string
  readonly help: string
  /** Whether what was given may hold a password, and is never shown. */
  readonly secret?: true
}

export const SETTINGS = {
  role: { env: 'HOPSCOPE_ROLE', parse: oneOf(ROLES), fallback: 'all', help: 'What this process does' },
  host: { env: 'HOPSCOPE_HOST', parse: filled, fallback: '127.0.0.1', help: 'Address to listen on' },
  port: {
    env: 'QUERY_PORT',
    parse: whole(0, 65535),
    fallback: '9411',
    help: 'Port to listen on; 0 picks a free one',
  },
  storage: {
    env: 'STORAGE_TYPE',
    parse: oneOf(STORES),
    fallback: 'duckdb',
    help: 'Where spans are kept: duckdb, elasticsearch',
  },
  dataDir: {
    env: 'HOPSCOPE_DATA_DIR',
    parse: filled.transform((path) => resolve(path)),
    fallback: 'data',
    help: 'Folder of the embedded store',
  },
  storeMemory: {
    env: 'HOPSCOPE_STORE_MEMORY',
    parse: bytes(128 * 2 ** 20),
    fallback: '512MiB',
    help: 'Memory the embedded store may use',
  },
  esHosts: {
    env: 'ES_HOSTS',
    parse: urls,
    fallback: 'http://localhost:9200',
    help: 'Elasticsearch, comma separated URLs',
    secret: true,
  },
  esUsername: {
    env: 'ES_USERNAME',
    parse: z.string(),
    fallback: '',
    help: 'User of Elasticsearch',
  },
  esPassword: {
    env: 'ES_PASSWORD',
    parse: z.string(),
    fallback: '',
    help: 'Password of that user',
    secret: true,
  },
  esApiKey: {
    env: 'HOPSCOPE_ES_API_KEY',
    parse: z.string(),
    fallback: '',
    help: 'API key of Elasticsearch, instead of a user',
    secret: true,
  },
  esCaFile: {
    env: 'HOPSCOPE_ES_CA_FILE',
    parse: file,
    fallback: '',
    help: 'PEM file of the authority to trust for Elasticsearch',
  },
  esIndex: {
    env: 'ES_INDEX',
    parse: indexName,
    fallback: 'hopscope',
    help: 'What the names of our indices begin with',
  },
  esShards: {
    env: 'ES_INDEX_SHARDS',
    parse: whole(1, 1024),
    fallback: '1',
    help: 'Shards of a new index',
  },
  esReplicas: {
    env: 'ES_INDEX_REPLICAS',
    parse: optional(whole(0, 100)),
    fallback: '',
    help: 'Copies of each shard; unset: 1 if the cluster has room',
  },
  esTimeout: {
    env: 'ES_TIMEOUT',
    parse: whole(100, 600_000),
    fallback: '10000',
    help: 'Milliseconds to wait for Elasticsearch',
  },
  retentionDays: {
    env: 'HOPSCOPE_RETENTION_DAYS',
    parse: whole(0, 36_500),
    fallback: '0',
    help: 'Days to keep spans; 0 keeps them for ever',
  },
  retentionSize: {
    env: 'HOPSCOPE_RETENTION_SIZE',
    parse: bytes(0),
    fallback: '0',
    help: 'Bytes of spans to keep, newest first; 0 keeps all',
  },
  kafkaServers: {
    env: 'KAFKA_BOOTSTRAP_SERVERS',
    parse: brokers,
    fallback: '',
    help: 'Kafka to read spans from, host:port, comma separated',
  },
  kafkaTopics: {
    env: 'KAFKA_TOPIC',
    parse: topics,
    fallback: 'zipkin',
    help: 'Topics with spans, comma separated',
  },
  kafkaGroupId: {
    env: 'KAFKA_GROUP_ID',
    parse: filled,
    fallback: 'zipkin',
    help: 'Consumer group',
  },
  kafkaStreams: {
    env: 'KAFKA_STREAMS',
    parse: whole(1, 256),
    fallback: '4',
    help: 'Partitions processed at once',
  },
  kafkaDeadLetterTopic: {
    env: 'HOPSCOPE_KAFKA_DEAD_LETTER_TOPIC',
    parse: topic,
    fallback: 'zipkin-dlq',
    help: 'Where messages go that can not be stored',
  },
  kafkaSaslMechanism: {
    env: 'HOPSCOPE_KAFKA_SASL_MECHANISM',
    parse: oneOf(SASL_MECHANISMS),
    fallback: '',
    help: 'How to log in: plain, scram-sha-256, scram-sha-512',
  },
  kafkaSaslUsername: {
    env: 'HOPSCOPE_KAFKA_SASL_USERNAME',
    parse: z.string(),
    fallback: '',
    help: 'User of Kafka',
  },
  kafkaSaslPassword: {
    env: 'HOPSCOPE_KAFKA_SASL_PASSWORD',
    parse: z.string(),
    fallback: '',
    help: 'Password of that user',
    secret: true,
  },
  kafkaTls: {
    env: 'HOPSCOPE_KAFKA_TLS',
    parse: flag,
    fallback: 'false',
    help: 'Whether to talk TLS with Kafka',
  },
  kafkaCaFile: {
    env: 'HOPSCOPE_KAFKA_CA_FILE',
    parse: file,
    fallback: '',
    help: 'PEM file of the authority to trust for Kafka; implies TLS',
  },
  sampleRate: {
    env: 'COLLECTOR_SAMPLE_RATE',
    parse: share,
    fallback: '1',
    help: 'Share of traces to keep, 0 to 1',
  },
  maxBody: {
    env: 'HOPSCOPE_COLLECTOR_MAX_BODY',
    parse: bytes(1024),
    fallback: '10MiB',
    help: 'Largest body of spans, inflated',
  },
  maxPending: {
    env: 'HOPSCOPE_COLLECTOR_MAX_PENDING',
    parse: bytes(1024),
    fallback: '32MiB',
    help: 'Bytes of spans held until stored; beyond, 503. From Kafka half of it',
  },
  spanMetricsSeries: {
    env: 'HOPSCOPE_SPAN_METRICS_SERIES',
    parse: whole(0, 20_000),
    fallback: '2000',
    help: 'Label sets of each metric of spans at /prometheus; 0: none',
  },
  lookback: {
    env: 'QUERY_LOOKBACK',
    parse: whole(1, Number.MAX_SAFE_INTEGER),
    fallback: '86400000',
    help: 'Default search window, milliseconds',
  },
  strictTraceId: {
    env: 'STRICT_TRACE_ID',
    parse: flag,
    fallback: 'true',
    help: 'Whether trace ids that share only their last 64 bits are two',
  },
  searchEnabled: {
    env: 'SEARCH_ENABLED',
    parse: flag,
    fallback: 'true',
    help: 'Whether traces can be found by other than their id',
  },
  rateLimit: {
    env: 'HOPSCOPE_RATE_LIMIT',
    parse: whole(0, 1_000_000),
    fallback: '6000',
    help: 'Requests a minute to /rest/v1 by one address, which a proxy is too; 0: no limit',
  },
  autocompleteKeys: {
    env: 'AUTOCOMPLETE_KEYS',
    parse: list,
    fallback: '',
    help: 'Tag keys whose values are offered, comma separated',
  },
  allowedOrigins: {
    env: 'ZIPKIN_QUERY_ALLOWED_ORIGINS',
    parse: list,
    fallback: '*',
    help: 'Origins whose pages may ask (CORS), comma separated; * for any',
  },
  logLevel: {
    env: 'HOPSCOPE_LOG_LEVEL',
    parse: oneOf(['debug', 'info', 'warn', 'error', 'silent']),
    fallback: 'info',
    help: 'Least severe log lines to write',
  },
} as const satisfies Record<string, Setting>

export type SettingName = keyof typeof SETTINGS
export type Config = { readonly [Name in SettingName]: z.output<(typeof SETTINGS)[Name]['parse']> }
