// What an aggregate such as `avg(duration)`, or arithmetic on some, is for a set of spans.
import type { Scalar } from './ast.ts'
import { compileValue, constantOf } from './evaluate-expression.ts'
import type { TraceFacts } from './fields.ts'
import { calculate, numberOf, type Value } from './scalar.ts'
import type { Positions } from './structure.ts'

type ScalarReader = (facts: TraceFacts, spans: Positions) => Value

/** Spans without a number don't count; of none it is undefined, unless it is their count. */
export function scalarOf(scalar: Scalar): ScalarReader {
  switch (scalar.kind) {
    case 'literal': {
      const constant = constantOf(scalar)?.value
      return () => constant
    }
    case 'arithmetic': {
      const [left, right] = [scalarOf(scalar.left), scalarOf(scalar.right)]
      return (facts, spans) => calculate(left(facts, spans), scalar.op, right(facts, spans))
    }
    case 'aggregate':
      return aggregateOf(scalar)
  }
}

function aggregateOf(scalar: Extract<Scalar, { kind: 'aggregate' }>): ScalarReader {
  if (scalar.fn === 'count') return (_, spans) => spans.length
  const [{ fn }, read] = [scalar, compileValue(scalar.of)]
  return (facts, spans) => {
    let [count, sum, least, most] = [0, 0, Infinity, -Infinity]
    for (const i of spans) {
      facts.keepTime()
      const number = numberOf(read(facts, i))
      if (number === undefined) continue
      count++
      sum += number
      least = Math.min(least, number)
      most = Math.max(most, number)
    }
    if (count === 0) return undefined
    return { avg: sum / count, sum, min: least, max: most }[fn]
  }
}
