// Parses the comparison of a whole set of spans: `count() > 2`, `max(duration) - min(duration) > 1s`.
import type { Arithmetic, Scalar, ScalarComparison, ScalarFilter } from './ast.ts'
import { Mistake } from './errors.ts'
import { said, type Cursor } from './parser-cursor.ts'
import { levelOf, parseField, UNARY_OPERAND } from './parser-fields.ts'
import { arithmeticType, mentionsField, mustBeNumeric, numberNeedsUnit, type Type } from './parser-types.ts'
import { AGGREGATES, isAggregate } from './suggest.ts'

interface TypedScalar {
  readonly node: Scalar
  readonly type: Type
  readonly at: number
  readonly end: number
  readonly aggregates: boolean
}

const ARITHMETIC = 3

export function parseScalarFilter(cursor: Cursor): ScalarFilter {
  const left = parseScalar(cursor, ARITHMETIC)
  const token = cursor.peek()
  if (token.type !== 'operator' || !/^(=|!=|>|>=|<|<=)$/.test(token.text)) {
    if (!left.aggregates) throw new Mistake(`Expected a stage such as \`count() > 2\`.`, left.at, left.end)
    const message = `A set of spans can’t be filtered by a number alone: compare it, as in \`${cursor.text.slice(left.at, left.end)} > 0\`.`
    const fix = { at: left.end, end: left.end, text: ' > 0' }
    const after = cursor.at(')') ? cursor.peek(1) : token
    const ends = after.type === 'end' || /^[|)]$/.test(after.text)
    throw new Mistake(message, left.at, left.end, ends ? fix : undefined)
  }
  cursor.next()
  cursor.count(token)
  const right = parseScalar(cursor, ARITHMETIC)
  if (!left.aggregates && !right.aggregates)
    throw new Mistake(
      'A number compared with a number says nothing about spans: use `count()` or `avg(…)`.',
      left.at,
      right.end,
    )
  for (const [one, other] of [
    [left, right],
    [right, left],
  ] as const) {
    if (one.type === 'duration' && other.node.kind === 'literal') numberNeedsUnit(other.node.value, other)
    if (one.type === 'number' && other.node.kind === 'literal' && other.type === 'duration')
      throw new Mistake('A number can’t be compared with a duration.', left.at, right.end)
  }
  return { kind: 'scalar', left: left.node, op: token.text as ScalarComparison, right: right.node }
}

function parseScalar(cursor: Cursor, least: number): TypedScalar {
  let left = parseOperand(cursor)
  for (;;) {
    const token = cursor.peek()
    const level = token.type === 'operator' ? levelOf(token.text) : undefined
    if (level === undefined || level < least) return left
    cursor.next()
    cursor.count(token)
    const right = parseScalar(cursor, token.text === '^' ? level : level + 1)
    left = arithmetic(token.text as Arithmetic, left, right)
  }
}

function arithmetic(op: Arithmetic, left: TypedScalar, right: TypedScalar): TypedScalar {
  return {
    node: { kind: 'arithmetic', op, left: left.node, right: right.node },
    type: arithmeticType(op, left.type, right.type),
    at: left.at,
    end: right.end,
    aggregates: left.aggregates || right.aggregates,
  }
}

function parseOperand(cursor: Cursor): TypedScalar {
  const token = cursor.peek()
  const { at, end } = token
  if (cursor.at('(')) {
    const inner = cursor.within(() => parseScalar(cursor, ARITHMETIC))
    return { ...inner, at, end: cursor.close(')', token).end }
  }
  if (cursor.at('-')) {
    cursor.next()
    cursor.count(token)
    return minus(at, parseScalar(cursor, UNARY_OPERAND))
  }
  if (token.type === 'literal' && token.value.type !== 'text') {
    cursor.next()
    return {
      node: { kind: 'literal', value: token.value },
      type: token.value.type,
      at,
      end,
      aggregates: false,
    }
  }
  return parseAggregate(cursor)
}

/** The AST has no minus for scalars: it is a negative number, or a difference from 0. */
function minus(at: number, of: TypedScalar): TypedScalar {
  const { node } = of
  if (node.kind === 'literal' && (node.value.type === 'number' || node.value.type === 'duration'))
    return { ...of, node: { kind: 'literal', value: { ...node.value, value: 0 - node.value.value } }, at }
  const zero: Scalar = {
    kind: 'literal',
    value: { type: of.type === 'duration' ? 'duration' : 'number', value: 0 },
  }
  return { ...of, node: { kind: 'arithmetic', op: '-', left: zero, right: node }, at }
}

function parseAggregate(cursor: Cursor): TypedScalar {
  const token = cursor.peek()
  const { at } = token
  const fn = AGGREGATES.find((name) => cursor.at(name))
  if (fn === undefined && (cursor.at('{') || cursor.at('by')))
    throw new Mistake(
      'Arithmetic between sets of spans isn’t supported; of metrics, GET /rest/v1/metrics gives the series.',
      at,
      token.end,
    )
  if (fn === undefined)
    throw new Mistake(
      `Expected a number, a duration or ${AGGREGATES.join(', ')}, not ${said(token)}.`,
      at,
      token.end,
    )
  cursor.next()
  cursor.count(token, 'aggregates')
  const open = cursor.peek()
  if (!cursor.at('(')) {
    const message =
      fn === 'count'
        ? '`count` needs brackets: `count()`.'
        : `\`${fn}\` needs a field in brackets: \`${fn}(duration)\`.`
    throw new Mistake(
      message,
      at,
      token.end,
      fn === 'count' ? { at: token.end, end: token.end, text: '()' } : undefined,
    )
  }
  if (fn === 'count') {
    cursor.next()
    if (!cursor.at(')')) throw countOfSomething(cursor, open.end)
    return { node: { kind: 'aggregate', fn }, type: 'number', at, end: cursor.next().end, aggregates: true }
  }
  if (cursor.at(')', 1)) {
    const fix = { at: open.end, end: open.end, text: 'duration' }
    throw new Mistake(`\`${fn}()\` needs a field, such as \`${fn}(duration)\`.`, at, cursor.peek(1).end, fix)
  }
  const of = cursor.within(() => parseField(cursor))
  const { end } = cursor.close(')', open)
  mustBeNumeric(cursor.text, of, `\`${fn}()\``)
  if (!mentionsField(of.node))
    throw new Mistake(`\`${fn}()\` needs a field of the span, such as \`${fn}(duration)\`.`, of.at, of.end)
  return { node: { kind: 'aggregate', fn, of: of.node }, type: of.type, at, end, aggregates: true }
}

function countOfSomething(cursor: Cursor, from: number): Mistake {
  const { at } = cursor.peek()
  let token = cursor.peek()
  while (token.type !== 'end' && !cursor.at(')')) token = cursor.next()
  const end = cursor.peek().at
  return new Mistake('`count()` counts spans and takes nothing in its brackets.', at, Math.max(end, at), {
    at: from,
    end,
    text: '',
  })
}

/** Whether the next token begins a comparison of numbers and aggregates. */
export function beginsScalar(cursor: Cursor, ahead = 0): boolean {
  const token = cursor.peek(ahead)
  if (token.type === 'literal') return token.value.type !== 'text'
  return cursor.at('-', ahead) || (token.type === 'word' && isAggregate(token.text))
}
