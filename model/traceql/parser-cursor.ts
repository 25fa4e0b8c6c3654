// Where a parser stands in its tokens, and the bounds of a query: strangers send them, and parsing is recursive.
import { Mistake, replaced } from './errors.ts'
import { tokenize, type Token } from './lexer.ts'

/** UTF-16 units of a query. */
export const LONGEST_QUERY = 10_000
/** Brackets in brackets. */
const DEEPEST = 100
/** Stores spend memory on each regular expression and each aggregate, and time on each operator between {…}. */
const MOST = {
  operators: 500,
  'operators between `{ … }`': 100,
  'regular expressions': 20,
  aggregates: 50,
  'fields in `select(…)`': 50,
}
type Counted = keyof typeof MOST

export class Cursor {
  readonly text: string
  readonly #tokens: readonly Token[]
  readonly #last: Token
  #index = 0
  #depth = 0
  readonly #counts = new Map<Counted, number>()

  constructor(text: string) {
    if (text.length > LONGEST_QUERY)
      throw new Mistake(
        `A query has at most ${LONGEST_QUERY.toLocaleString('en')} characters; this one has ${text.length.toLocaleString('en')}.`,
        LONGEST_QUERY,
        text.length,
      )
    this.text = text
    this.#tokens = tokenize(text)
    const last = this.#tokens.at(-1)
    if (last === undefined) throw new Error('a text has at least the token of its end')
    this.#last = last
  }

  /** The next token, or one after it; the last one again and again. */
  peek(ahead = 0): Token {
    return this.#tokens[this.#index + ahead] ?? this.#last
  }

  /** The token before the next one. */
  previous(back = 1): Token | undefined {
    return this.#tokens[this.#index - back]
  }

  next(): Token {
    const token = this.peek()
    if (this.#index < this.#tokens.length - 1) this.#index++
    return token
  }

  /** Whether the next token is this operator, or word. */
  at(text: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return (token.type === 'operator' || token.type === 'word') && token.text === text
  }

  accept(text: string): Token | undefined {
    return this.at(text) ? this.next() : undefined
  }

  /** Counts what a query may have only so many of. @throws Mistake at this token if there are too many */
  count({ at, end }: { readonly at: number; readonly end: number }, counted: Counted = 'operators'): void {
    const count = (this.#counts.get(counted) ?? 0) + 1
    this.#counts.set(counted, count)
    if (count > MOST[counted]) throw new Mistake(`A query has at most ${MOST[counted]} ${counted}.`, at, end)
  }

  /** The next token opens a bracket; what it holds is read by `inside`. */
  within<T>(inside: () => T): T {
    const open = this.next()
    this.#depth++
    if (this.#depth > DEEPEST)
      throw new Mistake(`A query has at most ${DEEPEST} brackets within each other.`, open.at, open.end)
    const value = inside()
    this.#depth--
    return value
  }

  /** The bracket that closes the one at `open`. */
  close(bracket: ')' | '}', open: { at: number; end: number }): Token {
    const token = this.peek()
    if (this.at(bracket)) return this.next()
    if (bracket === '}' && this.at(')')) throw replaced('This `)` closes nothing.', token, '')
    if (token.type === 'end' || this.at(')') || this.at('}') || this.at('|')) {
      const at = this.previous()?.end ?? token.at
      const fix = { at, end: at, text: bracket === ')' ? ')' : ' }' }
      throw new Mistake(
        `This \`${this.text.slice(open.at, open.end)}\` is never closed.`,
        open.at,
        open.end,
        fix,
      )
    }
    if (bracket === '}' && this.at(','))
      throw replaced('Conditions in {…} are joined by `&&`, not by a comma.', token, ' &&')
    throw new Mistake(`Expected \`${bracket}\` or an operator, not ${said(token)}.`, token.at, token.end)
  }
}

/** A token as a message names it. */
export function said(token: Token): string {
  if (token.type === 'end') return 'the end'
  return `\`${token.text.length > 40 ? `${token.text.slice(0, 40)}…` : token.text}\``
}
