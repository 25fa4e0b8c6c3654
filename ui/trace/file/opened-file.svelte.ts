// A file of the reader's machine as the file page knows it: how far its worker is, what is in it, the trace that is open.
import type { TraceColumns } from '@hopscope/model'
import { decodeTraceColumns } from '@hopscope/proto/columns'
import type { FileAnswer, FileContents, FileQuestion, FileStage, FileTrouble } from './messages.ts'

export class OpenedFile {
  readonly name: string
  stage = $state.raw<FileStage>()
  contents = $state.raw<FileContents>()
  columns = $state.raw<TraceColumns>()
  /** Of the file. */
  failure = $state.raw<FileTrouble>()
  /** Of the trace that was asked for; the others may open. */
  traceFailure = $state.raw<FileTrouble>()
  /** The id of a trace that was asked for and isn't there. */
  missing = $state<string>()
  readonly #worker: Worker
  #wanted: string | undefined

  constructor(file: File) {
    this.name = file.name
    this.#worker = new Worker(new URL('../file.worker.ts', import.meta.url), { type: 'module' })
    this.#worker.addEventListener('message', ({ data }: MessageEvent<FileAnswer>) => this.#hear(data))
    this.#worker.addEventListener('error', ({ message }) =>
      // Without a message if its file could not be loaded.
      this.#hear({ kind: 'failed', problem: 'internal', detail: message ?? '' }),
    )
    this.#ask({ kind: 'open', file })
  }

  /** Only the trace that is asked for last is opened; undefined for none. */
  show(traceId: string | undefined): void {
    if (traceId === this.#wanted) return
    this.#wanted = traceId
    this.columns = undefined
    this.missing = undefined
    this.traceFailure = undefined
    // That of a trace nobody waits for any more.
    this.stage = undefined
    if (traceId !== undefined) this.#ask({ kind: 'trace', traceId })
  }

  close(): void {
    this.#worker.terminate()
  }

  #ask(question: FileQuestion): void {
    this.#worker.postMessage(question, [])
  }

  #hear(answer: FileAnswer): void {
    if ('traceId' in answer && answer.traceId !== this.#wanted) return
    this.stage = answer.kind === 'stage' ? answer.stage : undefined
    if (answer.kind === 'contents') this.contents = answer.contents
    else if (answer.kind === 'trace') this.#take(answer.bytes)
    else if (answer.kind === 'no-trace') this.missing = answer.traceId
    else if (answer.kind === 'failed' && answer.traceId !== undefined) this.traceFailure = answer
    else if (answer.kind === 'failed') this.failure = answer
  }

  #take(bytes: ArrayBuffer): void {
    try {
      this.columns = decodeTraceColumns(bytes)
    } catch (error) {
      console.error(error)
      this.traceFailure = { problem: 'internal', detail: String(error) }
    }
  }
}
