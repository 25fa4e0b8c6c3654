// A TraceQL field expression as a predicate of stores on single spans: all of it where that can be said, else one that is
// necessary for it, or sufficient, as is needed under a negation.
import {
  EVERY_SPAN,
  type SpanCondition,
  type NumberField,
  type SpanField,
  type SpanPredicate,
} from '../search/query.ts'
import { SPAN_KINDS, SPAN_STATUSES, type SpanStatus, STATUS_CODE_TAG, STATUS_OK } from '../span.ts'
import type { FieldComparison, FieldExpression, FieldReference } from './ast.ts'
import { comparedOf, constantOf, isComparison } from './evaluate-expression.ts'
import { INSTRUMENTATION_TAG, KINDS, STATUS_MESSAGE_TAGS } from './fields.ts'
import { allSpans, anySpan, NOTHING, notSpan } from './plan-predicate.ts'
import { isTrue, passes, type Value } from './scalar.ts'

/** `necessary`: holds wherever the expression does; `sufficient`: nowhere else. */
export type Bound = 'necessary' | 'sufficient'
const OTHER: Readonly<Record<Bound, Bound>> = { necessary: 'sufficient', sufficient: 'necessary' }

const ERROR: SpanCondition = { field: { on: 'error' }, is: 'present' }
const OK: SpanCondition = { field: { on: 'tag', key: STATUS_CODE_TAG }, is: '=', value: STATUS_OK }

export class SpanPlan {
  /** Whether every predicate given was both necessary and sufficient. */
  exact = true
  readonly #native: (condition: SpanCondition) => boolean

  constructor(native: (condition: SpanCondition) => boolean) {
    this.#native = native
  }

  of(expression: FieldExpression, bound: Bound): SpanPredicate {
    const constant = constantOf(expression)
    if (constant !== undefined) return isTrue(constant.value) ? EVERY_SPAN : NOTHING
    switch (expression.kind) {
      case 'literal':
        return NOTHING
      case 'field':
        return this.#isTrue(expression.field, bound)
      case 'unary':
        return expression.op === '!' ? notSpan(this.of(expression.of, OTHER[bound])) : NOTHING
      case 'binary': {
        const { op, left, right } = expression
        if (op === '&&') return allSpans([this.of(left, bound), this.of(right, bound)])
        if (op === '||') return anySpan([this.of(left, bound), this.of(right, bound)])
        return isComparison(op) ? this.#comparison(op, left, right, bound) : NOTHING
      }
    }
  }

  /** A field by itself: a text that says so. */
  #isTrue(field: FieldReference, bound: Bound): SpanPredicate {
    return ['event', 'duration'].some((name) => isNamed(field, name))
      ? NOTHING
      : this.compared(field, '=', 'true', bound)
  }

  #comparison(
    op: FieldComparison,
    left: FieldExpression,
    right: FieldExpression,
    bound: Bound,
  ): SpanPredicate {
    const compared = comparedOf(op, left, right)
    switch (compared.is) {
      case 'never':
        return NOTHING
      case 'field':
        return this.compared(compared.field, compared.op, compared.value, bound)
      case 'other':
        return this.#unsaid([...neededBy(left), ...neededBy(right)], bound)
      case 'nil': {
        const { of, present } = compared
        if (of.kind !== 'field') return this.#unsaid(present ? neededBy(of) : [], bound)
        return present ? this.present(of.field, bound) : notSpan(this.present(of.field, OTHER[bound]))
      }
    }
  }

  present(field: FieldReference, bound: Bound): SpanPredicate {
    if (isNamed(field, 'kind') || isNamed(field, 'status')) return EVERY_SPAN
    const fields = fieldsOf(field)
    if (fields === undefined) return this.#unsaid([], bound)
    return anySpan(fields.map((each) => this.#present(each, bound)))
  }

  /** A field with a value as {@link comparedOf} prepared it. */
  compared(
    field: FieldReference,
    op: FieldComparison,
    value: Exclude<Value, undefined>,
    bound: Bound,
  ): SpanPredicate {
    if (isNamed(field, 'kind'))
      return this.#kind(new Set(KINDS.filter((each) => passes(each, op, value))), bound)
    if (isNamed(field, 'status'))
      return this.#status(
        SPAN_STATUSES.filter((each) => passes(each, op, value)),
        bound,
      )
    const fields = fieldsOf(field)
    // Annotations may have attributes behind their names.
    if (fields === undefined || isNamed(field, 'event')) return this.#unsaid([field], bound)
    const parts = fields.map((each, i) =>
      allSpans([
        ...fields.slice(0, i).map((before) => notSpan(this.#present(before, OTHER[bound]))),
        this.#condition(each, op, value, bound),
      ]),
    )
    return anySpan(parts)
  }

  #condition(
    field: SpanField,
    op: FieldComparison,
    value: Exclude<Value, undefined>,
    bound: Bound,
  ): SpanPredicate {
    switch (op) {
      case '=':
        return this.#equal(field, value, bound)
      case '!=':
        return allSpans([this.#present(field, bound), notSpan(this.#equal(field, value, OTHER[bound]))])
      case '=~':
      case '!~': {
        if (field.on === 'duration' || typeof value !== 'string') return NOTHING
        const matches: SpanCondition = { field, is: '=~', value }
        if (op === '=~') return this.#sayable(matches, bound)
        return allSpans([this.#present(field, bound), notSpan(this.#sayable(matches, OTHER[bound]))])
      }
      default:
        if (typeof value === 'boolean') return NOTHING
        if (typeof value === 'string' || !isNumeric(field)) {
          this.exact = false
          return bound === 'necessary' ? this.#present(field, bound) : NOTHING
        }
        return this.#sayable({ field, is: op, number: value }, bound)
    }
  }

  #equal(field: SpanField, value: Exclude<Value, undefined>, bound: Bound): SpanPredicate {
    if (isNumeric(field) && field.on === 'duration' && typeof value === 'number')
      return this.#sayable({ field, is: '=', number: value }, bound)
    return this.#sayable({ field, is: '=', value: String(value) }, bound)
  }

  #kind(kinds: ReadonlySet<string>, bound: Bound): SpanPredicate {
    const isOf = (wanted: boolean, side: Bound) =>
      anySpan(
        SPAN_KINDS.filter((kind) => kinds.has(kind.toLowerCase()) === wanted).map((value) =>
          this.#sayable({ field: { on: 'kind' }, is: '=', value }, side),
        ),
      )
    return kinds.has('internal') ? notSpan(isOf(false, OTHER[bound])) : isOf(true, bound)
  }

  #status(statuses: readonly SpanStatus[], bound: Bound): SpanPredicate {
    const failed = (side: Bound) => this.#sayable(ERROR, side)
    const fine = (side: Bound) => this.#sayable(OK, side)
    const noError = () => notSpan(failed(OTHER[bound]))
    const [ok, unset] = [statuses.includes('ok'), statuses.includes('unset')]
    const others =
      ok && unset
        ? [noError()]
        : ok
          ? [allSpans([noError(), fine(bound)])]
          : unset
            ? [allSpans([noError(), notSpan(fine(OTHER[bound]))])]
            : []
    if (!statuses.includes('error')) return anySpan(others)
    return ok && unset ? EVERY_SPAN : anySpan([failed(bound), ...others])
  }

  #sayable(condition: SpanCondition, bound: Bound): SpanPredicate {
    if (this.#native(condition)) return condition
    this.exact = false
    return bound === 'necessary' ? this.#present(condition.field, bound) : NOTHING
  }

  #present(field: SpanField, bound: Bound): SpanPredicate {
    const condition: SpanCondition = { field, is: 'present' }
    if (this.#native(condition)) return condition
    this.exact = false
    return bound === 'necessary' ? EVERY_SPAN : NOTHING
  }

  /** What needs these fields and can't be said. */
  #unsaid(fields: readonly FieldReference[], bound: Bound): SpanPredicate {
    this.exact = false
    return bound === 'necessary' ? allSpans(fields.map((field) => this.present(field, bound))) : NOTHING
  }
}

/** The fields without which an expression has no value. */
function neededBy(expression: FieldExpression): FieldReference[] {
  if (expression.kind === 'field') return [expression.field]
  if (expression.kind === 'unary') return expression.op === '-' ? neededBy(expression.of) : []
  if (expression.kind === 'literal' || expression.op === '&&' || expression.op === '||') return []
  if (isComparison(expression.op)) return []
  return [...neededBy(expression.left), ...neededBy(expression.right)]
}

function isNumeric(field: SpanField): field is NumberField {
  return field.on === 'tag' || field.on === 'duration'
}

function isNamed(field: FieldReference, name: string): boolean {
  return field.kind === 'intrinsic' && field.name === name
}

/** Where stores have it; of several the first that a span has. Undefined for what no store has of a single span. */
function fieldsOf(field: FieldReference): readonly SpanField[] | undefined {
  if (field.kind === 'attribute') return [{ on: 'tag', key: field.key }]
  switch (field.name) {
    case 'service':
    case 'remoteService':
    case 'requestId':
    case 'duration':
    case 'parentId':
      return [{ on: field.name }]
    case 'name':
      return [{ on: 'operation' }]
    case 'spanId':
      return [{ on: 'id' }]
    case 'event':
      return [{ on: 'annotation' }]
    case 'statusMessage':
      return STATUS_MESSAGE_TAGS.map((key) => ({ on: 'tag', key }))
    case 'instrumentation':
      return [{ on: 'tag', key: INSTRUMENTATION_TAG }]
    default:
      return undefined
  }
}
