// What the file page's worker does: reads a file, keeps its spans, and explains one trace of it at a time.
import { columnsOf, reconstruct, type Trace } from '@hopscope/model'
import { encodeTraceColumns } from '@hopscope/proto/columns'
import { spansOfFile, TraceFileError } from '@hopscope/proto/files'
import { bytesOf, FileFailure } from './file-bytes.ts'
import { fileTraceOf, tracesOf } from './file-traces.ts'
import { type FileAnswer, type FileContents, type FileQuestion, MOST_LISTED } from './messages.ts'

/** Answers questions about one file. @param answer gets each answer, and what of it is handed over for good */
export function fileAnswers(answer: (answer: FileAnswer, handedOver: Transferable[]) => void) {
  let traces: ReadonlyMap<string, Trace> = new Map()
  const say = (said: FileAnswer) => answer(said, [])

  async function open(file: File): Promise<void> {
    say({ kind: 'stage', stage: { name: 'reading', amount: file.size } })
    const bytes = await bytesOf(file, {
      onunpack: () => say({ kind: 'stage', stage: { name: 'unpacking', amount: file.size } }),
    })
    say({ kind: 'stage', stage: { name: 'parsing', amount: bytes.length } })
    const { spans, refused, refusedCount } = spansOfFile(bytes, file.name)
    traces = tracesOf(spans)
    const listed: FileContents['traces'] = [...traces.values()].slice(0, MOST_LISTED).map(fileTraceOf)
    say({
      kind: 'contents',
      contents: { traces: listed, traceCount: traces.size, refused, refusedCount },
    })
  }

  function explain(traceId: string): void {
    const trace = traces.get(traceId)
    if (trace === undefined) return say({ kind: 'no-trace', traceId })
    say({ kind: 'stage', stage: { name: 'building', amount: trace.spans.length }, traceId })
    const bytes = encodeTraceColumns(columnsOf(reconstruct(trace))).buffer
    answer({ kind: 'trace', traceId, bytes }, [bytes])
  }

  return async (question: FileQuestion): Promise<void> => {
    try {
      if (question.kind === 'open') await open(question.file)
      else explain(question.traceId)
    } catch (error) {
      const known = error instanceof TraceFileError || error instanceof FileFailure
      if (!known) console.error(error)
      const detail = error instanceof Error && !(error instanceof FileFailure) ? error.message : ''
      const problem = known ? error.problem : 'internal'
      // One trace that fails says nothing of the others.
      const of = question.kind === 'trace' ? { traceId: question.traceId } : {}
      say({ kind: 'failed', problem, detail, ...of })
    }
  }
}
