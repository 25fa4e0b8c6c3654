// Cuts plain words apart: `a key=b "c d" -e`.
import { Mistake } from './errors.ts'

export interface Word {
  /** `OR` and `||` join otherwise, `AND` and `&&` say what holds anyway. */
  readonly joins?: 'and' | 'or'
  readonly not: boolean
  /** What stands before the operator, '' in `>500ms`. */
  readonly key: string
  readonly op: string | undefined
  readonly value: string
  /** Whether the value was in quotes. */
  readonly quoted: boolean
  readonly at: number
  readonly end: number
}

/** Each may stand for a regular expression, of which a query has 20. */
const MOST_WORDS = 20

const BLANKS = /\s*/y
const OPERATOR = /\s*(!=|!~|=~|==|>=|<=|=|>|<)\s*/y
const QUOTED = /"((?:[^"\\]|\\.)*)"|“([^”]*)”/sy
const KEY = /[^\s=<>!~"]+/y
const BARE = /\S+/y

/** @throws Mistake */
export function cutWords(text: string): Word[] {
  const words: Word[] = []
  let at = after(BLANKS, text, 0)
  let not = false
  let count = 0
  while (at < text.length) {
    const start = at
    const joined = /^(?:AND|OR|NOT|&&|\|\|)(?=\s|$)/.exec(text.slice(at, at + 4))?.[0]
    if (joined === 'NOT') {
      not = !not
      at += joined.length
    } else if (joined !== undefined) {
      at += joined.length
      const joins = joined === 'OR' || joined === '||' ? 'or' : 'and'
      words.push({
        joins,
        not: false,
        key: '',
        op: undefined,
        value: joined,
        quoted: false,
        at: start,
        end: at,
      })
    } else {
      const sign = /^[-!](?=[^\s=~])/.exec(text.slice(at, at + 2)) !== null
      const word = oneWord(text, sign ? at + 1 : at)
      words.push({ ...word, not: not !== sign, at: start })
      not = false
      at = word.end
      count++
    }
    at = after(BLANKS, text, at)
    if (count > MOST_WORDS)
      throw new Mistake(
        `Of plain words there may be ${MOST_WORDS}; TraceQL, in {…}, can say more.`,
        start,
        text.length,
      )
  }
  if (not)
    throw new Mistake('After `NOT` a word is missing.', text.trimEnd().length - 3, text.trimEnd().length)
  return words
}

function oneWord(text: string, at: number): Word {
  const quotedFirst = quotedAt(text, at)
  const key = quotedFirst === undefined ? matched(KEY, text, at) : ''
  const afterKey = at + key.length
  OPERATOR.lastIndex = afterKey
  const found = quotedFirst === undefined ? OPERATOR.exec(text) : null
  // `checkout >500ms` is two words, `duration > 500ms` and `a >5` hardly: only a blank on both sides, or none, makes one.
  // Nor is an address with a query one.
  const address = key.includes('//')
  const operator =
    found !== null && !address && (key === '' || isTight(found[0], OPERATOR.lastIndex === text.length))
      ? found
      : null
  if (operator === null) {
    if (quotedFirst !== undefined) return { ...plain, ...quotedFirst, quoted: true, at }
    const value = key === '' || address ? matched(BARE, text, at) : key
    return { ...plain, value, quoted: false, at, end: at + value.length }
  }
  const op = operator[1] === '==' ? '=' : operator[1]
  const from = afterKey + operator[0].length
  const value = quotedAt(text, from) ?? { value: matched(BARE, text, from), end: after(BARE, text, from) }
  if (key === '' && op !== undefined && !/^[<>]=?$/.test(op))
    throw new Mistake(`Before \`${op}\` the name of a field is missing.`, at, Math.max(value.end, from))
  if (value.end <= from)
    throw new Mistake(`After \`${key}${op}\` a value is missing.`, at, text.trimEnd().length)
  return { ...plain, key, op, value: value.value, quoted: /["“]/.test(text.charAt(from)), at, end: value.end }
}

const plain = { not: false, key: '', op: undefined } as const

function isTight(operator: string, last: boolean): boolean {
  return last || /^\s/.test(operator) === /\s$/.test(operator)
}

function quotedAt(text: string, at: number): { value: string; end: number } | undefined {
  QUOTED.lastIndex = at
  const found = QUOTED.exec(text)
  if (found !== null)
    return { value: (found[1] ?? found[2] ?? '').replace(/\\(.)/gs, '$1'), end: QUOTED.lastIndex }
  if (text.charAt(at) === '"') throw new Mistake('The closing `"` is missing.', at, text.length)
  return undefined
}

function matched(expression: RegExp, text: string, at: number): string {
  expression.lastIndex = at
  return expression.exec(text)?.[0] ?? ''
}

function after(expression: RegExp, text: string, at: number): number {
  return at + matched(expression, text, at).length
}
