import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  INTRINSIC_NAMES,
  KIND_NAMES,
  SPANSET_OPERATORS,
  type FieldExpression,
  type FieldReference,
  type Literal,
  type Scalar,
  type SpansetExpression,
  type Stage,
  type TraceQl,
} from './ast.ts'
import { TraceQlError } from './errors.ts'
import { parseTraceQl } from './parser.ts'
import { typeOfIntrinsic } from './parser-types.ts'
import { printTraceQl } from './print.ts'

const depth = { maxDepth: 4, depthSize: 'small' } as const
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value || 0)
const numeric: fc.Arbitrary<Literal> = fc.oneof(
  fc.oneof(finite, fc.integer()).map((value) => ({ type: 'number', value }) as const),
  fc
    .oneof(
      finite,
      fc.integer(),
      fc.integer().map((nanos) => nanos / 1000),
    )
    .map((value) => ({ type: 'duration', value }) as const),
)
const text = fc.string({ unit: 'binary' }).map((value) => ({ type: 'text', value }) as const)
const attribute: fc.Arbitrary<FieldReference> = fc.record({
  kind: fc.constant('attribute' as const),
  scope: fc.constantFrom('span', 'resource', undefined),
  key: fc
    .oneof(fc.string({ minLength: 1 }), fc.string({ minLength: 1, unit: 'binary' }))
    .filter((key) => key !== 'service.name'),
})
const intrinsic = (type: string): fc.Arbitrary<FieldReference> =>
  fc
    .constantFrom(...INTRINSIC_NAMES.filter((name) => typeOfIntrinsic(name) === type))
    .map((name) => ({ kind: 'intrinsic', name }))
const field = (of: fc.Arbitrary<FieldReference>): fc.Arbitrary<FieldExpression> =>
  of.map((each) => ({ kind: 'field', field: each }))
const literal = (of: fc.Arbitrary<Literal>): fc.Arbitrary<FieldExpression> =>
  of.map((value) => ({ kind: 'literal', value }))
const binary = (
  ops: readonly Extract<FieldExpression, { kind: 'binary' }>['op'][],
  left: fc.Arbitrary<FieldExpression>,
  right: fc.Arbitrary<FieldExpression>,
): fc.Arbitrary<FieldExpression> =>
  fc.record({ kind: fc.constant('binary' as const), op: fc.constantFrom(...ops), left, right })

const { condition, amount } = fc.letrec<{ amount: FieldExpression; condition: FieldExpression }>((tie) => ({
  amount: fc.oneof(
    depth,
    field(attribute),
    literal(numeric),
    binary(['+', '-', '*', '/', '%', '^'], tie('amount'), tie('amount')),
    tie('amount')
      // The parser has a minus before a literal in the literal.
      .filter((of) => of.kind !== 'literal')
      .map((of) => ({ kind: 'unary', op: '-', of }) as const),
  ),
  condition: fc.oneof(
    depth,
    field(attribute),
    binary(
      ['=', '!='],
      field(intrinsic('status')),
      literal(fc.constantFrom('error', 'ok', 'unset').map((value) => ({ type: 'status', value }) as const)),
    ),
    binary(
      ['=', '!='],
      field(intrinsic('kind')),
      literal(fc.constantFrom(...KIND_NAMES).map((value) => ({ type: 'kind', value }) as const)),
    ),
    binary(
      ['=', '!=', '<', '<=', '>', '>='],
      fc.oneof(field(attribute), field(intrinsic('text'))),
      literal(text),
    ),
    binary(
      ['=~', '!~'],
      field(intrinsic('text')),
      literal(fc.constantFrom('a.*', '\\d+', '"').map((value) => ({ type: 'text', value }) as const)),
    ),
    binary(['!=', '='], field(attribute), literal(fc.constant({ type: 'nil' }))),
    binary(['<', '<=', '>', '>='], field(attribute), tie('amount')),
    binary(['&&', '||'], tie('condition'), tie('condition')),
    tie('condition').map((of) => ({ kind: 'unary', op: '!', of }) as const),
  ),
}))

const aggregate: fc.Arbitrary<Scalar> = fc.oneof(
  fc.constant({ kind: 'aggregate', fn: 'count' } as const),
  fc.record({
    kind: fc.constant('aggregate' as const),
    fn: fc.constantFrom('avg', 'max', 'min', 'sum'),
    of: fc.oneof(
      field(attribute),
      field(intrinsic('duration')),
      binary(['+', '*'], field(attribute), amount),
    ),
  }),
)
const { scalar } = fc.letrec<{ scalar: Scalar }>((tie) => ({
  scalar: fc.oneof(
    depth,
    aggregate,
    numeric.map((value) => ({ kind: 'literal', value }) as const),
    fc.record({
      kind: fc.constant('arithmetic' as const),
      op: fc.constantFrom('+', '-', '*', '/', '%', '^'),
      left: tie('scalar'),
      right: tie('scalar'),
    }),
  ),
}))

const { query } = fc.letrec<{ query: TraceQl; spans: SpansetExpression; stage: Stage }>((tie) => ({
  spans: fc.oneof(
    depth,
    fc.option(condition, { nil: undefined }).map((where) => ({ kind: 'filter', where }) as const),
    fc.record({
      kind: fc.constant('operation' as const),
      op: fc.constantFrom(...SPANSET_OPERATORS),
      left: tie('spans'),
      right: tie('spans'),
    }),
    // Brackets around spans alone leave nothing in the tree.
    tie('query')
      .filter(({ stages }) => stages.length > 1)
      .map((of) => ({ kind: 'pipeline', query: of }) as const),
  ),
  stage: fc.oneof(
    tie('spans').map((of) => ({ kind: 'spans', of }) as const),
    fc.record({
      kind: fc.constant('scalar' as const),
      left: fc.record({
        kind: fc.constant('arithmetic' as const),
        op: fc.constantFrom('+', '/'),
        left: aggregate,
        right: scalar,
      }),
      op: fc.constantFrom('=', '!=', '>', '>=', '<', '<='),
      right: fc.oneof(
        aggregate,
        fc.record({
          kind: fc.constant('arithmetic' as const),
          op: fc.constant('*' as const),
          left: scalar,
          right: scalar,
        }),
      ),
    }),
    field(attribute).map((of) => ({ kind: 'by', of }) as const),
    fc.constant({ kind: 'coalesce' } as const),
    fc
      .array(fc.oneof(attribute, intrinsic('text')), { minLength: 1, maxLength: 3 })
      .map((fields) => ({ kind: 'select', fields }) as const),
  ),
  query: fc
    .tuple(tie('spans'), fc.array(tie('stage'), { maxLength: 3 }))
    .map(([of, stages]) => ({ stages: [{ kind: 'spans', of }, ...stages] })),
}))

test('parsing what was printed gives the same tree', () => {
  fc.assert(
    fc.property(query, (tree) => {
      const printed = printTraceQl(tree)
      fc.pre(printed.length <= 10_000)
      expect(parseTraceQl(printed)).toEqual(tree)
      expect(printTraceQl(parseTraceQl(printed))).toBe(printed)
    }),
    { numRuns: 300 },
  )
})

const PIECES =
  '{ } ( ) | && || ! = != =~ !~ > >> < ~ &> - + * ^ , . " ` \' \\ /* // 1 1s 5xx 500msec -1 "a" name status error nil span. span:name .a http.method nmae count() count avg( by( select( coalesce() rate() AND like parent.a “x” ＝ 😀'.split(
    ' ',
  )
const pieces = fc.array(fc.constantFrom(...PIECES, '', ' '), { maxLength: 20 }).map((all) => all.join(' '))

test('any text is a query, or has a mistake that lies within it and whose suggestion is a query', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        pieces,
        fc.string({ unit: 'binary' }),
        pieces.map((all) => `{ ${all} }`),
      ),
      (any) => {
        try {
          parseTraceQl(any)
        } catch (error) {
          if (!(error instanceof TraceQlError)) throw error
          expect(error.at).toBeGreaterThanOrEqual(0)
          expect(error.length).toBeGreaterThanOrEqual(0)
          expect(error.at + error.length).toBeLessThanOrEqual(any.length)
          expect(error.message).toMatch(/\S(\.\)?|\?)$/)
          if (error.suggestion !== undefined) parseTraceQl(error.suggestion)
        }
      },
    ),
    { numRuns: 1000 },
  )
})
