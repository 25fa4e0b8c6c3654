// Values that TraceQL computes with, and what its comparisons and its arithmetic make of them.
import { decimalFrom } from '../search/decimal.ts'
import { compareNumbers } from '../search/evaluate.ts'
import { matchesPattern } from '../search/pattern.ts'
import { compareText } from '../text-order.ts'
import type { Arithmetic, FieldComparison, ScalarComparison } from './ast.ts'

/** Durations are numbers of microseconds; undefined is TraceQL's nil. */
export type Value = string | number | boolean | undefined

/** What a field of a span has: one value, or several of which any will do. Never an empty list. */
export type FieldValue = Value | readonly string[]

/** A number, or the one that a text is (see {@link decimalFrom}). */
export function numberOf(value: FieldValue): number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'string' ? decimalFrom(value) : undefined
}

/** Whether it is true, or the text of a tag that says so. */
export function isTrue(value: FieldValue): boolean {
  return value === true || value === 'true'
}

/**
 * A field against what the query says. Equality with a number or a boolean is that of its text; `<` and its kin compare numbers
 * with a number, and texts with a text. What is missing passes no comparison, nor does what can't be compared.
 * @param beforeMatch see {@link matchesPattern}
 */
export function passes(
  value: FieldValue,
  op: FieldComparison,
  literal: Value,
  beforeMatch?: () => void,
): boolean {
  if (value === undefined || literal === undefined) return false
  if (typeof value === 'object') return value.some((each) => passes(each, op, literal, beforeMatch))
  switch (op) {
    case '=':
      return String(value) === String(literal)
    case '!=':
      return String(value) !== String(literal)
    case '=~':
    case '!~':
      if (typeof value !== 'string' || typeof literal !== 'string') return false
      return matchesPattern(value, literal, beforeMatch) === (op === '=~')
    default:
      if (typeof value === 'string' && typeof literal === 'string')
        return compareNumbers(compareText(value, literal), op, 0)
      return numbersHold(value, op, literal)
  }
}

/** Two computed values: as {@link passes}, but texts that are both numbers are ordered as such. */
export function valuesHold(left: FieldValue, op: FieldComparison, right: FieldValue): boolean {
  if (typeof right === 'object') return right.some((each) => valuesHold(left, op, each))
  if (op === '=' || op === '!=') return passes(left, op, right)
  // A regular expression must be written in the query: those in tags may be wrong.
  if (op === '=~' || op === '!~') return false
  return numbersHold(left, op, right) || (!areNumbers(left, right) && passes(left, op, right))
}

function areNumbers(left: FieldValue, right: FieldValue): boolean {
  return numberOf(left) !== undefined && numberOf(right) !== undefined
}

function numbersHold(left: FieldValue, op: ScalarComparison, right: FieldValue): boolean {
  const a = numberOf(left)
  const b = numberOf(right)
  return a !== undefined && b !== undefined && compareNumbers(a, op, b)
}

/** Undefined where an operand is no number, and for what is no finite number, as after a division by zero. */
export function calculate(left: FieldValue, op: Arithmetic, right: FieldValue): number | undefined {
  const a = numberOf(left)
  const b = numberOf(right)
  if (a === undefined || b === undefined) return undefined
  const result = calculated(a, op, b)
  return Number.isFinite(result) ? result : undefined
}

function calculated(a: number, op: Arithmetic, b: number): number {
  switch (op) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return a / b
    case '%':
      return a % b
    case '^':
      return a ** b
  }
}

export function negated(value: FieldValue): number | undefined {
  const number = numberOf(value)
  return number === undefined ? undefined : -number
}
