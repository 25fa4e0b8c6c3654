// Sends traces as a file of any size: read a page at a time, no faster than it is taken, and never cut short in silence.
import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { Trace, TraceCursor, TraceQuery } from '@hopscope/model'
import type { SpanReader } from '@hopscope/storage'
import type { FileFormat } from './export-formats.ts'
import { TracePages } from './trace-stream.ts'

/** Traces that the store is asked for at once; of their spans only a page of {@link TracePages} is held. */
const PAGE_TRACES = 500
/** Small pieces share a write, of about so many characters. */
const WRITE_LENGTH = 2 ** 16

/**
 * All traces that a query finds, newest first. One that gets an earlier span meanwhile may come twice; none is left out
 * but those without any timestamp, which no query finds.
 */
export async function* foundTraces(
  reader: SpanReader,
  query: Omit<TraceQuery, 'limit' | 'after'>,
): AsyncGenerator<Trace> {
  let after: TraceCursor | undefined
  for (;;) {
    const found = new TracePages()
    let count = 0
    for await (const { traceId, start, spanCount } of reader.find({ ...query, limit: PAGE_TRACES, after })) {
      found.add(traceId, spanCount)
      after = { start, traceId }
      count++
    }
    for (const ids of found.pages) yield* await reader.traces(ids)
    if (count < PAGE_TRACES) return
  }
}

/** Lines, several to a chunk. */
export async function* linesOf(
  traces: AsyncIterable<Trace>,
  line: (trace: Trace) => string,
): AsyncGenerator<string> {
  let text = ''
  for await (const trace of traces) {
    text += line(trace)
    if (text.length < WRITE_LENGTH) continue
    yield text
    text = ''
  }
  yield text
}

/** One document, a chunk at a time. */
export async function* fileOf(
  traces: Iterable<Trace> | AsyncIterable<Trace>,
  { head, tail, items }: FileFormat,
): AsyncGenerator<string> {
  let text = head
  let separator = ''
  for await (const trace of traces) {
    text += separator + items(trace)
    separator = ','
    if (text.length < WRITE_LENGTH) continue
    yield text
    text = ''
  }
  yield text + tail
}

/**
 * Sends the chunks as they come. Settles when all is written, or nobody listens any more.
 * @param fileName what a browser is to save it as; ASCII without quotes
 * @throws whatever the chunks throw: nothing is sent if it is the first; after that the connection is broken off
 */
export async function sendChunks(
  response: ServerResponse,
  chunks: AsyncGenerator<string>,
  { type, fileName }: { readonly type: string; readonly fileName?: string },
): Promise<void> {
  const first = await chunks.next()
  response.setHeader('Content-Type', type)
  if (fileName !== undefined) response.setHeader('Content-Disposition', `attachment; filename="${fileName}"`)
  if (response.req.method === 'HEAD') {
    await chunks.return(undefined)
    response.end()
    return
  }
  try {
    await pipeline(async function* () {
      if (first.done !== true) yield first.value
      yield* chunks
    }, response)
  } catch (error) {
    // Who asked has hung up.
    if ((error as { code?: unknown }).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  }
}
