// TraceQL span by span: which sets of spans of a trace a query finds. What no store can do natively is done here, and stores
// are held to it. Where Grafana Tempo leaves no doubt, it is as there.
import { MATCH_WITHIN } from '../search/query.ts'
import type { Span, Trace } from '../span.ts'
import { compareOptionalText } from '../text-order.ts'
import type { Scalar, SpansetExpression, SpansetOperator, Stage, TraceQl } from './ast.ts'
import { asksForRequest, compileTest, compileValue } from './evaluate-expression.ts'
import { scalarOf } from './evaluate-scalar.ts'
import { readerOf, TraceFacts } from './fields.ts'
import { printFieldExpression, scalarText } from './print.ts'
import { valuesHold, type Value } from './scalar.ts'
import { aggregatesOf, groupOf, type NamedValue, NOTHING, type Shown, single, type SpanSet } from './shown.ts'
import { type Positions, type Relation, union } from './structure.ts'

export type { NamedValue }

export interface MatchedSet {
  /** What `by(…)` split it by; empty for sets after the first {@link MOST_SETS_SHOWN}, as are the aggregates. */
  readonly by: readonly NamedValue[]
  /** What conditions such as `count() > 2` computed, each once. */
  readonly aggregates: readonly NamedValue[]
  readonly spans: readonly Span[]
}

/** Sets of a trace of which more than the spans is told: as many as a search shows. */
export const MOST_SETS_SHOWN = 10

export interface TraceMatch {
  /** Never empty, nor is one of them. */
  readonly spanSets: readonly MatchedSet[]
  /** Spans in all sets, each counted once. */
  readonly matched: number
  /** What `select(…)` shows of a span of the trace. */
  attributesOf(span: Span): NamedValue[]
}

type Run = (facts: TraceFacts, sets: readonly SpanSet[]) => readonly SpanSet[]

interface Pipeline {
  readonly run: Run
  readonly shown: Shown
}

interface Compiled extends Pipeline {
  readonly selected: Shown['by']
}

/** By query, so that a search over many traces prepares its query once. */
const prepared = new WeakMap<TraceQl, Compiled>()

/**
 * The sets of spans that the query finds in a trace as it is stored; undefined if there are none, and for a trace without
 * any timestamp. Takes n log n steps in its spans.
 * @param isOver whether to give up: texts and expressions may be such that it takes minutes
 * @throws TooSlow
 */
export function matchTrace(query: TraceQl, trace: Trace, isOver = () => false): TraceMatch | undefined {
  let compiled = prepared.get(query)
  if (compiled === undefined) prepared.set(query, (compiled = compile(query)))
  const { run, shown, selected } = compiled
  const facts = new TraceFacts(trace, isOver)
  if (facts.start === Infinity) return undefined
  const sets = run(facts, [{ spans: trace.spans.map((_, i) => i), before: undefined }])
  if (sets.length === 0) return undefined
  return {
    spanSets: sets.map((set, place) => ({
      by: place < MOST_SETS_SHOWN ? groupOf(facts, set, shown) : [],
      aggregates: place < MOST_SETS_SHOWN ? aggregatesOf(facts, set, shown) : [],
      spans: set.spans.map((i) => facts.span(i)),
    })),
    matched: unionOf(facts, sets).length,
    attributesOf: (span) => {
      const i = trace.spans.indexOf(span)
      return i < 0 ? [] : selected.map(({ name, read }) => ({ name, value: single(read(facts, i)) }))
    },
  }
}

function compile(query: TraceQl): Compiled {
  const selected = query.stages.flatMap((stage) => (stage.kind === 'select' ? stage.fields : []))
  return {
    ...pipelineOf(query.stages, NOTHING),
    selected: selected.map((field) => ({
      name: printFieldExpression({ kind: 'field', field }),
      read: readerOf(field),
    })),
  }
}

function pipelineOf(stages: readonly Stage[], before: Shown): Pipeline {
  let shown = before
  const runs = stages.map((stage) => {
    const compiled = stageOf(stage, shown)
    shown = compiled.shown
    return compiled.run
  })
  return { run: (facts, sets) => runs.reduce((left, run) => run(facts, left), sets), shown }
}

function stageOf(stage: Stage, shown: Shown): Pipeline {
  switch (stage.kind) {
    case 'spans':
      return narrowing(stage.of, shown)
    case 'scalar':
      return scalarFilter(stage, shown)
    case 'by':
      return grouping(stage, shown)
    case 'coalesce':
      return {
        run: (facts, sets) => (sets.length === 0 ? [] : [{ spans: unionOf(facts, sets), before: undefined }]),
        shown: { ...NOTHING, narrowings: shown.narrowings },
      }
    case 'select':
      return { run: (_, sets) => sets, shown }
  }
}

function narrowing(expression: SpansetExpression, shown: Shown): Pipeline {
  if (expression.kind === 'pipeline') {
    const inner = pipelineOf(expression.query.stages, shown)
    return { ...inner, run: eachBy((facts, set) => inner.run(facts, [set])) }
  }
  const find = positionsOf(expression)
  const number = shown.narrowings + 1
  const keepsEarlier = shown.aggregates.length > 0
  return {
    run: eachBy((facts, set) => {
      const spans = find(facts, set.spans)
      if (spans.length === 0) return []
      if (spans.length === set.spans.length) return [set]
      return [{ spans, before: keepsEarlier ? { ...set, narrowing: number } : undefined }]
    }),
    shown: { ...shown, narrowings: number },
  }
}

const eachBy =
  (step: (facts: TraceFacts, set: SpanSet) => readonly SpanSet[]): Run =>
  (facts, sets) =>
    sets.flatMap((set) => {
      facts.keepTime()
      return step(facts, set)
    })

/** Of these spans those that it finds, ascending. */
function positionsOf(expression: SpansetExpression): (facts: TraceFacts, of: Positions) => Positions {
  switch (expression.kind) {
    case 'filter': {
      const test = compileTest(expression.where)
      const within = asksForRequest(expression.where) ? Infinity : MATCH_WITHIN
      return (facts, spans) => {
        const latest = facts.start + within
        return spans.filter((i) => {
          facts.keepTime()
          return (facts.span(i).timestamp ?? 0) <= latest && test(facts, i)
        })
      }
    }
    case 'operation': {
      const left = positionsOf(expression.left)
      const right = positionsOf(expression.right)
      const { op } = expression
      return (facts, spans) => operated(facts, left(facts, spans), op, right(facts, spans))
    }
    case 'pipeline': {
      const { run } = pipelineOf(expression.query.stages, NOTHING)
      return (facts, spans) => unionOf(facts, run(facts, [{ spans, before: undefined }]))
    }
  }
}

function operated(facts: TraceFacts, left: Positions, op: SpansetOperator, right: Positions): Positions {
  switch (op) {
    case '&&':
      return left.length > 0 && right.length > 0 ? union(left, right) : []
    case '||':
      return union(left, right)
    default: {
      if (right.length === 0) return []
      const { structure } = facts
      const keepTime = () => facts.keepTime()
      if (op.startsWith('!')) return structure.unrelated(left, op.slice(1) as Relation, right, keepTime)
      if (op.startsWith('&')) return structure.pairs(left, op.slice(1) as Relation, right, keepTime)
      return structure.related(left, op as Relation, right, keepTime)
    }
  }
}

function scalarFilter({ left, op, right }: Extract<Stage, { kind: 'scalar' }>, shown: Shown): Pipeline {
  const [leftOf, rightOf] = [scalarOf(left), scalarOf(right)]
  const { narrowings } = shown
  const own = new Map(
    [...aggregatesIn(left), ...aggregatesIn(right)].map((aggregate) => {
      const name = scalarText(aggregate)
      return [name, { name, of: scalarOf(aggregate), narrowings }]
    }),
  )
  return {
    run: eachBy((facts, set) =>
      valuesHold(leftOf(facts, set.spans), op, rightOf(facts, set.spans)) ? [set] : [],
    ),
    shown: {
      ...shown,
      aggregates: [...shown.aggregates.filter(({ name }) => !own.has(name)), ...own.values()],
    },
  }
}

function aggregatesIn(scalar: Scalar): Extract<Scalar, { kind: 'aggregate' }>[] {
  if (scalar.kind === 'aggregate') return [scalar]
  return scalar.kind === 'arithmetic' ? [...aggregatesIn(scalar.left), ...aggregatesIn(scalar.right)] : []
}

/** In the order of their values. Of several values of a span the first counts. */
function grouping({ of }: Extract<Stage, { kind: 'by' }>, shown: Shown): Pipeline {
  const [name, read] = [printFieldExpression(of), compileValue(of)]
  return {
    run: eachBy((facts, set) => {
      const groups = new Map<Value, number[]>()
      for (const i of set.spans) {
        facts.keepTime()
        const value = single(read(facts, i))
        const group = groups.get(value)
        if (group === undefined) groups.set(value, [i])
        else group.push(i)
      }
      const inOrder = [...groups].sort(([a], [b]) => {
        facts.keepTime()
        return compareValues(a, b)
      })
      return inOrder.map(([, spans]) => ({ spans, before: undefined }))
    }),
    shown: { ...shown, by: [...shown.by, { name, read }], aggregates: [] },
  }
}

function compareValues(a: Value, b: Value): number {
  return typeof a === 'number' && typeof b === 'number'
    ? a - b
    : compareOptionalText(a?.toString(), b?.toString())
}

function unionOf(facts: TraceFacts, sets: readonly SpanSet[]): Positions {
  const [first] = sets
  if (sets.length <= 1) return first?.spans ?? []
  const all = new Set<number>()
  for (const { spans } of sets) {
    facts.keepTime()
    for (const i of spans) all.add(i)
  }
  return Array.from(all).sort((a, b) => a - b)
}
