// Decides whether a new trace is recorded: by rules about the request, by a rate, by a limit per second.
import { performance } from 'node:perf_hooks'
import { sampledAt } from '../context/ids.ts'

/** What is known of a request as it starts. Work that no HTTP request began has neither method nor path. */
interface SampleRequest {
  readonly traceId: string
  readonly method?: string | undefined
  /** As it was called, without the query string. */
  readonly path?: string | undefined
}

/** Asked only about new traces: a decision made upstream, and B3's debug flag, are kept. */
export interface Sampler {
  decide(request: SampleRequest): boolean
}

/** At least one of `rate` and `perSecond`. A rule without `method` and `path` fits everything. */
export interface SampleRule {
  /** `GET`; any where not given. */
  readonly method?: string
  /** `/health`, `/orders/:id` (any one segment), `/internal/*` (anything below); see {@link pathMatcherOf}. */
  readonly path?: string
  /** Share of the traces recorded, 0 to 1. Default 1. */
  readonly rate?: number
  /** At most so many traces a second in this process, after `rate`; 0.1 is one in ten seconds. */
  readonly perSecond?: number
}

export interface SamplerOptions {
  /** Share of new traces recorded, 0 to 1. Default 1. */
  readonly sampleRate?: number | undefined
  /** At most so many new traces a second in this process, after `sampleRate`. Default: no limit. */
  readonly samplesPerSecond?: number | undefined
  /** The first that fits decides alone, `sampleRate` and `samplesPerSecond` decide where none does. */
  readonly sampleRules?: readonly SampleRule[] | undefined
}

/** Milliseconds by a clock that is never set back. */
type Clock = () => number

const SLASH = 47
const METHOD_FORM = /^[A-Za-z][A-Za-z-]{0,31}$/
const PARAMETER_FORM = /^:\w+$/
const LITERAL_FORM = /^(?!:)[^?#*(){}]*$/
const MAX_PATTERN = 1024
const MAX_RULES = 1000

/** Options' text for what {@link areSampleRules} wants. */
export const SAMPLE_RULES_MUST =
  "a list of rules { method?: 'GET', path?: '/orders/:id' or '/internal/*', rate?: 0 to 1, perSecond?: 0 or more }" +
  ' with a rate or perSecond each'

export const isPerSecond = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && Number.isFinite(value)

const isRate = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 1

export const areSampleRules = (value: unknown): value is readonly SampleRule[] =>
  Array.isArray(value) && value.length <= MAX_RULES && value.every(isRule)

const isRule = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return false
  const { method, path, rate, perSecond }: { readonly [key in keyof SampleRule]?: unknown } = value
  return (
    (method === undefined || (typeof method === 'string' && METHOD_FORM.test(method))) &&
    (path === undefined || (typeof path === 'string' && isPattern(path))) &&
    (rate === undefined || isRate(rate)) &&
    (perSecond === undefined || isPerSecond(perSecond)) &&
    (rate !== undefined || perSecond !== undefined)
  )
}

const isPattern = (pattern: string): boolean => {
  if (!pattern.startsWith('/') || pattern.length > MAX_PATTERN) return false
  const segments = pattern.slice(1).split('/')
  return segments.every(
    (segment, at) =>
      LITERAL_FORM.test(segment) ||
      PARAMETER_FORM.test(segment) ||
      (segment === '*' && at === segments.length - 1),
  )
}

/**
 * Whether a path is one of a pattern: `:name` stands for one segment that is not empty, `*` at the end for anything
 * below, which `/internal` itself is not. Compared as it was called (case counts, nothing is decoded), but for one
 * slash at the end. Reads each character once, whatever the path: no regular expression, nothing is tried twice.
 */
export const pathMatcherOf = (pattern: string): ((path: string) => boolean) => {
  const segments = pattern.split('/').slice(1)
  const last = segments.at(-1)
  const isOpen = last === '*'
  if (isOpen || last === '') segments.pop()
  return (path) => {
    let at = 0
    for (const segment of segments) {
      if (path.charCodeAt(at) !== SLASH) return false
      at++
      if (segment.startsWith(':')) {
        const slash = path.indexOf('/', at)
        const end = slash === -1 ? path.length : slash
        if (end === at) return false
        at = end
      } else {
        if (!path.startsWith(segment, at)) return false
        at += segment.length
      }
    }
    if (isOpen) return path.charCodeAt(at) === SLASH
    return at === path.length || (at === path.length - 1 && path.charCodeAt(at) === SLASH)
  }
}

/**
 * A leaky bucket that holds one second's worth, and at least one: over any `t` seconds it lets through at most
 * `perSecond * t + max(1, perSecond)`, so a burst after a quiet second passes, and in the long run the limit is exact.
 * As Jaeger's rate limiting sampler (https://www.jaegertracing.io/docs/latest/sampling/). Brave's counts whole seconds:
 * it knows no limit below one a second, and lets twice as many through around the end of one.
 */
export class RateLimit {
  readonly #perSecond: number
  readonly #clock: Clock
  readonly #most: number
  #balance: number
  #at: number

  constructor(perSecond: number, clock: Clock = () => performance.now()) {
    this.#perSecond = perSecond
    this.#clock = clock
    this.#most = perSecond > 0 ? Math.max(1, perSecond) : 0
    this.#balance = this.#most
    this.#at = clock()
  }

  /** Whether one more may pass now. */
  take(): boolean {
    const at = this.#clock()
    this.#balance = Math.min(this.#most, this.#balance + ((at - this.#at) / 1000) * this.#perSecond)
    this.#at = at
    if (this.#balance < 1) return false
    this.#balance -= 1
    return true
  }
}

/** One rule, ready to be asked. */
class Rule {
  readonly #method: string | undefined
  readonly #matches: ((path: string) => boolean) | undefined
  readonly #rate: number
  readonly #limit: RateLimit | undefined

  constructor({ method, path, rate = 1, perSecond }: SampleRule, clock: Clock | undefined) {
    this.#method = method?.toUpperCase()
    this.#matches = path === undefined ? undefined : pathMatcherOf(path)
    this.#rate = rate
    this.#limit = perSecond === undefined ? undefined : new RateLimit(perSecond, clock)
  }

  fits({ method, path }: SampleRequest): boolean {
    if (this.#method !== undefined && this.#method !== method) return false
    return this.#matches === undefined || (path !== undefined && this.#matches(path))
  }

  decide(traceId: string): boolean {
    // The limit last: what the rate leaves out takes nothing of it.
    return sampledAt(this.#rate, traceId) && (this.#limit === undefined || this.#limit.take())
  }
}

/**
 * The sampler of checked options. By a rate every process decides alike about a trace id; a limit is each process' own.
 * `clock` in milliseconds, for tests.
 */
export const samplerOf = (
  { sampleRate = 1, samplesPerSecond, sampleRules = [] }: SamplerOptions,
  clock?: Clock,
): Sampler => {
  const rules = sampleRules.map((rule) => new Rule(rule, clock))
  const rest = new Rule(
    { rate: sampleRate, ...(samplesPerSecond !== undefined && { perSecond: samplesPerSecond }) },
    clock,
  )
  return {
    decide(request) {
      for (const rule of rules) if (rule.fits(request)) return rule.decide(request.traceId)
      return rest.decide(request.traceId)
    },
  }
}
