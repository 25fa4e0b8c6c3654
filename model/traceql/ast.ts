// What a TraceQL query says, as data. The language is Grafana Tempo's (https://grafana.com/docs/tempo/latest/traceql/);
// precedence is as in its grammar: && and || bind alike, from the left.

/** A whole query: each stage works on the sets of spans that the one before gave; a trace with one left is found. */
export interface TraceQl {
  /** The first is a {@link SpansetStage}. */
  readonly stages: readonly Stage[]
}

export type Stage = SpansetStage | ScalarFilter | GroupStage | CoalesceStage | SelectStage

export interface SpansetStage {
  readonly kind: 'spans'
  readonly of: SpansetExpression
}

/** Keeps the sets for which it holds: `count() > 2`. One side at least has an aggregate. */
export interface ScalarFilter {
  readonly kind: 'scalar'
  readonly left: Scalar
  readonly op: ScalarComparison
  readonly right: Scalar
}

/** `by(…)`: one set for each value. */
export interface GroupStage {
  readonly kind: 'by'
  readonly of: FieldExpression
}

/** `coalesce()`: one set again. */
export interface CoalesceStage {
  readonly kind: 'coalesce'
}

/** `select(…)`: fields to show of each span. */
export interface SelectStage {
  readonly kind: 'select'
  readonly fields: readonly FieldReference[]
}

export const SPANSET_OPERATORS = [
  '&&', '||', '>', '>>', '<', '<<', '~', '!>', '!>>', '!<', '!<<', '!~', '&>', '&>>', '&<', '&<<', '&~',
] as const // prettier-ignore
export type SpansetOperator = (typeof SPANSET_OPERATORS)[number]

export type SpansetExpression =
  /** `{ … }`; undefined for `{}`. */
  | { readonly kind: 'filter'; readonly where: FieldExpression | undefined }
  | {
      readonly kind: 'operation'
      readonly op: SpansetOperator
      readonly left: SpansetExpression
      readonly right: SpansetExpression
    }
  /** `({ … } | count() > 2)` as a part of another expression. */
  | { readonly kind: 'pipeline'; readonly query: TraceQl }

export type ScalarComparison = '=' | '!=' | '>' | '>=' | '<' | '<='
export type FieldComparison = ScalarComparison | '=~' | '!~'
export type Arithmetic = '+' | '-' | '*' | '/' | '%' | '^'

export type FieldExpression =
  | { readonly kind: 'literal'; readonly value: Literal }
  | { readonly kind: 'field'; readonly field: FieldReference }
  | { readonly kind: 'unary'; readonly op: '!' | '-'; readonly of: FieldExpression }
  | {
      readonly kind: 'binary'
      readonly op: '&&' | '||' | FieldComparison | Arithmetic
      readonly left: FieldExpression
      readonly right: FieldExpression
    }

export type Literal =
  | { readonly type: 'text'; readonly value: string }
  | { readonly type: 'number'; readonly value: number }
  /** Microseconds, with a fraction for nanoseconds. */
  | { readonly type: 'duration'; readonly value: number }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'status'; readonly value: 'error' | 'ok' | 'unset' }
  | { readonly type: 'kind'; readonly value: KindName }
  | { readonly type: 'nil' }

/** Zipkin's format has no `internal`: both it and `unspecified` are spans without a kind. */
export const KIND_NAMES = ['client', 'server', 'producer', 'consumer', 'internal', 'unspecified'] as const
export type KindName = (typeof KIND_NAMES)[number]

/**
 * `span.a`, `resource.a` and `.a` all name the tag `a`: Zipkin's format has no resource, and the attributes of an OTLP
 * resource are kept as tags of its spans. The scope is kept for showing. `service.name` is the intrinsic {@link IntrinsicName}
 * 'service' whatever its scope.
 */
export type FieldReference =
  | { readonly kind: 'attribute'; readonly scope: 'span' | 'resource' | undefined; readonly key: string }
  | { readonly kind: 'intrinsic'; readonly name: IntrinsicName }

export const INTRINSIC_NAMES = [
  'service', 'remoteService', 'name', 'status', 'statusMessage', 'kind', 'duration', 'childCount', 'spanId', 'parentId',
  'event', 'instrumentation', 'requestId', 'traceId', 'traceDuration', 'rootName', 'rootService',
] as const // prettier-ignore
/**
 * `remoteService` and `requestId` are ours; `event` is the text of any
 * annotation (Tempo's `event:name`), `instrumentation` Tempo's `instrumentation:name`.
 */
export type IntrinsicName = (typeof INTRINSIC_NAMES)[number]

export type Scalar =
  | { readonly kind: 'aggregate'; readonly fn: 'count' }
  | { readonly kind: 'aggregate'; readonly fn: 'avg' | 'max' | 'min' | 'sum'; readonly of: FieldExpression }
  | { readonly kind: 'literal'; readonly value: Literal }
  | { readonly kind: 'arithmetic'; readonly op: Arithmetic; readonly left: Scalar; readonly right: Scalar }
