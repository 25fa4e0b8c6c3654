// Cuts a TraceQL text into tokens. As in Tempo, an attribute's name goes on until a blank or one of {}()=~!<>&|^,
// so that `.a-b` is one name and `.a - b` a difference.
import type { Literal } from './ast.ts'
import { Mistake, replaced } from './errors.ts'
import { matchAt, numberOrDuration, quotedText, rawText } from './lexer-literals.ts'
import { strangeCharacter } from './lexer-mistakes.ts'

interface Place {
  readonly at: number
  /** After its last UTF-16 unit. */
  readonly end: number
}

export type Token = Place &
  (
    | { readonly type: 'operator'; readonly text: string }
    | { readonly type: 'word'; readonly text: string }
    /** `span:name` */
    | { readonly type: 'scoped'; readonly text: string; readonly scope: string; readonly name: string }
    /** `span.http.method`; the scope is '' for `.http.method`. */
    | { readonly type: 'attribute'; readonly text: string; readonly scope: string; readonly key: string }
    /** `http.method`: no scope that we know, so a mistake; which one, the parser can say better. */
    | { readonly type: 'dotted'; readonly text: string }
    | { readonly type: 'literal'; readonly text: string; readonly value: Literal }
    | { readonly type: 'end'; readonly text: '' }
  )

const OPERATORS = [
  '!>>', '!<<', '&>>', '&<<', '===', '!==', '&&', '||', '>>', '<<', '>=', '<=', '!=', '=~', '!~', '!>', '!<', '&>', '&<',
  '&~', '==', '<>', '~=', '=<', '=>', '**', ...'{}(),=<>+-*/%^!|~&'.split(''),
] // prettier-ignore

/** Operators of other languages, and what TraceQL has for them. */
const FOREIGN = new Map([
  ['==', '='],
  ['===', '='],
  ['!==', '!='],
  ['<>', '!='],
  ['~=', '=~'],
  ['=<', '<='],
  ['=>', '>='],
  ['**', '^'],
  ['&', '&&'],
])

const ATTRIBUTE_SCOPES = new Set(['span', 'resource', 'parent', 'event', 'link', 'instrumentation'])

const BLANKS = /\s+/y
const COMMENT = /\/\/[^\n]*|\/\*[^]*?\*\//y
const WORD = /[\p{L}_][\p{L}\p{N}_]*/uy
const SCOPED_NAME = /[\p{L}\p{N}_.-]+/uy
const ATTRIBUTE_PART = /[^\s{}()=~!<>&|^,"]+/y
/** As a number begins, `.5` too. */
const DIGIT = /\.?\d/y

/** The tokens of a text; the last is of type 'end'. @throws Mistake */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  for (;;) {
    at = afterBlanks(text, at)
    if (at === text.length) break
    const token = tokenAt(text, at)
    tokens.push(token)
    at = token.end
  }
  tokens.push({ type: 'end', text: '', at, end: at })
  return tokens
}

function afterBlanks(text: string, from: number): number {
  let at = from
  for (;;) {
    const skipped = matchAt(BLANKS, text, at).length || matchAt(COMMENT, text, at).length
    if (skipped === 0) break
    at += skipped
  }
  if (text.startsWith('/*', at))
    throw new Mistake('This comment has no end: `*/` is missing.', at, text.length)
  return at
}

function tokenAt(text: string, at: number): Token {
  if (matchAt(DIGIT, text, at) !== '') return literal(text, at, numberOrDuration(text, at))
  const character = text.charAt(at)
  if (character === '"') return literal(text, at, quotedText(text, at))
  if (character === '`') return literal(text, at, rawText(text, at))
  if (character === '.') return attribute(text, at, '', at + 1)
  const word = matchAt(WORD, text, at)
  if (word !== '') return wordToken(text, at, word)
  const operator = OPERATORS.find((each) => text.startsWith(each, at))
  if (operator === undefined) throw strangeCharacter(text, at)
  const place = { at, end: at + operator.length }
  const meant = FOREIGN.get(operator)
  if (meant !== undefined) throw replaced(`TraceQL writes \`${meant}\`, not \`${operator}\`.`, place, meant)
  return { type: 'operator', text: operator, ...place }
}

function literal(text: string, at: number, { value, end }: { value: Literal; end: number }): Token {
  return { type: 'literal', text: text.slice(at, end), value, at, end }
}

function wordToken(text: string, at: number, word: string): Token {
  const end = at + word.length
  if (text.charAt(end) === ':') {
    const name = matchAt(SCOPED_NAME, text, end + 1)
    const until = end + 1 + name.length
    if (name !== '') return { type: 'scoped', text: text.slice(at, until), scope: word, name, at, end: until }
  }
  if (text.charAt(end) !== '.') return { type: 'word', text: word, at, end }
  if (ATTRIBUTE_SCOPES.has(word)) return attribute(text, at, word, end + 1)
  const dotted = matchAt(ATTRIBUTE_PART, text, at)
  return { type: 'dotted', text: dotted, at, end: at + dotted.length }
}

function attribute(text: string, at: number, scope: string, from: number): Token {
  let key = ''
  let end = from
  for (;;) {
    const part = matchAt(ATTRIBUTE_PART, text, end)
    key += part
    end += part.length
    if (text.charAt(end) !== '"') break
    const quoted = quotedPart(text, end)
    key += quoted.key
    end = quoted.end
  }
  if (key === '') {
    const next = afterBlanks(text, end)
    const fix = matchAt(WORD, text, next) === '' ? undefined : { at: from, end: next, text: '' }
    throw new Mistake(
      'The name of an attribute must follow, without a blank.',
      at,
      Math.max(end, at + 1),
      fix,
    )
  }
  return { type: 'attribute', text: text.slice(at, end), scope, key, at, end }
}

/** In an attribute's name, quotes allow anything, and only `\"` and `\\` are escapes. */
function quotedPart(text: string, at: number): { key: string; end: number } {
  let key = ''
  for (let index = at + 1; index < text.length; index++) {
    const character = text.charAt(index)
    if (character === '"') return { key, end: index + 1 }
    if (character === '\\') {
      index++
      const escaped = text.charAt(index)
      if (escaped !== '"' && escaped !== '\\')
        throw new Mistake(
          'In the quotes of a name, `\\` stands only before `"` and `\\`.',
          index - 1,
          Math.min(index + 1, text.length),
        )
      key += escaped
    } else key += character
  }
  throw new Mistake('The closing `"` of this name is missing.', at, text.length)
}
