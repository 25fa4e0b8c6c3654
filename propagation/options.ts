// Refuses options that can't be right where they are given, at the start, and not by what they would do to spans later.
import { validateHeaderName, validateHeaderValue } from 'node:http'
import { inspect } from 'node:util'
import { isFormatOptions } from './formats/formats.ts'
import { hostFrom, serviceFrom } from './formats/headers.ts'
import { isTrustInbound } from './formats/trust.ts'
import { isPromClient, METRICS_MUST } from './servers/metrics.ts'
import { isRecordOptions, RECORD_MUST } from './servers/recorded-values.ts'
import { areRedactions, REDACT_MUST } from './spans/redaction.ts'
import { areSampleRules, isPerSecond, SAMPLE_RULES_MUST } from './spans/sampling.ts'
import { messageOf } from './spans/span.ts'
import type { TracerOptions } from './tracer-options.ts'

type Rule = readonly [fits: (value: unknown) => boolean, must: string]

// What timers can count to; beyond it they fire at once.
const MAX_MS = 2 ** 31 - 1

const whole = (least: number, most: number): Rule => [
  (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
  `a whole number from ${least} to ${most}`,
]
const text = (from: (value: string) => unknown, must: string): Rule => [
  (value) => typeof value === 'string' && from(value) !== undefined,
  must,
]
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
const object = (...methods: string[]): Rule => [
  (value) => isRecord(value) && methods.every((method) => typeof value[method] === 'function'),
  `an object${methods.length > 0 ? ` with ${methods.join(', ')}` : ''}`,
]
const callable: Rule = [(value) => typeof value === 'function', 'a function']
const yesOrNo: Rule = [(value) => typeof value === 'boolean', 'true or false']
const count = whole(1, Number.MAX_SAFE_INTEGER)

type Rules = Readonly<Record<string, Rule>>

/** Of all that `createTracer` takes. */
export const TRACER_RULES: Rules = {
  service: text(serviceFrom, '1 to 128 of A-Z a-z 0-9 _ . : / + @ -'),
  host: text(hostFrom, 'a host name or an IP address'),
  port: whole(1, 65_535),
  sampleRate: [(value) => typeof value === 'number' && value >= 0 && value <= 1, 'a number from 0 to 1'],
  samplesPerSecond: [isPerSecond, 'a number of 0 or more'],
  sampleRules: [areSampleRules, SAMPLE_RULES_MUST],
  keepErrors: yesOrNo,
  keepMaxSpans: count,
  keepMaxBytes: count,
  record: [isRecordOptions, RECORD_MUST],
  redact: [areRedactions, REDACT_MUST],
  metrics: [isPromClient, METRICS_MUST],
  peers: [
    (value) => isRecord(value) && Object.values(value).every((name) => typeof name === 'string'),
    'an object of names by host:port or host',
  ],
  propagateTo: callable,
  enableHttpTracing: yesOrNo,
  propagator: object('extract', 'inject'),
  formats: [isFormatOptions, 'an object with extract and inject: lists of x, w3c, b3, b3-single, baggage'],
  trustInbound: [isTrustInbound, "'always', 'never', a function, or a list of addresses and networks"],
  now: callable,
  reporter: object('report', 'flush', 'close', 'stats'),
  collectorUrl: [
    (value) => typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol),
    'an http or https URL',
  ],
  headers: object(),
  maxSpans: count,
  maxBytes: count,
  batchSpans: count,
  batchBytes: count,
  intervalMs: whole(0, MAX_MS),
  compress: yesOrNo,
  resendUnanswered: yesOrNo,
  timeoutMs: whole(1, MAX_MS),
  backoffMs: whole(1, MAX_MS),
  maxBackoffMs: whole(1, MAX_MS),
  exitTimeoutMs: whole(0, MAX_MS),
  log: callable,
} satisfies Record<keyof TracerOptions, Rule>

/** Those of every reporter besides: one may be given the options that the service has for all of them. */
const ALL_RULES: Rules = {
  ...TRACER_RULES,
  kafka: object('producer'),
  producer: object('connect', 'send', 'disconnect'),
  topic: text((value) => /^[\w.-]{1,249}$/.exec(value)?.[0], '1 to 249 of A-Z a-z 0-9 _ . -'),
  stream: object('write', 'on', 'off'),
}

/** The value as code has it, short, and without the user and password of a URL, whatever those are made of. */
const shown = (value: unknown): string =>
  inspect(value, { depth: 0, breakLength: Infinity })
    .replace(/\/\/.*@/s, '//…@')
    .slice(0, 200)

const MAX_NAME = 64
const MAX_TYPOS = 2

/** The least number of characters to put in, take out or replace to make one text of the other (Levenshtein). */
const distance = (one: string, other: string): number => {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (let i = 1; i <= one.length; i++) {
    const next = [i]
    for (let j = 1; j <= other.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}

/** The name that was meant, where one is close: case does not count, nor do two characters. */
const meant = (name: string, names: readonly string[]): string | undefined => {
  if (name.length > MAX_NAME) return undefined
  const written = name.toLowerCase()
  const [nearest] = names
    .map((known) => ({ known, typos: distance(written, known.toLowerCase()) }))
    .sort((one, other) => one.typos - other.typos)
  return nearest && nearest.typos <= MAX_TYPOS && nearest.typos < name.length / 2 ? nearest.known : undefined
}

/**
 * @param rules those of the options there are
 * @throws TypeError that names the first option that can't be right, what it must be, and what it is; or one that there
 * is not: a setting of security may be lost by one wrong letter. What is `undefined` is not given.
 */
export const checkOptions = (options: object, rules: Rules = ALL_RULES): void => {
  const given = new Map<string, unknown>(Object.entries(options))
  for (const [name, value] of given) {
    if (value === undefined || Object.hasOwn(rules, name)) continue
    const nearest = meant(name, Object.keys(rules))
    const hint = nearest ? `: is ${nearest} meant?` : ''
    throw new TypeError(`${name.slice(0, MAX_NAME)} is no option${hint}`)
  }
  for (const [name, [fits, must]] of Object.entries(rules)) {
    const value = given.get(name)
    if (value !== undefined && !fits(value))
      throw new TypeError(`${name} must be ${must}, not ${shown(value)}`)
  }
  for (const [name, value] of Object.entries(given.get('headers') ?? {})) {
    try {
      validateHeaderName(name)
      validateHeaderValue(name, value)
    } catch (error) {
      // Without the value: it may be a secret, and an error is logged.
      throw new TypeError(`headers[${shown(name)}] can't be sent: ${messageOf(error)}`, { cause: error })
    }
  }
}
