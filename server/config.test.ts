import { resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { ConfigError, readConfig } from './config.ts'
import { examples, settingsTable } from './help.ts'
import { SETTINGS, type SettingName } from './settings.ts'

const MIB = 2 ** 20

function mistakes(...[flags, environment]: Parameters<typeof readConfig>): string[] {
  try {
    readConfig(flags, environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n')
    throw error
  }
  return []
}

describe('the configuration', () => {
  test('of nothing is the default', () => {
    expect(readConfig({}, {})).toMatchObject({
      role: 'all',
      host: '127.0.0.1',
      port: 9411,
      storage: 'duckdb',
      dataDir: resolve('data'),
      storeMemory: 512 * MIB,
      sampleRate: 1,
      maxBody: 10 * MIB,
      maxPending: 32 * MIB,
      lookback: 86_400_000,
      autocompleteKeys: [],
      strictTraceId: true,
      searchEnabled: true,
      allowedOrigins: ['*'],
      logLevel: 'info',
    })
  })

  test('takes each setting from its variable', () => {
    const env = { HOPSCOPE_ROLE: 'Query', HOPSCOPE_HOST: '::1', QUERY_PORT: '0', STORAGE_TYPE: 'DuckDB', HOPSCOPE_DATA_DIR: '/srv/x', HOPSCOPE_STORE_MEMORY: '1.5 GiB', COLLECTOR_SAMPLE_RATE: '0.25', HOPSCOPE_COLLECTOR_MAX_BODY: '2MB', HOPSCOPE_COLLECTOR_MAX_PENDING: '4096', QUERY_LOOKBACK: '1', AUTOCOMPLETE_KEYS: ' a, b ,,c', STRICT_TRACE_ID: 'False', SEARCH_ENABLED: 'false', ZIPKIN_QUERY_ALLOWED_ORIGINS: 'http://a, https://b', HOPSCOPE_LOG_LEVEL: 'silent' } // prettier-ignore
    expect(readConfig({}, env)).toMatchObject({
      role: 'query',
      host: '::1',
      port: 0,
      storage: 'duckdb',
      dataDir: resolve('/srv/x'),
      storeMemory: 1536 * MIB,
      sampleRate: 0.25,
      maxBody: 2_000_000,
      maxPending: 4096,
      lookback: 1,
      autocompleteKeys: ['a', 'b', 'c'],
      strictTraceId: false,
      searchEnabled: false,
      allowedOrigins: ['http://a', 'https://b'],
      logLevel: 'silent',
    })
  })

  test('takes a flag before a variable, and a variable before the default', () => {
    expect(readConfig({ port: '1' }, { QUERY_PORT: '2' }).port).toBe(1)
    expect(readConfig({}, { QUERY_PORT: '2' }).port).toBe(2)
    expect(readConfig({ port: '1' }, { QUERY_PORT: 'wrong, but not asked' }).port).toBe(1)
  })

  test('takes an empty variable for an absent one, but an empty flag for a mistake', () => {
    expect(readConfig({}, { QUERY_PORT: '', HOPSCOPE_DATA_DIR: '' })).toEqual(readConfig({}, {}))
    expect(mistakes({ port: '', dataDir: '' }, {})).toEqual([
      '--port="": must be a whole number between 0 and 65535',
      '--data-dir="": must not be empty',
    ])
  })

  const number = 'must be a whole number between 0 and 65535'
  const share = 'must be a number between 0 and 1, such as 0.1 for one trace in ten'
  const size = (least: number) => `must be a size of at least ${least} bytes, such as 512MiB`
  test.each([
    ['QUERY_PORT', '-1', number],
    ['QUERY_PORT', '65536', number],
    ['QUERY_PORT', '80.5', number],
    ['QUERY_PORT', '0x50', number],
    ['QUERY_PORT', ' ', number],
    ['HOPSCOPE_ROLE', 'both', 'must be one of all, collector, query'],
    ['STORAGE_TYPE', 'mem', /^must be one of .*duckdb/],
    ['COLLECTOR_SAMPLE_RATE', '-0.1', share],
    ['COLLECTOR_SAMPLE_RATE', '1.1', share],
    ['COLLECTOR_SAMPLE_RATE', '10%', share],
    ['COLLECTOR_SAMPLE_RATE', ' ', share],
    ['HOPSCOPE_COLLECTOR_MAX_BODY', '1023', size(1024)],
    ['HOPSCOPE_COLLECTOR_MAX_BODY', '10 bananas', size(1024)],
    ['HOPSCOPE_COLLECTOR_MAX_BODY', '-10MiB', size(1024)],
    ['HOPSCOPE_COLLECTOR_MAX_PENDING', 'constructor', size(1024)],
    ['HOPSCOPE_COLLECTOR_MAX_PENDING', '1 constructor', size(1024)],
    ['HOPSCOPE_STORE_MEMORY', '1MiB', size(128 * MIB)],
    ['QUERY_LOOKBACK', '0', /^must be a whole number between 1 and/],
    ['QUERY_LOOKBACK', '1d', /^must be a whole number between 1 and/],
    ['HOPSCOPE_LOG_LEVEL', 'loud', 'must be one of debug, info, warn, error, silent'],
  ])('%s=%s is refused in one line that says what it may be', (name, value, message) => {
    const [line = '', ...more] = mistakes({}, { [name]: value })
    expect(more).toEqual([])
    const start = `${name}=${JSON.stringify(value)}: `
    expect(line.slice(0, start.length)).toBe(start)
    if (typeof message === 'string') expect(line.slice(start.length)).toBe(message)
    else expect(line.slice(start.length)).toMatch(message)
  })

  test('lists all mistakes at once, by the names they were made under', () => {
    const lines = mistakes(
      { role: 'x' },
      { QUERY_PORT: 'y', HOPSCOPE_ROLE: 'all', COLLECTOR_SAMPLE_RATE: 'z' },
    )
    expect(lines.map((line) => line.split('=')[0])).toEqual(['--role', 'QUERY_PORT', 'COLLECTOR_SAMPLE_RATE'])
  })
})

describe('the configuration of Elasticsearch and Kafka', () => {
  test('of nothing is a local Elasticsearch, and no Kafka', () => {
    expect(readConfig({}, { STORAGE_TYPE: 'elasticsearch' })).toMatchObject({
      storage: 'elasticsearch',
      esHosts: ['http://localhost:9200'],
      esUsername: '',
      esApiKey: '',
      esIndex: 'hopscope',
      esShards: 1,
      esReplicas: undefined,
      esTimeout: 10_000,
      retentionDays: 0,
      retentionSize: 0,
      kafkaServers: [],
      kafkaTopics: ['zipkin'],
      kafkaGroupId: 'zipkin',
      kafkaStreams: 4,
      kafkaDeadLetterTopic: 'zipkin-dlq',
      kafkaSaslMechanism: '',
      kafkaTls: false,
    })
  })

  test('takes what Zipkin takes', () => {
    const env = { STORAGE_TYPE: 'elasticsearch', ES_HOSTS: 'es-1:9200, https://es-2/', ES_INDEX: 'spans', ES_INDEX_SHARDS: '5', ES_INDEX_REPLICAS: '0', ES_TIMEOUT: '20000', KAFKA_BOOTSTRAP_SERVERS: 'k1:9092,[::1]:9093', KAFKA_TOPIC: 'zipkin,more', KAFKA_GROUP_ID: 'us', KAFKA_STREAMS: '1' } // prettier-ignore
    expect(readConfig({}, env)).toMatchObject({
      esHosts: ['http://es-1:9200', 'https://es-2'],
      esIndex: 'spans',
      esShards: 5,
      esReplicas: 0,
      esTimeout: 20_000,
      kafkaServers: ['k1:9092', '[::1]:9093'],
      kafkaTopics: ['zipkin', 'more'],
      kafkaGroupId: 'us',
      kafkaStreams: 1,
    })
  })

  test.each([
    ['ES_HOSTS', 'ftp://es', 'must be URLs, such as http://localhost:9200'],
    ['ES_INDEX', 'Spans*', /^must be small letters/],
    ['ES_INDEX_REPLICAS', '-1', 'must be a whole number between 0 and 100'],
    ['HOPSCOPE_ES_CA_FILE', '/no/such/file', 'must be the path of a file that can be read'],
    ['KAFKA_BOOTSTRAP_SERVERS', 'kafka', /^must be host:port/],
    ['KAFKA_BOOTSTRAP_SERVERS', ',', 'must not be empty'],
    ['KAFKA_BOOTSTRAP_SERVERS', 'kafka:65536', /^must be host:port/],
    ['KAFKA_BOOTSTRAP_SERVERS', 'kafka:0', /^must be host:port/],
    ['KAFKA_TOPIC', 'a,..', /^must be names of topics/],
    ['HOPSCOPE_KAFKA_DEAD_LETTER_TOPIC', '.', /^must be the name of a topic/],
    ['KAFKA_TOPIC', 'a b', /^must be names of topics/],
    ['KAFKA_TOPIC', ',', 'must not be empty'],
    ['KAFKA_STREAMS', '0', 'must be a whole number between 1 and 256'],
    ['HOPSCOPE_KAFKA_SASL_MECHANISM', 'gssapi', /^must be one of .*plain, scram-sha-256, scram-sha-512$/],
    ['HOPSCOPE_KAFKA_TLS', 'yes', 'must be one of true, false'],
  ])('%s=%s is refused', (name, value, message) => {
    const [line = '', ...more] = mistakes({}, { [name]: value })
    expect(more).toEqual([])
    expect(line.startsWith(name)).toBe(true)
    const said = line.slice(line.indexOf(': ') + 2)
    if (typeof message === 'string') expect(said).toBe(message)
    else expect(said).toMatch(message)
  })

  test.each([
    [{ HOPSCOPE_ES_API_KEY: 'k3y', ES_USERNAME: 'me', ES_PASSWORD: 's3cret' }, 'HOPSCOPE_ES_API_KEY'],
    [{ ES_USERNAME: 'me' }, 'ES_USERNAME'],
    [{ ES_PASSWORD: 's3cret' }, 'ES_USERNAME'],
    [{ ES_HOSTS: 'http://me:s3cret@es:9200' }, 'ES_HOSTS'],
    [{ HOPSCOPE_ES_CA_FILE: 'package.json' }, 'HOPSCOPE_ES_CA_FILE'],
    [
      { HOPSCOPE_KAFKA_SASL_USERNAME: 'me', HOPSCOPE_KAFKA_SASL_PASSWORD: 's3cret' },
      'HOPSCOPE_KAFKA_SASL_USERNAME',
    ],
    [
      { HOPSCOPE_KAFKA_SASL_MECHANISM: 'plain', HOPSCOPE_KAFKA_SASL_PASSWORD: 's3cret' },
      'HOPSCOPE_KAFKA_SASL_MECHANISM',
    ],
    [{ KAFKA_TOPIC: 'a,zipkin-dlq' }, 'HOPSCOPE_KAFKA_DEAD_LETTER_TOPIC'],
    [{ HOPSCOPE_RETENTION_DAYS: '7' }, 'HOPSCOPE_RETENTION_DAYS'],
    [{ COLLECTOR_KAFKA_ENABLED: 'false' }, 'COLLECTOR_KAFKA_ENABLED'],
    [{ ES_SSL_NO_VERIFY: 'true' }, 'ES_SSL_NO_VERIFY'],
  ])('what can not be meant so is refused by name, without its secrets: %j', (environment, name) => {
    const [line = '', ...more] = mistakes({}, environment as NodeJS.ProcessEnv)
    expect(more).toEqual([])
    expect(line.startsWith(name)).toBe(true)
    expect(line).not.toMatch(/s3cret|k3y/)
  })
})

describe('the help', () => {
  test('lists every setting by its variable, with what it does and its default', () => {
    for (const name of Object.keys(SETTINGS) as SettingName[]) {
      const { env, help, fallback } = SETTINGS[name]
      const line = settingsTable.split('\n').find((each) => each.trim().startsWith(`${env} `))
      expect(line).toContain(help)
      if (fallback !== '') expect(line).toMatch(new RegExp(`\\(${fallback.replaceAll('.', '\\.')}\\)$`))
    }
  })

  test('shows examples that are right', () => {
    for (const [, variable = '', value = ''] of examples.matchAll(/([A-Z_]{4,})=(\S+) hopscope/g))
      expect(mistakes({}, { [variable]: value })).toEqual([])
  })
})
