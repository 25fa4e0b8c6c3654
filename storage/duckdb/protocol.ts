// What the HTTP thread and the store's thread say to each other.
import type {
  AggregateQuery,
  DependencyLink,
  EdgeQuery,
  EdgeSeries,
  Metrics,
  TraceId,
  TraceQuery,
  TraceSummary,
} from '@hopscope/model'
import type { ErrorCode } from '@hopscope/proto'
import type { LogPosition, NameKind, NameScope, TimeWindow } from '../contract.ts'
import type { SpanColumns } from './columns.ts'

export interface Write {
  readonly columns: SpanColumns
  readonly position: LogPosition | undefined
}

/** Each question with the type of its answer. */
export interface Calls {
  write: { ask: Write; answer: undefined }
  positions: { ask: string; answer: LogPosition[] }
  traces: { ask: readonly TraceId[]; answer: SpanColumns }
  spellings: { ask: readonly TraceId[]; answer: TraceId[] }
  find: { ask: TraceQuery; answer: TraceSummary[] }
  names: { ask: { readonly kind: NameKind; readonly of: NameScope }; answer: string[] }
  dependencies: { ask: TimeWindow; answer: DependencyLink[] }
  aggregate: { ask: AggregateQuery; answer: Metrics }
  edges: { ask: EdgeQuery; answer: EdgeSeries[] }
  check: { ask: undefined; answer: undefined }
  close: { ask: undefined; answer: undefined }
}

export type CallName = keyof Calls

export type Request = {
  [Name in CallName]: { readonly id: number; readonly call: Name; readonly ask: Calls[Name]['ask'] }
}[CallName]

/** `cause` is for the log. */
export interface ReplyError {
  readonly code: ErrorCode | undefined
  readonly detail: string
  readonly cause: string | undefined
  readonly retryAfter: number | undefined
}

/** An error without a code is a bug or a surprise: its text is for the log, not for clients. */
export type Reply =
  | { readonly id: number; readonly answer: Calls[CallName]['answer'] }
  | { readonly id: number; readonly error: ReplyError }
