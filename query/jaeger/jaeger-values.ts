// Values as Go writes them, which Jaeger's clients send: durations and flags.
const MICROS_PER = { ns: 1e-3, us: 1, µs: 1, μs: 1, ms: 1e3, s: 1e6, m: 60e6, h: 3600e6 }
const LONGEST = 60
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g
const DURATION = /^\+?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/

/** `100ms`, `2h45m`, `1.5s`, `0`: in microseconds, with a fraction; undefined for anything else. */
export function goDuration(text: string): number | undefined {
  if (text === '0') return 0
  if (text.length > LONGEST || !DURATION.test(text)) return undefined
  let micros = 0
  for (const [, amount, unit] of text.matchAll(PART))
    micros += Number(amount) * MICROS_PER[unit as keyof typeof MICROS_PER]
  return micros <= Number.MAX_SAFE_INTEGER ? micros : undefined
}

/** As Go's strconv.ParseBool reads it. */
export function goFlag(text: string): boolean | undefined {
  if (/^(?:1|t|T|TRUE|true|True)$/.test(text)) return true
  return /^(?:0|f|F|FALSE|false|False)$/.test(text) ? false : undefined
}
