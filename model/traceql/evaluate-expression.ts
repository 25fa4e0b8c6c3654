// A TraceQL field expression as a function of one span.
import type { Arithmetic, FieldComparison, FieldExpression, FieldReference } from './ast.ts'
import { kindLiteral, patternFor, type Reader, readerOf, textFor } from './fields.ts'
import { calculate, type FieldValue, isTrue, negated, passes, type Value, valuesHold } from './scalar.ts'

type Binary = Extract<FieldExpression, { kind: 'binary' }>

/** What a comparison comes to; `never`: it holds for no span. */
export type Compared =
  /** One field with a value as stores have it. */
  | {
      readonly is: 'field'
      readonly field: FieldReference
      readonly op: FieldComparison
      readonly value: Literal
    }
  /** With nil: whether there is a value. */
  | { readonly is: 'nil'; readonly of: FieldExpression; readonly present: boolean }
  | { readonly is: 'never' }
  | { readonly is: 'other' }
type Literal = Exclude<Value, undefined>

const FLIPPED: Readonly<Partial<Record<FieldComparison, FieldComparison>>> = {
  '>': '<',
  '>=': '<=',
  '<': '>',
  '<=': '>=',
}

export function comparedOf(op: FieldComparison, left: FieldExpression, right: FieldExpression): Compared {
  if (isNil(left) || isNil(right)) {
    if (op !== '=' && op !== '!=') return { is: 'never' }
    return { is: 'nil', of: isNil(right) ? left : right, present: op === '!=' }
  }
  const [onLeft, onRight] = [constantOf(left), constantOf(right)]
  if ((onLeft && onLeft.value === undefined) || (onRight && onRight.value === undefined))
    return { is: 'never' }
  const isPattern = op === '=~' || op === '!~'
  // A regular expression must be written in the query.
  if (isPattern && typeof onRight?.value !== 'string') return { is: 'never' }
  if (left.kind === 'field' && onRight?.value !== undefined) return ofField(left.field, op, onRight.value)
  if (right.kind === 'field' && onLeft?.value !== undefined)
    return ofField(right.field, FLIPPED[op] ?? op, onLeft.value)
  return { is: 'other' }
}

function isNil(expression: FieldExpression): boolean {
  return expression.kind === 'literal' && expression.value.type === 'nil'
}

function ofField(field: FieldReference, op: FieldComparison, literal: Literal): Compared {
  const prepared = op === '=~' || op === '!~' ? patternFor : textFor
  return { is: 'field', field, op, value: typeof literal === 'string' ? prepared(field, literal) : literal }
}

/** The value of an expression without fields. */
export function constantOf(expression: FieldExpression): { readonly value: Value } | undefined {
  switch (expression.kind) {
    case 'literal': {
      const { value: literal } = expression
      if (literal.type === 'nil') return { value: undefined }
      return { value: literal.type === 'kind' ? kindLiteral(literal.value) : literal.value }
    }
    case 'field':
      return undefined
    case 'unary': {
      const of = constantOf(expression.of)
      return of && { value: expression.op === '!' ? !isTrue(of.value) : negated(of.value) }
    }
    case 'binary': {
      const left = constantOf(expression.left)
      const right = left && constantOf(expression.right)
      return left && right && { value: constantBinary(expression, left.value, right.value) }
    }
  }
}

function constantBinary({ op, left, right }: Binary, a: Value, b: Value): Value {
  if ((op === '=' || op === '!=') && (isNil(left) || isNil(right)))
    return ((isNil(right) ? a : b) !== undefined) === (op === '!=')
  return op === '=~' || op === '!~' ? passes(a, op, b) : binaryValue(a, op, b)
}

function binaryValue(left: FieldValue, op: Binary['op'], right: FieldValue): Value {
  if (op === '&&') return isTrue(left) && isTrue(right)
  if (op === '||') return isTrue(left) || isTrue(right)
  return isComparison(op) ? valuesHold(left, op, right) : calculate(left, op, right)
}

export function isComparison(op: Binary['op']): op is FieldComparison {
  return op !== '&&' && op !== '||' && !isArithmetic(op)
}

function isArithmetic(op: Binary['op']): op is Arithmetic {
  return ['+', '-', '*', '/', '%', '^'].includes(op)
}

/** Whether a span must have a certain request id: then it counts however late it began. */
export function asksForRequest(expression: FieldExpression | undefined): boolean {
  if (expression?.kind !== 'binary') return false
  if (expression.op === '&&') return asksForRequest(expression.left) || asksForRequest(expression.right)
  if (expression.op !== '=') return false
  const compared = comparedOf('=', expression.left, expression.right)
  return compared.is === 'field' && compared.field.kind === 'intrinsic' && compared.field.name === 'requestId'
}

/** The expression's value. */
export function compileValue(expression: FieldExpression): Reader {
  const constant = constantOf(expression)
  if (constant !== undefined) return () => constant.value
  switch (expression.kind) {
    case 'literal':
      return () => undefined
    case 'field':
      return readerOf(expression.field)
    case 'unary': {
      const of = compileValue(expression.of)
      return expression.op === '!' ? (facts, i) => !isTrue(of(facts, i)) : (facts, i) => negated(of(facts, i))
    }
    case 'binary':
      return compileBinary(expression)
  }
}

/** Whether the expression holds. */
export function compileTest(expression: FieldExpression | undefined): Reader<boolean> {
  if (expression === undefined) return () => true
  const value = compileValue(expression)
  return (facts, i) => isTrue(value(facts, i))
}

function compileBinary(expression: Binary): Reader {
  const { op } = expression
  if (isComparison(op)) {
    const compared = comparedOf(op, expression.left, expression.right)
    if (compared.is === 'never') return () => false
    if (compared.is === 'field') {
      const [read, { value: literal, op: asked }] = [readerOf(compared.field), compared]
      return (facts, i) => passes(read(facts, i), asked, literal, facts.lookAtClock)
    }
    if (compared.is === 'nil') {
      const [of, { present }] = [compileValue(compared.of), compared]
      return (facts, i) => (of(facts, i) !== undefined) === present
    }
  }
  const left = compileValue(expression.left)
  const right = compileValue(expression.right)
  if (op === '&&') return (facts, i) => isTrue(left(facts, i)) && isTrue(right(facts, i))
  if (op === '||') return (facts, i) => isTrue(left(facts, i)) || isTrue(right(facts, i))
  return (facts, i) => binaryValue(left(facts, i), op, right(facts, i))
}
