// What a store can do of a TraceQL query: a predicate that every found trace meets, so that only those that meet it need to be
// looked at span by span, and none if it says all of the query.
import {
  EVERY_SPAN,
  EVERY_TRACE,
  requestIdIn,
  type SpanCondition,
  type SpanPredicate,
  type TracePredicate,
} from '../search/query.ts'
import type { FieldExpression, Scalar, SpansetExpression, Stage, TraceQl } from './ast.ts'
import { asksForRequest, constantOf } from './evaluate-expression.ts'
import { allSpans, allTraces, anyTrace, isEverything, isNothing } from './plan-predicate.ts'
import { SpanPlan } from './plan-span.ts'
import { hasTraceField, isTraceTest, TraceTestPlan } from './plan-trace.ts'
import { valuesHold } from './scalar.ts'

export interface TracePlan {
  /** Met by every trace that the query finds. */
  readonly where: TracePredicate
  /** The query finds every trace that meets it. */
  readonly exact: boolean
}

/** @param native whether a store can do this condition; the others are left out of the plan */
export function planOf(query: TraceQl, native: (condition: SpanCondition) => boolean): TracePlan {
  return pipelinePlan(query.stages, native)
}

/**
 * The same as a test of single spans, for a query that is one `{…}` and asks for nothing else: no fields of the whole trace, none
 * that depend on other spans, no comparison of two fields.
 */
export function spanPredicateOf(query: TraceQl): SpanPredicate | undefined {
  const [stage, ...more] = query.stages
  if (stage?.kind !== 'spans' || stage.of.kind !== 'filter' || more.length > 0) return undefined
  const plan = new SpanPlan(() => true)
  const predicate = stage.of.where === undefined ? EVERY_SPAN : plan.of(stage.of.where, 'necessary')
  return plan.exact ? predicate : undefined
}

type Native = (condition: SpanCondition) => boolean

function pipelinePlan(stages: readonly Stage[], native: Native): TracePlan {
  const parts: TracePredicate[] = []
  let exact = true
  for (const stage of stages) {
    if (stage.kind === 'spans') {
      const part = spansPlan(stage.of, native)
      // That several filters hold one after the other is more than that each does.
      exact &&= part.exact && parts.length === 0
      parts.push(part.where)
    } else if (stage.kind === 'scalar') {
      exact &&= alwaysHolds(stage)
    }
  }
  return { where: allTraces(parts), exact }
}

/** `count() > 0` and the like: no set is empty. */
function alwaysHolds({ left, op, right }: Extract<Stage, { kind: 'scalar' }>): boolean {
  const least = right.kind === 'literal' ? constantOf(right)?.value : undefined
  if (!isCount(left) || typeof least !== 'number') return false
  if (op === '!=') return least < 1 || !Number.isInteger(least)
  return (op === '>' || op === '>=') && valuesHold(1, op, least)
}

const isCount = (scalar: Scalar) => scalar.kind === 'aggregate' && scalar.fn === 'count'

function spansPlan(expression: SpansetExpression, native: Native): TracePlan {
  switch (expression.kind) {
    case 'filter': {
      const { where } = expression
      return where === undefined ? { where: EVERY_TRACE, exact: true } : filterPlan(where, native)
    }
    case 'pipeline':
      return pipelinePlan(expression.query.stages, native)
    case 'operation': {
      const { op } = expression
      const left = spansPlan(expression.left, native)
      const right = spansPlan(expression.right, native)
      const exact = left.exact && right.exact
      if (op === '&&') return { where: allTraces([left.where, right.where]), exact }
      if (op === '||') return { where: anyTrace([left.where, right.where]), exact }
      // Nobody on the left: so is nobody's child.
      if (op.startsWith('!')) return { where: right.where, exact: false }
      return { where: allTraces([left.where, right.where]), exact: false }
    }
  }
}

/** @param bounded whether only spans near the trace's start count, other than `where` alone would have it */
function filterPlan(where: FieldExpression, native: Native, bounded = !asksForRequest(where)): TracePlan {
  if (bounded && where.kind === 'binary' && where.op === '||' && hasTraceField(where)) {
    const sides = [filterPlan(where.left, native, true), filterPlan(where.right, native, true)]
    return { where: anyTrace(sides.map((side) => side.where)), exact: sides.every((side) => side.exact) }
  }
  const spans = new SpanPlan(native)
  const traces = new TraceTestPlan(spans)
  const ofTrace: TracePredicate[] = []
  const ofSpan: SpanPredicate[] = []
  for (const part of conjunctsOf(where)) {
    if (isTraceTest(part)) ofTrace.push(traces.of(part))
    else ofSpan.push(spans.of(part, 'necessary'))
  }
  const span = allSpans(ofSpan)
  const exact = spans.exact && traces.exact
  if (isEverything(span)) return { where: allTraces(ofTrace), exact }
  if (!bounded && requestIdIn(span) === undefined && !isNothing(span)) {
    // The span may have begun later than a predicate without a request id looks.
    return { where: allTraces(ofTrace), exact: false }
  }
  const within = bounded && requestIdIn(span) !== undefined ? { any: [span] } : span
  return { where: allTraces([...ofTrace, { span: within }]), exact }
}

function conjunctsOf(expression: FieldExpression): FieldExpression[] {
  return expression.kind === 'binary' && expression.op === '&&'
    ? [...conjunctsOf(expression.left), ...conjunctsOf(expression.right)]
    : [expression]
}
