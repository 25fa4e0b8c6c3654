// Writes a query as canonical TraceQL: the same tree comes out of parsing it again.
import type { FieldExpression, Literal, Scalar, SpansetExpression, Stage, TraceQl } from './ast.ts'
import { durationText } from './lexer-literals.ts'
import { levelOf, UNARY_OPERAND } from './parser-fields.ts'
import { printField } from './parser-names.ts'
import { spansetLevel } from './parser.ts'

/** The canonical text of a query. */
export function printTraceQl(query: TraceQl): string {
  return query.stages.map(stageText).join(' | ')
}

function stageText(stage: Stage): string {
  switch (stage.kind) {
    case 'spans':
      return spansetText(stage.of)
    case 'scalar':
      return `${scalarText(stage.left)} ${stage.op} ${scalarText(stage.right)}`
    case 'by':
      return `by(${printFieldExpression(stage.of)})`
    case 'coalesce':
      return 'coalesce()'
    case 'select':
      return `select(${stage.fields.map(printField).join(', ')})`
  }
}

function spansetText(of: SpansetExpression): string {
  if (of.kind === 'filter') return of.where === undefined ? '{ }' : `{ ${printFieldExpression(of.where)} }`
  if (of.kind === 'pipeline') return `(${printTraceQl(of.query)})`
  const level = spansetLevel(of.op)
  const [left, right] = [of.left, of.right].map((side, index) => {
    const text = spansetText(side)
    if (side.kind !== 'operation') return text
    return spansetLevel(side.op) < level + index || (level === 1 && mixed(of.op, side.op))
      ? `(${text})`
      : text
  })
  return `${left} ${of.op} ${right}`
}

/** An expression over the fields of a span, as in `{…}` and `avg(…)`. */
export function printFieldExpression(node: FieldExpression): string {
  if (node.kind === 'literal') return literalText(node.value)
  if (node.kind === 'field') return printField(node.field)
  if (node.kind === 'unary') {
    const text = printFieldExpression(node.of)
    return node.of.kind === 'binary' ? `${node.op}(${text})` : `${node.op}${text}`
  }
  return binaryText(
    node.op,
    [node.left, node.right],
    (side) => (side.kind === 'binary' ? side.op : undefined),
    (side) => side.kind === 'unary' || isNegative(side),
    printFieldExpression,
  )
}

/** One side of a comparison of sets, as `avg(duration) / 2`. */
export function scalarText(node: Scalar): string {
  if (node.kind === 'literal') return literalText(node.value)
  if (node.kind === 'aggregate')
    return `${node.fn}(${node.fn === 'count' ? '' : printFieldExpression(node.of)})`
  return binaryText(
    node.op,
    [node.left, node.right],
    (side) => (side.kind === 'arithmetic' ? side.op : undefined),
    isNegative,
    scalarText,
  )
}

/** Brackets go around a side that binds less than the operator, or as much on the side where it doesn't group. */
function binaryText<T>(
  op: string,
  sides: readonly [T, T],
  operatorOf: (side: T) => string | undefined,
  isUnary: (side: T) => boolean,
  textOf: (side: T) => string,
): string {
  const level = levelOf(op) ?? 0
  const grouped = op === '^' ? 0 : 1
  const [left, right] = sides.map((side, index) => {
    const inner = operatorOf(side)
    const needed = level + (index === grouped ? 1 : 0)
    if (inner === undefined)
      return isUnary(side) && level >= UNARY_OPERAND ? `(${textOf(side)})` : textOf(side)
    const brackets = (levelOf(inner) ?? 0) < needed || mixed(op, inner)
    return brackets ? `(${textOf(side)})` : textOf(side)
  })
  return `${left} ${op} ${right}`
}

/** `&&` and `||` bind alike, and comparisons may stand beside each other, which hardly anyone expects: brackets show it. */
function mixed(outer: string, inner: string): boolean {
  return outer === '&&' || outer === '||'
    ? inner !== outer && /^[&|]+$/.test(inner)
    : /[=<>]/.test(outer) && /[=<>]/.test(inner)
}

function isNegative(node: FieldExpression | Scalar): boolean {
  if (node.kind !== 'literal') return false
  const { value } = node
  return (value.type === 'number' || value.type === 'duration') && value.value < 0
}

function literalText(literal: Literal): string {
  switch (literal.type) {
    case 'text':
      return JSON.stringify(literal.value)
    case 'duration':
      return durationText(literal.value)
    case 'nil':
      return 'nil'
    default:
      return String(literal.value)
  }
}
