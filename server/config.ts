// Configuration: environment and flags in, one checked and typed object out. The only place that reads the environment.
import { resolve } from 'node:path'
import { z } from 'zod'

export const ROLES = ['all', 'collector', 'query'] as const

/** A setting: where it is read from, what it may be, and what `--help` says of it. */
interface Setting {
  readonly env: string
  readonly parse: z.ZodType<unknown, string>
  /** As it would be written in the environment. */
  readonly fallback: string
  readonly help: string
}

const UNITS = { '': 1, b: 1, kib: 2 ** 10, kb: 1e3, mib: 2 ** 20, mb: 1e6, gib: 2 ** 30, gb: 1e9 }

const whole = (least: number, most: number) =>
  z.string().transform((text, context) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    context.addIssue({ code: 'custom', message: `must be a whole number between ${least} and ${most}` })
    return z.NEVER
  })

const share = z.string().transform((text, context) => {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (value >= 0 && value <= 1) return value
  context.addIssue({
    code: 'custom',
    message: 'must be a number between 0 and 1, such as 0.1 for one trace in ten',
  })
  return z.NEVER
})

const bytes = (least: number) =>
  z.string().transform((text, context) => {
    const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? []
    const factor = UNITS[unit.toLowerCase() as keyof typeof UNITS] as number | undefined
    const value =
      amount === undefined || factor === undefined ? Number.NaN : Math.floor(Number(amount) * factor)
    if (value >= least) return value
    context.addIssue({ code: 'custom', message: `must be a size of at least ${least} bytes, such as 512MiB` })
    return z.NEVER
  })

const oneOf = <T extends string>(values: readonly T[]) =>
  z.string().transform((text, context) => {
    const value = values.find((each) => each === text.toLowerCase())
    if (value !== undefined) return value
    context.addIssue({ code: 'custom', message: `must be one of ${values.join(', ')}` })
    return z.NEVER
  })

const list = z.string().transform((text) => text.split(',').map((each) => each.trim()).filter(Boolean)) // prettier-ignore
const filled = z.string().min(1, 'must not be empty')

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
    parse: oneOf(['duckdb']),
    fallback: 'duckdb',
    help: 'Where spans are kept',
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
    fallback: '64MiB',
    help: 'Bytes of spans held until stored; beyond, 503',
  },
  lookback: {
    env: 'QUERY_LOOKBACK',
    parse: whole(1, Number.MAX_SAFE_INTEGER),
    fallback: '86400000',
    help: 'Default search window, milliseconds',
  },
  autocompleteKeys: {
    env: 'AUTOCOMPLETE_KEYS',
    parse: list,
    fallback: '',
    help: 'Tag keys whose values are offered, comma separated',
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
  const mistakes: string[] = []
  for (const [name, { env, parse, fallback }] of Object.entries(SETTINGS) as [SettingName, Setting][]) {
    const flag = flags[name]
    // An empty variable is what compose files make of an unset one.
    const text = flag ?? (environment[env] || fallback)
    const parsed = parse.safeParse(text)
    if (parsed.success) config[name] = parsed.data
    else {
      const source =
        flag === undefined ? env : `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
      mistakes.push(
        `${source}=${JSON.stringify(text)}: ${parsed.error.issues.map(({ message }) => message).join('; ')}`,
      )
    }
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes.join('\n'))
  return config as Config
}
