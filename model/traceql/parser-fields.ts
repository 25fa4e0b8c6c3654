// Parses what stands in {…} and in the brackets of by(), avg() and select(): precedence climbing, by Tempo's table.
import type { FieldExpression, FieldReference, KindName, Literal } from './ast.ts'
import { KIND_NAMES } from './ast.ts'
import { Mistake, replaced } from './errors.ts'
import type { Token } from './lexer.ts'
import { isUnit } from './lexer-literals.ts'
import { said, type Cursor } from './parser-cursor.ts'
import { attributeField, intrinsicNamed, unsupportedName } from './parser-names.ts'
import {
  mustBeBoolean,
  mustBeNumeric,
  typeOfBinary,
  typeOfIntrinsic,
  type Type,
  type Typed,
} from './parser-types.ts'
import {
  comparisonWord,
  isStageWord,
  operatorWord,
  STATUS_NAMES,
  unknownDotted,
  unknownField,
  unknownScoped,
  unknownValue,
} from './suggest.ts'

type BinaryOperator = Extract<FieldExpression, { kind: 'binary' }>['op']

const LEVELS = new Map<string, number>([
  ...['&&', '||'].map((op) => [op, 1] as const),
  ...['=', '!=', '>', '>=', '<', '<=', '=~', '!~'].map((op) => [op, 2] as const),
  ...['+', '-'].map((op) => [op, 3] as const),
  ...['*', '/', '%'].map((op) => [op, 4] as const),
  ['^', 5],
])

/** How tightly an operator of fields or scalars binds; `^` goes from the right, all others from the left. */
export function levelOf(op: string): number | undefined {
  return LEVELS.get(op)
}

/** `!` and unary `-` bind less than `*` in Tempo: their operand takes its products and powers along. */
export const UNARY_OPERAND = 4

const COMPARISON = 2

/** An expression all of whose operators bind at least as tightly as `least`. */
export function parseField(cursor: Cursor, least = 1): Typed {
  let left = parseUnary(cursor)
  for (;;) {
    const token = cursor.peek()
    const level = token.type === 'operator' ? LEVELS.get(token.text) : undefined
    if (level === undefined) {
      misplaced(cursor, token, left)
      return left
    }
    if (level < least) return left
    cursor.next()
    cursor.count(token)
    if (token.text === '=~' || token.text === '!~') cursor.count(token, 'regular expressions')
    const right = parseField(cursor, token.text === '^' ? level : level + 1)
    const type = typeOfBinary(cursor.text, token.text, left, right)
    const node = {
      kind: 'binary',
      op: token.text as BinaryOperator,
      left: left.node,
      right: right.node,
    } as const
    left = { node, type, at: left.at, end: right.end }
  }
}

/** What people write after an operand for an operator. */
function misplaced(cursor: Cursor, token: Token, left: Typed): void {
  if (token.type === 'word') {
    const mistake = operatorWord(token.text, token) ?? comparisonWord(token.text, token)
    if (mistake !== undefined) throw mistake
    const { node } = left
    if (isUnit(token.text) && node.kind === 'literal' && node.value.type === 'number')
      throw replaced('A unit follows its number without a blank.', { at: left.end, end: token.at }, '')
  }
  const stage = cursor.peek(1)
  if (cursor.at('|') && !(stage.type === 'word' && isStageWord(stage.text)))
    throw replaced('In {…}, “or” is `||`; a `|` comes after the braces.', token, '||')
  if (/^(word|attribute|scoped|dotted)$/.test(token.type) && left.type === 'boolean')
    throw new Mistake('An operator such as `&&` is missing here.', token.at, token.end, {
      at: left.end,
      end: token.at,
      text: ' && ',
    })
}

function parseUnary(cursor: Cursor): Typed {
  const token = cursor.peek()
  if (!cursor.at('!') && !cursor.at('-')) return parsePrimary(cursor)
  cursor.next()
  cursor.count(token)
  const of = parseField(cursor, UNARY_OPERAND)
  const place = { at: token.at, end: of.end }
  if (token.text === '!') {
    mustBeBoolean(cursor.text, of)
    return { node: { kind: 'unary', op: '!', of: of.node }, type: 'boolean', ...place }
  }
  mustBeNumeric(cursor.text, of, '`-`')
  const { node } = of
  if (node.kind === 'literal' && (node.value.type === 'number' || node.value.type === 'duration'))
    return {
      node: { kind: 'literal', value: { ...node.value, value: 0 - node.value.value } },
      type: of.type,
      ...place,
    }
  return { node: { kind: 'unary', op: '-', of: node }, type: of.type, ...place }
}

function parsePrimary(cursor: Cursor): Typed {
  const token = cursor.peek()
  const { at, end } = token
  if (cursor.at('(')) {
    const inner = cursor.within(() => parseField(cursor))
    return { ...inner, at, end: cursor.close(')', token).end }
  }
  if (token.type === 'literal' || token.type === 'word') {
    const value = token.type === 'literal' ? token.value : wordLiteral(token.text)
    if (value !== undefined) {
      cursor.next()
      return { node: { kind: 'literal', value }, type: value.type, at, end }
    }
  }
  const field = parseReference(cursor)
  const type: Type = field.kind === 'attribute' ? 'any' : typeOfIntrinsic(field.name)
  return { node: { kind: 'field', field }, type, at, end }
}

function wordLiteral(word: string): Literal | undefined {
  if (word === 'true' || word === 'false') return { type: 'boolean', value: word === 'true' }
  if (word === 'nil') return { type: 'nil' }
  const status = STATUS_NAMES.find((name) => name === word)
  if (status !== undefined) return { type: 'status', value: status }
  const kind: KindName | undefined = KIND_NAMES.find((name) => name === word)
  return kind === undefined ? undefined : { type: 'kind', value: kind }
}

/** The name of a field. @throws Mistake with what it was meant to be, for anything else */
export function parseReference(cursor: Cursor): FieldReference {
  const token = cursor.peek()
  if (token.type === 'attribute') {
    const { scope, key } = token
    const unsupported = scope === '' ? undefined : unsupportedName(`${scope}.${key}`)
    if (unsupported !== undefined) {
      const fix = /^(event|instrumentation)\.name$/.exec(`${scope}.${key}`)
        ? { at: token.at, end: token.end, text: `${scope}:name` }
        : undefined
      throw new Mistake(unsupported, token.at, token.end, fix)
    }
    cursor.next()
    return attributeField(scope === 'span' || scope === 'resource' ? scope : undefined, key)
  }
  if (token.type === 'word' || token.type === 'scoped') {
    const name = intrinsicNamed(token.text)
    if (name !== undefined) {
      cursor.next()
      return { kind: 'intrinsic', name }
    }
  }
  throw notAField(cursor, token)
}

const BARE = /[^\s{}()=~!<>&|^,"'`]+/y

function notAField(cursor: Cursor, token: Token): Mistake {
  const previous = cursor.previous()
  const compared = previous?.type === 'operator' && LEVELS.get(previous.text) === COMPARISON
  BARE.lastIndex = token.at
  const bare = BARE.exec(cursor.text)?.[0] ?? ''
  const place = { at: token.at, end: token.at + bare.length }
  const wordLike = token.type === 'word' || token.type === 'dotted' || token.type === 'scoped'
  if (compared && (wordLike || (bare.length > 1 && (cursor.at('/') || cursor.at('*')))))
    return unknownValue(bare, cursor.previous(2)?.text ?? '', place)
  if (token.type === 'scoped') return unknownScoped(token.scope, token.name, token)
  if (token.type === 'dotted') return unknownDotted(bare, place)
  if (token.type === 'word')
    return (
      operatorWord(token.text, token) ??
      unknownField(cursor.at('(', 1) ? token.text : bare, cursor.at('(', 1) ? token : place)
    )
  if (
    token.type === 'operator' &&
    previous?.type === 'operator' &&
    LEVELS.has(previous.text) &&
    /^[)}]$/.test(token.text)
  ) {
    const blank = { at: cursor.previous(2)?.end ?? previous.at, end: previous.end, text: '' }
    return new Mistake(
      `After \`${previous.text}\` something is missing.`,
      previous.at,
      previous.end,
      LEVELS.get(previous.text) === 1 ? blank : undefined,
    )
  }
  if ((cursor.at('&&') || cursor.at('||')) && /^[({]$/.test(previous?.text ?? ''))
    return replaced(`Before \`${token.text}\` something is missing.`, token, '')
  if (token.type === 'end' && previous !== undefined)
    return new Mistake(
      `The query ends after \`${previous.text}\`: a field or a value is missing.`,
      previous.at,
      previous.end,
    )
  return new Mistake(`Expected a field or a value, not ${said(token)}.`, token.at, token.end)
}
