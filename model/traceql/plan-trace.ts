// A TraceQL field expression on the whole trace (its duration, id, root) as a predicate of stores.
import { type Comparison, EVERY_TRACE, type TracePredicate } from '../search/query.ts'
import type { TraceId } from '../span.ts'
import type { FieldComparison, FieldExpression, FieldReference, IntrinsicName } from './ast.ts'
import { comparedOf, constantOf, isComparison } from './evaluate-expression.ts'
import { isOfTrace } from './fields.ts'
import { allTraces, anyTrace, isEverything, NOTHING } from './plan-predicate.ts'
import { SpanPlan } from './plan-span.ts'
import { isTrue, type Value } from './scalar.ts'

const INVERSE: Readonly<Record<Exclude<FieldComparison, '=~' | '!~'>, Exclude<FieldComparison, '=~' | '!~'>>> = {
  '=': '!=', '!=': '=', '>': '<=', '<=': '>', '<': '>=', '>=': '<',
} // prettier-ignore

/** A trace has the root's service and name in its summary, and a span that has them, too. */
const OF_ROOT: Readonly<Partial<Record<IntrinsicName, IntrinsicName>>> = {
  rootService: 'service',
  rootName: 'name',
}

/** Whether it looks at fields of the trace and at no others. */
export function isTraceTest(expression: FieldExpression): boolean {
  const fields = fieldsIn(expression)
  return fields.length > 0 && fields.every(isOfTrace)
}

export function hasTraceField(expression: FieldExpression): boolean {
  return fieldsIn(expression).some(isOfTrace)
}

function fieldsIn(expression: FieldExpression): FieldReference[] {
  switch (expression.kind) {
    case 'literal':
      return []
    case 'field':
      return [expression.field]
    case 'unary':
      return fieldsIn(expression.of)
    case 'binary':
      return [...fieldsIn(expression.left), ...fieldsIn(expression.right)]
  }
}

export class TraceTestPlan {
  /** Whether every predicate given is sufficient, too. */
  exact = true
  readonly #spans: SpanPlan

  constructor(spans: SpanPlan) {
    this.#spans = spans
  }

  /**
   * @param expression one that passes {@link isTraceTest}
   * @param holds whether it is to hold or not to
   */
  of(expression: FieldExpression, holds = true): TracePredicate {
    const constant = constantOf(expression)
    if (constant !== undefined) return known(isTrue(constant.value) === holds)
    if (expression.kind === 'unary' && expression.op === '!') return this.of(expression.of, !holds)
    if (expression.kind !== 'binary') return this.#unsaid()
    const { op, left, right } = expression
    if (op === '&&' || op === '||')
      return ((op === '&&') === holds ? allTraces : anyTrace)([this.of(left, holds), this.of(right, holds)])
    if (!isComparison(op)) return known(!holds)
    const compared = comparedOf(op, left, right)
    if (compared.is === 'never') return known(!holds)
    if (compared.is === 'field') return this.#compared(compared, holds)
    if (compared.is === 'nil' && compared.of.kind === 'field' && !isOfRoot(compared.of.field))
      return known(compared.present === holds)
    return this.#unsaid()
  }

  #compared(
    { field, op, value }: { field: FieldReference; op: FieldComparison; value: Exclude<Value, undefined> },
    holds: boolean,
  ): TracePredicate {
    if (field.kind !== 'intrinsic') return this.#unsaid()
    if (field.name === 'traceDuration' && typeof value === 'number' && op !== '=~' && op !== '!~') {
      return durationIs(holds ? op : INVERSE[op], value)
    }
    if (field.name === 'traceId' && op === '=' && holds) {
      const id = String(value)
      return /^([0-9a-f]{16}){1,2}$/.test(id) ? { on: 'traceId', is: '=', value: id as TraceId } : NOTHING
    }
    const name = OF_ROOT[field.name]
    if (name === undefined || !holds) return this.#unsaid()
    const predicate = this.#spans.compared({ kind: 'intrinsic', name }, op, value, 'necessary')
    this.exact = false
    return isEverything(predicate) ? EVERY_TRACE : { span: predicate }
  }

  #unsaid(): TracePredicate {
    this.exact = false
    return EVERY_TRACE
  }
}

const isOfRoot = (field: FieldReference) => field.kind === 'intrinsic' && OF_ROOT[field.name] !== undefined

const known = (holds: boolean): TracePredicate => (holds ? EVERY_TRACE : NOTHING)

function durationIs(op: Comparison | '!=', value: number): TracePredicate {
  if (op !== '!=') return { on: 'traceDuration', is: op, value }
  return anyTrace([durationIs('<', value), durationIs('>', value)])
}
