// The literals of TraceQL: texts as in Go, numbers, and durations as in Go and Prometheus (`1m30s`, `1.5h`, `7d`).
import type { Literal } from './ast.ts'
import { Mistake, replaced } from './errors.ts'
import { missingQuote } from './lexer-mistakes.ts'

interface Read {
  readonly value: Literal
  readonly end: number
}

/** Microseconds. Nanoseconds are not here, as a thousandth is not exact: they divide. */
const UNITS = new Map([
  ['us', 1],
  ['µs', 1],
  ['μs', 1],
  ['ms', 1000],
  ['s', 1_000_000],
  ['m', 60_000_000],
  ['h', 3_600_000_000],
  ['d', 86_400_000_000],
  ['w', 604_800_000_000],
  ['y', 31_536_000_000_000],
])

/** What people write for a unit. */
const OTHER_UNITS = new Map(
  Object.entries({
    ns: 'nsec nsecs nano nanos nanosecond nanoseconds',
    us: 'usec usecs micro micros microsecond microseconds',
    ms: 'msec msecs milli millis millisecond milliseconds msc',
    s: 'sec secs second seconds',
    m: 'min mins minute minutes',
    h: 'hr hrs hour hours',
    d: 'day days',
  }).flatMap(([unit, others]) => others.split(' ').map((other) => [other, unit] as const)),
)

const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y
/** What no number and no duration goes on with. */
const TAIL = /[\p{L}\p{N}_.]*/uy
const LETTERS = /\p{L}+/uy

/** What the expression matches just there, or ''. */
export function matchAt(expression: RegExp, text: string, at: number): string {
  expression.lastIndex = at
  return expression.exec(text)?.[0] ?? ''
}

export function numberOrDuration(text: string, at: number): Read {
  const digits = matchAt(NUMBER, text, at)
  let end = at + digits.length
  const tail = matchAt(TAIL, text, end)
  end += tail.length
  if (tail === '') return { value: { type: 'number', value: finite(Number(digits), at, end) }, end }
  return { value: { type: 'duration', value: finite(durationIn(text, at, end), at, end) }, end }
}

function durationIn(text: string, from: number, end: number): number {
  let sum = 0
  for (let at = from; at < end;) {
    const digits = matchAt(NUMBER, text, at)
    const letters = matchAt(LETTERS, text, at + digits.length)
    const unit = UNITS.get(letters)
    if (digits === '' || (unit === undefined && letters !== 'ns')) throw wrongUnit(text, from, end, letters)
    sum += unit === undefined ? Number(digits) / 1000 : Number(digits) * unit
    at += digits.length + letters.length
  }
  return sum
}

function wrongUnit(text: string, at: number, end: number, letters: string): Mistake {
  const written = text.slice(at, end)
  const unit = isUnit(letters.toLowerCase()) ? letters.toLowerCase() : OTHER_UNITS.get(letters.toLowerCase())
  if (unit !== undefined)
    return replaced(
      `\`${letters}\` is no unit of time: use \`${unit}\`.`,
      { at, end },
      written.replace(letters, unit),
    )
  const before = /(\.[^\s{}()=~!<>&|^,"]+|[\p{L}_.]+)\s*=\s*$/u.exec(text.slice(Math.max(0, at - 200), at))
  if (/^[1-5]xx$/i.test(written) && before !== null) {
    const hundred = Number(written.charAt(0)) * 100
    const range = `${before[1]} >= ${hundred} && ${before[1]} < ${hundred + 100}`
    const fix = { at: at - before[0].length, end, text: range }
    return new Mistake(`\`${written}\` is a range: \`${range}\`.`, at, end, fix)
  }
  const message = `\`${written}\` is neither a number nor a duration (units: ns, us, ms, s, m, h, d, w, y). A text needs quotes.`
  return replaced(message, { at, end }, JSON.stringify(written))
}

export function isUnit(word: string): boolean {
  return UNITS.has(word) || word === 'ns'
}

/** Microseconds as a TraceQL literal that reads as exactly the same number. */
export function durationText(micros: number): string {
  if (micros < 0) return `-${durationText(-micros)}`
  for (const [unit, whole] of [
    ['h', true],
    ['m', true],
    ['s', false],
    ['ms', false],
    ['us', true],
  ] as const) {
    const count = micros / (UNITS.get(unit) ?? 1)
    const fits = whole ? Number.isInteger(count) : Number.isInteger(count * 1000) && count >= 1
    if (count > 0 && fits && count < 1e15 && count * (UNITS.get(unit) ?? 1) === micros)
      return `${count}${unit}`
  }
  const nanos = micros * 1000
  if (Number.isSafeInteger(nanos) && nanos > 0 && nanos / 1000 === micros) return `${nanos}ns`
  return `${micros}us`
}

function finite(value: number, at: number, end: number): number {
  if (Number.isFinite(value)) return value
  throw new Mistake('This number is too large.', at, end)
}

const ESCAPES = new Map([
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['\\', '\\'],
  ['"', '"'],
])
const PLAIN = /[^"\\\n]+/y
const CODE = /x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[0-7]{3}/y

/** A text in double quotes. */
export function quotedText(text: string, start: number): Read {
  let value = ''
  let at = start + 1
  for (;;) {
    const plain = matchAt(PLAIN, text, at)
    value += plain
    at += plain.length
    const character = text.charAt(at)
    if (character === '"') return { value: { type: 'text', value }, end: at + 1 }
    if (character !== '\\') throw missingQuote(text, start, at)
    const escaped = escapeAt(text, at)
    value += escaped.value
    at = escaped.end
  }
}

function escapeAt(text: string, at: number): { value: string; end: number } {
  const short = ESCAPES.get(text.charAt(at + 1))
  if (short !== undefined) return { value: short, end: at + 2 }
  const code = matchAt(CODE, text, at + 1)
  const point = code === '' ? Number.NaN : parseInt(code.replace(/^[xuU]/, ''), /^\d/.test(code) ? 8 : 16)
  // \xff and \377 are bytes in Go, which alone are no text.
  const most = code.startsWith('u') || code.startsWith('U') ? 0x10_ffff : 0x7f
  if (point <= most) return { value: String.fromCodePoint(point), end: at + 1 + code.length }
  const place = { at, end: Math.min(at + 2, text.length) }
  const message = 'Unknown escape. A backslash itself is `\\\\`; in backquotes it needs no escape: `\\d+`.'
  throw replaced(message, place, `\\${text.slice(at, place.end)}`)
}

/** A text in backquotes: no escapes, and carriage returns are dropped, as in Go. */
export function rawText(text: string, at: number): Read {
  const close = text.indexOf('`', at + 1)
  if (close < 0) throw missingQuote(text, at, text.length)
  return { value: { type: 'text', value: text.slice(at + 1, close).replaceAll('\r', '') }, end: close + 1 }
}
