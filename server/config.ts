// Configuration: environment and flags in, one checked and typed object out. The only place that reads the environment.
import { type Config, type Setting, type SettingName, SETTINGS } from './settings.ts'

export type { Config } from './settings.ts'

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/**
 * @param flags what the command line says, as text; it wins over the environment
 * @throws ConfigError with one line for each mistake
 */
export function readConfig(
  flags: Readonly<Partial<Record<SettingName, string>>>,
  environment: NodeJS.ProcessEnv = process.env,
): Config {
  const config: Partial<Record<SettingName, unknown>> = {}
  const mistakes = unsupported(environment)
  for (const [name, setting] of Object.entries(SETTINGS) as [SettingName, Setting][]) {
    const { env, parse, fallback, secret } = setting
    const flag = flags[name]
    // An empty variable is what compose files make of an unset one.
    const text = flag ?? (environment[env] || fallback)
    const parsed = parse.safeParse(text)
    if (parsed.success) config[name] = parsed.data
    else {
      const source =
        flag === undefined ? env : `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
      const what = [...new Set(parsed.error.issues.map(({ message }) => message))].join('; ')
      mistakes.push(secret === true ? `${source}: ${what}` : `${source}=${JSON.stringify(text)}: ${what}`)
    }
  }
  // What can't be read has no sense to check.
  if (mistakes.length === 0) mistakes.push(...contradictions(config as Config))
  if (mistakes.length > 0) throw new ConfigError(mistakes.join('\n'))
  return config as Config
}

/** What Zipkin knows and we don't, with the value that changes nothing: whoever sets another counts on it. */
const UNSUPPORTED: Readonly<Record<string, string | undefined>> = {
  COLLECTOR_HTTP_ENABLED: 'true',
  COLLECTOR_KAFKA_ENABLED: 'true',
  HTTP_COLLECTOR_ENABLED: 'true',
  QUERY_ENABLED: 'true',
  UI_ENABLED: 'true',
  ES_CREDENTIALS_FILE: undefined,
  ES_PIPELINE: undefined,
  ES_SSL_NO_VERIFY: 'false',
}

function unsupported(environment: NodeJS.ProcessEnv): string[] {
  return Object.entries(UNSUPPORTED)
    .filter(([name, harmless]) => environment[name] && environment[name] !== harmless)
    .map(([name]) => `${name}: Hopscope doesn't have this setting of Zipkin's; unset it`)
}

function contradictions(config: Config): string[] {
  const { esUsername, esPassword, esApiKey, esCaFile, esHosts, storage, retentionDays, retentionSize } =
    config
  const { kafkaSaslMechanism, kafkaSaslUsername, kafkaSaslPassword, kafkaTopics, kafkaDeadLetterTopic } =
    config
  const rules: [boolean, string][] = [
    [
      esApiKey !== '' && esUsername !== '',
      'HOPSCOPE_ES_API_KEY: an API key replaces ES_USERNAME; set one of them',
    ],
    [(esUsername === '') !== (esPassword === ''), 'ES_USERNAME: needs ES_PASSWORD, and the other way round'],
    [
      esCaFile !== '' && !esHosts.some((host) => host.startsWith('https:')),
      'HOPSCOPE_ES_CA_FILE: none of ES_HOSTS is reached by https',
    ],
    [
      kafkaSaslMechanism === '' && kafkaSaslUsername + kafkaSaslPassword !== '',
      'HOPSCOPE_KAFKA_SASL_USERNAME: needs HOPSCOPE_KAFKA_SASL_MECHANISM',
    ],
    [
      kafkaSaslMechanism !== '' && (kafkaSaslUsername === '' || kafkaSaslPassword === ''),
      'HOPSCOPE_KAFKA_SASL_MECHANISM: needs HOPSCOPE_KAFKA_SASL_USERNAME and HOPSCOPE_KAFKA_SASL_PASSWORD',
    ],
    [
      kafkaTopics.includes(kafkaDeadLetterTopic),
      'HOPSCOPE_KAFKA_DEAD_LETTER_TOPIC: must not be one of KAFKA_TOPIC: what is refused would come in again',
    ],
    [
      storage === 'duckdb' && retentionDays + retentionSize > 0,
      'HOPSCOPE_RETENTION_DAYS, HOPSCOPE_RETENTION_SIZE: only STORAGE_TYPE=elasticsearch removes spans; duckdb keeps all',
    ],
  ]
  return rules.filter(([broken]) => broken).map(([, mistake]) => mistake)
}
