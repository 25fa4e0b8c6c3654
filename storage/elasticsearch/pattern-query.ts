// Regular expressions that the index can answer exactly: alternatives of literal text and `.`, `.*`, `.+`, as most are.
// RE2's expressions (https://github.com/google/re2/wiki/Syntax) become Lucene's (org.apache.lucene.util.automaton.RegExp).
import { LONGEST_MATCHED } from '@hopscope/model'
import type { Query } from './bool-query.ts'
import { termOf } from './terms.ts'

/** Characters of an expression of ours; Elasticsearch takes a thousand (`index.max_regex_length`). */
const LONGEST_EXPRESSION = 1000
const MOST_ALTERNATIVES = 100
/** Alternatives that aren't mere text. */
const MOST_EXPRESSIONS = 20
/** In one alternative; with more, an automaton could grow beyond all measure. */
const MOST_WILD = 4
const LONGEST_BESIDE_WILD = 100

/** A dot, repeated so. */
interface Wild {
  readonly repeat: '' | '*' | '+'
}

/** What follows each other. */
type Sequence = readonly (string | Wild)[]

interface Expression {
  readonly alternatives: readonly Sequence[]
  readonly ignoreCase: boolean
  /** Whether `.` is a line's end too. */
  readonly dotAll: boolean
}

/**
 * The documents with a term in this field that begins with `head` and goes on as the expression says, to its end.
 * Undefined if that takes more than the index has.
 */
export function patternQuery(pattern: string, field: string, head = ''): Query | undefined {
  const expression = expressionFrom(pattern)
  if (expression === undefined) return undefined
  const texts = new Set<string>()
  const wild = new Set<string>()
  for (const sequence of expression.alternatives) {
    const [text = '', ...more] = sequence
    const isText = typeof text === 'string' && more.length === 0
    if (isText && !(expression.ignoreCase && /[a-z]/i.test(text))) {
      if (text.length <= LONGEST_MATCHED) texts.add(termOf(head + text))
      continue
    }
    const lucene = luceneFrom(sequence, expression, head)
    if (lucene === undefined) return undefined
    wild.add(lucene)
  }
  if (wild.size > MOST_EXPRESSIONS) return undefined
  const queries: Query[] = [...wild].map((value) => ({
    regexp: { [field]: { value, flags: 'NONE', max_determinized_states: 100_000 } },
  }))
  if (texts.size > 0 || queries.length === 0) queries.push({ terms: { [field]: [...texts] } })
  const any =
    queries.length === 1 && queries[0] ? queries[0] : { bool: { should: queries, minimum_should_match: 1 } }
  if (head !== '' || !expression.alternatives.some(mayBeDigest)) return any
  // What stands for a text that is too long for a term is no text to look into. Beside it there may be others in `notes`.
  return field === 'notes' ? undefined : { bool: { filter: [any], must_not: [{ regexp: { [field]: { value: DIGEST, flags: 'NONE' } } }] } } // prettier-ignore
}

/** As `isDigest` knows it. */
const DIGEST = '\\\\\\#[A-Za-z0-9+/]{27}='

/** Whether what it finds may begin with a backslash. */
function mayBeDigest([first]: Sequence): boolean {
  return typeof first === 'string' ? first.startsWith('\\') : first !== undefined
}

function luceneFrom(
  sequence: Sequence,
  { ignoreCase, dotAll }: Expression,
  head: string,
): string | undefined {
  const literals = sequence.filter((part) => typeof part === 'string').join('')
  if (literals.length > LONGEST_BESIDE_WILD) return undefined
  if (sequence.filter((part) => typeof part !== 'string').length > MOST_WILD) return undefined
  const parts = sequence.map((part) => {
    if (typeof part === 'string') return Array.from(part, ignoreCase ? eitherCase : escaped).join('')
    return (dotAll ? '.' : '[^\n]') + part.repeat
  })
  const lucene = Array.from(head, escaped).join('') + parts.join('')
  return lucene.length > LONGEST_EXPRESSION ? undefined : lucene
}

function escaped(character: string): string {
  return /^[!-/:-@[-`{-~]$/.test(character) ? `\\${character}` : character
}

/** Unicode has two characters that are the same as ASCII letters in all but their case. */
function eitherCase(character: string): string {
  if (!/^[a-z]$/i.test(character)) return escaped(character)
  const lower = character.toLowerCase()
  return `[${lower}${lower.toUpperCase()}${lower === 'k' ? '\u212a' : lower === 's' ? '\u017f' : ''}]`
}

/** Undefined for an expression of any other shape, and for what is none. */
function expressionFrom(pattern: string): Expression | undefined {
  if (pattern.length > LONGEST_EXPRESSION || /\p{Surrogate}/u.test(pattern)) return undefined
  const flags = /^\(\?([is]+)\)/.exec(pattern)
  const ignoreCase = flags?.[1]?.includes('i') ?? false
  const text = pattern.slice(flags?.[0].length ?? 0)
  // eslint-disable-next-line no-control-regex -- all of ASCII
  if (ignoreCase && !/^[\0-\x7f]*$/.test(text)) return undefined
  const alternatives = new Parser(text).parsed()
  return alternatives && { alternatives, ignoreCase, dotAll: flags?.[1]?.includes('s') ?? false }
}

const ATOM = /\.(?:[*+]\??)?|\\([!-/:-@[-`{-~])|([^.*+?{}[\]()|^$\\])/uy

class Parser {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  parsed(): readonly Sequence[] | undefined {
    const alternatives = this.#alternatives(0)
    return this.#at === this.#text.length ? alternatives : undefined
  }

  #alternatives(depth: number): readonly Sequence[] | undefined {
    const all: Sequence[] = []
    do {
      const some = this.#sequences(depth)
      if (some === undefined || all.length + some.length > MOST_ALTERNATIVES) return undefined
      all.push(...some)
    } while (this.#takes('|'))
    return all
  }

  /** Groups are multiplied out. */
  #sequences(depth: number): readonly Sequence[] | undefined {
    if (depth === 0) this.#takes('^')
    let all: readonly Sequence[] = [[]]
    for (;;) {
      const next = this.#takes('(') ? this.#group(depth) : this.#atom()
      if (next === 'none') break
      if (next === undefined || all.length * next.length > MOST_ALTERNATIVES) return undefined
      all = all.flatMap((start) => next.map((end) => followedBy(start, end)))
    }
    if (depth === 0) this.#takes('$')
    return all
  }

  #group(depth: number): readonly Sequence[] | undefined {
    if (this.#text.startsWith('?:', this.#at)) this.#at += 2
    const inside = this.#alternatives(depth + 1)
    return this.#takes(')') ? inside : undefined
  }

  #atom(): readonly Sequence[] | 'none' {
    ATOM.lastIndex = this.#at
    const [all, punctuation, plain] = ATOM.exec(this.#text) ?? []
    if (all === undefined) return 'none'
    this.#at += all.length
    const literal = punctuation ?? plain
    if (literal !== undefined) return [[literal]]
    return [[{ repeat: all[1] === '*' || all[1] === '+' ? all[1] : '' }]]
  }

  #takes(character: string): boolean {
    const isNext = this.#text[this.#at] === character
    if (isNext) this.#at++
    return isNext
  }
}

function followedBy(start: Sequence, end: Sequence): Sequence {
  const [last, first] = [start.at(-1), end[0]]
  return typeof last === 'string' && typeof first === 'string'
    ? [...start.slice(0, -1), last + first, ...end.slice(1)]
    : [...start, ...end]
}
