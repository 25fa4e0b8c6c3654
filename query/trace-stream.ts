// Sends traces however many and however large: read a page at a time, no faster than they are taken, never cut short in silence.
import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { Trace, TraceCursor, TraceId, TraceQuery } from '@hopscope/model'
import type { SpanReader } from '@hopscope/storage'

const PAGE_TRACES = 50
/** Fewer traces make a page when they are known to be large; one of any size makes a page of its own. */
const PAGE_SPANS = 10_000
/** Traces that the store is asked for at once; of their spans only a page of {@link TracePages} is held. */
const FOUND_TRACES = 500
/** Small pieces share a write, of about so many characters. */
const WRITE_LENGTH = 2 ** 16

/** Trace ids in the order of the answer, in portions that fit into memory. */
export class TracePages {
  readonly pages: TraceId[][] = []
  #spans = 0

  /** @param spanCount 0 if not known */
  add(id: TraceId, spanCount: number): void {
    const page = this.pages.at(-1)
    this.#spans += spanCount
    if (page !== undefined && page.length < PAGE_TRACES && this.#spans <= PAGE_SPANS) {
      page.push(id)
    } else {
      this.pages.push([id])
      this.#spans = spanCount
    }
  }
}

/** The stored traces of these pages, of which one is in memory at a time. */
export async function* tracesOf(reader: SpanReader, { pages }: TracePages): AsyncGenerator<Trace> {
  for (const ids of pages) yield* await reader.traces(ids)
}

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
    for await (const { traceId, start, spanCount } of reader.find({ ...query, limit: FOUND_TRACES, after })) {
      found.add(traceId, spanCount)
      after = { start, traceId }
      count++
    }
    yield* tracesOf(reader, found)
    if (count < FOUND_TRACES) return
  }
}

/** `head`, the items with commas between, and `tail`, which is asked for last. */
export async function* listOf(
  head: string,
  items: AsyncIterable<string>,
  tail: () => string,
): AsyncGenerator<string> {
  yield head
  let separator = ''
  for await (const item of items) {
    yield separator + item
    separator = ','
  }
  yield tail()
}

/** The pieces of each trace, one after the other. */
export async function* piecesOf(
  traces: Iterable<Trace> | AsyncIterable<Trace>,
  pieces: (trace: Trace) => Iterable<string>,
): AsyncGenerator<string> {
  for await (const trace of traces) yield* pieces(trace)
}

interface Sent {
  readonly type?: string
  /** What a browser is to save it as; ASCII without quotes. */
  readonly fileName?: string
}

/**
 * Sends the pieces as they come; what is short is sent with its length. Settles when all is written, or nobody listens
 * any more.
 * @throws whatever the pieces throw: nothing is sent if it is among the first; after that the connection must be broken
 *   off, so that a part is never taken for the whole
 */
export async function sendPieces(
  response: ServerResponse,
  pieces: AsyncIterable<string>,
  { type = 'application/json', fileName }: Sent = {},
): Promise<void> {
  const chunks = chunksOf(pieces)
  const first = await chunks.next()
  const text = first.value ?? ''
  // As Zipkin has it: JSON knows no charset.
  response.setHeader('Content-Type', type)
  if (fileName !== undefined) response.setHeader('Content-Disposition', `attachment; filename="${fileName}"`)
  if (text.length < WRITE_LENGTH) {
    response.setHeader('Content-Length', Buffer.byteLength(text)).end(text)
    return
  }
  if (response.req.method === 'HEAD') {
    await chunks.return(undefined)
    response.end()
    return
  }
  try {
    await pipeline(async function* () {
      yield text
      yield* chunks
    }, response)
  } catch (error) {
    // Who asked has hung up.
    if ((error as { code?: unknown }).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  }
}

/** Only the last is shorter than {@link WRITE_LENGTH}. */
async function* chunksOf(pieces: AsyncIterable<string>): AsyncGenerator<string, undefined> {
  let text = ''
  for await (const piece of pieces) {
    text += piece
    if (text.length < WRITE_LENGTH) continue
    yield text
    text = ''
  }
  yield text
}

/** Answers with the whole of it. */
export function sendJson(response: ServerResponse, json: string): void {
  response.setHeader('Content-Type', 'application/json')
  response.setHeader('Content-Length', Buffer.byteLength(json)).end(json)
}
