// What the file page and its worker say to each other.
import type { TraceSummary } from '@hopscope/model'
import type { FileRefusal, TraceFileProblem } from '@hopscope/proto/files'

export type FileProblem = TraceFileProblem | 'unreadable' | 'gzip' | 'too-large' | 'internal'

export interface FileTrouble {
  readonly problem: FileProblem
  /** In English. */
  readonly detail: string
}

/** A trace of the file in one line. */
export interface FileTrace extends Pick<
  TraceSummary,
  'traceId' | 'rootService' | 'rootOperation' | 'spanCount' | 'errorCount'
> {
  /** Epoch and plain microseconds; undefined if none of its spans has a time. */
  readonly start: number | undefined
  readonly duration: number | undefined
}

export interface FileContents {
  /** In the order of the file, at most {@link MOST_LISTED}. */
  readonly traces: readonly FileTrace[]
  readonly traceCount: number
  /** The first of those that could not be read. */
  readonly refused: readonly FileRefusal[]
  readonly refusedCount: number
}

export const MOST_LISTED = 5000

/** What takes long, and how much of it there is: bytes, but spans when building. */
export interface FileStage {
  readonly name: 'reading' | 'unpacking' | 'parsing' | 'building'
  readonly amount: number
}

export type FileQuestion =
  { readonly kind: 'open'; readonly file: File } | { readonly kind: 'trace'; readonly traceId: string }

export type FileAnswer =
  /** `traceId` when a trace is built. */
  | { readonly kind: 'stage'; readonly stage: FileStage; readonly traceId?: string }
  | { readonly kind: 'contents'; readonly contents: FileContents }
  /** As `encodeTraceColumns` writes them. */
  | { readonly kind: 'trace'; readonly traceId: string; readonly bytes: ArrayBuffer }
  | { readonly kind: 'no-trace'; readonly traceId: string }
  | ({ readonly kind: 'failed'; readonly traceId?: string } & FileTrouble)
